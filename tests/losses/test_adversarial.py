import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import norm

from gan_jax import losses, resolve
from gan_jax.errors import BadInput

REAL = np.array([-3.1, -0.7, 0.2, 1.4, 2.6])
FAKE = np.array([0.9, -2.2, 1.1, -0.4, 3.0])


@pytest.mark.parametrize(
    ("loss", "disc", "gen"),
    [
        (
            losses.hinge,
            np.maximum(0, 1 - REAL) + np.maximum(0, 1 + FAKE),
            -FAKE,
        ),
        (losses.wasserstein, FAKE - REAL, -FAKE),
        (
            losses.least_squares,
            0.5 * (REAL - 1) ** 2 + 0.5 * FAKE**2,
            0.5 * (FAKE - 1) ** 2,
        ),
        (
            losses.least_squares(-1, 1, 0),
            0.5 * (REAL - 1) ** 2 + 0.5 * (FAKE + 1) ** 2,
            0.5 * FAKE**2,
        ),
        (
            losses.minimax,
            np.log(1 + np.exp(-REAL)) + np.log(1 + np.exp(FAKE)),
            -np.log(1 + np.exp(FAKE)),
        ),
        (
            losses.non_saturating,
            np.log(1 + np.exp(-REAL)) + np.log(1 + np.exp(FAKE)),
            np.log(1 + np.exp(-FAKE)),
        ),
    ],
    ids=["hinge", "wasserstein", "least_squares", "pearson", "minimax", "plain"],
)
@pytest.mark.usefixtures("x64")
def test_closed_forms(loss, disc, gen):
    real, fake = jnp.asarray(REAL), jnp.asarray(FAKE)
    np.testing.assert_allclose(loss.disc(real, fake), disc, rtol=1e-13)
    np.testing.assert_allclose(loss.gen(real, fake), gen, rtol=1e-13)


@pytest.mark.parametrize("labels", [(1.0, 0.0), (0.9, 0.0), (0.8, 0.1)])
@pytest.mark.usefixtures("x64")
def test_cross_entropy_is_that_of_torch(labels):
    torch = pytest.importorskip("torch", reason="oracle for binary cross-entropy")
    bce = torch.nn.functional.binary_cross_entropy_with_logits
    real, fake = (torch.tensor(x, requires_grad=True) for x in (REAL, FAKE))
    target = [torch.full((5,), label, dtype=torch.float64) for label in labels]
    expected = bce(real, target[0]) + bce(fake, target[1])
    expected.backward()

    loss = losses.non_saturating(*labels)
    value, gradients = jax.value_and_grad(
        lambda r, f: loss.disc(r, f).mean(), argnums=(0, 1)
    )(jnp.asarray(REAL), jnp.asarray(FAKE))
    np.testing.assert_allclose(value, expected.item(), rtol=1e-13)
    np.testing.assert_allclose(gradients[0], real.grad, rtol=1e-12)
    np.testing.assert_allclose(gradients[1], fake.grad, rtol=1e-12)
    np.testing.assert_allclose(
        loss.gen(jnp.asarray(REAL), jnp.asarray(FAKE)),
        bce(fake, torch.ones(5, dtype=torch.float64), reduction="none").detach(),
        rtol=1e-12,
    )


def test_tails_keep_their_digits_in_float32():
    logits = np.array([20.0, 45.0, 80.0])
    sure = losses.non_saturating.disc(jnp.float32(logits), jnp.float32(-logits))
    np.testing.assert_allclose(sure, 2 * np.log1p(np.exp(-logits)), rtol=2e-6, atol=0)
    unsure = losses.non_saturating.disc(jnp.float32(-logits), jnp.float32(logits))
    np.testing.assert_allclose(unsure, 2 * logits, rtol=1e-6, atol=0)


def quantiles(mean, std, n=200_000):
    """A normal distribution as n equally likely points."""
    return norm.ppf((np.arange(n) + 0.5) / n, mean, std)


@pytest.mark.usefixtures("x64")
def test_optimal_discriminator_is_worth_log_4_less_twice_the_divergence():
    p, q = norm(0.0, 1.0), norm(1.0, 1.5)

    def optimal(x):
        return jnp.asarray(p.logpdf(x) - q.logpdf(x))

    value = losses.minimax.disc(
        optimal(quantiles(0.0, 1.0)), optimal(quantiles(1.0, 1.5))
    ).mean()
    x = np.linspace(-15, 15, 30_001)
    a, b = p.pdf(x), q.pdf(x)
    mixture = (a + b) / 2
    kl = [np.trapezoid(d * np.log(d / mixture), x) for d in (a, b)]
    divergence = (kl[0] + kl[1]) / 2
    assert divergence > 0.05  # the two are well apart
    np.testing.assert_allclose(value, np.log(4) - 2 * divergence, atol=2e-5)


@pytest.mark.usefixtures("x64")
def test_best_least_squares_discriminator_leaves_half_a_pearson_divergence():
    # Mao et al. 2017, eqs. (5) to (9): D* = (b p + a q) / (p + q), and with (-1, 1, 0)
    # 2 E_p[D*^2 / 2] + 2 E_q[D*^2 / 2] is the divergence of p + q from 2 q.
    p, q = norm(0.0, 1.0), norm(0.5, 1.2)
    loss = losses.least_squares(-1, 1, 0)

    def best(x):
        return (p.pdf(x) - q.pdf(x)) / (p.pdf(x) + q.pdf(x))

    on_p, on_q = (
        loss.gen(jnp.zeros(1), jnp.asarray(best(quantiles(*at)))).mean()
        for at in ((0.0, 1.0), (0.5, 1.2))
    )
    x = np.linspace(-15, 15, 30_001)
    a, b = p.pdf(x), q.pdf(x)
    pearson = np.trapezoid((2 * b - (a + b)) ** 2 / (a + b), x)
    assert pearson > 0.05
    np.testing.assert_allclose(2 * on_p + 2 * on_q, pearson, atol=1e-5)


def test_undecided_discriminator_reads_log_4_and_log_2():
    zeros = jnp.zeros(3)
    for loss in (losses.minimax, losses.non_saturating):
        np.testing.assert_allclose(loss.disc(zeros, zeros), np.log(4), rtol=1e-6)
    np.testing.assert_allclose(
        losses.non_saturating.gen(zeros, zeros), np.log(2), rtol=1e-6
    )
    np.testing.assert_allclose(losses.minimax.gen(zeros, zeros), -np.log(2), rtol=1e-6)


@pytest.mark.usefixtures("x64")
def test_one_sided_smoothing_moves_the_optimum_to_its_label():
    # Salimans et al. 2016: D* = alpha p / (p + q); here p = q.
    def loss(logit):
        return losses.non_saturating(real_label=0.9).disc(logit, logit).sum()

    at = jnp.log(jnp.array([0.45 / 0.55]))
    np.testing.assert_allclose(jax.grad(loss)(at), 0.0, atol=1e-15)
    assert abs(jax.grad(loss)(at + 0.01).item()) > 1e-3


def test_minimax_is_zero_sum():
    loss = losses.minimax(real_label=0.9, fake_label=0.1)
    real, fake = jnp.float32(REAL), jnp.float32(FAKE)
    of_disc = jax.grad(lambda f: loss.disc(real, f).sum())(fake)
    of_gen = jax.grad(lambda f: loss.gen(real, f).sum())(fake)
    np.testing.assert_allclose(of_disc, -of_gen, rtol=1e-6)


@pytest.mark.usefixtures("x64")
def test_the_best_lipschitz_critic_reads_the_earth_movers_distance():
    # A shift by 0.7 costs 0.7, and f(x) = -x attains it.
    value = losses.wasserstein.disc(
        -jnp.asarray(quantiles(0.0, 1.0)), -jnp.asarray(quantiles(0.7, 1.0))
    ).mean()
    np.testing.assert_allclose(-value, 0.7, rtol=1e-10)


@pytest.mark.parametrize("labels", [(1.1, 0.0), (0.9, -0.1), (0.3, 0.4), (0.5, 0.5)])
@pytest.mark.parametrize("build", [losses.minimax, losses.non_saturating])
def test_labels_out_of_order_are_refused(build, labels):
    with pytest.raises(ValueError, match="fake_label < real_label"):
        build(*labels)


def test_a_loss_is_a_value_and_a_builder():
    real, fake = jnp.float32(REAL), jnp.float32(FAKE)
    assert isinstance(losses.hinge, losses.Adversarial)
    assert isinstance(losses.hinge(), losses.Adversarial)
    np.testing.assert_array_equal(
        losses.hinge.disc(real, fake), losses.hinge().disc(real, fake)
    )
    smooth = losses.non_saturating(real_label=0.9).disc(real, fake)
    assert not np.allclose(smooth, losses.non_saturating.disc(real, fake))


def test_a_builder_shows_the_signature_that_configs_bind_to():
    assert list(inspect.signature(losses.minimax).parameters) == [
        "real_label",
        "fake_label",
    ]
    assert losses.minimax.__name__ == "minimax"
    node = dict(name="non_saturating", real_label=0.9)
    build = resolve.bind(node, [losses], "game.loss")
    expected = losses.non_saturating(0.9).disc(jnp.ones(2), jnp.ones(2))
    np.testing.assert_array_equal(build().disc(jnp.ones(2), jnp.ones(2)), expected)
    with pytest.raises(BadInput, match="game.loss.real_labl.*did you mean real_label"):
        resolve.bind(node | {"real_labl": 0.9}, [losses], "game.loss")
    with pytest.raises(BadInput, match="game.loss.real_label='high'"):
        resolve.bind(node | {"real_label": "high"}, [losses], "game.loss")
