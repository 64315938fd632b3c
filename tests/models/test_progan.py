"""Progressive GAN: sizes as published, its networks in torch, and the ends of a fade."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import nn, tree
from gan_jax.models import progan
from gan_jax.models.growing import ALPHA, FADE, Growing

KEY = jax.random.key(0)
GEN = progan.Generator((8, 16, 2), (6, 5, 4))
DISC = progan.Discriminator((4, 5, 6), nn.minibatch_deviation(2))
Z = jax.random.normal(KEY, (4, 7))
X = jax.random.normal(KEY, (4, 8, 16, 2))
COUNTS = {
    32: ("20.720", "20.727"),
    64: ("22.490", "22.498"),
    1024: ("23.079", "23.087"),
}


def drawn(module, x):
    """Weights with biases that are not zero."""
    params = jax.jit(lambda: module.init(KEY, x, train=True))()["params"]
    leaves, form = jax.tree.flatten(params)
    rng = np.random.default_rng(0)
    return jax.tree.unflatten(
        form, [x + jnp.float32(0.3 * rng.normal(size=x.shape)) for x in leaves]
    )


def run(module, params, x, share=None):
    told = {} if share is None else {FADE: {ALPHA: jnp.float32(share)}}
    y = module.apply({"params": params, **told}, x, train=True)
    return y[0] if isinstance(y, tuple) else y


def own(params, module, x):
    """Of some weights, those that a module has."""
    has = jax.eval_shape(lambda: module.init(KEY, x, train=True))["params"]
    return {name: params[name] for name in has}


@pytest.mark.parametrize("size", COUNTS)
def test_it_has_the_published_number_of_parameters(size):
    """The authors' networks hold the layers to and from colours of every size."""
    widths = tuple(min(8192 // (2 << i), 512) for i in range(size.bit_length() - 2))
    gen = progan.Generator((size, size, 3), widths)
    disc = progan.Discriminator(widths[::-1])

    def count(module, x):
        params = jax.eval_shape(lambda: module.init(KEY, x, train=True))
        return tree.count(params)

    ones = jnp.zeros((4, size, size, 3))
    found = [
        count(gen, jnp.zeros((1, 512))) + sum(3 * w + 3 for w in widths[:-1]),
        count(disc, ones) + sum(3 * w + w for w in widths[:-1]),
    ]
    assert tuple(f"{n / 1e6:.3f}" for n in found) == COUNTS[size]


# --- in torch -------------------------------------------------------------------------


class Torch:
    """The networks of table 2 in torch and float64, by our names of layers."""

    def __init__(self, params):
        self.torch = pytest.importorskip("torch", reason="the oracle")
        self.f = self.torch.nn.functional
        self.params = jax.tree.map(lambda x: self.torch.tensor(np.float64(x)), params)

    def to(self, x):
        return self.torch.tensor(np.float64(x)).permute(0, 3, 1, 2)

    def conv(self, x, name, gain=2**0.5):
        kernel = self.params[name]["kernel"].permute(3, 2, 0, 1)
        scale = gain / kernel[0].numel() ** 0.5
        bias = self.params[name]["bias"]
        return self.f.conv2d(x, kernel * scale, bias, padding=kernel.shape[-1] // 2)

    def dense(self, x, name, gain=2**0.5):
        kernel = self.params[name]["kernel"]
        bias = self.params[name].get("bias", 0.0)
        return x @ kernel * (gain / len(kernel) ** 0.5) + bias

    def leaky(self, x):
        return self.f.leaky_relu(x, 0.2)

    def sphere(self, x):
        return x / (x.square().mean(1, keepdim=True) + 1e-8).sqrt()

    def doubled(self, x):
        return self.f.interpolate(x, scale_factor=2, mode="nearest")

    def layer(self, x, name):
        return self.sphere(self.leaky(self.conv(x, name)))

    def gen(self, z, share=1.0):
        z = self.sphere(self.torch.tensor(np.float64(z)))
        # Two by four is the smallest map of this one: sqrt 2 over the root of eight.
        x = self.dense(z, "dense", gain=(2 / 8) ** 0.5)
        x = x.reshape(len(x), 2, 4, -1).permute(0, 3, 1, 2)
        x = self.leaky(x + self.params["bias"][:, None, None])
        x = before = self.layer(self.sphere(x), "conv0")
        for i in (1, 2):
            before = x
            x = self.layer(self.doubled(x), f"conv{2 * i - 1}")
            x = self.layer(x, f"conv{2 * i}")
        image = self.conv(x, "image2", gain=1)
        if share < 1:
            small = self.doubled(self.conv(before, "image1", gain=1))
            image = small + share * (image - small)
        return image.permute(0, 2, 3, 1)

    def disc(self, x, share=1.0):
        image = self.to(x)
        x = self.leaky(self.conv(image, "image2"))
        for i in (2, 1):
            x = self.leaky(self.conv(x, f"conv{2 * i}"))
            x = self.leaky(self.conv(x, f"conv{2 * i - 1}"))
            x = self.f.avg_pool2d(x, 2)
            if share < 1 and i == 2:
                small = self.f.avg_pool2d(image, 2)
                small = self.leaky(self.conv(small, "image1"))
                x = small + share * (x - small)
        groups = x.reshape(2, 2, *x.shape[1:])  # of two: i and i + 2
        apart = (groups.var(0, unbiased=False) + 1e-8).sqrt().mean((1, 2, 3))
        apart = apart.repeat(2)[:, None, None, None].expand(-1, 1, *x.shape[2:])
        x = self.leaky(self.conv(self.torch.cat([x, apart], 1), "conv0"))
        x = x.permute(0, 2, 3, 1).reshape(len(x), -1)
        x = self.leaky(self.dense(x, "dense"))
        return self.dense(x, "output", gain=1)[:, 0]


@pytest.mark.parametrize("share", [1.0, 0.3])
def test_the_generator_is_torchs_in_value(share):
    module = GEN if share == 1 else GEN.at(2, fading=True)
    params = drawn(GEN.at(2, fading=True), Z)
    wanted = Torch(params).gen(Z, share)
    found = run(module, own(params, module, Z), Z, share)
    assert found.shape == (4, 8, 16, 2)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("share", [1.0, 0.3])
def test_the_critic_is_torchs_in_value(share):
    module = DISC if share == 1 else DISC.at(2, fading=True)
    params = drawn(DISC.at(2, fading=True), X)
    wanted = Torch(params).disc(X, share)
    found = run(module, own(params, module, X), X, share)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)


# --- how they grow --------------------------------------------------------------------


def test_at_its_start_a_fade_is_the_smaller_network_and_at_its_end_the_larger():
    for module, x in ((GEN, Z), (DISC, X)):
        fading = module.at(2, fading=True)
        params = drawn(fading, x)
        small, whole = module.at(1, fading=False), module.at(2, fading=False)
        less = nn.mean_pool(x) if module is DISC else x
        before = run(small, own(drawn(small, less) | params, small, less), less)
        before = nn.upsample(before) if module is GEN else before
        np.testing.assert_allclose(run(fading, params, x, 0.0), before, atol=1e-6)
        after = run(whole, own(params, whole, x), x)
        np.testing.assert_array_equal(run(fading, params, x, 1.0), after)
        assert np.abs(after - before).max() > 0.1


def test_the_last_size_is_the_network_itself():
    assert isinstance(GEN, Growing)
    assert isinstance(DISC, Growing)
    assert GEN.at(2, fading=False) == GEN
    assert DISC.at(2, fading=False) == DISC
    assert GEN.at(0, fading=False).shape == (2, 4, 2)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="two sizes"):
        GEN.at(0, fading=True)
    with pytest.raises(ValueError, match="flat latents"):
        GEN.init(KEY, jnp.ones((2, 2, 4, 1)), train=True)
    with pytest.raises(ValueError, match="2 doublings do not lead"):
        progan.Generator((6, 8, 1), (4, 4, 4)).init(KEY, Z, train=True)
    with pytest.raises(ValueError, match="cannot be halved 2 times"):
        DISC.init(KEY, jnp.ones((2, 6, 8, 2)), train=True)
