"""From a config to a game: the one place that knows the groups of a config.

`bind` checks every node before data or devices are touched; `Plan.game` builds the game
once the data's shape is known. Neither holds a branch on an algorithm.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp

from gan_jax import (
    augment,
    data,
    games,
    losses,
    models,
    nn,
    optim,
    regularizers,
    resolve,
    sampling,
    schedules,
)
from gan_jax.errors import BadInput
from gan_jax.games.base import Game
from gan_jax.run.options import EvalOptions, GuardOptions, TrainOptions

GROUPS = ("data", "models", "game", "optim", "train")
OPTIONAL = ("eval", "guard")


@dataclass(frozen=True)
class Plan:
    """A checked config.

    Attributes:
        train: the `train` group.
        eval: the `eval` group; without one, nothing is evaluated.
        guard: the `guard` group; without one, it acts on nothing.
        open_data: `() -> Dataset`.
        build_models: by player, `(shape=, dtype=) -> module`.
        build_game: `(models=, optim=, shape=) -> Game`.
        build_optim: by player, `() -> Optimiser`.
    """

    train: TrainOptions
    eval: EvalOptions
    guard: GuardOptions
    open_data: Callable[[], data.Dataset]
    build_models: Mapping[str, Callable[..., Any]]
    build_game: Callable[..., Game]
    build_optim: Mapping[str, Callable[..., Any]]

    def game(self, shape: tuple[int, ...], pace: float = 1.0) -> Game:
        """The game, for examples of that shape.

        Args:
            shape: of an example.
            pace: what every step of every optimiser is multiplied by.

        Raises:
            BadInput: a component refuses its arguments.
        """
        dtype = jnp.dtype(self.train.precision)
        return self.build_game(
            models={
                name: build(shape=shape, dtype=dtype)
                for name, build in self.build_models.items()
            },
            optim={
                name: build() if pace == 1 else optim.scaled(build(), pace)
                for name, build in self.build_optim.items()
            },
            shape=shape,
        )


def bind(config: Mapping[str, Any]) -> Plan:
    """A config, checked against the signatures of what it names.

    Raises:
        BadInput: with the path of what is unknown, missing or of the wrong type.
    """
    for group in config:
        if group not in (*GROUPS, *OPTIONAL):
            raise BadInput(
                f"config.{group} is not a group of a config",
                resolve.close(group, (*GROUPS, *OPTIONAL)),
            )
    for group in GROUPS:
        if group not in config:
            raise BadInput(f"config.{group} is missing", "every config has this group")
    train = resolve.fill(TrainOptions, config["train"], "config.train")
    return Plan(
        train=train,
        eval=_evaluation(config.get("eval", {"every": 0}), train),
        guard=resolve.fill(
            GuardOptions, config.get("guard", {"on": ()}), "config.guard"
        ),
        open_data=resolve.bind(config["data"], [data], "config.data"),
        build_models={
            name: resolve.bind(
                node, [models, nn], f"config.models.{name}", given=("shape", "dtype")
            )
            for name, node in config["models"].items()
        },
        build_game=resolve.bind(
            config["game"],
            [games, losses, regularizers, augment, sampling, schedules],
            "config.game",
            given=("models", "optim", "shape"),
        ),
        build_optim={
            name: resolve.bind(node, [optim, schedules], f"config.optim.{name}")
            for name, node in config["optim"].items()
        },
    )


def _evaluation(group: Mapping[str, Any], train: TrainOptions) -> EvalOptions:
    options = resolve.fill(EvalOptions, group, "config.eval")
    try:
        options.check(train)
    except ValueError as error:
        raise BadInput(f"config.eval: {error}") from error
    return options
