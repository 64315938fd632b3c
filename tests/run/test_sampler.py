import tracemalloc

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import data, rng
from gan_jax.games.base import GameState
from gan_jax.run.sampler import CHUNK, chunks, draw

STATE = GameState(step=0, seen=0, key=jax.random.key(0), players={}, memory={})


@jax.jit
def pictures(state, keys, asked):
    return jnp.tanh(2 * rng.normal(keys, (32, 32, 3)))


@jax.jit
def points(state, keys, asked):
    return rng.normal(keys, (2,))


@pytest.mark.parametrize("num", [1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5])
@pytest.mark.parametrize("call", [pictures, points])
def test_the_ith_sample_hangs_on_seed_and_i_alone(call, num):
    found = draw(call, STATE, num, 7)
    key = rng.stream(jax.random.key(7), "sample")
    whole = np.asarray(call(STATE, rng.at(key, jnp.arange(num)), {}))
    assert len(found) == num
    if call is points:
        np.testing.assert_allclose(found, whole, rtol=1e-5, atol=1e-6)
    else:
        assert found.dtype == np.uint8
        off = abs(found.astype(int) - data.to_pixels(whole))
        assert off.max() <= 1  # tanh differs in the last bit between batch sizes
        assert (off > 0).mean() < 1e-3
    np.testing.assert_array_equal(
        np.concatenate(list(chunks(call, STATE, num, 7))), found
    )
    assert not np.array_equal(draw(call, STATE, num, 8), found)


def test_many_pictures_take_the_memory_of_their_pixels():
    draw(pictures, STATE, CHUNK, 0)
    tracemalloc.start()
    found = draw(pictures, STATE, 40 * CHUNK, 0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.nbytes <= peak < 1.5 * found.nbytes  # floats alone would be 4
