"""From a config to a game: the one place that knows the groups of a config.

`bind` checks every node before data or devices are touched; `Plan.game` builds the game
once the data's shape is known. Neither holds a branch on an algorithm.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp

from gan_jax import (
    asks,
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
    terms,
)
from gan_jax.errors import BadInput
from gan_jax.games.base import Game
from gan_jax.models.roles import role
from gan_jax.run.options import (
    EvalOptions,
    GuardOptions,
    TrainOptions,
    WeightsOptions,
)

GROUPS = ("data", "models", "game", "optim", "train")
OPTIONAL = ("eval", "guard", "weights")
ROOMS = {
    "data": (data,),
    "models": (models, nn),
    "game": (games, losses, regularizers, terms, augment, sampling, asks, schedules),
    "optim": (optim, schedules),
}
"""Where the names of a group's nodes are looked up: the first room holds what the group
itself is made of, the others what may stand inside it."""


@dataclass(frozen=True)
class Plan:
    """A checked config.

    Attributes:
        train: the `train` group.
        eval: the `eval` group; without one, nothing is evaluated.
        guard: the `guard` group; without one, it acts on nothing.
        open_data: `() -> Dataset`.
        build_models: by player, `(shape=, dtype=) -> module`.
        build_game: `(models=, optim=, facts=) -> Game`.
        build_optim: by player, `() -> Optimiser`.
        weights: by player, where it begins; without, at random.
    """

    train: TrainOptions
    eval: EvalOptions
    guard: GuardOptions
    open_data: resolve.Bound
    build_models: Mapping[str, resolve.Bound]
    build_game: resolve.Bound
    build_optim: Mapping[str, resolve.Bound]
    weights: Mapping[str, WeightsOptions]

    @property
    def foreign(self) -> bool:
        """Whether a component of another package stands in it."""
        parts = (*self.build_models.values(), *self.build_optim.values())
        return any(x.foreign for x in (self.open_data, self.build_game, *parts))

    def rehearse(self) -> None:
        """Build all that needs no data, to hear early what refuses its numbers.

        Raises:
            BadInput: a component refuses its arguments.
        """
        for build in self.build_optim.values():
            build()
        for build in (self.build_game, *self.build_models.values()):
            build.rehearse()

    def game(self, facts: data.Facts, factor: float = 1.0) -> Game:
        """The game, for data of which these are the facts.

        Args:
            facts: of the data.
            factor: what every step of every optimiser is multiplied by.

        Raises:
            BadInput: a component refuses its arguments.
        """
        dtype = jnp.dtype(self.train.precision)
        return self.build_game(
            models={
                name: build(shape=facts.shape, dtype=dtype)
                for name, build in self.build_models.items()
            },
            optim={
                name: build() if factor == 1 else optim.scaled(build(), factor)
                for name, build in self.build_optim.items()
            },
            facts=facts,
        )


def bind(config: Mapping[str, Any], foreign: bool = False) -> Plan:
    """A config, checked against the signatures of what it names; nothing is built.

    Args:
        config: its groups.
        foreign: whether it may name components of other packages (`mypkg.nets.Net`),
            which are then imported. Never for a config that somebody else wrote.

    Raises:
        BadInput: with the path of what is unknown, missing or of the wrong type.
    """
    for group in resolve.group(config, "config"):
        if group not in (*GROUPS, *OPTIONAL):
            raise BadInput(
                f"config.{group} is not a group of a config",
                resolve.close(group, (*GROUPS, *OPTIONAL)),
            )
    for group in GROUPS:
        if group not in config:
            raise BadInput(f"config.{group} is missing", "every config has this group")
    train = resolve.fill(TrainOptions, config["train"], "config.train")
    _check_players(config)
    return Plan(
        train=train,
        eval=_evaluation(config.get("eval", {"every": 0}), train),
        guard=resolve.fill(
            GuardOptions, config.get("guard", {"on": ()}), "config.guard"
        ),
        open_data=resolve.bind(
            config["data"], ROOMS["data"], "config.data", (), data.Dataset, foreign
        ),
        build_models={
            name: resolve.bind(
                node,
                ROOMS["models"],
                f"config.models.{name}",
                ("shape", "dtype"),
                role(name),
                foreign,
            )
            for name, node in resolve.group(config["models"], "config.models").items()
        },
        build_game=resolve.bind(
            config["game"],
            ROOMS["game"],
            "config.game",
            ("models", "optim", "facts"),
            Game,
            foreign,
        ),
        build_optim={
            name: resolve.bind(
                node,
                ROOMS["optim"],
                f"config.optim.{name}",
                (),
                optim.Optimiser,
                foreign,
            )
            for name, node in resolve.group(config["optim"], "config.optim").items()
        },
        weights={
            name: resolve.fill(WeightsOptions, node, f"config.weights.{name}")
            for name, node in resolve.group(
                config.get("weights", {}), "config.weights"
            ).items()
        },
    )


def _check_players(config: Mapping[str, Any]) -> None:
    """Whether the weights are of players that there are.

    Raises:
        BadInput: naming the one that is not.
    """
    players = list(resolve.group(config["models"], "config.models"))
    for name in resolve.group(config.get("weights", {}), "config.weights"):
        if name not in players:
            raise BadInput(
                f"config.weights.{name}: there is no player {name!r}",
                resolve.close(name, players),
            )


def _evaluation(group: Mapping[str, Any], train: TrainOptions) -> EvalOptions:
    options = resolve.fill(EvalOptions, group, "config.eval")
    try:
        options.check(train)
    except ValueError as error:
        raise BadInput(f"config.eval: {error}") from error
    return options
