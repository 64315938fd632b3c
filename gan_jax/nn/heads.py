"""Heads: how a critic's last features become its verdict, and what it says besides.

A head is a factory: `head(wrap=..., kernel_init=..., name=...)` gives a module that is
called as `module(features, cond)`. `None` as a model's argument means one dense layer.
"""

import jax
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax.nn.values import Head, Init, Wrap
from gan_jax.typing import Cond, Logits

Features = Float[Array, "b d"]
Said = dict[str, jax.Array]


class Projection(nn.Module):
    """psi(h) + <e(y), h> (Miyato & Koyama 2018, eq. 11): the class is projected on h.

    Args:
        wrap: put around both layers; the paper's is `spectral_norm()`.
        kernel_init: of both.
    """

    wrap: Wrap
    kernel_init: Init

    @nn.compact
    def __call__(self, features: Features, cond: Cond) -> tuple[Logits, Said]:
        """Logits; `cond` is the classes, one-hot [b, k].

        Raises:
            ValueError: there is no condition to project.
        """
        if cond is None:
            raise ValueError("projection() needs a condition; give game.conditional")
        kind = {"kernel_init": self.kernel_init}
        judge = self.wrap(nn.Dense(1, name="output", **kind))
        embed = nn.Dense(features.shape[-1], use_bias=False, name="embedding", **kind)
        embedded = self.wrap(embed)(cond)
        return judge(features)[:, 0] + (embedded * features).sum(-1), {}


def projection() -> Head:
    """`Projection` as a value."""
    return Projection
