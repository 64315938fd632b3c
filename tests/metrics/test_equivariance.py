"""Moved pictures, against NVlabs' own code (golden numbers) and against what is exact.

The golden numbers are what the equivariance metrics of NVlabs' stylegan3 repository make
of noise, which is the hardest of pictures to interpolate.
"""

import pathlib

import numpy as np
import pytest

from gan_jax.metrics import equivariance

GOLDEN = pathlib.Path(__file__).with_name("equivariance.npz")
SHIFTS = {"a": (2.3, -1.6), "b": (-3.75, 0.4)}
ANGLES = {"a": 0.5, "b": -2.1}


@pytest.fixture(scope="module")
def golden():
    with np.load(GOLDEN) as file:
        return {name: file[name] for name in file.files}


@pytest.mark.parametrize("name", ["frac", "turn", "pseudo"])
@pytest.mark.parametrize("case", ["a", "b"])
def test_it_is_the_reference_in_value(golden, name, case):
    x = np.float64(golden["x"].transpose(0, 2, 3, 1))
    if name == "frac":
        found = equivariance.interpolated(x, *SHIFTS[case])
    else:
        by = {"turn": equivariance.turned, "pseudo": equivariance.as_if_turned}[name]
        found = by(x, ANGLES[case])
    trusted = golden[f"{name}_{case}_mask"][0, 0]
    wanted = golden[f"{name}_{case}"].transpose(0, 2, 3, 1)
    both = trusted & found.trusted
    np.testing.assert_allclose(found.pictures[:, both], wanted[:, both], atol=3e-5)
    # Theirs trusts a turned picture an eighth of a pixel more to one side.
    apart = (trusted != found.trusted).sum()
    assert apart <= (12 if name == "turn" else 0)


def waves(h, w, turn=0.0, right=0.0, down=0.0):
    """A smooth picture that is defined everywhere: turned about its middle, then moved."""
    x, y = np.meshgrid(np.arange(w) - (w - 1) / 2, np.arange(h) - (h - 1) / 2)
    x, y = x - right, y - down
    x, y = np.cos(turn) * x - np.sin(turn) * y, np.sin(turn) * x + np.cos(turn) * y
    fields = (np.sin(0.5 * x + 0.3 * y), np.cos(0.2 * x - 0.6 * y + 1))
    return np.stack(fields, -1)[None]


@pytest.mark.parametrize("size", [(28, 28), (24, 40)])
def test_smooth_pictures_move_as_their_formula_does(size):
    still = waves(*size)
    for found, moved, error in (
        (equivariance.shifted(still, 3, -2), waves(*size, 0, 3, -2), 1e-12),
        (equivariance.interpolated(still, 1.3, 0.6), waves(*size, 0, 1.3, 0.6), 0.02),
        (equivariance.turned(still, 0.7), waves(*size, 0.7), 0.03),
        (equivariance.turned(still, np.pi / 2), waves(*size, np.pi / 2), 0.03),
    ):
        assert found.trusted.sum() > 100
        difference = (found.pictures - moved)[:, found.trusted]
        np.testing.assert_allclose(difference, 0, atol=error)
        assert (~found.trusted).any()


def test_a_picture_too_small_has_nothing_to_be_judged():
    for by in (equivariance.turned, equivariance.as_if_turned):
        assert not by(np.ones((1, 8, 8, 1)), 0.5).trusted.any()


def test_decibels_are_of_pictures_two_apart():
    assert equivariance.decibels(4.0 * 30, 30) == pytest.approx(0)
    assert equivariance.decibels(4e-4 * 7, 7) == pytest.approx(40)
    assert equivariance.decibels(0.0, 7) == np.inf
