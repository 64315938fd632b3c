import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import regularizers, rng, schedules
from gan_jax.regularizers import points
from gan_jax.regularizers.gradient import gradient_norm, input_gradient

KEY = jax.random.key(0)
SHAPE = (5, 4, 3, 2)
REAL, FAKE = np.random.default_rng(0).normal(size=(2, *SHAPE))
SLOPE = np.random.default_rng(1).normal(size=SHAPE[1:])
NORM = np.sqrt(np.square(SLOPE).sum())


def linear(slope):
    return lambda x: (x * slope).sum(axis=(1, 2, 3)) + 3.0


def quadratic(x):
    """Half the squared norm: its gradient is x."""
    return 0.5 * jnp.square(x).sum(axis=(1, 2, 3))


def value(regularizer, critic, seen=0, key=KEY):
    real, fake = jnp.asarray(REAL), jnp.asarray(FAKE)
    return regularizer.apply((), critic, real, fake, key, 0, seen)[0]


def squared(x):
    return np.square(x).sum(axis=(1, 2, 3))


@pytest.mark.parametrize("at", ["interpolate", "real", "fake"])
@pytest.mark.parametrize("center", [0.0, 1.0, 2.5])
@pytest.mark.usefixtures("x64")
def test_gradient_penalty_of_a_linear_critic(at, center):
    penalty = regularizers.gradient_penalty(weight=7.0, center=center, at=at)
    expected = 7.0 * (NORM - center) ** 2
    np.testing.assert_allclose(value(penalty, linear(SLOPE)), expected, rtol=1e-12)


@pytest.mark.usefixtures("x64")
def test_r1_and_r2_of_a_linear_critic():
    for penalty in (regularizers.r1(3.0), regularizers.r2(3.0)):
        np.testing.assert_allclose(
            value(penalty, linear(SLOPE)), 1.5 * NORM**2, rtol=1e-12
        )


@pytest.mark.parametrize(
    ("penalty", "expected"),
    [
        (regularizers.r1(3.0), 1.5 * squared(REAL).mean()),
        (regularizers.r2(3.0), 1.5 * squared(FAKE).mean()),
        (
            regularizers.gradient_penalty(2.0, at="real"),
            2 * np.square(np.sqrt(squared(REAL)) - 1).mean(),
        ),
        (
            regularizers.gradient_penalty(2.0, at="fake", center=6.0, one_sided=True),
            2 * np.square(np.maximum(np.sqrt(squared(FAKE)) - 6.0, 0)).mean(),
        ),
    ],
    ids=["r1", "r2", "gp", "one-sided"],
)
@pytest.mark.usefixtures("x64")
def test_a_quadratic_critic_shows_where_the_gradient_is_taken(penalty, expected):
    assert expected > 0
    np.testing.assert_allclose(value(penalty, quadratic), expected, rtol=1e-12)


@pytest.mark.usefixtures("x64")
def test_one_sided_ignores_gentle_slopes_only():
    one_sided = regularizers.gradient_penalty(one_sided=True)
    assert value(one_sided, linear(0.5 * SLOPE / NORM)) == 0
    steep = value(one_sided, linear(3.0 * SLOPE / NORM))
    np.testing.assert_allclose(steep, 10.0 * 2.0**2, rtol=1e-12)


def test_weights_follow_the_images_shown():
    fade = schedules.linear(1.0, 0.0, over=100)
    for penalty in (
        regularizers.gradient_penalty(fade),
        regularizers.dragan(fade),
        regularizers.r1(fade),
        regularizers.r2(fade),
    ):
        full, half = (value(penalty, linear(SLOPE), seen) for seen in (0, 50))
        assert full > 0
        np.testing.assert_allclose(half, full / 2, rtol=1e-6)


@pytest.mark.usefixtures("x64")
def test_interpolates_share_one_number_per_sample():
    keys = rng.deal(KEY, 5)
    x = points.interpolate(jnp.asarray(REAL), jnp.asarray(FAKE), keys)
    share = (x - FAKE) / (REAL - FAKE)
    first = share[:, :1, :1, :1]
    np.testing.assert_allclose(share, np.broadcast_to(first, SHAPE), atol=1e-7)
    assert ((share >= 0) & (share < 1)).all()
    assert len(np.unique(np.round(first, 6))) == 5


def test_interpolation_is_uniform():
    n = 4000
    x = points.interpolate(jnp.ones((n, 1)), jnp.zeros((n, 1)), rng.deal(KEY, n))
    np.testing.assert_allclose(
        np.quantile(x, [0.1, 0.5, 0.9]), [0.1, 0.5, 0.9], atol=0.03
    )


def test_interpolates_want_equal_batches():
    real, fake = jnp.asarray(REAL), jnp.asarray(FAKE)[:3]
    penalty = regularizers.gradient_penalty()
    with pytest.raises(ValueError, match=r"\(5, 4, 3, 2\).*\(3, 4, 3, 2\)"):
        penalty.apply((), linear(SLOPE), real, fake, KEY, 0)
    for penalty in (regularizers.r1(), regularizers.gradient_penalty(at="fake")):
        penalty.apply((), linear(SLOPE), real, fake, KEY, 0)


@pytest.mark.parametrize(("noise", "low"), [("positive", 0.0), ("symmetric", -1.0)])
def test_dragan_looks_around_the_data(noise, low):
    n = 3000
    real = 5.0 + 2.0 * jax.random.normal(jax.random.key(1), (n, 2))
    visited = []

    def critic(x):
        visited.append(jax.lax.stop_gradient(x))
        return x.sum(axis=1)

    penalty = regularizers.dragan(noise=noise)
    with jax.disable_jit():
        penalty.apply((), critic, real, 0 * real, KEY, 0)
    step = np.asarray(visited[0] - real) / np.std(real)
    assert step.min() >= 0.5 * low - 1e-6
    assert step.max() <= 0.5
    assert step.max() > 0.45
    # a * u with a, u uniform: mean (low + 1) / 4, and the two axes share a
    np.testing.assert_allclose(step.mean(), 0.5 * (low + 1) / 4, atol=0.01)
    size = np.abs(step)
    assert np.corrcoef(size[:, 0], size[:, 1])[0, 1] > 0.2
    with pytest.raises(ValueError, match="noise='gaussian' is not one of positive"):
        regularizers.dragan(noise="gaussian")


def test_a_function_can_say_where():
    penalty = regularizers.gradient_penalty(
        1.0, center=0.0, at=lambda real, fake, keys: 2 * real
    )
    np.testing.assert_allclose(
        value(penalty, quadratic), 4 * squared(REAL).mean(), rtol=1e-5
    )


def test_flat_critics_give_finite_gradients():
    def loss(scale, penalty):
        return value(penalty, linear(scale * SLOPE))

    for penalty in (
        regularizers.gradient_penalty(),
        regularizers.gradient_penalty(one_sided=True),
        regularizers.dragan(),
        regularizers.r1(),
    ):
        result, gradient = jax.jit(jax.value_and_grad(loss), static_argnums=1)(
            0.0, penalty
        )
        assert np.isfinite(result)
        assert gradient == 0


def test_one_dead_sample_leaves_the_others_alone():
    def dead_first(scale):
        alive = jnp.array([0.0, 1.0, 1.0, 1.0, 1.0])
        return lambda x: alive * linear(scale * SLOPE)(x)

    penalty = regularizers.gradient_penalty(1.0)
    gradient = jax.jit(jax.grad(lambda s: value(penalty, dead_first(s))))(1.0)
    np.testing.assert_allclose(gradient, 0.8 * 2 * (NORM - 1) * NORM, rtol=1e-5)


@pytest.mark.usefixtures("x64")
def test_gradient_of_the_sum_is_per_sample_unless_the_batch_is_coupled():
    x = jnp.asarray(REAL)
    np.testing.assert_allclose(input_gradient(quadratic, x), x, rtol=1e-12)
    np.testing.assert_allclose(gradient_norm(quadratic, x), np.sqrt(squared(REAL)))

    def coupled(x):
        return quadratic(x) - quadratic(x).mean()

    np.testing.assert_allclose(input_gradient(coupled, x), 0, atol=1e-12)


# The same little critic in both languages: conv, softplus, conv, softplus, dense.
DRAW = np.random.default_rng(2).normal
PARAMS = {
    "conv": 0.5 * DRAW(size=(3, 3, 2, 4)),
    "down": 0.5 * DRAW(size=(2, 2, 4, 3)),
    "dense": 0.5 * DRAW(size=(6, 1)),
}


def jax_critic(params):
    def critic(x):
        for name, stride, padding in (("conv", 1, "SAME"), ("down", 2, "VALID")):
            x = jax.lax.conv_general_dilated(
                x,
                params[name],
                (stride, stride),
                padding,
                dimension_numbers=("NHWC", "HWIO", "NHWC"),
            )
            x = jax.nn.softplus(x)
        return (x.reshape(x.shape[0], -1) @ params["dense"])[:, 0]

    return critic


def torch_critic(torch, params):
    def critic(x):
        for name, stride, padding in (("conv", 1, 1), ("down", 2, 0)):
            kernel = params[name].permute(3, 2, 0, 1)
            x = torch.nn.functional.conv2d(x, kernel, stride=stride, padding=padding)
            x = torch.nn.functional.softplus(x)
        x = x.permute(0, 2, 3, 1)
        return (x.reshape(x.shape[0], -1) @ params["dense"])[:, 0]

    return critic


@pytest.mark.parametrize("name", ["gradient_penalty", "r1", "r2"])
@pytest.mark.usefixtures("x64")
def test_values_and_parameter_gradients_are_those_of_torch(name):
    torch = pytest.importorskip("torch", reason="oracle for double backward")
    keys = rng.deal(KEY, 5)
    where, penalty = {
        "gradient_penalty": (
            np.asarray(points.interpolate(jnp.asarray(REAL), jnp.asarray(FAKE), keys)),
            regularizers.gradient_penalty(10.0),
        ),
        "r1": (REAL, regularizers.r1(6.0)),
        "r2": (FAKE, regularizers.r2(6.0)),
    }[name]

    params = {k: torch.tensor(v, requires_grad=True) for k, v in PARAMS.items()}
    x = torch.tensor(where).permute(0, 3, 1, 2).requires_grad_()
    (slope,) = torch.autograd.grad(
        torch_critic(torch, params)(x).sum(), x, create_graph=True
    )
    size = slope.square().sum(dim=(1, 2, 3))
    expected = (
        10 * (size.sqrt() - 1).square().mean()
        if name == "gradient_penalty"
        else 3.0 * size.mean()
    )
    expected.backward()

    result, gradients = jax.jit(
        jax.value_and_grad(lambda p: value(penalty, jax_critic(p)))
    )({k: jnp.asarray(v) for k, v in PARAMS.items()})
    np.testing.assert_allclose(result, expected.item(), rtol=1e-10)
    for key, gradient in gradients.items():
        assert np.abs(gradient).max() > 1e-3
        np.testing.assert_allclose(gradient, params[key].grad, rtol=1e-8, atol=1e-12)
