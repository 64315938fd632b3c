"""What every generator says of its first linear maps."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen

from gan_jax.nn.declared import OfLatent, heard
from tests.models.tables import ALL_MODELS
from tests.models.test_conformance import DEAR, KEY, inputs

ROWS = {
    name: row
    for name, row in ALL_MODELS.items()
    if name.split()[0].endswith(".Generator")
}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow if name.startswith(DEAR) else ())
        for name in ROWS
    ],
)
def test_marked_maps_are_affine_in_the_latent_and_not_constant(name):
    row, numbers = ROWS[name], np.random.default_rng(0)
    module = row.make(dtype=jnp.float32)
    z, cond = inputs(row)
    shapes = jax.eval_shape(partial(module.init, train=True), KEY, z, cond)
    variables = jax.tree.map(  # any will do, and these need no compiling
        lambda x: jnp.float32(numbers.normal(size=x.shape)), shapes
    )
    styles = hasattr(module, "paint")

    @jax.jit
    def maps(x):
        told = None if cond is None else cond[:1].repeat(len(x), 0)
        with heard() as marks:
            if styles:
                module.apply(variables, x, train=False, method="paint")
            else:
                module.apply(variables, x, told, train=False)
        assert {mark.read for mark in marks} == {"w" if styles else "z"}
        return jnp.concatenate([m.y.reshape(len(x), -1) for m in marks], 1)

    shape = (1, module.style) if styles else z.shape[1:]
    size = int(np.prod(shape))

    def of(units):
        x = jnp.float32(units).reshape(-1, *shape)
        return np.float64(maps(x.repeat(module.layers, 1) if styles else x))

    units = np.concatenate([np.eye(size), -np.eye(size)])
    ahead, behind = np.split(of(units), 2)
    matrix = (ahead - behind) / 2
    assert np.abs(matrix).max() > 1e-4
    some = numbers.normal(size=(2 * size, size))
    some /= np.linalg.norm(some, axis=1, keepdims=True)  # some have a norm before
    wanted = some @ matrix + (ahead + behind).mean(0) / 2
    scale = np.abs(wanted).max()
    np.testing.assert_allclose(of(some), wanted, atol=1e-4 * scale)


def test_a_mark_changes_nothing_and_is_heard_where_it_is_listened_for():
    class Net(linen.Module):
        @linen.compact
        def __call__(self, x):
            y = OfLatent("w")(linen.Dense(3, name="first")(x))
            return linen.Dense(2, name="last")(jnp.tanh(y))

    x = jnp.ones((4, 5))
    out, variables = Net().init_with_output(jax.random.key(0), x)
    assert set(variables["params"]) == {"first", "last"}
    with heard() as marks:
        again = Net().apply(variables, x)
    np.testing.assert_array_equal(out, again)
    (mark,) = marks
    assert (mark.read, mark.path, mark.y.shape) == ("w", ("OfLatent_0",), (4, 3))
    first = variables["params"]["first"]
    np.testing.assert_allclose(mark.y, x @ first["kernel"] + first["bias"], rtol=1e-5)
    Net().apply(variables, x)
    assert len(marks) == 1
