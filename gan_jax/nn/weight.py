"""Layers that run with a kernel of another length than the one that is stored.

`WeightNorm` (Salimans & Kingma 2016) learns the length apart from the way; `Equalised`
(Karras et al. 2018) only divides, so that all layers learn at the same relative speed.
"""

import math
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn

from gan_jax.nn.values import Wrap


class WeightNorm(nn.Module):
    """A layer that runs with g W / |W|, the norm taken over each output's weights.

    g is a parameter of its own, `scale` [out], and begins at |W|: the layer begins as it
    was. Without it every output's weights have length one, as in SN-GAN's comparison
    (Miyato et al. 2018, section 4).

    Args:
        layer: a module with one `kernel` [..., in, out] (Dense, Conv).
        scale: whether g is learnt.
    """

    layer: nn.Module
    scale: bool = True

    @nn.compact
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the layer with the normalised kernel."""
        if self.is_initializing():
            self.layer(*args, **kwargs)
        kernel = self.layer.variables["params"]["kernel"]
        length = jnp.sqrt(jnp.square(kernel).sum(range(kernel.ndim - 1)))
        gain: jax.Array | float = 1.0
        if self.scale:
            gain = self.param("scale", lambda key: length)
        return _with(self.layer, kernel * (gain / length), *args, **kwargs)


def weight_norm(scale: bool = True) -> Wrap:
    """`WeightNorm` as a value: a function from layers to layers."""

    def wrap(layer: nn.Module) -> nn.Module:
        name = layer.name and f"{layer.name}_weight"
        return WeightNorm(layer, scale=scale, name=name)

    return wrap


class Equalised(nn.Module):
    """A layer that runs with W / sqrt(fan in): the equalised learning rate.

    Karras et al. 2018 (arXiv:1710.10196), section 4.1. The layer should draw its kernel
    from N(0, 1), or from what is wanted besides. `EqualisedDense` and `EqualisedConv` are
    the same for the layers of the style family; this is for heads, which are made of
    whatever layers there are.

    Args:
        layer: a module with one `kernel` [..., in, out] (Dense, Conv).
    """

    layer: nn.Module

    @nn.compact
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the layer with the smaller kernel."""
        if self.is_initializing():
            self.layer(*args, **kwargs)
        kernel = self.layer.variables["params"]["kernel"]
        fan_in = math.prod(kernel.shape[:-1])
        return _with(self.layer, kernel / math.sqrt(fan_in), *args, **kwargs)


def equalised() -> Wrap:
    """`Equalised` as a value: a function from layers to layers."""
    return lambda layer: Equalised(layer, name=layer.name and f"{layer.name}_equalised")


def _with(layer: nn.Module, kernel: jax.Array, *args: Any, **kwargs: Any) -> Any:
    """A layer's answer with another kernel than its own."""
    params = {**layer.variables["params"], "kernel": kernel}
    unbound = layer.clone(parent=None, name=None)
    return unbound.apply({"params": params}, *args, **kwargs)
