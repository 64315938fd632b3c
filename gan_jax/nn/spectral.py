"""Spectral normalisation (Miyato et al. 2018, algorithm 1).

The kernel in `params` is the raw W; the layer runs with W / sigma, sigma = u'Wv. Its
collection `spectral` holds u and v. They are constants for the gradient, sigma is not.
One power iteration is made at each call where `spectral` is mutable; elsewhere the
stored vectors serve and nothing moves. Step for step this is
`torch.nn.utils.parametrizations.spectral_norm`.
"""

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import ranges
from gan_jax.nn.values import Wrap


class SpectralNorm(nn.Module):
    """A layer whose kernel has spectral norm one.

    Args:
        layer: a module with one `kernel` (Dense, convolutions) or `embedding`.
            Parameters stay under its own name.
        epsilon: least norm divided by in the power iteration.
        warmup: iterations at initialisation.
    """

    layer: nn.Module
    epsilon: float = 1e-12
    warmup: int = 15

    def __post_init__(self) -> None:
        ranges.above(0, epsilon=self.epsilon)
        ranges.whole(0, warmup=self.warmup)
        super().__post_init__()

    @nn.compact
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the layer with W / sigma in the place of W."""
        if self.is_initializing():
            self.layer(*args, **kwargs)
        params = dict(self.layer.variables["params"])
        name = "embedding" if isinstance(self.layer, nn.Embed) else "kernel"
        params[name] = self._normalized(params[name])
        unbound = self.layer.clone(parent=None, name=None)
        return unbound.apply({"params": params}, *args, **kwargs)

    def _normalized(self, kernel: jax.Array) -> jax.Array:
        matrix = self._matrix(kernel)
        u = self.variable("spectral", "u", self._start, matrix.shape[0])
        v = self.variable("spectral", "v", self._start, matrix.shape[1])
        if self.is_mutable_collection("spectral"):
            fixed = jax.lax.stop_gradient(matrix)
            for _ in range(self.warmup if self.is_initializing() else 1):
                u.value = _unit(fixed @ v.value, self.epsilon)
                v.value = _unit(u.value @ fixed, self.epsilon)
        fixed_u, fixed_v = jax.lax.stop_gradient((u.value, v.value))
        return kernel / (fixed_u @ matrix @ fixed_v)

    def _matrix(self, kernel: jax.Array) -> Float[Array, "out fan_in"]:
        """The kernel as (out, in * k * k); an embedding [n, d] as it is."""
        if isinstance(self.layer, nn.Embed):
            return kernel
        if getattr(self.layer, "transpose_kernel", False):  # [k, k, out, in]
            return jnp.moveaxis(kernel, -2, 0).reshape(kernel.shape[-2], -1)
        return kernel.reshape(-1, kernel.shape[-1]).T

    def _start(self, size: int) -> Float[Array, "n"]:
        key = self.make_rng("params")
        return _unit(jax.random.normal(key, (size,)), self.epsilon)


def spectral_norm(epsilon: float = 1e-12, warmup: int = 15) -> Wrap:
    """`SpectralNorm` as a value: a function from layers to layers.

    One iteration of warming up is what SAGAN's and BigGAN's code begins with; large
    networks are traced and compiled much sooner than with 15.
    """
    ranges.above(0, epsilon=epsilon)
    ranges.whole(0, warmup=warmup)

    def wrap(layer: nn.Module) -> nn.Module:
        name = layer.name and f"{layer.name}_spectral"
        return SpectralNorm(layer, epsilon=epsilon, warmup=warmup, name=name)

    return wrap


def no_wrap() -> Wrap:
    """The wrap that leaves the layer as it is."""
    return lambda layer: layer


def _unit(x: Float[Array, "n"], epsilon: float) -> Float[Array, "n"]:
    return x / jnp.maximum(jnp.linalg.norm(x), epsilon)
