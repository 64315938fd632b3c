import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import axis, losses

REAL = np.array([-1.1, -0.7, 0.2, 1.4])
FAKE = np.array([0.9, -2.2, 1.1, -0.4])


def softplus(x):
    return np.log1p(np.exp(x))


COSTS = {
    "standard": lambda m: softplus(-m),
    "least_squares": lambda m: (m - 1) ** 2,
    "hinge": lambda m: np.maximum(1 - m, 0),
}
each = pytest.mark.parametrize("of", COSTS)


@each
@pytest.mark.usefixtures("x64")
def test_paired_closed_form(of):
    loss = losses.relativistic_paired(of)
    real, fake = jnp.asarray(REAL), jnp.asarray(FAKE)
    margin = REAL - FAKE
    np.testing.assert_allclose(loss.disc(real, fake), COSTS[of](margin), rtol=1e-12)
    np.testing.assert_allclose(loss.gen(real, fake), COSTS[of](-margin), rtol=1e-12)


@each
@pytest.mark.usefixtures("x64")
def test_average_closed_form_with_gradients_through_the_mean(of):
    torch = pytest.importorskip("torch", reason="oracle for gradients")
    real, fake = (torch.tensor(x, requires_grad=True) for x in (REAL, FAKE))
    above, below = real - fake.mean(), fake - real.mean()
    bce = torch.nn.functional.binary_cross_entropy_with_logits
    ones, zeros = torch.ones_like(real), torch.zeros_like(real)
    disc, gen = {
        "standard": lambda: (
            bce(above, ones) + bce(below, zeros),
            bce(above, zeros) + bce(below, ones),
        ),
        "least_squares": lambda: (
            ((above - 1) ** 2).mean() + ((below + 1) ** 2).mean(),
            ((above + 1) ** 2).mean() + ((below - 1) ** 2).mean(),
        ),
        "hinge": lambda: (
            torch.relu(1 - above).mean() + torch.relu(1 + below).mean(),
            torch.relu(1 + above).mean() + torch.relu(1 - below).mean(),
        ),
    }[of]()
    loss = losses.relativistic_average(of)
    for side, expected in ((loss.disc, disc / 2), (loss.gen, gen / 2)):
        gradients = torch.autograd.grad(expected, (real, fake), retain_graph=True)
        value, ours = jax.value_and_grad(lambda r, f, s=side: s(r, f).mean(), (0, 1))(
            jnp.asarray(REAL), jnp.asarray(FAKE)
        )
        np.testing.assert_allclose(value, expected.item(), rtol=1e-12)
        for g, h in zip(ours, gradients, strict=True):
            np.testing.assert_allclose(g, h, rtol=1e-12, atol=1e-15)


def test_undecided_critics_read_log_2():
    zeros = jnp.zeros(3)
    for loss in (losses.relativistic_paired, losses.relativistic_average):
        for side in (loss.disc, loss.gen):
            np.testing.assert_allclose(side(zeros, zeros), np.log(2), rtol=1e-6)


@pytest.mark.parametrize(
    "family", [losses.relativistic_paired, losses.relativistic_average]
)
def test_only_differences_count(family):
    real, fake = jnp.float32(REAL), jnp.float32(FAKE)
    for side in (family().disc, family().gen):
        np.testing.assert_allclose(
            side(real + 5, fake + 5), side(real, fake), rtol=1e-5
        )


def test_any_function_of_the_margin_will_do():
    loss = losses.relativistic_paired(lambda margin: jnp.exp(-margin))
    values = loss.disc(jnp.float32(REAL), jnp.float32(FAKE))
    np.testing.assert_allclose(values, np.exp(FAKE - REAL), rtol=1e-5)
    with pytest.raises(ValueError, match="of='log' is not one of standard"):
        losses.relativistic_average("log")


@pytest.mark.usefixtures("x64")
def test_average_is_over_all_devices():
    loss = losses.relativistic_average
    real, fake = jnp.asarray(REAL), jnp.asarray(FAKE)

    def both(real, fake):
        value, gradient = jax.value_and_grad(lambda f: loss.disc(real, f).mean())(fake)
        return axis.mean(value), gradient

    whole, gradient = both(real, fake)
    # Two devices of two samples each; gradients of their two means add to twice.
    halves = jax.vmap(both, axis_name=axis.NAME)(real.reshape(2, 2), fake.reshape(2, 2))
    np.testing.assert_allclose(halves[0], whole, rtol=1e-12)
    np.testing.assert_allclose(halves[1].reshape(4) / 2, gradient, rtol=1e-12)
