"""What games with an encoder beside the generator have in common.

Batch statistics: the generator's move on samples from the prior in its own phase, since
that is how it will be used, and never on reconstructions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jax
from flax import linen as nn

from gan_jax import rng
from gan_jax.games.base import GameState, Player, apply
from gan_jax.games.pair import Pair
from gan_jax.optim import Optimiser
from gan_jax.typing import Latents, Samples, Variables


@dataclass(frozen=True)
class Encoded:
    """A generator and an encoder, there and back.

    Attributes:
        pair: the generator, and a critic of it.
        enc: the encoder.
    """

    pair: Pair
    enc: Player

    def decode(self, state: GameState, z: Latents) -> Samples:
        """G(z) in training; nothing moves."""
        own = state.players["gen"]
        return apply(self.pair.gen, own, z, None, train=True)[0]

    def encode(
        self, state: GameState, x: Samples, moving: bool = False
    ) -> tuple[Latents, Variables]:
        """E(x) in training, and the encoder's collections, moved if so wished."""
        own = state.players["enc"]
        which = tuple(own.variables) if moving else ()
        return apply(self.enc, own, x, None, train=True, moving=which)

    def functions(self) -> dict[str, Callable[..., Any]]:
        """How the trained networks are used by themselves."""

        def encode(state: GameState, x: Samples) -> Latents:
            own = state.players["enc"].averaged()
            return apply(self.enc, own, x, None, train=False)[0]

        def decode(state: GameState, z: Latents) -> Samples:
            return self.pair.synthesize(state, z, {})

        return {
            "encode": encode,
            "decode": decode,
            "latents": self.pair.drawn,
            "synthesize": self.pair.synthesize,
        }


def encoded(
    pair: Pair,
    models: Mapping[str, nn.Module],
    optim: Mapping[str, Optimiser],
    shape: tuple[int, ...],
) -> Encoded:
    """A pair with the encoder `enc` of these modules.

    Args:
        pair: its prior's latents are what the encoder gives.
        models: modules, of which `enc` is used.
        optim: their optimisers, under the same names.
        shape: of one example.

    Raises:
        ValueError: codes of another shape than latents.
    """
    enc = Player(
        models["enc"], lambda keys: (rng.normal(keys, shape), None), optim["enc"]
    )

    def shapes() -> tuple[jax.Array, jax.Array]:
        keys = rng.deal(jax.random.key(0), 2)
        code, _ = enc.module.init_with_output(keys[0], *enc.inputs(keys), train=True)
        return code, pair.latents(keys)

    code, z = jax.eval_shape(shapes)
    if code.shape != z.shape:
        raise ValueError(
            f"enc gives codes of shape {code.shape[1:]}, the prior latents of shape "
            f"{z.shape[1:]}; they must agree"
        )
    return Encoded(pair, enc)
