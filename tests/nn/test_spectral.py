"""Spectral norm against torch, against the SVD, and against its own definition."""

import flax.linen as linen
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import nn

KEY = jax.random.key(0)


def dense():
    return nn.SpectralNorm(linen.Dense(5)), (4, 7)


def conv():
    return nn.SpectralNorm(nn.Conv(5, kernel=3)), (2, 6, 6, 3)


@pytest.fixture
def x64():
    with jax.enable_x64(True):
        yield


def as_torch(torch, variables):
    """torch's spectrally normalised layer with our W, bias, u and v."""
    kernel = np.asarray(variables["params"]["layer"]["kernel"])
    if kernel.ndim == 2:
        layer = torch.nn.Linear(*kernel.shape)
        weight, order = kernel.T, None
    else:
        layer = torch.nn.Conv2d(*kernel.shape[2:], 3, padding=1)
        weight, order = kernel.transpose(3, 2, 0, 1), kernel.shape[:3]
    layer = torch.nn.utils.parametrizations.spectral_norm(layer)
    norm = layer.parametrizations.weight[0]
    v = np.asarray(variables["spectral"]["v"])
    if order:  # ours runs over (k, k, in), torch's over (in, k, k)
        v = v.reshape(order).transpose(2, 0, 1).reshape(-1)
    with torch.no_grad():
        layer.parametrizations.weight.original.copy_(torch.tensor(weight))
        layer.bias.copy_(torch.tensor(np.asarray(variables["params"]["layer"]["bias"])))
        norm._u.copy_(torch.tensor(np.asarray(variables["spectral"]["u"])))
        norm._v.copy_(torch.tensor(v))
    return layer


@pytest.mark.parametrize("make", [dense, conv])
def test_step_for_step_with_torch(make):
    torch = pytest.importorskip("torch", reason="the oracle")
    module, shape = make()
    x = jnp.float32(np.random.default_rng(1).normal(size=shape))
    variables = module.init(KEY, x)
    layer = as_torch(torch, variables)
    xt = torch.tensor(np.asarray(x if x.ndim == 2 else x.transpose(0, 3, 1, 2)))
    optimiser = torch.optim.SGD(layer.parameters(), 0.3)

    @jax.jit
    def step(params, spectral):
        def loss(params):
            y, moved = module.apply(
                {"params": params, "spectral": spectral}, x, mutable=["spectral"]
            )
            return jnp.square(y - 1).mean(), moved["spectral"]

        (value, spectral), grads = jax.value_and_grad(loss, has_aux=True)(params)
        return value, jax.tree.map(lambda p, g: p - 0.3 * g, params, grads), spectral

    params, spectral = variables["params"], variables["spectral"]
    for _ in range(6):
        value, params, spectral = step(params, spectral)
        optimiser.zero_grad()
        theirs = (layer(xt) - 1).square().mean()
        theirs.backward()
        optimiser.step()
        np.testing.assert_allclose(value, theirs.item(), rtol=2e-5)
    original = layer.parametrizations.weight.original.detach().numpy()
    ours = params["layer"]["kernel"]
    ours = ours.T if ours.ndim == 2 else ours.transpose(3, 2, 0, 1)
    np.testing.assert_allclose(ours, original, atol=2e-6)
    layer.eval()
    y = module.apply({"params": params, "spectral": spectral}, x)
    theirs = layer(xt).detach().numpy()
    theirs = theirs if theirs.ndim == 2 else theirs.transpose(0, 2, 3, 1)
    np.testing.assert_allclose(y, theirs, atol=5e-6)


@pytest.mark.parametrize(
    "layer",
    [
        linen.Dense(6),
        nn.Conv(6, kernel=3),
        linen.Conv(6, (3, 2)),
        linen.ConvTranspose(6, (4, 4), transpose_kernel=True),
    ],
    ids=["Dense", "Conv", "linen.Conv", "ConvTranspose"],
)
def test_sigma_is_the_largest_singular_value(layer):
    module = nn.SpectralNorm(layer, warmup=300)
    x = jnp.ones((1, 4)) if isinstance(layer, linen.Dense) else jnp.ones((1, 5, 5, 4))
    variables = module.init(KEY, x)
    kernel = np.asarray(variables["params"]["layer"]["kernel"])
    matrix = np.moveaxis(kernel, -2, -1) if _swapped(layer) else kernel
    matrix = matrix.reshape(-1, matrix.shape[-1])
    assert variables["spectral"]["u"].shape == (6,)
    scaled = {**variables["params"]["layer"]}
    scaled["kernel"] = kernel / np.linalg.svd(matrix)[1][0]
    np.testing.assert_allclose(
        module.apply(variables, x), layer.apply({"params": scaled}, x), atol=1e-5
    )


def _swapped(layer):
    return getattr(layer, "transpose_kernel", False)


def test_embedding_is_its_own_matrix():
    module = nn.SpectralNorm(linen.Embed(9, 4), warmup=300)
    variables = module.init(KEY, jnp.arange(9))
    rows = module.apply(variables, jnp.arange(9))
    np.testing.assert_allclose(np.linalg.svd(rows)[1][0], 1.0, atol=1e-5)


def test_params_hold_the_raw_kernel_under_the_layers_name():
    class Net(linen.Module):
        wrap: object

        @linen.compact
        def __call__(self, x):
            return self.wrap(linen.Dense(5, name="first"))(x)

    x = jnp.ones((2, 3))
    plain = Net(nn.no_wrap()).init(KEY, x)
    wrapped = Net(nn.spectral_norm()).init(KEY, x)
    np.testing.assert_array_equal(
        plain["params"]["first"]["kernel"], wrapped["params"]["first"]["kernel"]
    )
    assert set(wrapped["spectral"]["first_spectral"]) == {"u", "v"}


def test_moves_only_where_mutable():
    module, shape = conv()
    x = jax.random.normal(KEY, shape)
    variables = module.init(KEY, x)
    variables["spectral"] = jax.tree.map(jnp.ones_like, variables["spectral"])
    _, moved = module.apply(variables, x, mutable=["spectral"])
    _, other = module.apply(variables, x, mutable=["batch_stats"])
    assert "spectral" not in other
    assert np.abs(moved["spectral"]["u"] - 1).max() > 0.1
    np.testing.assert_allclose(np.linalg.norm(moved["spectral"]["u"]), 1, rtol=1e-5)
    # Evaluation divides by u'Wv of what is stored, here the sum of all weights.
    kernel = variables["params"]["layer"]["kernel"]
    scaled = {**variables["params"]["layer"], "kernel": kernel / kernel.sum()}
    np.testing.assert_allclose(
        module.apply(variables, x),
        nn.Conv(5).apply({"params": scaled}, x),
        rtol=1e-4,
    )


@pytest.mark.slow
@pytest.mark.usefixtures("x64")
def test_gradient_penalty_through_it_against_finite_differences():
    class Critic(linen.Module):
        @linen.compact
        def __call__(self, x):
            kind = {"dtype": jnp.float64, "kernel_init": nn.he_normal()}
            h = nn.SpectralNorm(nn.Conv(4, name="conv", **kind))(x)
            h = jnp.tanh(h).reshape(h.shape[0], -1)
            return nn.SpectralNorm(linen.Dense(1, param_dtype=jnp.float64))(h)[:, 0]

    x = jax.random.normal(KEY, (3, 4, 4, 2), jnp.float64)
    variables = jax.tree.map(jnp.float64, Critic().init(KEY, x))
    frozen = {"spectral": variables["spectral"]}

    @jax.jit
    def penalty(params):
        def score(x):
            return Critic().apply({"params": params, **frozen}, x).sum()

        norms = jnp.sqrt(jnp.square(jax.grad(score)(x)).sum((1, 2, 3)))
        return jnp.square(norms - 1).mean()

    params = variables["params"]
    grads = jax.jit(jax.grad(penalty))(params)
    direction = jax.tree.map(
        lambda p: jnp.cos(jnp.arange(p.size) * 1.7).reshape(p.shape), params
    )
    products = jax.tree.map(lambda g, d: (g * d).sum(), grads, direction)
    slope = sum(jax.tree.leaves(products))

    def along(step):
        return penalty(jax.tree.map(lambda p, d: p + step * d, params, direction))

    numeric = (along(1e-5) - along(-1e-5)) / 2e-5
    np.testing.assert_allclose(slope, numeric, rtol=1e-6)
    assert abs(slope) > 1e-3
