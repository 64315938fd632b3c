"""Weight normalisation (Salimans & Kingma 2016): a kernel's length apart from its way."""

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
        params = dict(self.layer.variables["params"])
        kernel = params["kernel"]
        length = jnp.sqrt(jnp.square(kernel).sum(range(kernel.ndim - 1)))
        gain: jax.Array | float = 1.0
        if self.scale:
            gain = self.param("scale", lambda key: length)
        params["kernel"] = kernel * (gain / length)
        unbound = self.layer.clone(parent=None, name=None)
        return unbound.apply({"params": params}, *args, **kwargs)


def weight_norm(scale: bool = True) -> Wrap:
    """`WeightNorm` as a value: a function from layers to layers."""

    def wrap(layer: nn.Module) -> nn.Module:
        name = layer.name and f"{layer.name}_weight"
        return WeightNorm(layer, scale=scale, name=name)

    return wrap
