"""Sizes, the light digits configuration and the paper's parameter counts."""

import jax
import jax.numpy as jnp
import pytest

from gan_jax import nn
from gan_jax.models import dcgan


def shapes(module, shape):
    """Kernel shapes by layer."""
    variables = jax.eval_shape(
        lambda: module.init(jax.random.key(0), jnp.zeros((1, *shape)), train=True)
    )
    layers = variables["params"].items()
    return {k: v["kernel"].shape for k, v in layers if "kernel" in v}


def test_light_digits():
    """Dense 7x7x64 and two 4x4/2 layers of 32 and 1; critic 32, 64, dense."""
    gen = dcgan.Generator((28, 28, 1), width=32)
    assert shapes(gen, (64,)) == {
        "start": (64, 7 * 7 * 64),
        "up0": (4, 4, 64, 32),
        "output": (4, 4, 32, 1),
    }
    assert shapes(dcgan.Discriminator(width=32), (28, 28, 1)) == {
        "down0": (4, 4, 1, 32),
        "down1": (4, 4, 32, 64),
        "output": (7 * 7 * 64, 1),
    }


def test_paper_64():
    """Radford et al. 2016, figure 1: 4x4x1024, then 512, 256, 128, 3 by 5 x 5."""
    gen = dcgan.Generator((64, 64, 3), width=128, up=nn.transposed(5))
    assert shapes(gen, (100,)) == {
        "start": (100, 4 * 4 * 1024),
        "up0": (5, 5, 1024, 512),
        "up1": (5, 5, 512, 256),
        "up2": (5, 5, 256, 128),
        "output": (5, 5, 128, 3),
    }


def test_spatial_latents_start_with_a_convolution():
    assert shapes(dcgan.Generator((28, 28, 1), width=8), (7, 7, 1))["start"] == (
        3,
        3,
        1,
        16,
    )


@pytest.mark.parametrize(
    ("size", "count"),
    [((28, 28), 2), ((32, 32), 3), ((64, 64), 4), ((48, 96), 3), ((8, 8), 1)],
)
def test_doublings(size, count):
    assert dcgan.doublings(*size) == count


@pytest.mark.parametrize(
    ("sample", "latents"),
    [((7, 7, 1), (5,)), ((28, 27, 1), (5,)), ((28, 28, 1), (5, 5, 1))],
)
def test_sizes_that_cannot_be(sample, latents):
    with pytest.raises(ValueError, match=r"halved|doubled"):
        shapes(dcgan.Generator(sample), latents)
