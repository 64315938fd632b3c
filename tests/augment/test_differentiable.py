"""DiffAugment, flips and shifts, against loops over pixels of the same draws."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import augment, rng
from gan_jax.augment import differentiable

COUNT = 12
KEYS = rng.deal(jax.random.key(5), COUNT)
IMAGES = np.asarray(jax.random.uniform(jax.random.key(6), (COUNT, 10, 13, 3)) * 2 - 1)


def uniform(name, place, count):
    """What a step of the policy draws."""
    return np.float64(rng.uniform(rng.stream(KEYS, name, place), (count,)))


def color(x, u):
    x = x + u[0] - 0.5
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            mean = x[i, j].mean()
            x[i, j] = (x[i, j] - mean) * u[1] * 2 + mean
    return (x - x.mean()) * (u[2] + 0.5) + x.mean()


def translation(x, u):
    h, w, _ = x.shape
    most = [int(round(n * 0.125 + 1e-9)) for n in (h, w)]  # halves upwards
    down, right = (
        int(np.floor(v * (2 * m + 1))) - m for v, m in zip(u, most, strict=False)
    )
    out = np.zeros_like(x)
    for i in range(h):
        for j in range(w):
            if 0 <= i + down < h and 0 <= j + right < w:
                out[i, j] = x[i + down, j + right]
    return out


def cutout(x, u):
    h, w, _ = x.shape
    out = x.copy()
    sides = [int(n * 0.5 + 0.5) for n in (h, w)]
    centers = [
        int(np.floor(v * (n + 1 - side % 2)))
        for v, n, side in zip(u, (h, w), sides, strict=False)
    ]
    for i in range(centers[0] - sides[0] // 2, centers[0] - sides[0] // 2 + sides[0]):
        for j in range(
            centers[1] - sides[1] // 2, centers[1] - sides[1] // 2 + sides[1]
        ):
            if 0 <= i < h and 0 <= j < w:
                out[i, j] = 0
    return out


STEPS = {"color": (color, 3), "translation": (translation, 2), "cutout": (cutout, 2)}


@pytest.mark.parametrize("policy", ["color,translation,cutout", "cutout,translation"])
def test_a_policy_is_its_steps_in_order(policy):
    found = jax.jit(augment.diff_augment(policy).apply)((), IMAGES, KEYS, 0)
    expected = np.float64(IMAGES)
    for place, name in enumerate(policy.split(",")):
        step, count = STEPS[name]
        u = uniform(name, place, count)
        expected = np.stack([step(x, own) for x, own in zip(expected, u, strict=False)])
    np.testing.assert_allclose(found, expected, atol=3e-6)


def test_draws_reach_all_they_may():
    """Shifts by up to an eighth both ways; holes with centres on both borders."""
    keys = rng.deal(jax.random.key(1), 3000)
    ones = jnp.ones((3000, 16, 16, 1))
    moved = np.asarray(jax.jit(differentiable.translation)(ones, keys))[..., 0]
    empty = (moved == 0).all(2)  # rows of zeros: the shift, and its direction
    shifts = empty.sum(1) * np.where(empty[:, 0], -1, 1)
    assert set(shifts) == {-2, -1, 0, 1, 2}
    assert abs((shifts == 0).mean() - 1 / 5) < 0.04
    cut = np.asarray(jax.jit(differentiable.cutout)(ones, keys))[..., 0]
    assert (cut == 0).sum((1, 2)).max() == 64
    assert (cut == 0).sum((1, 2)).min() == 16
    assert (cut[:, 0, 0] == 0).any()
    assert (cut[:, 15, 15] == 0).any()


def test_the_gradient_is_that_of_a_fixed_linear_map():
    """Where a pixel went to nothing there is none; elsewhere what it was copied by."""
    step = augment.diff_augment("translation,cutout")
    weights = jax.random.normal(jax.random.key(0), IMAGES.shape)
    gradient = jax.grad(lambda x: (step.apply((), x, KEYS, 0) * weights).sum())(
        jnp.asarray(IMAGES)
    )
    # Linear: <w, T x> = <T' w, x>.
    np.testing.assert_allclose(
        (gradient * IMAGES).sum(),
        (step.apply((), jnp.asarray(IMAGES), KEYS, 0) * weights).sum(),
        rtol=1e-4,
    )


@pytest.mark.parametrize("policy", ["", "colour", "color, cutout", "color,,cutout"])
def test_an_unknown_policy_is_refused(policy):
    with pytest.raises(ValueError, match="policy="):
        augment.diff_augment(policy)


def test_flips_and_shifts_are_reflected():
    found = np.asarray(augment.flip_and_shift().apply((), jnp.asarray(IMAGES), KEYS, 0))
    u = np.float64(rng.uniform(KEYS, (3,)))
    mirrored = 0
    for x, own, result in zip(IMAGES, u, found, strict=False):
        if own[0] < 0.5:
            x, mirrored = x[:, ::-1], mirrored + 1
        wide = np.pad(x, ((1, 1), (1, 1), (0, 0)), mode="reflect")
        down, right = (int(np.floor(v * 3)) for v in own[1:])  # an eighth of 10, of 13
        np.testing.assert_array_equal(
            result, wide[down : down + 10, right : right + 13]
        )
    assert 0 < mirrored < COUNT
