"""Maxout; the other activations are held by the conformance tests."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import nn


def test_maxout_is_the_largest_of_its_pieces():
    x = np.random.default_rng(0).normal(size=(4, 2, 12))
    wanted = [np.max([x[..., i + 4 * k] for k in range(3)], axis=0) for i in range(4)]
    y = nn.maxout(3)(jnp.float32(x))
    np.testing.assert_allclose(y, np.stack(wanted, -1), rtol=1e-6)


def test_maxout_sends_the_gradient_to_the_largest():
    slope = jax.grad(lambda x: nn.maxout(2)(x).sum())(jnp.float32([1, 5, 3, 2]))
    np.testing.assert_array_equal(slope, [0, 1, 1, 0])


def test_maxout_wants_a_multiple():
    with pytest.raises(ValueError, match="does not divide a width of 7"):
        nn.maxout(5)(jnp.ones((2, 7)))
