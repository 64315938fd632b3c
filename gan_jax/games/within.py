"""Games that are played on something else than the examples: what is translated, and where.

Whoever trains, samples or evaluates deals in examples. A game made `within` shows its inner
game something made of them, and gives back examples for what that makes.
"""

import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import Any

import jax
from flax import linen as nn

from gan_jax.games.base import Aux, Batch, Game, GameState, Loss, Player
from gan_jax.games.standing import STANDING
from gan_jax.typing import Keys, Samples, Seen

PICTURES = ("synthesize", "paint")
"""The functions of a game that give samples."""
LATENT = ("latents", "map", STANDING)
"""Those that neither take nor give samples."""

Enter = Callable[[GameState, Samples, Keys], Samples]
"""(state, examples [b, ...], keys [b]) -> what the inner game takes for them."""
Leave = Callable[[GameState, Samples], Samples]
"""(state, samples of the inner game) -> examples."""


def within(
    inner: Game, enter: Enter, leave: Leave, players: Mapping[str, Player] | None = None
) -> Game:
    """A game on examples, played by another on what is made of them.

    Functions of the inner game are kept where it is known that they give samples
    (`synthesize`, `paint`) or have nothing to do with them; others would speak of things
    that nobody outside has seen.

    Args:
        inner: the game.
        enter: what becomes of examples.
        leave: the way back.
        players: frozen ones, by name, whom these two need.

    Raises:
        ValueError: an inner game that grows, or has players of these names.
    """
    more = dict(players or {})
    if inner.stages is not None:
        raise ValueError("of grows; grow the whole game instead: progressive(of=...)")
    if twice := sorted(set(more) & set(inner.players)):
        raise ValueError(f"two players are called {twice[0]}")
    functions = {
        name: _left(function, leave) if name in PICTURES else function
        for name, function in inner.functions.items()
        if name in (*PICTURES, *LATENT)
    }
    return dataclasses.replace(
        inner,
        players={**inner.players, **more},
        phases=tuple(
            dataclasses.replace(phase, loss=_entered(phase.loss, enter))
            for phase in inner.phases
        ),
        sample=inner.sample and _left(inner.sample, leave),
        functions=functions,
    )


def sized(
    models: Mapping[str, nn.Module], shape: tuple[int, ...]
) -> dict[str, nn.Module]:
    """Networks for samples of another shape than the data's, where they are told one."""

    def has_shape(module: nn.Module) -> bool:
        return "shape" in {field.name for field in dataclasses.fields(module)}

    return {
        name: module.clone(shape=shape) if has_shape(module) else module
        for name, module in models.items()
    }


def _entered(loss: Loss, enter: Enter) -> Loss:
    def play(
        state: GameState, batch: Batch, keys: Keys, step: Seen
    ) -> tuple[jax.Array, Aux]:
        reals = batch["sample"]
        made = enter(state, reals, keys[: len(reals)])
        made = jax.lax.stop_gradient(made)
        return loss(state, {**batch, "sample": made}, keys, step)

    return play


def _left(of: Callable[..., Any], leave: Leave) -> Callable[..., Any]:
    @functools.wraps(of)  # it is called as the game's own, and whoever asks is told so
    def call(state: GameState, *args: Any, **kwargs: Any) -> Any:
        return leave(state, of(state, *args, **kwargs))

    return call
