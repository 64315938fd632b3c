"""Generative adversarial Transformers on a fixed grid (Hyun et al. 2025, GAT,
arXiv:2509.24935; its critic by scales as in CAT, arXiv:2605.26449).

Pictures, or rather latents of an autoencoder (`games.in_latents`), are cut into patches of
a place each. A generator's Transformer begins with learnt tokens and is told the latent z
by its norms alone; after each part of its depth it gives a picture of the whole grid, the
sum of what its outputs have added so far. A sample is all of these, `levels` pictures side
by side in the channels, the first the coarsest and the last the one that counts
(`games.multi_level`).

A critic with as many `levels` judges each by itself: attention is block-diagonal over
them, so that no level sees another, and the logit is the sum of theirs. With `levels=1`
every place is a token of all levels together, which is GAT's own critic.

Blocks are h + gate * f((1 + scale) rms(h)), f attention (queries and keys normalised,
rotary places along rows and columns) and SwiGLU; scale and gate are a generator's style and
a critic's own numbers (LayerScale, Touvron et al. 2021), beginning near 0.1. The sizes of
GAT, S to XL: width 384, 768, 1024, 1152; depth 12, 12, 24, 28; heads 6, 12, 16, 16.
"""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jaxtyping import Array, Bool, Float

from gan_jax import ranges
from gan_jax.nn import Head, Mapping, glorot_uniform, no_wrap, normal
from gan_jax.nn.attention import attended
from gan_jax.nn.patches import cut, joined, places, sines
from gan_jax.nn.rotary import angles, rotated
from gan_jax.typing import Cond, Images, Latents, Logits

__all__ = ["Discriminator", "Generator"]

Tokens = Float[Array, "b t d"]
Told = Sequence[Float[Array, "#b 1 d"]]
"""Scale and gate of the attention, and of the layer for each place."""
GATE = 0.1
"""What a block adds of itself at the start."""
XAVIER = glorot_uniform()


class Block(nn.Module):
    """Attention to every place, and a layer for each by itself."""

    heads: int
    dtype: Any

    @nn.compact
    def __call__(
        self,
        h: Tokens,
        told: Told,
        angle: Float[Array, "t half"],
        seen: Bool[Array, "t t"] | None = None,
    ) -> Tokens:
        """The stream after this block; `seen` says which places may see which."""
        scale, gate, of_feed, gate_feed = told
        x = rms(h) * (1 + scale)
        h = h + gate * self._attention(x, angle, seen)
        x = rms(h) * (1 + of_feed)
        # Two thirds of 4 d, so that three matrices weigh as much as a plain layer's two.
        hidden = h.shape[-1] * 8 // 3
        a, b = jnp.split(self._dense(2 * hidden, "in")(x), 2, axis=-1)
        return h + gate_feed * self._dense(h.shape[-1], "out")(nn.silu(a) * b)

    def _attention(self, x: Tokens, angle: jax.Array, seen: jax.Array | None) -> Tokens:
        b, t, d = x.shape
        q, k, v = (
            part.reshape(b, t, self.heads, -1).swapaxes(1, 2)
            for part in jnp.split(self._dense(3 * d, "qkv")(x), 3, axis=-1)
        )
        q, k = self._norm("query")(q), self._norm("key")(k)
        found = attended(rotated(q, angle), rotated(k, angle), v, seen)
        return self._dense(d, "attention")(found.swapaxes(1, 2).reshape(b, t, d))

    def _dense(self, features: int, name: str) -> nn.Module:
        return nn.Dense(features, kernel_init=XAVIER, dtype=self.dtype, name=name)

    def _norm(self, name: str) -> nn.Module:
        return nn.RMSNorm(dtype=self.dtype, name=name)


class Styled(nn.Module):
    """A block that is told by a style."""

    heads: int
    dtype: Any

    @nn.compact
    def __call__(
        self, h: Tokens, style: Float[Array, "b w"], angle: Float[Array, "t half"]
    ) -> tuple[Tokens, None]:
        """The stream after it, for `nn.scan`."""
        numbers = told(style, 4 * h.shape[-1], self.dtype, "told")
        block = Block(self.heads, self.dtype, name="block")
        return block(h, jnp.split(numbers, 4, axis=-1), angle), None


class Scaled(nn.Module):
    """A block with scales and gates of its own."""

    heads: int
    dtype: Any

    @nn.compact
    def __call__(self, h: Tokens, angle: Float[Array, "t half"]) -> tuple[Tokens, None]:
        """The stream after it, for `nn.scan`."""
        numbers = [
            jnp.asarray(
                self.param(name, nn.initializers.constant(at), (1, 1, h.shape[-1])),
                self.dtype,
            )
            for name, at in NUMBERS.items()
        ]
        return Block(self.heads, self.dtype, name="block")(h, numbers, angle), None


NUMBERS = {"scale": 0.0, "gate": GATE, "scale_feed": 0.0, "gate_feed": GATE}
"""What a critic's block is told, and where these numbers begin."""


def stack(block: type[nn.Module], depth: int, given: int) -> Any:
    """So many of a block, compiled as one; `given` is how many things all are told."""
    return nn.scan(
        block,
        variable_axes={"params": 0},
        split_rngs={"params": True},
        in_axes=(nn.broadcast,) * given,  # pyright: ignore
        length=depth,
    )


def told(
    style: jax.Array, features: int, dtype: Any, name: str
) -> Float[Array, "b 1 d"]:
    """Numbers that a style decides, small at the start."""
    init = glorot_uniform(GATE)
    return nn.Dense(features, kernel_init=init, dtype=dtype, name=name)(style)[:, None]


class Generator(nn.Module):
    """Latents z [b, n] to pictures of several levels, and a condition beside them.

    Args:
        shape: (h, w, levels * c): all levels, the coarsest first.
        width: of the stream.
        depth: blocks.
        heads: of the attention; they share the width.
        patch: side of what a token stands for; a grid that it does not divide is cut off.
        levels: outputs, at equal parts of the depth.
        mapping: layers of the network that makes a style of z and the condition.

    Raises:
        ValueError: fewer blocks than levels, or heads that do not share the width.
    """

    shape: tuple[int, ...]
    width: int = 384
    depth: int = 12
    heads: int = 6
    patch: int = 2
    levels: int = 4
    mapping: int = 2
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        ranges.sizes(3, shape=self.shape)
        _check(self)
        ranges.whole(mapping=self.mapping)
        if self.depth < self.levels:
            raise ValueError(f"levels={self.levels} of a depth of {self.depth}")
        super().__post_init__()

    @nn.compact
    def __call__(self, z: Latents, cond: Cond = None, *, train: bool) -> Images:
        """Float32 [b, h, w, levels * c]; nothing squashes them.

        Raises:
            ValueError: channels that the levels do not share.
        """
        del train
        h, w, c = self.shape
        if c % self.levels:
            raise ValueError(f"{c} channels are not those of {self.levels} levels")
        style = Mapping(self.width, self.mapping, activation=nn.silu, name="mapping")
        by_style = nn.silu(style(z, cond)).astype(self.dtype)
        rows, columns = -(-h // self.patch), -(-w // self.patch)
        start = self.param("start", nn.initializers.zeros, (rows * columns, self.width))
        x = jnp.asarray(start + sines(rows, columns, self.width), self.dtype)
        x = jnp.broadcast_to(x, (z.shape[0], *x.shape))
        angle = angles(places(rows, columns), self.width // self.heads)
        ends = [i * self.depth // self.levels for i in range(self.levels + 1)]
        painted, outputs = jnp.zeros(()), []
        for i, depth in enumerate(np.diff(ends)):
            blocks = stack(Styled, int(depth), 2)
            x, _ = blocks(self.heads, self.dtype, name=f"blocks{i}")(x, by_style, angle)
            scale = told(by_style, self.width, self.dtype, f"told_output{i}")
            paint = nn.Dense(
                self.patch**2 * c // self.levels,
                kernel_init=XAVIER,
                dtype=self.dtype,
                name=f"output{i}",
            )
            y = paint(rms(x) * (1 + scale)).astype(jnp.float32)
            painted = painted + joined(y, rows, columns, self.patch)[:, :h, :w]
            outputs.append(painted)
        return jnp.concatenate(outputs, axis=-1)


class Discriminator(nn.Module):
    """Pictures of several levels to a logit, the sum of one for each level.

    Args:
        levels: that are judged apart; 1 judges all channels together.
        head: of a level's last features, e.g. `mapped_projection()` for classes.
        The others as in `Generator`.

    Raises:
        ValueError: heads that do not share the width.
    """

    width: int = 384
    depth: int = 12
    heads: int = 6
    patch: int = 2
    levels: int = 4
    head: Head | None = None
    dtype: Any = jnp.float32

    def __post_init__(self) -> None:
        _check(self)
        super().__post_init__()

    @nn.compact
    def __call__(
        self, x: Images, cond: Cond = None, *, train: bool
    ) -> tuple[Logits, dict[str, Float[Array, "b ..."]]]:
        """The logit [b]; `scales` [b, levels], what it is the sum of; and `features`.

        Raises:
            ValueError: channels that the levels do not share.
        """
        del train
        if x.shape[-1] % self.levels:
            raise ValueError(
                f"{x.shape[-1]} channels are not those of {self.levels} levels; take "
                "games.multi_level with as many"
            )
        b, k = x.shape[0], self.levels
        patches, rows, columns = cut(x.astype(self.dtype), self.patch)
        # A level's tokens are a row of the batch of their own: none sees another's.
        apart = patches.reshape(b, rows * columns, self.patch**2, k, -1)
        apart = jnp.moveaxis(apart, 3, 1).reshape(b, k, rows * columns, -1)
        embed = nn.Dense(self.width, kernel_init=XAVIER, dtype=self.dtype, name="input")
        level = self.param("level", normal(0.02), (k, 1, self.width))
        start = self.param("start", normal(0.02), (self.width,))
        tokens = embed(apart) + jnp.asarray(
            level + sines(rows, columns, self.width), self.dtype
        )
        first = jnp.broadcast_to(jnp.asarray(start, self.dtype), tokens[:, :, :1].shape)
        h = jnp.concatenate([first, tokens], axis=2).reshape(b * k, -1, self.width)
        where = jnp.pad(places(rows, columns), ((1, 0), (0, 0)))
        angle = angles(where, self.width // self.heads)
        h, _ = stack(Scaled, self.depth, 1)(self.heads, self.dtype, name="blocks")(
            h, angle
        )
        scale = self.param("scale_output", nn.initializers.zeros, (self.width,))
        last = rms(h[:, 0]).astype(jnp.float32) * (1 + scale)
        said = jax.tree.map(lambda leaf: jnp.repeat(leaf, k, axis=0), cond)
        logits, more = self._verdict(last, said)
        scales = logits.reshape(b, k)
        out = {name: leaf.reshape(b, -1) for name, leaf in more.items()}
        features = last.reshape(b, -1)
        return scales.sum(1), {"features": features, "scales": scales, **out}

    def _verdict(self, features: jax.Array, cond: Cond) -> Any:
        if self.head is None:
            return nn.Dense(1, kernel_init=XAVIER, name="output")(features)[:, 0], {}
        head = self.head(wrap=no_wrap(), kernel_init=XAVIER, name="head")
        return head(features, cond)


def rms(x: Float[Array, "*b d"]) -> Float[Array, "*b d"]:
    """Numbers over the root of their mean square; no parameters."""
    square = jnp.square(x.astype(jnp.float32)).mean(-1, keepdims=True)
    return x * jax.lax.rsqrt(square + 1e-6).astype(x.dtype)


def _check(net: Generator | Discriminator) -> None:
    ranges.whole(width=net.width, depth=net.depth, heads=net.heads)
    ranges.whole(patch=net.patch, levels=net.levels)
    if net.width % 4 or net.width % (4 * net.heads):
        raise ValueError(
            f"width={net.width} must be a multiple of 4 for each of heads={net.heads}"
        )
