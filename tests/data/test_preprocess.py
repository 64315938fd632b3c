import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import data

KEY = jax.random.key(0)
LEVELS = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)


def keys(count):
    return jax.random.split(KEY, count)


def test_scale_is_affine_and_hits_both_ends():
    images = jax.jit(data.scale())(jnp.asarray(LEVELS), keys(1))
    expected = np.arange(256) / 127.5 - 1.0
    np.testing.assert_allclose(np.ravel(images), expected, atol=1e-7)
    assert images.min() == -1
    assert images.max() == 1


def test_dequantize_is_uniform_inside_each_level():
    pixels = np.broadcast_to(LEVELS, (400, 16, 16, 1))
    images = jax.jit(data.dequantize())(jnp.asarray(pixels), keys(400))
    offset = np.asarray(images, np.float64) - 2 * (pixels / 256 - 0.5)
    assert offset.min() >= 0
    assert offset.max() <= 1 / 128
    unit = offset * 128
    assert abs(unit.mean() - 0.5) < 0.005  # standard error 0.0009
    assert abs(unit.var() - 1 / 12) < 0.002
    assert images.max() <= 1


def test_flip_mirrors_half_of_the_images_whole():
    pixels = np.broadcast_to(LEVELS, (400, 16, 16, 1))
    images = np.asarray(data.flip()(jnp.asarray(pixels), keys(400)))
    plain = np.asarray(data.scale()(jnp.asarray(LEVELS), keys(1)))[0]
    same = (images == plain).all((1, 2, 3))
    mirrored = (images == plain[:, ::-1]).all((1, 2, 3))
    assert (same ^ mirrored).all()
    assert 150 < same.sum() < 250  # 200 +- 10


def test_flip_composes():
    twice = data.flip(data.dequantize())(jnp.asarray(LEVELS), keys(1))
    once = data.dequantize()(jnp.asarray(LEVELS), keys(1))
    assert np.array_equal(twice, once) or np.array_equal(twice, once[:, :, ::-1])


def test_to_pixels_undoes_both():
    for preprocess in (data.scale(), data.dequantize()):
        images = preprocess(jnp.asarray(LEVELS), keys(1))
        back = data.to_pixels(images)
        assert back.dtype == np.uint8
        assert abs(back.astype(int) - LEVELS).max() <= 1
    exact = data.to_pixels(data.scale()(jnp.asarray(LEVELS), keys(1)))
    np.testing.assert_array_equal(exact, LEVELS)


def test_to_pixels_rounds_and_clips():
    images = np.array([-3.0, -1.0, -0.0038, 0.0038, 1.0, 7.0], np.float32)
    pixels = data.to_pixels(images.reshape(1, 2, 3, 1)).ravel()
    np.testing.assert_array_equal(pixels, [0, 0, 127, 128, 255, 255])


@pytest.mark.parametrize("shape", [(2, 3, 1), (4, 2, 3, 3), (2, 2, 2, 3, 1)])
def test_to_pixels_takes_any_leading_axes(shape):
    assert data.to_pixels(np.zeros(shape, np.float32)).shape == shape
