"""Attention: over a feature map (Zhang et al. 2019, SAGAN), and of heads (Vaswani et al.).

`attended` is what Transformers share; what else stands in a block is theirs.
"""

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Bool, Float

from gan_jax.nn.convolution import Conv
from gan_jax.nn.initializers import glorot_uniform
from gan_jax.nn.spectral import no_wrap
from gan_jax.nn.values import Init, Wrap

Map = Float[Array, "b h w c"]
LOWEST = -1e30
"""In place of the logit of what may not be seen."""


def attended(
    q: Float[Array, "b h n d"],
    keys: Float[Array, "b h t d"],
    values: Float[Array, "b h t d"],
    seen: Bool[Array, "n t"] | None = None,
) -> Float[Array, "b h n d"]:
    """What n queries find at t places: softmax of q . k / sqrt(d), float32, in each head.

    Args:
        q: queries.
        keys: of the places.
        values: of the places.
        seen: which places each query may look at; all without it.
    """
    logits = jnp.einsum("bhnd,bhtd->bhnt", q, keys) / q.shape[-1] ** 0.5
    logits = logits.astype(jnp.promote_types(logits.dtype, jnp.float32))
    if seen is not None:
        logits = jnp.where(seen, logits, LOWEST)
    share = jax.nn.softmax(logits)
    return jnp.einsum("bhnt,bhtd->bhnd", share.astype(values.dtype), values)


class SelfAttention(nn.Module):
    """x + gamma o(x), gamma 0 at the start: the identity, until it learns otherwise.

    Every place of the map asks (theta, c / 8 channels) what stands at every other place
    of the map halved by 2 x 2 maxima (phi, c / 8; g, c / 2): softmax over those places of
    theta . phi, not scaled; o is the mean of g by these weights, led back to c channels.
    Four 1 x 1 convolutions without bias, as in SAGAN's and BigGAN's released code.

    Args:
        wrap: put around the four; the paper's is `spectral_norm()`.
        kernel_init: of the four.
        dtype: of the computation; the softmax is float32.
    """

    wrap: Wrap | None = None
    kernel_init: Init = glorot_uniform()
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, x: Map) -> Map:
        """The same shape.

        Raises:
            ValueError: fewer than 8 channels, or an odd size.
        """
        b, h, w, c = x.shape
        if c < 8 or h % 2 or w % 2:
            raise ValueError(
                f"self-attention wants 8 channels or more and an even size, not {h} x "
                f"{w} with {c}"
            )
        y = x.astype(self.dtype)
        asked = self._conv(c // 8, "theta")(y).reshape(b, h * w, -1)
        keys = _halved(self._conv(c // 8, "phi")(y))
        values = _halved(self._conv(c // 2, "g")(y))
        scores = jnp.einsum("bqd,bkd->bqk", asked, keys).astype(jnp.float32)
        weights = jax.nn.softmax(scores, axis=-1).astype(self.dtype)
        seen = jnp.einsum("bqk,bkd->bqd", weights, values).reshape(b, h, w, -1)
        gamma = self.param("gamma", nn.initializers.zeros, ())
        return y + jnp.asarray(gamma, self.dtype) * self._conv(c, "o")(seen)

    def _conv(self, features: int, name: str) -> nn.Module:
        conv = Conv(
            features,
            kernel=1,
            bias=False,
            kernel_init=self.kernel_init,
            dtype=self.dtype,
            name=name,
        )
        return (self.wrap or no_wrap())(conv)


def _halved(x: jax.Array) -> Float[Array, "b k d"]:
    """The largest of each 2 x 2, places in a row."""
    b, h, w, d = x.shape
    return x.reshape(b, h // 2, 2, w // 2, 2, d).max((2, 4)).reshape(b, -1, d)
