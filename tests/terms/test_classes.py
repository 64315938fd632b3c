"""Terms on classes, against torch, plain loops and closed forms."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

from gan_jax import rng, terms
from gan_jax.terms import Moment, View
from gan_jax.typing import Codes

B, K = 6, 4
KEYS = rng.deal(jax.random.key(0), B)
NOW = Moment(KEYS, 0, 0)
LABELS = {"real": [0, 1, 2, 3, 1, 1], "fake": [3, 3, 0, 1, 2, 0]}


def numbers(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def view(side, cond=None, **out):
    cond = jax.nn.one_hot(jnp.asarray(LABELS[side]), K) if cond is None else cond
    out = {name: jnp.asarray(x) for name, x in out.items()}
    samples = jnp.zeros((B, 2))

    def judge(samples, cond, keys):
        raise AssertionError("nothing more is judged for a term on classes")

    return View(samples, cond, jnp.zeros(B), out, judge, KEYS)


def value(term, real, fake):
    return term.apply(term.init(), real, fake, NOW)[0]


def entropy(logits, labels):
    """Per example, by torch."""
    given = torch.tensor(np.asarray(logits)), torch.tensor(labels)
    return torch.nn.functional.cross_entropy(*given, reduction="none").numpy()


def sides(name, width):
    return (
        view(side, **{name: numbers(i, B, width)})
        for i, side in enumerate(("real", "fake"))
    )


def test_auxiliary_classifier_is_torchs_cross_entropy():
    real, fake = sides("classes", K)
    of = {
        "real": entropy(real.out["classes"], LABELS["real"]),
        "fake": entropy(fake.out["classes"], LABELS["fake"]),
    }
    for on, expected in of.items():
        found = value(terms.auxiliary_classifier(0.3, on), real, fake)
        np.testing.assert_allclose(found, 0.3 * expected, rtol=1e-5)
    both = value(terms.auxiliary_classifier(0.3, "both"), real, fake)
    np.testing.assert_allclose(
        both, 0.3 * (of["real"].mean() + of["fake"].mean()), rtol=1e-5
    )


def test_whoever_knows_nothing_loses_log_k():
    flat = {name: view(name, classes=np.full((B, K), 1.7)) for name in LABELS}
    for on in ("real", "fake"):
        found = value(terms.auxiliary_classifier(on=on), **flat)
        np.testing.assert_allclose(found, np.log(K), rtol=1e-6)
    sided = {name: view(name, sided=np.zeros((B, 2 * K))) for name in LABELS}
    both = value(terms.discriminative_classifier(), **sided)
    np.testing.assert_allclose(both, 2 * np.log(2 * K), rtol=1e-6)
    fooling = value(terms.discriminative_classifier(fool=True), **sided)
    np.testing.assert_allclose(fooling, 0, atol=1e-6)


def test_equal_twins_cancel_in_the_generator():
    """TAC-GAN, eq. 7: what both heads say alike moves the generator nowhere."""
    logits = numbers(1, B, K)

    def total(logits):
        fake = view("fake", classes=logits, twin=logits)
        hit = value(terms.auxiliary_classifier(0.7, "fake"), fake, fake)
        return (hit + value(terms.twin_classifier(0.7, fool=True), fake, fake)).sum()

    np.testing.assert_allclose(total(logits), 0, atol=1e-6)
    np.testing.assert_allclose(jax.grad(total)(jnp.asarray(logits)), 0, atol=1e-6)


def test_the_twin_learns_of_fakes():
    real, fake = sides("twin", K)
    expected = entropy(fake.out["twin"], LABELS["fake"])
    np.testing.assert_allclose(
        value(terms.twin_classifier(2.0), real, fake), 2 * expected, rtol=1e-5
    )


def test_discriminative_classifier_numbers_reals_even_and_fakes_odd():
    real, fake = sides("sided", 2 * K)
    as_real = entropy(real.out["sided"], [2 * y for y in LABELS["real"]])
    as_fake = entropy(fake.out["sided"], [2 * y + 1 for y in LABELS["fake"]])
    found = value(terms.discriminative_classifier(0.5), real, fake)
    np.testing.assert_allclose(
        found, 0.5 * (as_real.mean() + as_fake.mean()), rtol=1e-5
    )
    # The generator: -(log C(y, real) - log C(y, fake)).
    hit = entropy(fake.out["sided"], [2 * y for y in LABELS["fake"]])
    found = value(terms.discriminative_classifier(0.5, fool=True), real, fake)
    np.testing.assert_allclose(found, 0.5 * (hit - as_fake), rtol=1e-5)


@pytest.mark.parametrize("on", ["real", "fake"])
@pytest.mark.parametrize(("at", "width"), [("margins", K + 1), ("classes", K)])
def test_multi_hinge_is_a_loop_over_the_wrong_classes(on, at, width):
    both = dict(zip(("real", "fake"), sides(at, width), strict=True))
    rows, labels = np.asarray(both[on].out[at]), LABELS[on]
    expected = [
        max(0.0, 1 + max(r[k] for k in range(width) if k != y) - r[y])
        for r, y in zip(rows, labels, strict=True)
    ]
    found = value(terms.multi_hinge(0.05, on, at), **both)
    np.testing.assert_allclose(found, 0.05 * np.asarray(expected), rtol=1e-5)


def test_a_class_weighs_the_same_however_rare_it_is():
    counts = (100, 10, 50, 40)
    plain = terms.auxiliary_classifier(on="real")
    real, fake = sides("classes", K)
    each = entropy(real.out["classes"], LABELS["real"])
    weights = [200 / (4 * counts[y]) for y in LABELS["real"]]
    found = value(terms.class_weighted(plain, counts), real, fake)
    np.testing.assert_allclose(found, each * weights, rtol=1e-5)
    # Over data with these counts the weights are one on average.
    share = np.asarray(counts) / 200
    assert (share * (200 / (4 * np.asarray(counts)))).sum() == pytest.approx(1)
    assert terms.class_weighted(plain, counts).conditional
    with pytest.raises(ValueError, match="5 counts of 4 classes"):
        value(terms.class_weighted(plain, (1,) * 5), real, fake)
    with pytest.raises(ValueError, match="counts"):
        terms.class_weighted(plain, (3, 0))
    both = terms.class_weighted(terms.auxiliary_classifier(on="both"), counts)
    with pytest.raises(ValueError, match="a number per example"):
        value(both, real, fake)


def test_mutual_information_is_torchs_likelihood_of_the_codes():
    one, two = (jax.nn.one_hot(jnp.asarray(numbers(i, B) > 0, int), 2) for i in (3, 4))
    codes = Codes((one, two), jnp.asarray(numbers(5, B, 3)))
    read = numbers(6, B, 7)
    fake = view("fake", codes, codes=read)
    found = value(terms.mutual_information(0.5, continuous=0.1), fake, fake)
    expected = sum(
        entropy(part, np.asarray(y).argmax(-1).tolist())
        for part, y in ((read[:, :2], one), (read[:, 2:4], two))
    )
    normal = torch.distributions.Normal(torch.tensor(read[:, 4:]), 1.0)
    likely = normal.log_prob(torch.tensor(np.asarray(codes.continuous)))
    np.testing.assert_allclose(
        found, 0.5 * expected - 0.1 * likely.numpy().sum(-1), rtol=1e-5
    )


def test_mutual_information_of_numbers_alone():
    codes = Codes((), jnp.zeros((B, 2)))
    fake = view("fake", codes, codes=np.zeros((B, 2), np.float32))
    found = value(terms.mutual_information(continuous=1.0), fake, fake)
    np.testing.assert_allclose(found, np.log(2 * np.pi), rtol=1e-6)


@pytest.mark.parametrize(
    ("term", "head"),
    [
        (terms.auxiliary_classifier(), "auxiliary_classifier"),
        (terms.twin_classifier(), "auxiliary_classifier"),
        (terms.discriminative_classifier(), "discriminative_classifier"),
        (terms.multi_hinge(), "fake_class"),
        (terms.multi_hinge(at="classes"), "auxiliary_classifier"),
        (terms.contrastive(), "contrastive"),
        (terms.data_to_data(), "contrastive"),
        (terms.mutual_information(), "codes"),
        (terms.rotation(), "rotation"),
    ],
)
def test_a_term_without_its_head_names_it(term, head):
    side = view("real", features=np.zeros((B, 3)))
    with pytest.raises(ValueError, match=rf"head={head}\(\); yours gives features"):
        value(term, side, side)


def test_a_pack_has_no_class():
    side = view("real", classes=np.zeros((B, K)))
    packed = side._replace(samples=jnp.zeros((B // 2, 4)))
    with pytest.raises(ValueError, match="pack=1"):
        value(terms.auxiliary_classifier(), packed, packed)


def test_which_terms_teach_a_critic_classes():
    teach = {
        terms.auxiliary_classifier(): True,
        terms.auxiliary_classifier(on="both"): True,
        terms.auxiliary_classifier(on="fake"): False,
        terms.twin_classifier(): False,
        terms.discriminative_classifier(): True,
        terms.discriminative_classifier(fool=True): False,
        terms.multi_hinge(): True,
        terms.contrastive(): True,
        terms.contrastive(on="fake"): False,
        terms.data_to_data(): True,
        terms.mutual_information(): True,
        terms.rotation(): False,
    }
    assert all(term.conditional == expected for term, expected in teach.items())


def test_rotation_tells_the_way_each_sample_was_turned():
    """A critic that finds the corner that was marked is never wrong."""
    marked = jnp.zeros((B, 4, 4, 1)).at[:, 0, 0].set(1.0)  # upper left

    def judge(samples, cond, keys):
        # Turned to the left, the mark goes down, right, up.
        corners = [(0, 0), (3, 0), (3, 3), (0, 3)]
        found = jnp.stack([samples[:, y, x, 0] for y, x in corners], -1)
        return jnp.zeros(len(samples)), {"rotation": 100 * found}

    side = View(
        marked, None, jnp.zeros(B), {"rotation": jnp.zeros((B, 4))}, judge, KEYS
    )
    np.testing.assert_allclose(value(terms.rotation(3.0), side, side), 0, atol=1e-5)
    blind = side._replace(
        judge=lambda s, c, k: (jnp.zeros(B), {"rotation": jnp.zeros((B, 4))})
    )
    np.testing.assert_allclose(
        value(terms.rotation(3.0, "fake"), blind, blind), 3 * np.log(4), rtol=1e-6
    )


@pytest.mark.parametrize("shape", [(3, 3, 2), (2,)])
def test_quarter_turns_are_numpys(shape):
    from gan_jax.terms.rotations import turned

    x = numbers(0, 4, *shape)
    found = turned(jnp.asarray(x), jnp.arange(4))
    for i in range(4):
        if len(shape) == 3:
            expected = np.rot90(x[i], i)
        else:
            turn = np.linalg.matrix_power(np.array([[0, -1], [1, 0]]), i)
            expected = turn @ x[i]
        np.testing.assert_allclose(found[i], expected, rtol=1e-6)
    with pytest.raises(ValueError, match="quarter turns"):
        turned(jnp.zeros((4, 2, 3, 1)), jnp.arange(4))
