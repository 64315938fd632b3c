import numpy as np
import pytest

from gan_jax.metrics import kth_neighbour_distances, nearest_neighbours

generator = np.random.default_rng(0)
ROWS = generator.normal(size=(130, 7)).astype(np.float32)
OTHERS = generator.normal(size=(75, 7)).astype(np.float32)


def matrix(a, b):
    return np.sqrt(
        ((a[:, None].astype(np.float64) - b[None].astype(np.float64)) ** 2).sum(-1)
    )


@pytest.mark.parametrize("block", [16, 50, 4096])
@pytest.mark.parametrize("k", [1, 5])
def test_own_neighbours_against_the_whole_matrix(k, block):
    expected = np.sort(matrix(ROWS, ROWS), axis=1)[:, k]  # column 0 is the row itself
    found = kth_neighbour_distances(ROWS, k, block)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("block", [16, 50, 4096])
def test_neighbours_in_another_set_against_the_whole_matrix(block):
    far = matrix(OTHERS, ROWS)
    distances, indices = nearest_neighbours(OTHERS, ROWS, k=3, block=block)
    np.testing.assert_array_equal(indices, np.argsort(far, axis=1)[:, :3])
    np.testing.assert_allclose(distances, np.sort(far, axis=1)[:, :3], rtol=1e-5)


def test_every_neighbour_can_be_asked_for():
    assert kth_neighbour_distances(ROWS[:4], 3).shape == (4,)
    _, indices = nearest_neighbours(ROWS, OTHERS[:5], k=5, block=16)
    np.testing.assert_array_equal(
        np.sort(indices, axis=1), np.tile(np.arange(5), (130, 1))
    )


def test_a_common_offset_costs_no_precision():
    # Exact in float32, so only the arithmetic could blur it.
    steps = np.round(ROWS * 64) / 64
    plain = kth_neighbour_distances(steps, 2)
    shifted = kth_neighbour_distances(steps + np.float32(1024), 2)
    np.testing.assert_allclose(shifted, plain, rtol=1e-5)


def test_bad_input():
    with pytest.raises(ValueError, match="k=0"):
        kth_neighbour_distances(ROWS, 0)
    with pytest.raises(ValueError, match="3 given samples, at least 4"):
        kth_neighbour_distances(ROWS[:3], 3)
    with pytest.raises(ValueError, match="k=6 neighbours among 5"):
        nearest_neighbours(ROWS, ROWS[:5], k=6)
