"""Consistency and LeCam, against the formulas written out."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import augment, axis, errors, resolve, rng, terms
from gan_jax.terms import Moment, View

KEYS = rng.deal(jax.random.key(0), 4)
NOW = Moment(KEYS, 0, 0)
SLOPE = np.array([0.5, -2.0], np.float32)


def judge(samples, cond, keys):
    """w . x and the samples themselves."""
    return samples.reshape(4, -1)[:, :2] @ SLOPE, {"features": samples}


def view(samples, again=None):
    samples = jnp.asarray(samples, jnp.float32)
    return View(samples, None, *judge(samples, None, KEYS), judge, KEYS, again)


REAL = view(np.arange(8).reshape(4, 2) / 3)
FAKE = view(np.cos(np.arange(8)).reshape(4, 2))
STRETCH = augment.base.stateless(lambda memory, x, keys, seen: 1.5 * x)


@pytest.mark.parametrize("side", ["real", "fake", "both"])
def test_consistency_is_the_squared_gap_of_each_side(side):
    term = terms.consistency(10.0, side, STRETCH, ("features",))
    value, _ = term.apply(term.init(), REAL, FAKE, NOW)
    expected = 0.0
    for name, own in (("real", REAL), ("fake", FAKE)):
        if side in (name, "both"):
            x = np.float64(own.samples)
            expected += ((0.5 * x @ SLOPE) ** 2).mean() + ((0.5 * x) ** 2).mean()
    np.testing.assert_allclose(value, 10 * expected, rtol=1e-5)


def test_a_critic_that_ignores_what_is_changed_pays_nothing():
    pictures = jax.random.normal(jax.random.key(1), (4, 8, 8, 1))

    def blind(samples, cond, keys):
        return jnp.abs(samples).max((1, 2, 3)) * 0 + 3.0, {}

    own = View(pictures, None, *blind(pictures, None, KEYS), blind, KEYS)
    term = terms.consistency(10.0, "both")
    assert term.apply((), own, own, NOW)[0] == 0
    # One that looks at a corner pays: flips and shifts move it.
    corner = own._replace(
        logits=pictures[:, 0, 0, 0], judge=lambda x, cond, keys: (x[:, 0, 0, 0], {})
    )
    assert term.apply((), corner, own, NOW)[0] > 0.1


def test_consistency_refuses_what_there_is_not():
    node = dict(name="consistency", side="all")
    with pytest.raises(errors.BadInput, match=r"x\.side='all'"):
        resolve.bind(node, [terms, augment], "x")
    lost = terms.consistency(augment=STRETCH, outputs=("class_logits",))
    with pytest.raises(ValueError, match="returns no 'class_logits', but features"):
        lost.apply((), REAL, FAKE, NOW)


def test_latent_consistency_and_diversity_are_zcr():
    z = np.cos(np.arange(8)).reshape(4, 2) / 3
    linear = np.array([[1.0, 2.0], [0.0, -1.0]], np.float32)
    given = {}

    def again(move):
        given["moved"] = move(jnp.asarray(z, jnp.float32))
        return given["moved"] @ linear

    fake = view(z @ linear, again)
    wary = terms.latent_consistency(20.0, 0.05)
    vivid = terms.latent_diversity(0.5, 0.05)
    value, _ = wary.apply((), REAL, fake, NOW)
    gap = (np.float64(given["moved"]) - z) @ linear
    np.testing.assert_allclose(value, 20 * ((gap @ SLOPE) ** 2).mean(), rtol=1e-3)
    value, _ = vivid.apply((), REAL, fake, NOW)
    np.testing.assert_allclose(value.mean(), -0.5 * (gap**2).mean(), rtol=1e-3)
    # A generator that makes one sample of all pays nothing, and gains nothing.
    still = view(np.ones((4, 2)), lambda move: 0 * move(jnp.zeros((4, 2))) + 1)
    assert wary.apply((), REAL, still, NOW)[0] == 0
    assert (vivid.apply((), REAL, still, NOW)[0] == 0).all()
    many = rng.deal(jax.random.key(3), 5000)
    wide = still._replace(keys=many, again=lambda move: move(jnp.zeros((5000, 2))))
    wide = wide._replace(samples=jnp.zeros((5000, 2)))
    gap = terms.latent_diversity(1.0, 0.3).apply((), REAL, wide, NOW)[0].mean()
    assert -gap == pytest.approx(0.3**2, rel=0.05)
    for term in (wary, vivid):
        with pytest.raises(ValueError, match="not made from latents alone"):
            term.apply((), REAL, FAKE, NOW)


def lecam(real, fake, anchors):
    above = np.maximum(np.float64(real) - anchors["fake"], 0)
    below = np.maximum(anchors["real"] - np.float64(fake), 0)
    return (above**2).mean() + (below**2).mean()


@pytest.mark.parametrize("debiased", [False, True])
def test_lecam_holds_logits_to_averages_of_both_sides(debiased):
    term = terms.lecam(0.3, 0.9, debiased=debiased)
    memory, kept = term.init(), {"real": 0.0, "fake": 0.0}
    for count in range(1, 5):
        real = view(REAL.samples * count)
        fake = view(FAKE.samples - count)
        value, memory = term.apply(memory, real, fake, NOW)
        for name, own in (("real", real), ("fake", fake)):
            mean = np.float64(own.logits).mean()
            first = count == 1 and not debiased
            kept[name] = mean if first else 0.9 * kept[name] + 0.1 * mean
        scale = 1 - 0.9**count if debiased else 1.0
        anchors = {name: x / scale for name, x in kept.items()}
        expected = 0.3 * lecam(real.logits, fake.logits, anchors)
        np.testing.assert_allclose(value, expected, rtol=1e-4)
    assert memory["updates"] == 4


def test_a_constant_critic_pays_its_square_against_anchors_at_zero():
    """At a decay of nearly one the first means do not count: D = c costs c^2."""
    term = terms.lecam(1.0, decay=1 - 1e-6)
    for c in (1.7, -1.7):
        said = view(np.zeros((4, 2)))._replace(logits=jnp.full(4, c))
        memory = term.init() | {"updates": jnp.int32(5)}
        value, _ = term.apply(memory, said, said, NOW)
        np.testing.assert_allclose(value, c**2, rtol=1e-4)


def test_lecam_begins_when_told_with_the_means_of_then():
    term = terms.lecam(0.3, 0.9, start=100)
    value, memory = term.apply(term.init(), REAL, FAKE, NOW._replace(seen=96))
    assert value == 0
    value, memory = term.apply(memory, FAKE, REAL, NOW._replace(seen=99))
    np.testing.assert_allclose(memory["real"], FAKE.logits.mean(), rtol=1e-5)
    value, _ = term.apply(memory, REAL, FAKE, NOW._replace(seen=100))
    anchors = {
        "real": 0.9 * FAKE.logits.mean() + 0.1 * REAL.logits.mean(),
        "fake": 0.9 * REAL.logits.mean() + 0.1 * FAKE.logits.mean(),
    }
    expected = 0.3 * lecam(REAL.logits, FAKE.logits, anchors)
    np.testing.assert_allclose(value, expected, rtol=1e-4)


def test_anchors_are_constants_and_of_all_devices():
    term = terms.lecam(1.0, 0.5)

    def paid(shift):
        said = REAL._replace(logits=REAL.logits + shift)
        return term.apply(term.init(), said, FAKE, NOW)[0]

    fixed = FAKE.logits.mean()
    slope = 2 * np.maximum(np.float64(REAL.logits) - float(fixed), 0).mean()
    np.testing.assert_allclose(jax.grad(paid)(0.0), slope, rtol=1e-4)

    def share(real, fake):
        sides = (REAL._replace(logits=real), FAKE._replace(logits=fake))
        return term.apply(term.init(), *sides, NOW)[1]

    halves = REAL.logits.reshape(2, 2), FAKE.logits.reshape(2, 2)
    apart = jax.vmap(share, axis_name=axis.NAME)(*halves)
    whole = term.apply(term.init(), REAL, FAKE, NOW)[1]
    for name in ("real", "fake"):
        np.testing.assert_allclose(apart[name], [whole[name]] * 2, rtol=1e-6)
