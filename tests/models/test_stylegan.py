"""StyleGAN's generator: its size as published, and the whole of it in torch."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import nn, tree
from gan_jax.models import stylegan
from gan_jax.models.growing import ALPHA, FADE, Growing
from gan_jax.models.styles import StyleBased
from tests.models.test_progan import Torch, drawn

KEY = jax.random.key(0)
GEN = stylegan.Generator((8, 16, 2), (6, 5, 4), style=7, depth=2)
Z = jax.random.normal(KEY, (3, 5))
NOISE = tuple(
    jax.random.normal(jax.random.key(i), (3, *size, 1))
    for i, size in enumerate(GEN.noise_sizes)
)

MEAN = {"styles": {"styles": {"mean": jnp.zeros(7)}}}


def test_it_has_the_published_number_of_parameters():
    """26.2 million at 1024 x 1024 (section 2), layers to colours of every size among
    them."""
    widths = tuple(min(8192 // (2 << i), 512) for i in range(9))
    gen = stylegan.Generator((1024, 1024, 3), widths)
    params = jax.eval_shape(lambda: gen.init(KEY, jnp.ones((1, 512)), train=True))
    count = tree.count(params["params"]) + sum(3 * w + 3 for w in widths[:-1])
    assert f"{count / 1e6:.1f}" == "26.2"
    assert gen.layers == 18


def test_a_size_has_two_layers():
    assert [size for size, _ in GEN.noise_sizes] == [2, 2, 4, 4, 8, 8]
    assert isinstance(GEN, StyleBased)
    assert isinstance(GEN, Growing)
    assert GEN.at(2, fading=False) == GEN
    small = GEN.at(0, fading=False)
    assert (small.shape, small.layers, small.noise_sizes) == (
        *((2, 4, 2), 2),
        ((2, 4), (2, 4)),
    )


class Painted(Torch):
    """The synthesis in torch and float64."""

    def finished(self, x, w, noise, i):
        own = self.params[f"layer{i}"]
        x = x + own["strength"][:, None, None] * self.to(noise)
        x = self.leaky(x + own["bias"][:, None, None])
        x = self.f.instance_norm(x, eps=1e-8)
        kernel, bias = own["norm"]["affine"]["kernel"], own["norm"]["affine"]["bias"]
        scale, offset = (w @ kernel / len(kernel) ** 0.5 + bias).chunk(2, dim=1)
        return x * (1 + scale[..., None, None]) + offset[..., None, None]

    def conv(self, x, name, gain=2**0.5):
        layer = self.params[name]
        layer.setdefault("bias", self.torch.zeros(layer["kernel"].shape[-1]).double())
        return super().conv(x, name, gain)

    def blurred(self, x):
        one = self.torch.tensor([1.0, 2.0, 1.0], dtype=self.torch.float64) / 4
        kernel = self.torch.outer(one, one).expand(x.shape[1], 1, 3, 3)
        return self.f.conv2d(x, kernel, padding=1, groups=x.shape[1])

    def paint(self, ws, noise, share):
        ws = self.torch.tensor(np.float64(ws))
        x = self.params["const"].permute(2, 0, 1).expand(len(ws), -1, -1, -1)
        x = self.finished(x, ws[:, 0], noise[0], 0)
        x = before = self.finished(self.conv(x, "conv1"), ws[:, 1], noise[1], 1)
        for i in (2, 4):
            before = x
            x = self.blurred(self.conv(self.doubled(x), f"conv{i}"))
            x = self.finished(x, ws[:, i], noise[i], i)
            x = self.conv(x, f"conv{i + 1}")
            x = self.finished(x, ws[:, i + 1], noise[i + 1], i + 1)
        image = self.conv(x, "image2", gain=1)
        small = self.doubled(self.conv(before, "image1", gain=1))
        return (small + share * (image - small)).permute(0, 2, 3, 1)


@pytest.mark.parametrize("share", [1.0, 0.3])
def test_the_synthesis_is_torchs_in_value(share):
    fading = GEN.at(2, fading=True)
    params = drawn(fading, Z)
    ws = jax.random.normal(KEY, (3, 6, 7))
    wanted = Painted(params["synthesis"]).paint(ws, NOISE, share)
    module, told = (GEN, {}) if share == 1 else (fading, {ALPHA: jnp.float32(share)})
    found = module.apply(
        {"params": params, FADE: told}, ws, train=False, noise=NOISE, method="paint"
    )
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)


def test_at_its_start_a_fade_is_the_smaller_network():
    fading, small = GEN.at(2, fading=True), GEN.at(1, fading=False)
    params = drawn(fading, Z)
    told = {"params": params, **MEAN}
    begin = fading.apply(
        {**told, FADE: {ALPHA: jnp.zeros(())}}, Z, train=True, noise=NOISE
    )
    before = small.apply(told, Z, train=True, noise=NOISE[:4])
    np.testing.assert_allclose(begin, nn.upsample(before), atol=1e-6)


def test_the_mean_style_decays_as_in_the_first_code():
    params = {"params": drawn(GEN, Z), **MEAN}
    w = GEN.apply(params, Z, train=False, method="map")[:, 0]
    _, moved = GEN.apply(params, Z, train=True, mutable=["styles"])
    mean = moved["styles"]["styles"]["mean"]
    np.testing.assert_allclose(mean, 0.005 * w.mean(0), rtol=1e-4, atol=1e-6)


def test_one_size_cannot_fade_in():
    with pytest.raises(ValueError, match="two sizes"):
        stylegan.Generator((4, 4, 1), (3,), fading=True)
