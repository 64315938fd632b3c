import zlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import rng

KEY = jax.random.key(7)


def words(keys):
    return np.asarray(jax.random.key_data(keys))


def test_streams_depend_on_every_name_and_their_order():
    made = [
        rng.stream(KEY, *names)
        for names in (("a",), ("b",), ("a", "b"), ("b", "a"), ("a", 0), ("a", 1))
    ]
    assert len({words(k).tobytes() for k in made}) == len(made)
    np.testing.assert_array_equal(words(rng.stream(KEY, "a")), words(made[0]))


def test_streaming_a_batch_is_streaming_each():
    keys = rng.deal(KEY, 3)
    both = rng.stream(keys, "noise", 5)
    for i in range(3):
        np.testing.assert_array_equal(
            words(both[i]), words(rng.stream(keys[i], "noise", 5))
        )


def test_dealt_keys_pass_through_and_are_counted():
    keys = rng.deal(KEY, 4)
    np.testing.assert_array_equal(words(rng.deal(keys, 4)), words(keys))
    with pytest.raises(ValueError, match="3 examples"):
        rng.deal(keys, 3)


def test_an_example_draws_the_same_in_any_batch():
    large = rng.normal(rng.deal(KEY, 8), (5,))
    small = rng.normal(rng.at(KEY, jnp.arange(4, 8)), (5,))
    np.testing.assert_array_equal(large[4:], small)


def test_draws_have_the_law_they_name():
    keys = rng.deal(KEY, 4000)
    normal = np.asarray(rng.normal(keys, (2,)), np.float64)
    uniform = np.asarray(rng.uniform(keys, (2,), -1.0, 3.0), np.float64)
    # Four standard errors of 8,000 draws.
    assert abs(normal.mean()) < 4 / 8000**0.5
    assert abs(normal.var() - 1) < 4 * (2 / 8000) ** 0.5
    assert uniform.min() >= -1
    assert uniform.max() < 3
    assert abs(uniform.mean() - 1) < 4 * (16 / 12 / 8000) ** 0.5


def test_keys_and_numbers_are_jax_own_to_the_bit():
    keys = jax.vmap(jax.random.fold_in, (None, 0))(KEY, jnp.arange(6))
    np.testing.assert_array_equal(words(rng.deal(KEY, 6)), words(keys))
    many = rng.at(KEY, jnp.arange(6).reshape(2, 3))
    np.testing.assert_array_equal(words(many.reshape(-1)), words(keys))
    named = jax.random.fold_in(jax.random.fold_in(KEY, zlib.crc32(b"disc")), 5)
    np.testing.assert_array_equal(words(rng.stream(KEY, "disc", 5)), words(named))
    for shape in (), (5,), (2, 3, 1):
        draw = jax.jit(jax.vmap(lambda k, s=shape: jax.random.normal(k, s)))
        mine = jax.jit(lambda k, s=shape: rng.normal(k, s))
        np.testing.assert_array_equal(mine(keys), draw(keys))
        draw = jax.jit(
            jax.vmap(lambda k, s=shape: jax.random.uniform(k, s, float, -1, 2))
        )
        mine = jax.jit(lambda k, s=shape: rng.uniform(k, s, -1.0, 2.0))
        np.testing.assert_array_equal(mine(keys), draw(keys))


def test_other_kinds_of_key_are_refused():
    with pytest.raises(ValueError, match="threefry2x32's, not rbg"):
        rng.stream(jax.random.key(0, impl="rbg"), "disc")


@pytest.mark.parametrize("seed", [-1, 2**32, 2**63])
def test_seeds_that_would_meet_another_are_refused(seed):
    assert not np.array_equal(words(rng.root(0)), words(rng.root(2**32 - 1)))
    np.testing.assert_array_equal(words(rng.root(7)), words(jax.random.key(7)))
    with pytest.raises(ValueError, match=rf"seed={seed} must be from 0 to 4294967295"):
        rng.root(seed)
