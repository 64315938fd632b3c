import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax.metrics import ms_ssim, ms_ssim_diversity
from gan_jax.metrics.diversity import WEIGHTS, fitting_weights

generator = np.random.default_rng(0)


def pictures(count, size, channels=3):
    """Smooth random pictures in [-1, 1]."""
    coarse = generator.uniform(-1, 1, (count, size // 8, size // 8, channels))
    return np.clip(
        coarse.repeat(8, axis=1).repeat(8, axis=2)
        + 0.1 * generator.normal(size=(count, size, size, channels)),
        -1,
        1,
    ).astype(np.float32)


def reference(x, y, weights=(0.0448, 0.2856, 0.3001, 0.2363, 0.1333)):
    """Wang et al. for one pair of one channel, window by window, in float64."""
    x, y = (x.astype(np.float64) + 1) / 2, (y.astype(np.float64) + 1) / 2
    total = 1.0
    for scale, weight in enumerate(weights):
        size = min(11, *x.shape)
        at = np.arange(size) - (size - 1) / 2
        g = np.exp(-(at[:, None] ** 2 + at**2) / (2 * (1.5 * size / 11) ** 2))
        g /= g.sum()
        windows = [
            (x[i : i + size, j : j + size], y[i : i + size, j : j + size])
            for i in range(x.shape[0] - size + 1)
            for j in range(x.shape[1] - size + 1)
        ]
        values = []
        for a, b in windows:
            ma, mb = (g * a).sum(), (g * b).sum()
            va, vb = (g * (a - ma) ** 2).sum(), (g * (b - mb) ** 2).sum()
            cov = (g * (a - ma) * (b - mb)).sum()
            value = (2 * cov + 0.0009) / (va + vb + 0.0009)
            if scale == len(weights) - 1:
                value *= (2 * ma * mb + 0.0001) / (ma**2 + mb**2 + 0.0001)
            values.append(value)
        total *= max(np.mean(values), 0) ** weight
        x, y = (
            0.25 * (v[::2, ::2] + v[1::2, ::2] + v[::2, 1::2] + v[1::2, 1::2])
            if min(v.shape) > 1
            else v
            for v in (x, y)
        )
    return total


@pytest.mark.parametrize("size", [32, 64])
def test_against_the_definition(size):
    first = pictures(2, size)
    second = np.clip(first + 0.3 * pictures(2, size), -1, 1)
    found = ms_ssim(jnp.asarray(first), jnp.asarray(second))
    expected = [
        np.mean([reference(first[i, ..., c], second[i, ..., c]) for c in range(3)])
        for i in range(2)
    ]
    assert 0.1 < min(expected) < max(expected) < 0.99
    np.testing.assert_allclose(found, expected, rtol=2e-4)


def test_fewer_scales_on_small_images():
    first, second = pictures(2, 8, 1)
    weights = (0.4, 0.6)
    found = ms_ssim(jnp.asarray(first[None]), jnp.asarray(second[None]), weights)
    expected = reference(first[..., 0], second[..., 0], weights)
    np.testing.assert_allclose(found, [expected], rtol=2e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("size", "scales"),
    [((128, 128), 5), ((112, 200), 5), ((111, 200), 4), ((28, 28), 3), ((4, 4), 1)],
)
def test_scales_that_fit(size, scales):
    weights = fitting_weights(*size)
    assert len(weights) == scales
    np.testing.assert_allclose(weights, WEIGHTS[:scales] / np.sum(WEIGHTS[:scales]))
    last = min(size) >> (scales - 1)
    assert last >= min(7, *size)
    assert scales == 5 or last < 14


def test_pixels_are_taken_as_the_floats_they_stand_for():
    pixels = generator.integers(0, 256, (5, 28, 28, 1)).astype(np.uint8)
    floats = jnp.asarray((pixels - 127.5) / 127.5, jnp.float32)
    weights = fitting_weights(28, 28)
    found, expected = (ms_ssim_diversity(x, 20, 0, weights) for x in (pixels, floats))
    assert found.mean == pytest.approx(expected.mean, rel=1e-5)
    assert found.std > 0


def test_equal_images_score_one():
    images = jnp.asarray(pictures(3, 32))
    np.testing.assert_allclose(ms_ssim(images, images), 1, rtol=1e-5)


def test_falls_with_noise():
    images = pictures(2, 64)
    noise = generator.normal(size=images.shape)
    values = [
        float(ms_ssim(jnp.asarray(images), jnp.float32(images + s * noise)).mean())
        for s in (0.0, 0.1, 0.3, 1.0)
    ]
    assert values == sorted(values, reverse=True)
    assert values[0] - values[-1] > 0.2


def test_diversity_orders_collapse():
    varied = jnp.asarray(pictures(12, 32, 1))
    alike = varied[:1] + 0.05 * jnp.asarray(pictures(12, 32, 1))
    same = jnp.tile(varied[:1], (12, 1, 1, 1))
    scores = [ms_ssim_diversity(x, pairs=40).mean for x in (varied, alike, same)]
    assert scores[0] < scores[1] - 0.2 < scores[2] - 0.2
    assert scores[2] == pytest.approx(1, rel=1e-5)


def test_no_image_is_paired_with_itself():
    two = jnp.asarray(pictures(2, 32, 1))
    expected = float(ms_ssim(two[:1], two[1:])[0])
    found = ms_ssim_diversity(two, pairs=30)
    assert found.mean == pytest.approx(expected, rel=1e-4)
    assert found.std == pytest.approx(0, abs=1e-4)


def test_bad_input():
    images = jnp.zeros((4, 8, 8, 1))
    with pytest.raises(ValueError, match="5 scales need images of 16 pixels"):
        ms_ssim(images, images)
    with pytest.raises(ValueError, match="pairs of 1 images"):
        ms_ssim_diversity(jnp.zeros((1, 32, 32, 1)))
