import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import axis, losses, resolve

DRAW = np.random.default_rng(0)
REAL, FAKE = DRAW.normal(size=(6, 3)), DRAW.normal(size=(6, 3)) + 0.5


def gaussian(x, y):
    distance = ((x - y) ** 2).sum()
    return sum(np.exp(-distance / (2 * s * s)) for s in (1, 2, 4, 8, 16))


def rational(x, y):
    distance = ((x - y) ** 2).sum()
    return sum((1 + distance / (2 * a)) ** -a for a in (0.2, 0.5, 1, 2, 5))


def discrepancy(x, y, kernel, unbiased):
    """MMD^2 by two plain loops."""

    def mean(x, y, skip):
        pairs = [
            kernel(a, b)
            for i, a in enumerate(x)
            for j, b in enumerate(y)
            if not (skip and i == j)
        ]
        return sum(pairs) / len(pairs)

    return mean(x, x, unbiased) + mean(y, y, unbiased) - 2 * mean(x, y, False)


@pytest.mark.parametrize("unbiased", [True, False])
@pytest.mark.parametrize(
    ("kernel", "plain"),
    [
        ("gaussian", gaussian),
        ("rational_quadratic", rational),
        (
            losses.rational_quadratic_kernel(linear=0.3),
            lambda x, y: rational(x, y) + 0.3 * x @ y,
        ),
    ],
    ids=["gaussian", "rational", "linear"],
)
@pytest.mark.usefixtures("x64")
def test_mean_is_the_estimate_of_two_plain_loops(kernel, plain, unbiased):
    loss = losses.mmd(kernel, unbiased=unbiased)
    real, fake = jnp.asarray(REAL), jnp.asarray(FAKE)
    expected = discrepancy(REAL, FAKE, plain, unbiased)
    gen, disc = jax.jit(lambda r, f: (loss.gen(r, f), loss.disc(r, f)))(real, fake)
    assert gen.shape == (6,)
    np.testing.assert_allclose(gen.mean(), expected, rtol=1e-11)
    np.testing.assert_allclose(disc.mean(), -expected, rtol=1e-11)


@pytest.mark.usefixtures("x64")
def test_biased_estimate_of_a_batch_against_itself_is_zero():
    same = jnp.asarray(REAL)
    loss = losses.mmd(unbiased=False)
    value, gradient = jax.jit(jax.value_and_grad(lambda y: loss.gen(same, y).mean()))(
        same
    )
    np.testing.assert_allclose(value, 0, atol=1e-15)
    np.testing.assert_allclose(gradient, 0, atol=1e-15)
    assert losses.mmd.gen(same, same).mean() < -0.1  # the unbiased one goes below


@pytest.mark.usefixtures("x64")
def test_unbiased_estimate_averages_to_the_discrepancy():
    # Two unit normals a shift apart, one Gaussian kernel of width s: in closed form
    # 2 s / sqrt(s^2 + 2) (1 - exp(-shift^2 / (2 (s^2 + 2)))).
    s, shift = 1.5, 1.0
    draw = np.random.default_rng(1).normal(size=(2, 400, 8))
    loss = losses.mmd(losses.gaussian_kernel(sigmas=(s,)))
    estimates = jax.jit(jax.vmap(lambda x, y: loss.gen(x, y).mean()))(
        jnp.asarray(draw[0]), jnp.asarray(draw[1] + shift)
    )
    expected = 2 * s / np.sqrt(s**2 + 2) * -np.expm1(-(shift**2) / (2 * (s**2 + 2)))
    error = estimates.std() / np.sqrt(400)
    assert error < 0.015
    np.testing.assert_allclose(estimates.mean(), expected, atol=4 * float(error))


def test_generator_walks_towards_the_data():
    real, fake = jnp.float32(REAL), jnp.float32(FAKE + 2)
    gradient = jax.jit(jax.grad(lambda y: losses.mmd.gen(real, y).mean()))(fake)
    assert (gradient.sum(axis=0) > 0).all()


@pytest.mark.parametrize("unbiased", [True, False])
@pytest.mark.usefixtures("x64")
def test_the_batch_is_that_of_all_devices(unbiased):
    loss = losses.mmd(unbiased=unbiased)
    real, fake = jnp.asarray(REAL), jnp.asarray(FAKE)

    def both(real, fake):
        value, gradient = jax.value_and_grad(lambda y: loss.gen(real, y).mean())(fake)
        return axis.mean(value), gradient

    whole, gradient = jax.jit(both)(real, fake)
    halves = jax.jit(jax.vmap(both, axis_name=axis.NAME))(
        real.reshape(2, 3, 3), fake.reshape(2, 3, 3)
    )
    np.testing.assert_allclose(halves[0], whole, rtol=1e-11)
    np.testing.assert_allclose(
        halves[1].reshape(6, 3) / 2, gradient, rtol=1e-10, atol=1e-14
    )


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="kernel='cubic' is not one of gaussian"):
        losses.mmd("cubic")
    with pytest.raises(ValueError, match="single"):
        losses.mmd.gen(jnp.zeros((1, 3)), jnp.zeros((1, 3)))


def test_configs_build_kernels():
    kernel = dict(name="rational_quadratic_kernel", alphas=[0.5], linear=1)
    loss = resolve.bind(dict(name="mmd", kernel=kernel), [losses], "game.loss")()
    by_hand = losses.mmd(losses.rational_quadratic_kernel((0.5,), 1))
    real, fake = jnp.float32(REAL), jnp.float32(FAKE)
    np.testing.assert_array_equal(loss.gen(real, fake), by_hand.gen(real, fake))
