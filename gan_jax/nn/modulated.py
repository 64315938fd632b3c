"""Batch norms whose gain and offset are told: by the class, or by the latents."""

import functools
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax import ranges
from gan_jax.nn.initializers import normal
from gan_jax.nn.normalization import BatchNorm
from gan_jax.nn.spectral import no_wrap
from gan_jax.nn.values import Init, Norm, Wrap
from gan_jax.typing import Cond

SMALL = normal(0.02)


class ModulatedBatchNorm(nn.Module):
    """(1 + gain(cond)) * normalised + bias(cond), gain and bias linear in `cond`.

    With one-hot classes the two are embeddings: conditional batch normalisation (Dumoulin
    et al. 2017; de Vries et al. 2017), as in projection GANs; with a shared embedding
    beside a part of z it is BigGAN's. With hidden units between, and z for `cond`, it is
    self-modulation (Chen et al. 2019, arXiv:1810.01365).

    Args:
        hidden: ReLU units between; 0 for none.
        wrap: put around the layers, e.g. `spectral_norm()` (BigGAN). None of these then
            may begin at zero.
        kernel_init: of the layers.
        momentum, epsilon, sync: see `BatchNorm`.
    """

    couples_batch: ClassVar[bool] = True

    hidden: int = 0
    wrap: Wrap | None = None
    kernel_init: Init = SMALL
    momentum: float = 0.9
    epsilon: float = 1e-5
    sync: bool = True
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.whole(0, hidden=self.hidden)
        ranges.decay(momentum=self.momentum)
        ranges.above(0, epsilon=self.epsilon)
        super().__post_init__()

    @nn.compact
    def __call__(
        self, x: Float[Array, "b *shape"], cond: Cond = None, *, train: bool
    ) -> Float[Array, "b *shape"]:
        """Normalise and modulate; shape kept, dtype `self.dtype`.

        Args:
            x: channels last.
            cond: [b, k], e.g. classes one-hot.
            train: see `BatchNorm`.

        Raises:
            ValueError: there is no condition to modulate by.
        """
        if cond is None:
            raise ValueError(
                "this norm is modulated by a condition; give game.conditional, or let "
                "the generator's norms read z"
            )
        normalise = BatchNorm(
            self.momentum,
            self.epsilon,
            self.sync,
            scale=False,
            bias=False,
            name="norm",
        )
        y = normalise(x, train=train)
        told = cond.astype(jnp.float32)
        if self.hidden:
            told = jax.nn.relu(self._dense(self.hidden, "hidden", bias=True)(told))
        c = x.shape[-1]
        over = (x.shape[0], *(1,) * (x.ndim - 2), c)
        gain, bias = (self._dense(c, n)(told).reshape(over) for n in ("gain", "bias"))
        return (y * (1 + gain) + bias).astype(self.dtype)

    def _dense(self, features: int, name: str, bias: bool = False) -> nn.Module:
        dense = nn.Dense(
            features, use_bias=bias, kernel_init=self.kernel_init, name=name
        )
        return (self.wrap or no_wrap())(dense)


def conditional_batch_norm(
    wrap: Wrap | None = None,
    kernel_init: Init = SMALL,
    momentum: float = 0.9,
    epsilon: float = 1e-5,
    sync: bool = True,
) -> Norm:
    """`ModulatedBatchNorm` by the condition, as a value."""
    return _value(wrap, kernel_init, momentum, epsilon, sync, hidden=0)


def self_modulated(
    hidden: int = 32,
    wrap: Wrap | None = None,
    kernel_init: Init = SMALL,
    momentum: float = 0.9,
    epsilon: float = 1e-5,
    sync: bool = True,
) -> Norm:
    """`ModulatedBatchNorm` by the latents, as a value.

    The generator must let its norms read z (`norms_read="latents"`, or `"both"`).
    """
    ranges.whole(hidden=hidden)
    return _value(wrap, kernel_init, momentum, epsilon, sync, hidden=hidden)


def _value(
    wrap: Wrap | None,
    kernel_init: Init,
    momentum: float,
    epsilon: float,
    sync: bool,
    hidden: int,
) -> Norm:
    ranges.decay(momentum=momentum)
    ranges.above(0, epsilon=epsilon)
    return functools.partial(
        ModulatedBatchNorm,
        hidden=hidden,
        wrap=wrap,
        kernel_init=kernel_init,
        momentum=momentum,
        epsilon=epsilon,
        sync=sync,
    )
