import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import rng
from gan_jax.metrics import path_lengths, perceptual_path_length
from gan_jax.metrics.path_length import seen_by_metric

pytestmark = pytest.mark.optimised

generator = np.random.default_rng(0)
START, END = (jnp.float32(generator.normal(size=(300, 5))) for _ in range(2))
MIX = jnp.float32(generator.normal(size=(5, 7)))


def lerp(a, b, t):
    return a + (b - a) * t


def slerp(a, b, t):
    a, b = (x / jnp.linalg.norm(x, axis=-1, keepdims=True) for x in (a, b))
    angle = jnp.arccos((a * b).sum(axis=-1, keepdims=True))
    mixed = jnp.sin((1 - t) * angle) * a + jnp.sin(t * angle) * b
    return mixed / jnp.sin(angle)


def squared(a, b):
    return ((a - b) ** 2).sum(axis=tuple(range(1, a.ndim)))


def linear(z, keys):
    del keys
    return z @ MIX


def noisy(z, keys):
    return z @ MIX + rng.normal(keys, (7,))


# Finite steps of 1e-3 keep float32 away from its last digits.
EPSILON = 1e-3


def test_a_linear_generator_along_lines_in_closed_form():
    expected = (((END - START) @ MIX) ** 2).sum(axis=1)
    found = path_lengths(linear, squared, lerp, START, END, epsilon=EPSILON)
    np.testing.assert_allclose(found, expected, rtol=0.02)


def test_arcs_of_the_sphere_have_the_length_of_their_angle():
    unit = [x / jnp.linalg.norm(x, axis=1, keepdims=True) for x in (START, END)]
    angles = jnp.arccos((unit[0] * unit[1]).sum(axis=1))
    found = path_lengths(lambda z, keys: z, squared, slerp, START, END, epsilon=EPSILON)
    np.testing.assert_allclose(found, angles**2, rtol=0.02, atol=1e-3)


def test_both_ends_of_a_step_share_the_noise():
    quiet = path_lengths(linear, squared, lerp, START, END, epsilon=EPSILON)
    loud = path_lengths(noisy, squared, lerp, START, END, epsilon=EPSILON)
    # Noise of its own at either end would add 14 / EPSILON^2.
    np.testing.assert_allclose(loud, quiet, rtol=0.05)


def test_same_numbers_for_every_batch_size():
    whole, parts = (
        path_lengths(noisy, squared, lerp, START, END, batch_size=b, epsilon=EPSILON)
        for b in (300, 64)
    )
    np.testing.assert_allclose(parts, whole, rtol=0.02)


def test_a_path_is_its_place():
    whole = path_lengths(noisy, squared, lerp, START, END, epsilon=EPSILON)
    part = path_lengths(
        noisy, squared, lerp, START[100:], END[100:], epsilon=EPSILON, first=100
    )
    np.testing.assert_allclose(part, whole[100:], rtol=0.02)


def test_images_are_cropped_and_shrunk_as_by_the_authors():
    """The middle of a face; squares of 3 where 256 is thrice in the shorter side."""
    images = generator.uniform(-1, 1, (1, 800, 900, 2))
    seen = seen_by_metric(jnp.float32(images))
    assert seen.shape == (1, 266, 300, 2)
    one = (images[0, 3 * 200 : 3 * 201, 3 * 7 : 3 * 8].mean((0, 1)) + 1) * 255 / 2
    np.testing.assert_allclose(seen[0, 200, 7], one, rtol=1e-5)
    face = seen_by_metric(jnp.float32(images[:, :512, :512]), crop=True)
    assert face.shape == (1, 128, 128, 2)
    one = (images[0, 192 + 6 : 192 + 8, 128 + 2 : 128 + 4].mean((0, 1)) + 1) * 127.5
    np.testing.assert_allclose(face[0, 3, 1], one, rtol=1e-5)
    small = images[:, :28, :28]
    np.testing.assert_allclose(
        seen_by_metric(jnp.float32(small)), (small + 1) * 127.5, rtol=1e-5
    )


def test_reach_says_where_steps_begin():
    # The length of a step of z -> z^2/2 from 0 to 1 is t^2: mean 1/3, or 0 at the start.
    def measure(reach):
        ends = jnp.zeros((300, 1)), jnp.ones((300, 1))
        curve = lambda z, keys: z**2 / 2  # noqa: E731
        return path_lengths(curve, squared, lerp, *ends, reach, EPSILON)

    assert measure(1.0).mean() == pytest.approx(1 / 3, abs=4 * 0.3 / np.sqrt(300))
    assert measure(0.0).max() < 1e-5


def test_extremes_are_trimmed_as_in_stylegan():
    lengths = path_lengths(linear, squared, lerp, START, END, epsilon=EPSILON)
    low, high = np.sort(lengths)[[2, 297]]  # 1 % of 299 steps down, 99 % up
    kept = lengths[(lengths >= low) & (lengths <= high)]
    found = perceptual_path_length(linear, squared, lerp, START, END, epsilon=EPSILON)
    assert found.mean == pytest.approx(kept.mean())
    whole = perceptual_path_length(
        linear, squared, lerp, START, END, epsilon=EPSILON, trim=(0.0, 100.0)
    )
    assert whole.mean == pytest.approx(lengths.mean())


def test_a_rougher_generator_is_longer():
    lengths = [
        perceptual_path_length(
            lambda z, keys, f=f: jnp.sin(f * z), squared, lerp, START, END
        ).mean
        for f in (1.0, 3.0, 10.0)
    ]
    assert lengths[0] < lengths[1] / 3 < lengths[2] / 9


def test_rounded_images_are_refused():
    def rounded(z, keys):
        return jnp.clip(127.5 + 50 * linear(z, keys), 0, 255).astype(jnp.uint8)

    with pytest.raises(ValueError, match="uint8"):
        path_lengths(rounded, squared, lerp, START, END)


def test_bad_input():
    with pytest.raises(ValueError, match=r"from \(0, 5\) to \(0, 5\)"):
        path_lengths(linear, squared, lerp, START[:0], END[:0])
    with pytest.raises(ValueError, match="trim"):
        perceptual_path_length(linear, squared, lerp, START, END, trim=(99.0, 1.0))


def test_works_on_jitted_functions():
    plain = path_lengths(linear, squared, lerp, START, END, epsilon=EPSILON)
    fast = path_lengths(
        jax.jit(linear), jax.jit(squared), lerp, START, END, epsilon=EPSILON
    )
    np.testing.assert_allclose(fast, plain, rtol=0.02)
