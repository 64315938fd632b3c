import numpy as np
import pytest

from gan_jax.metrics import authenticity

generator = np.random.default_rng(0)
TRAIN = generator.normal(size=(400, 8)).astype(np.float32)
FRESH = generator.normal(size=(300, 8)).astype(np.float32)


def test_against_the_definition():
    def matrix(a, b):
        return np.sqrt(((a[:, None].astype(np.float64) - b[None]) ** 2).sum(-1))

    fellows = np.sort(matrix(TRAIN, TRAIN), axis=1)[:, 1]
    far = matrix(FRESH, TRAIN)
    expected = np.mean(far.min(axis=1) > fellows[far.argmin(axis=1)])
    assert authenticity(TRAIN, FRESH, block=64) == pytest.approx(expected, abs=1e-12)


def test_copies_are_found_out_and_strangers_are_not():
    near = TRAIN[:300] + 0.01 * FRESH
    assert authenticity(TRAIN, near) < 0.02
    assert authenticity(TRAIN, FRESH + 30) == 1


def test_falls_with_the_share_of_copies():
    values = [
        authenticity(TRAIN, np.concatenate([TRAIN[:n], FRESH[n:]]))
        for n in (0, 100, 200, 300)
    ]
    assert values == sorted(values, reverse=True)
    assert values[0] > values[1] + 0.1
    assert values[3] == 0
