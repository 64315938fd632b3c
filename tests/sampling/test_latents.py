"""Truncated latents: their law, against the closed form, and the ask."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import asks, rng, sampling

KEYS = rng.deal(jax.random.key(0), 2000)


def test_truncated_normals_have_the_law_of_drawing_anew():
    found = np.sort(np.float64(sampling.truncated_normal((5,), 0.7)(KEYS)), axis=None)
    assert np.abs(found).max() <= 0.7
    inside = math.erf(0.7 / math.sqrt(2))
    cdf = np.array([(math.erf(x / math.sqrt(2)) / inside + 1) / 2 for x in found])
    ranks = (np.arange(len(found)) + 0.5) / len(found)
    # Kolmogorov's distance of 10,000 draws: 1.63 / 100 is passed once in a hundred.
    assert np.abs(cdf - ranks).max() < 0.0163


def test_drawing_anew_itself_has_this_variance():
    """The other way of doing it, in plain numpy."""
    draws = np.random.default_rng(0).normal(size=400_000)
    kept = draws[np.abs(draws) < 1.5]
    found = sampling.truncated_normal((50,), 1.5)(KEYS)
    np.testing.assert_allclose(np.var(found), kept.var(), rtol=0.015)


def test_unasked_the_prior_is_the_plain_normal_to_the_bit():
    prior = sampling.truncatable((3, 2))
    plain = sampling.normal((3, 2))(KEYS)
    np.testing.assert_array_equal(prior(KEYS), plain)
    unasked = asks.filled(asks.asks_of(prior), KEYS, {})
    assert set(unasked) == {"truncation"}
    np.testing.assert_array_equal(asks.latents_of(prior, KEYS, unasked), plain)
    assert np.abs(plain).max() < sampling.latents.UNCUT
    assert asks.asks_of(sampling.normal((3,))) == {}


def test_each_example_is_cut_at_its_own_threshold_and_keeps_its_order():
    prior = sampling.truncatable((4,))
    t = jnp.linspace(0.0, 2.0, len(KEYS))
    z = asks.latents_of(prior, KEYS, {"truncation": t})
    assert (np.abs(z) <= t[:, None]).all()
    np.testing.assert_array_equal(z[0], 0)
    plain, one = prior(KEYS), sampling.truncated_normal((4,), 0.5)(KEYS)
    np.testing.assert_array_equal(np.argsort(plain, None), np.argsort(one, None))
    halves = asks.latents_of(prior, KEYS, {"truncation": jnp.full(len(KEYS), 0.5)})
    np.testing.assert_array_equal(halves, one)


def test_a_threshold_far_out_changes_nearly_nothing():
    np.testing.assert_allclose(
        sampling.truncated_normal((4,), 7.0)(KEYS),
        sampling.normal((4,))(KEYS),
        atol=1e-3,
    )


@pytest.mark.parametrize("threshold", [0, -1.0, float("inf")])
def test_thresholds_that_cannot_be(threshold):
    with pytest.raises(ValueError, match="threshold"):
        sampling.truncated_normal((3,), threshold)
