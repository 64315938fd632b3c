"""What holds of every metric, whatever it measures."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import metrics
from tests.metrics.tables import ALL_METRICS, NOT_METRICS

each = pytest.mark.parametrize("row", ALL_METRICS.values(), ids=ALL_METRICS.keys())
each_pair = pytest.mark.parametrize(
    "row",
    [row for row in ALL_METRICS.values() if row.pair],
    ids=[name for name, row in ALL_METRICS.items() if row.pair],
)
floats = [
    (name, row)
    for name, row in ALL_METRICS.items()
    if row.inputs[0].dtype == np.float32 and row.inputs[0].ndim == 2
]


def numbers(result):
    return [x for x in jax.tree.leaves(result) if not isinstance(x, str)]


def test_every_public_name_is_in_the_table():
    public = set(metrics.__all__)
    assert set(ALL_METRICS) <= public
    assert public <= set(ALL_METRICS) | NOT_METRICS


@each
def test_gives_finite_numbers_the_same_at_every_call(row):
    first, second = numbers(row.call(*row.inputs)), numbers(row.call(*row.inputs))
    assert first
    for a, b in zip(first, second, strict=True):
        assert np.isfinite(a).all()
        np.testing.assert_array_equal(a, b)


@each
def test_scalars_are_python_numbers(row):
    for value in numbers(row.call(*row.inputs)):
        assert np.ndim(value) or type(value) in (int, float)


@each
def test_takes_jax_arrays_too(row):
    given = row.call(*row.inputs)
    moved = row.call(*map(jnp.asarray, row.inputs))
    for a, b in zip(numbers(given), numbers(moved), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


@pytest.mark.parametrize("row", [r for _, r in floats], ids=[n for n, _ in floats])
def test_refuses_a_nan_instead_of_spreading_it(row):
    broken = row.inputs[0].copy()
    broken[[3, 7]] = np.nan
    if len(broken) < 8:
        broken[3] = 0
    with pytest.raises(ValueError, match="not finite"):
        row.call(broken, *row.inputs[1:])


@each_pair
def test_says_which_rows_are_not_finite_on_the_other_side(row):
    broken = row.inputs[1].copy()
    broken[2, 1] = np.inf
    with pytest.raises(ValueError, match=rf"1 of {len(broken)} rows .* row 2"):
        row.call(row.inputs[0], broken)


@each_pair
def test_refuses_unlike_dimensions(row):
    with pytest.raises(ValueError, match=r"6 dimensions.* 5|5 dimensions.* 6"):
        row.call(row.inputs[0], row.inputs[1][:, :5])


@each_pair
def test_refuses_an_empty_set(row):
    with pytest.raises(ValueError, match="0 "):
        row.call(row.inputs[0][:0], row.inputs[1])
