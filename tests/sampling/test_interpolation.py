"""Great circles, where they are and where there is none."""

import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax.sampling import lerp, slerp

numbers = np.random.default_rng(0)
A, B = (jnp.float32(numbers.normal(size=(6, 7))) for _ in range(2))
SHARES = (0.0, 0.3, 0.5, 1.0)


def length(x):
    return np.linalg.norm(np.float64(x), axis=1)


def test_arcs_turn_evenly_between_their_ends():
    unit = [x / jnp.linalg.norm(x, axis=1, keepdims=True) for x in (A, B)]
    whole = np.arccos((np.float64(unit[0]) * unit[1]).sum(1))
    for t in SHARES:
        found = slerp(*unit, t)
        np.testing.assert_allclose(length(found), 1, rtol=1e-5)
        turned = np.arccos(np.clip((np.float64(unit[0]) * found).sum(1), -1, 1))
        np.testing.assert_allclose(turned, t * whole, atol=2e-3)


@pytest.mark.parametrize("line", [slerp, lerp])
def test_the_ends_are_the_ends(line):
    np.testing.assert_allclose(line(A, B, 0.0), A, atol=1e-6)
    np.testing.assert_allclose(line(A, B, 1.0), B, atol=2e-6)
    each = line(A, B, jnp.linspace(0, 1, 6))
    np.testing.assert_allclose(each[2], line(A[2:3], B[2:3], 0.4)[0], atol=1e-6)


@pytest.mark.parametrize("t", SHARES)
def test_where_there_is_no_circle_the_line_is_straight(t):
    """The same direction, the opposite one, a latent of zeros: never a NaN."""
    nothing = jnp.zeros_like(A)
    for a, b in ((A, A), (A, 3 * A), (A, -A), (A, nothing), (nothing, nothing)):
        found = slerp(a, b, t)
        assert np.isfinite(found).all()
        if b is not nothing or a is nothing:
            np.testing.assert_allclose(found, (1 - t) * a + t * b, atol=2e-3)


def test_near_the_same_direction_nothing_jumps():
    """Where the formula hands over to the straight line, both agree."""
    for small in (1e-2, 1e-3, 1e-4, 1e-5, 1e-7):
        near = A + small * B
        np.testing.assert_allclose(
            slerp(A, near, 0.5), (A + near) / 2, atol=max(small**2, 2e-3 * small, 2e-6)
        )


def test_spatial_latents_turn_as_flat_ones():
    flat = slerp(A, B, 0.3)
    spatial = slerp(A.reshape(6, 7, 1, 1), B.reshape(6, 7, 1, 1), 0.3)
    np.testing.assert_allclose(spatial.reshape(6, 7), flat, atol=1e-6)
