import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import lambertw
from scipy.stats import norm

from gan_jax import losses, resolve
from gan_jax.errors import BadInput
from gan_jax.losses.divergence import DIVERGENCES

TABLE = DIVERGENCES | {
    "weighted 0.3": losses.weighted_jensen_shannon(0.3),
    "alpha 0.4": losses.alpha_divergence(0.4),
    "alpha 3": losses.alpha_divergence(3.0),
    "alpha -0.5": losses.alpha_divergence(-0.5),
}
each = pytest.mark.parametrize("name", TABLE)
V = np.linspace(-1.7, 2.5, 9)  # logits; their images lie inside every domain

# The data, the generator, and a grid that holds both.
DATA, GEN = norm(0.3, 0.9), norm(0.0, 1.0)
X = np.linspace(-8.0, 8.0, 20_001)


def integral(density, values):
    return np.trapezoid(density.pdf(X) * values, X)


def closed_form(name):
    """D(data || gen) by quadrature, written without f."""
    p, q = DATA.pdf(X), GEN.pdf(X)

    def area(y):
        return np.trapezoid(y, X)

    def kl(a, b):
        return area(a * (np.log(a) - np.log(b)))

    def weighted(pi):
        m = pi * p + (1 - pi) * q
        return pi * kl(p, m) + (1 - pi) * kl(q, m)

    def alpha(a):
        return (area(p**a * q ** (1 - a)) - 1) / (a * (a - 1))

    return {
        "total_variation": lambda: 0.5 * area(np.abs(p - q)),
        "kl": lambda: kl(p, q),
        "reverse_kl": lambda: kl(q, p),
        "pearson": lambda: area((p - q) ** 2 / q),
        "neyman": lambda: area((p - q) ** 2 / p),
        "squared_hellinger": lambda: area((np.sqrt(p) - np.sqrt(q)) ** 2),
        "jeffrey": lambda: kl(p, q) + kl(q, p),
        "jensen_shannon": lambda: 2 * weighted(0.5),
        "gan": lambda: 2 * weighted(0.5) - np.log(4),
        "weighted 0.3": lambda: weighted(0.3),
        "alpha 0.4": lambda: alpha(0.4),
        "alpha 3": lambda: alpha(3.0),
        "alpha -0.5": lambda: alpha(-0.5),
    }[name]()


@each
@pytest.mark.usefixtures("x64")
def test_conjugate_is_the_supremum(name):
    divergence = TABLE[name]
    t = np.asarray(divergence.activation(jnp.asarray(V)))
    ratios = np.exp(np.linspace(-30, 10, 400_001))  # 1 is among them
    lines = t[:, None] * ratios - np.asarray(divergence.f(jnp.asarray(ratios)))
    conjugate = divergence.conjugate(jnp.asarray(t))
    np.testing.assert_allclose(conjugate, lines.max(axis=1), atol=1e-6)


@each
@pytest.mark.usefixtures("x64")
def test_shortcut_is_the_conjugate_of_the_activation(name):
    divergence = TABLE[name]
    v = jnp.asarray(V)
    both = divergence.conjugate(divergence.activation(v))
    np.testing.assert_allclose(divergence.on_fake(v), both, rtol=1e-11, atol=1e-12)


@each
@pytest.mark.usefixtures("x64")
def test_slopes_of_f_and_its_conjugate_are_inverse(name):
    if name == "total_variation":
        return  # f has a kink at 1, and its conjugate the slope 1 everywhere
    divergence = TABLE[name]
    ratios = jnp.array([0.3, 0.8, 1.0, 1.5, 4.0])
    t = jax.vmap(jax.grad(divergence.f))(ratios)
    slope = jax.vmap(jax.grad(divergence.conjugate))(t)
    np.testing.assert_allclose(slope, ratios, rtol=1e-9)


@each
@pytest.mark.usefixtures("x64")
def test_threshold_is_the_slope_at_one(name):
    divergence = TABLE[name]
    up, down = (divergence.f(jnp.asarray(1 + h)) for h in (1e-6, -1e-6))
    np.testing.assert_allclose(divergence.threshold, (up - down) / 2e-6, atol=1e-8)
    at_one = -np.log(4) if name == "gan" else 0.0
    np.testing.assert_allclose(divergence.f(jnp.asarray(1.0)), at_one, atol=1e-15)


def best_logits(divergence, x):
    """g^-1(f'(data / gen)), by bisection: written with nothing but f and g."""
    log_ratio = jnp.asarray(DATA.logpdf(x) - GEN.logpdf(x))
    target = jax.vmap(jax.grad(lambda s: divergence.f(jnp.exp(s))))(log_ratio)
    target = target / jnp.exp(log_ratio)  # d f / d u

    @jax.jit
    def bisect(low, high):
        def halve(_, bracket):
            low, high = bracket
            middle = (low + high) / 2
            above = divergence.activation(middle) > target
            return jnp.where(above, low, middle), jnp.where(above, middle, high)

        return jax.lax.fori_loop(0, 75, halve, (low, high))

    return bisect(jnp.full(x.shape, -1e8), jnp.full(x.shape, 1e8))[0]


@each
@pytest.mark.usefixtures("x64")
def test_the_best_critic_attains_the_divergence_and_no_other_does(name):
    divergence = TABLE[name]
    loss = losses.f_divergence(divergence)
    if name == "total_variation":  # its best critic has infinite logits
        logits = 300.0 * jnp.sign(jnp.asarray(DATA.pdf(X) - GEN.pdf(X)))
    else:
        logits = best_logits(divergence, X)
    neutral = jnp.zeros(X.size)
    middle = loss.disc(neutral, neutral)

    def bound(logits):
        # The two terms of disc one at a time, each under its own distribution.
        on_real = loss.disc(logits, neutral) - middle
        on_fake = loss.disc(neutral, logits) - middle
        return -(
            integral(DATA, np.asarray(on_real))
            + integral(GEN, np.asarray(on_fake))
            + middle[0]
        )

    true = closed_form(name)
    np.testing.assert_allclose(bound(logits), true, rtol=1e-6, atol=1e-9)
    near = jnp.clip(logits, -5, 5)
    for other in (0.7 * near, near + 0.2):
        assert bound(other) < true - 1e-5


@pytest.mark.usefixtures("x64")
def test_lambert_w_of_jeffrey_and_its_derivative():
    t = np.linspace(-60, 40, 41)
    w = lambertw(np.exp(1 - t)).real
    conjugate = DIVERGENCES["jeffrey"].conjugate
    np.testing.assert_allclose(
        conjugate(jnp.asarray(t)), w + 1 / w + t - 2, rtol=1e-9, atol=1e-14
    )
    slope = jax.vmap(jax.grad(conjugate))(jnp.asarray(t))
    np.testing.assert_allclose(slope, 1 / w, rtol=1e-9)


@pytest.mark.usefixtures("x64")
def test_relatives_among_the_divergences():
    real, fake = jnp.asarray(V), jnp.asarray(-V[::-1] + 0.2)
    gan = losses.f_divergence("gan")
    plain = losses.non_saturating
    np.testing.assert_allclose(gan.disc(real, fake), plain.disc(real, fake), rtol=1e-12)
    np.testing.assert_allclose(gan.gen(real, fake), plain.gen(real, fake), rtol=1e-12)
    shannon = losses.f_divergence("jensen_shannon")
    np.testing.assert_allclose(
        shannon.disc(real, fake), plain.disc(real, fake) - np.log(4), rtol=1e-12
    )
    ratios = jnp.array([0.2, 0.9, 3.0])
    for alpha, name, factor in ((0.5, "squared_hellinger", 2.0), (2.0, "pearson", 0.5)):
        np.testing.assert_allclose(
            losses.alpha_divergence(alpha).f(ratios),
            factor * DIVERGENCES[name].f(ratios),
            rtol=1e-12,
        )
    np.testing.assert_allclose(
        losses.weighted_jensen_shannon(0.5).f(ratios),
        0.5 * DIVERGENCES["jensen_shannon"].f(ratios),
        rtol=1e-12,
    )


def test_the_generator_maximises_the_activation():
    fake = jnp.float32(V)
    for divergence in DIVERGENCES.values():
        loss = losses.f_divergence(divergence)
        np.testing.assert_allclose(
            loss.gen(fake[:1], fake), -divergence.activation(fake), rtol=1e-6
        )


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="'chi' is not one of total_variation"):
        losses.f_divergence("chi")
    for pi in (0.0, 1.0, 1.5):
        with pytest.raises(ValueError, match="between 0 and 1"):
            losses.weighted_jensen_shannon(pi)
    for alpha in (0, 1.0):
        with pytest.raises(ValueError, match="kl"):
            losses.alpha_divergence(alpha)


def test_configs_name_a_divergence_or_build_one():
    def build(divergence):
        node = dict(name="f_divergence", divergence=divergence)
        return resolve.bind(node, [losses], "game.loss")()

    ones = jnp.ones(2)
    for loss, by_hand in (
        (build("kl"), losses.f_divergence("kl")),
        (
            build(dict(name="alpha_divergence", alpha=0.3)),
            losses.f_divergence(losses.alpha_divergence(0.3)),
        ),
    ):
        np.testing.assert_array_equal(loss.disc(ones, -ones), by_hand.disc(ones, -ones))
    with pytest.raises(BadInput, match="game.loss"):
        build("kll")
