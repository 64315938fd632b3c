"""What holds of every term, and what the borrowed ones are equal to."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import losses, regularizers, rng, terms
from gan_jax.terms import Moment, View
from gan_jax.typing import Codes
from tests.terms.tables import ALL_TERMS, NOT_TERMS

KEYS = rng.deal(jax.random.key(0), 4)
W = jnp.asarray([[0.5, -1.0], [2.0, 0.3], [-0.7, 1.1]])
"""Of a critic of a class each: a row a class."""


SAYS = {"classes": 3, "twin": 3, "sided": 6, "margins": 4, "rotation": 4, "codes": 4}
"""What heads say besides, and how many numbers."""


def judge(samples, cond, keys):
    """(w_class . x)^2 + w_class . x, and the features x."""
    slope = (samples * (cond @ W)).sum(-1)
    said = {name: jnp.sin(slope[:, None] + jnp.arange(n)) for name, n in SAYS.items()}
    said |= {"embedding": samples, "proxy": samples[::-1]}
    return slope**2 + slope, {"features": samples, **said}


def side(seed, classes, again=None):
    samples = jax.random.normal(jax.random.key(seed), (4, 2))
    cond = jax.nn.one_hot(jnp.asarray(classes), 3)
    return View(samples, cond, *judge(samples, cond, KEYS), judge, KEYS, again)


def again(move):
    """A generator that doubles its latents: those of the fakes' own side."""
    return 2 * move(jax.random.normal(jax.random.key(2), (4, 2)) / 2)


REAL, FAKE = side(1, [0, 1, 2, 0]), side(2, [1, 1, 0, 2], again)
NOW = Moment(KEYS, 0, 0)


def test_every_public_name_is_in_the_table():
    assert {name.split()[0] for name in ALL_TERMS} | NOT_TERMS == set(terms.__all__)


@pytest.mark.parametrize("name", ALL_TERMS)
def test_a_term_gives_finite_numbers_and_memory_of_one_form(name):
    term = ALL_TERMS[name]()
    memory, fake = term.init(), FAKE
    if name == "mutual_information":
        fake = FAKE._replace(cond=Codes((FAKE.cond,), jnp.ones((4, 1))))
    value, after = term.apply(memory, REAL, fake, NOW)
    assert jnp.shape(value) in ((), (4,))
    assert np.isfinite(value).all()
    assert jax.tree.structure(after) == jax.tree.structure(memory)
    np.testing.assert_array_equal(value, term.apply(memory, REAL, fake, NOW)[0])


def slope(view, cond):
    """The input gradient of the critic, by hand."""
    w = np.asarray(cond @ W)
    x = np.asarray(view.samples)
    return w * (2 * (w * x).sum(-1, keepdims=True) + 1)


@pytest.mark.parametrize(
    ("penalty", "view", "cond"),
    [
        (regularizers.r1(2.0), REAL, REAL.cond),
        (regularizers.r2(2.0), FAKE, FAKE.cond),
        (regularizers.gradient_penalty(1.0, 0.0, at="fake"), FAKE, FAKE.cond),
        (regularizers.gradient_penalty(1.0, 0.0, at="real"), REAL, REAL.cond),
    ],
)
def test_a_penalty_is_told_the_condition_of_where_it_looks(penalty, view, cond):
    expected = (slope(view, cond) ** 2).sum(-1).mean()
    value, _ = terms.penalty(penalty).apply((), REAL, FAKE, NOW)
    np.testing.assert_allclose(value, expected, rtol=1e-5)


def test_a_side_can_be_chosen():
    at_fake = regularizers.r2(2.0)
    value, _ = terms.penalty(at_fake, side="real").apply((), REAL, FAKE, NOW)
    expected = (slope(FAKE, REAL.cond) ** 2).sum(-1).mean()
    np.testing.assert_allclose(value, expected, rtol=1e-5)


def test_sides_of_penalties_made_of_penalties():
    r1, r2 = regularizers.r1(), regularizers.r2()
    assert regularizers.every(4, regularizers.scale(0.1, r2)).side == "fake"
    assert regularizers.chain(a=r1, b=r1).side == "real"
    assert regularizers.chain(a=r1, b=r2).side == "mixed"


def test_terms_are_added_each_by_keys_and_memory_of_its_own():
    seen = {}

    def spy(name):
        def apply(memory, real, fake, now):
            seen[name] = now.keys
            return real.logits * memory, memory + 1

        return terms.Term(lambda: jnp.asarray(2.0), apply)

    both = {"a": spy("a"), "b": spy("b")}
    total, values, after = terms.added(both, terms.start(both), REAL, FAKE, NOW)
    np.testing.assert_allclose(total, 4 * REAL.logits.mean(), rtol=1e-6)
    np.testing.assert_allclose(values["a"], 2 * REAL.logits, rtol=1e-6)
    assert after == {"a": 3.0, "b": 3.0}
    for name in both:
        expected = rng.stream(KEYS, name)
        assert (jax.random.key_data(seen[name]) == jax.random.key_data(expected)).all()


def test_decay_is_of_the_squared_logits_of_a_side():
    for on, view in (("real", REAL), ("fake", FAKE)):
        x, w = np.float64(view.samples), np.float64(view.cond @ W)
        slopes = (x * w).sum(-1)
        value, _ = terms.logit_decay(0.3, on=on).apply((), REAL, FAKE, NOW)
        np.testing.assert_allclose(value, 0.3 * (slopes**2 + slopes) ** 2, rtol=1e-4)
    with pytest.raises(ValueError, match="weight"):
        terms.logit_decay(-1.0)


def test_matching_reads_what_the_critic_returned():
    value, _ = terms.matching(losses.feature_matching(3.0)).apply((), REAL, FAKE, NOW)
    gap = np.asarray(REAL.samples).mean(0) - np.asarray(FAKE.samples).mean(0)
    np.testing.assert_allclose(value, 3 * (gap**2).sum(), rtol=1e-5)
