"""Likelihoods against sums over all that can be, and against plain NumPy in float64."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import losses, rng

LEVELS = np.arange(256) / 127.5 - 1
KEYS = rng.deal(jax.random.key(0), 6)


@pytest.mark.parametrize("components", [1, 3])
@pytest.mark.parametrize("log_scale", [-9.0, -4.0, 0.0, 3.0])
def test_the_levels_of_a_discretised_logistic_sum_to_one(components, log_scale):
    likelihood = losses.discretised_logistic(components)
    draws = np.random.default_rng(0).normal(size=(5, components, 3))
    draws[..., 1] = log_scale + 0.3 * draws[..., 1]
    numbers = draws[..., :2] if components == 1 else draws
    numbers = jnp.float32(numbers.reshape(5, 1, -1))
    assert numbers.shape[-1] == likelihood.outputs

    def each(level):
        return likelihood.log_prob(numbers, jnp.full((5, 1), level, jnp.float32))

    mass = jnp.exp(jax.vmap(each)(jnp.float32(LEVELS)))
    assert (mass >= 0).all()
    np.testing.assert_allclose(mass.sum(0), 1.0, rtol=2e-5)


def test_a_discretised_logistic_is_the_difference_of_two_sigmoids():
    middle, scale = np.array([0.1, -0.7, 0.99, 2.0]), np.array([0.05, 0.2, 0.01, 0.5])
    likelihood = losses.discretised_logistic()
    numbers = jnp.float32(np.stack([middle, np.log(scale)], -1))[:, None]

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    for level in (0, 1, 100, 254, 255):
        x = LEVELS[level]
        upper = 1.0 if level == 255 else sigmoid((x - middle + 1 / 255) / scale)
        lower = 0.0 if level == 0 else sigmoid((x - middle - 1 / 255) / scale)
        found = likelihood.log_prob(numbers, jnp.full((4, 1), x, jnp.float32))
        sure = upper - lower > 1e-12  # below that float64 has no such difference
        np.testing.assert_allclose(
            np.asarray(found)[sure], np.log((upper - lower)[sure]), rtol=1e-4
        )
        assert np.isfinite(found).all()
    np.testing.assert_allclose(likelihood.mean(numbers)[:3, 0], middle[:3], rtol=1e-5)


def test_bernoulli_by_hand_and_without_overflow():
    likelihood = losses.bernoulli("grey")
    logits, grey = np.array([[-3.0, 0.5, 80.0, -200.0]]), np.array([[0.2, 1.0, 1, 0]])
    found = likelihood.log_prob(
        jnp.float32(logits)[..., None], jnp.float32(2 * grey - 1)
    )
    p = 1 / (1 + np.exp(-logits[0, :2]))
    by_hand = grey[0, :2] * np.log(p) + (1 - grey[0, :2]) * np.log(1 - p)
    np.testing.assert_allclose(found, by_hand.sum(), rtol=1e-5)
    white = likelihood.mean(jnp.float32(logits[..., :2, None]))
    np.testing.assert_allclose(white, 2 * p[None] - 1, rtol=1e-5)


@pytest.mark.parametrize("std", [0.3, None])
def test_gaussian_is_the_normal_density(std):
    draw = np.random.default_rng(1).normal(size=(3, 4, 5, 2))
    x, middle = draw[..., 0], draw[..., 1]
    spread = np.full_like(x, 0.3) if std else np.exp(0.4 * x[::-1])
    outputs = [middle] if std else [middle, np.log(spread)]
    likelihood = losses.gaussian(std)
    numbers = jnp.float32(np.stack(outputs, -1))
    assert numbers.shape[-1] == likelihood.outputs
    density = np.exp(-(((x - middle) / spread) ** 2) / 2) / spread / np.sqrt(2 * np.pi)
    np.testing.assert_allclose(
        likelihood.log_prob(numbers, jnp.float32(x)),
        np.log(density).sum((1, 2)),
        rtol=1e-5,
    )
    np.testing.assert_array_equal(likelihood.mean(numbers), numbers[..., 0])


def test_targets_are_drawn_anew_once_or_never():
    grey = (
        jnp.full((6, 40, 40, 1), 0.3 * 2 - 1)
        .at[:, 0, 0]
        .set(
            jnp.arange(6.0).reshape(6, 1) / 127.5 - 1  # else all would be one picture
        )
    )
    others = rng.deal(jax.random.key(1), 6)
    for targets in ("dynamic", "static"):
        draw = losses.bernoulli(targets).target
        first, second = draw(grey, KEYS), draw(grey, others)
        assert set(np.unique(first)) == {-1.0, 1.0}
        white = float((first == 1).mean())
        assert abs(white - 0.3) < 4 * np.sqrt(0.3 * 0.7 / first.size)
        assert (first == second).all() == (targets == "static")
        assert (first[0, 1:] != first[1, 1:]).any()
    cut = losses.bernoulli("threshold").target(grey, KEYS)
    np.testing.assert_array_equal(cut, jnp.where(grey >= 0, 1.0, -1.0))
    np.testing.assert_array_equal(losses.bernoulli("grey").target(grey, KEYS), grey)
