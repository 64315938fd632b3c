import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import augment, rng, schedules
from tests.augment.tables import ALL_AUGMENTS, NOT_AUGMENTS

KEYS = rng.deal(jax.random.key(3), 6)
IMAGES = jax.random.normal(jax.random.key(4), (6, 22, 24, 3))

each = pytest.mark.parametrize("name", ALL_AUGMENTS)


def test_every_public_name_is_in_the_table():
    named = {name.split()[0] for name in ALL_AUGMENTS} - {"nothing"}
    assert named | NOT_AUGMENTS == set(augment.__all__)


@each
def test_a_sample_depends_on_its_own_key_alone(name):
    one = ALL_AUGMENTS[name]
    memory = one.init()
    apply = jax.jit(one.apply)
    whole = apply(memory, IMAGES, KEYS, 7)
    assert whole.shape == IMAGES.shape
    assert whole.dtype == IMAGES.dtype
    part = apply(memory, IMAGES[2:4], KEYS[2:4], 7)
    np.testing.assert_allclose(part, whole[2:4], rtol=1e-6, atol=2e-6)


@each
def test_gradients_reach_the_samples(name):
    one = ALL_AUGMENTS[name]
    slope = jax.jit(jax.grad(lambda x: one.apply(one.init(), x, KEYS, 0).sum()))
    gradient = slope(IMAGES)
    assert np.isfinite(gradient).all()
    assert (gradient != 0).any()


@each
def test_memory_keeps_its_form(name):
    one = ALL_AUGMENTS[name]
    before = one.init()
    after = one.update(before, jnp.ones(6))
    assert jax.tree.structure(before) == jax.tree.structure(after)


def test_noise_is_normal_and_fades():
    fading = augment.instance_noise(schedules.linear(0.5, 0.0, over=100))
    keys = rng.deal(jax.random.key(0), 20_000)
    still = jnp.zeros((20_000, 2))
    for seen, std in ((0, 0.5), (50, 0.25), (100, 0.0)):
        noise = np.asarray(fading.apply((), still, keys, seen))
        assert abs(noise.mean()) < 4 * std / np.sqrt(40_000) + 1e-9
        np.testing.assert_allclose(noise.std(), std, rtol=0.03, atol=1e-9)
        if std:
            inside = (abs(noise) < std).mean()
            assert abs(inside - 0.6827) < 0.01


def test_points_are_refused_by_what_wants_pictures():
    keys, points = KEYS, jnp.zeros((6, 2))
    wanting = {"diff_augment", "flip_and_shift", "ada", "fading_blur"}
    for name in wanting:
        one = ALL_AUGMENTS[name]
        with pytest.raises(ValueError, match=f"{name} wants pictures"):
            one.apply(one.init(), points, keys, 0)


def test_a_blur_is_the_authors_gaussian_and_fades():
    """exp2(-(k / s)^2) up to 3 s, its sum one, zeros beyond the picture."""
    blur = augment.fading_blur(2.0, over=1000)
    x = np.asarray(IMAGES[:2, :12, :9], np.float64)
    for seen in (0, 400, 820, 834, 1000, 5000):
        s = 2.0 * max(1 - seen / 1000, 0)
        reach = int(np.floor(3 * s))
        wanted = x
        if reach:
            taps = np.exp2(-((np.arange(-reach, reach + 1) / s) ** 2))
            taps /= taps.sum()
            for axis in (1, 2):
                wanted = np.apply_along_axis(
                    lambda line, taps=taps, reach=reach: np.convolve(
                        np.pad(line, reach), taps, "valid"
                    ),
                    axis,
                    wanted,
                )
        found = blur.apply((), jnp.float32(x), KEYS[:2], seen)
        np.testing.assert_allclose(found, wanted, atol=1e-6)
        np.testing.assert_allclose(blur.metrics((), seen)["blur_sigma"], s, atol=1e-6)


def test_a_chain_is_one_after_the_other_each_with_its_own():
    one, two = ALL_AUGMENTS["instance_noise"], ALL_AUGMENTS["flip_and_shift"]
    found = augment.chained(one, two).apply({"first": (), "then": ()}, IMAGES, KEYS, 0)
    noisy = one.apply((), IMAGES, rng.stream(KEYS, "first"), 0)
    wanted = two.apply((), noisy, rng.stream(KEYS, "then"), 0)
    np.testing.assert_allclose(found, wanted, atol=1e-6)


def test_a_chain_remembers_and_logs_for_both():
    adaptive = augment.ada(p=0.5, interval=1, kimg=0.1)
    chain = augment.chained(augment.fading_blur(2.0), adaptive)
    after = chain.update(chain.init(), jnp.ones(6))
    alone = adaptive.update(adaptive.init(), jnp.ones(6))
    assert float(after["then"]["p"]) == float(alone["p"]) > 0.5
    assert set(chain.metrics(after, 0)) == {"augment_p", "blur_sigma"}
