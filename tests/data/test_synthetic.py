import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.datasets import make_swiss_roll

from gan_jax import data

KEY = jax.random.key(2)


def draw(dataset, count):
    feed = data.make_feed(dataset)
    batch = jax.jit(feed.batch)(feed.arrays, None, KEY, jnp.arange(count))
    return {name: np.asarray(x, np.float64) for name, x in batch.items()}


def test_ring_has_distinct_modes_at_equal_angles():
    modes = data.ring().modes
    assert len(np.unique(modes.centers.round(3), axis=0)) == 8
    angles = np.unwrap(np.arctan2(modes.centers[:, 1], modes.centers[:, 0]))
    np.testing.assert_allclose(np.diff(angles), np.pi / 4, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(modes.centers, axis=1), 2, atol=1e-6)
    assert modes.std == 0.02


def test_recipes_of_the_papers():
    wgan_gp = data.ring(radius=2.0, std=0.02, divisor=1.414).modes
    np.testing.assert_allclose(np.linalg.norm(wgan_gp.centers, axis=1), 2 / 1.414)
    assert abs(wgan_gp.std - 0.02 / 1.414) < 1e-9
    pacgan = data.grid(count=25).modes
    ticks = [-4.0, -2.0, 0.0, 2.0, 4.0]
    expected = {(x, y) for x in ticks for y in ticks}
    assert {tuple(c) for c in pacgan.centers.tolist()} == expected
    assert pacgan.std == 0.05
    scaled = data.grid(divisor=2.828, count=25).modes
    np.testing.assert_allclose(scaled.centers, pacgan.centers / 2.828, rtol=1e-6)


@pytest.mark.parametrize("count", [None, 4000])
def test_mixtures_follow_their_law(count):
    dataset = data.ring(radius=1.0, std=0.05, count=count)
    batch = draw(dataset, 4000)
    label = batch["label"].astype(int)
    offset = batch["sample"] - dataset.modes.centers[label]
    assert abs(offset.std() / 0.05 - 1) < 0.03  # standard error 0.008
    assert abs(offset.mean()) < 0.003
    assert abs(np.corrcoef(offset.T)[0, 1]) < 0.06
    shares = np.bincount(label, minlength=8)
    if count:
        np.testing.assert_array_equal(shares, 500)
    else:
        assert 390 < shares.min() < shares.max() < 610  # 500 +- 21


def test_fixed_sets_depend_on_their_seed():
    a, b = data.ring(count=20), data.ring(count=20, seed=1)
    assert a.digest != b.digest
    assert not np.array_equal(a.source.arrays["sample"], b.source.arrays["sample"])
    np.testing.assert_array_equal(
        a.source.arrays["sample"], data.ring(count=20).source.arrays["sample"]
    )


def test_digests_of_endless_sets_tell_recipes_apart():
    recipes = [
        data.ring(),
        data.ring(std=0.03),
        data.ring(modes=7),
        data.ring(divisor=1.414),
        data.swiss_roll(),
        data.swiss_roll(noise=0.1),
        data.points(((0.0, 0.0),), 0.02),
    ]
    assert len({dataset.digest for dataset in recipes}) == len(recipes)


def test_swiss_roll_follows_scikit_learn():
    ours = draw(data.swiss_roll(), 50_000)["sample"]
    theirs = make_swiss_roll(50_000, noise=0.25, random_state=0)[0][:, [0, 2]] / 7.5
    np.testing.assert_allclose(ours.mean(0), theirs.mean(0), atol=0.03)
    np.testing.assert_allclose(np.cov(ours.T), np.cov(theirs.T), atol=0.03)
    levels = np.linspace(0.02, 0.98, 25)
    radii = [np.quantile(np.linalg.norm(x, axis=1), levels) for x in (ours, theirs)]
    np.testing.assert_allclose(*radii, atol=0.02)  # five standard errors


def test_swiss_roll_without_noise_lies_on_the_curve():
    points = draw(data.swiss_roll(noise=0.0, divisor=1.0), 200)["sample"]
    t = np.linalg.norm(points, axis=1)
    assert t.min() > 1.5 * np.pi - 1e-4
    assert t.max() < 4.5 * np.pi + 1e-4
    curve = np.stack([t * np.cos(t), t * np.sin(t)], 1)
    np.testing.assert_allclose(points, curve, atol=1e-3)


def test_shapes_are_what_their_labels_say():
    arrays = data.shapes((24, 24, 1), count=40).source.arrays
    bright = arrays["sample"][..., 0] > 100
    tall, wide = bright.any(2).sum(1), bright.any(1).sum(1)
    area = bright.sum((1, 2))
    np.testing.assert_array_equal(arrays["label"], np.arange(40) % 4)
    for i, kind in enumerate(arrays["label"]):
        if kind < 2:
            assert abs(tall[i] - wide[i]) <= 1
            filled = area[i] / (tall[i] * wide[i])
            assert (filled > 0.99) == (kind == 1)
        else:
            assert (wide[i] > 1.5 * tall[i]) == (kind == 2)
            assert (tall[i] > 1.5 * wide[i]) == (kind == 3)
    assert len(np.unique(arrays["sample"], axis=0)) == 40


@pytest.mark.parametrize(
    "bad",
    [
        lambda: data.points((), 0.1),
        lambda: data.points(((0.0, 1.0, 2.0),), 0.1),
        lambda: data.ring(std=0.0),
        lambda: data.ring(count=0),
        lambda: data.grid(divisor=-1.0),
        lambda: data.shapes(classes=5),
        lambda: data.shapes(count=0),
        lambda: data.swiss_roll(count=0),
        lambda: data.swiss_roll(divisor=0.0),
        lambda: data.ring(modes=0),
        lambda: data.ring(modes=10**9),
        lambda: data.ring(radius=0.0),
        lambda: data.ring(radius=math.nan),
        lambda: data.ring(radius=1e30),
        lambda: data.ring(std=math.inf),
        lambda: data.ring(std=1e-50),
        lambda: data.ring(divisor=math.nan),
        lambda: data.ring(divisor=1e-30),
        lambda: data.ring(count=10**12),
        lambda: data.ring(count=9, seed=-1),
        lambda: data.ring(count=9, seed=2**32),
        lambda: data.grid(side=0),
        lambda: data.grid(side=10**6),
        lambda: data.grid(spacing=-2.0),
        lambda: data.points(((0.0, math.nan),), 0.1),
        lambda: data.points(((0.0, 1.0),), -0.1),
        lambda: data.swiss_roll(noise=-1.0),
        lambda: data.swiss_roll(noise=math.nan),
        lambda: data.shapes(classes=0),
        lambda: data.shapes((0, 4, 1)),
        lambda: data.shapes((10**5, 10**5, 3)),
        lambda: data.shapes(count=10**12),
        lambda: data.shapes(seed=-1),
    ],
)
def test_recipes_that_make_no_sense(bad):
    with pytest.raises(ValueError, match=r"must be|make no picture|too (large|small)"):
        bad()


def test_extreme_recipes_that_do():
    assert data.ring(modes=1, std=1e-6, count=1).size == 1
    assert data.swiss_roll(noise=0.0, count=3).size == 3
    assert data.shapes((1, 1, 1), count=1, classes=1, seed=2**32 - 1).size == 1
