"""What a game is made of.

A GAN is a *game*: a few *players* (networks with an optimiser) that take *phases* in
turn. Everything that tells one GAN from another is a value in these records: two
modules, a loss, some penalties, how often who moves. One update (`update.py`) and one
round (`round.py`) play them all.
"""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from flax import linen as nn
from flax import struct

from gan_jax import rng, schedules, tree
from gan_jax.asks import Ask, Asked
from gan_jax.models.roles import check_call
from gan_jax.schedules import Number, Rounds
from gan_jax.typing import Keys, Later, OneKey, Samples, Seen, Tree, Variables

Batch = Tree
"""`{"sample": [b, ...], "label": int32 [b]}`; a phase's share of its data slot."""


class Aux(NamedTuple):
    """What a loss hands back beside its value.

    Attributes:
        metrics: by name, one number per example or one scalar.
        variables: by player, the collections that moved (`{"batch_stats": ...}`).
        memory: by name, entries of `GameState.memory` that moved.
    """

    metrics: dict[str, jax.Array]
    variables: Mapping[str, Variables] = {}
    memory: Mapping[str, Tree] = {}


@dataclass(frozen=True)
class Player:
    """A network and how it learns: the static half of a player.

    Attributes:
        module: the Flax module.
        inputs: `keys -> positional arguments` of the module, to initialise it with.
        tx: the optimiser at a given `seen`; None freezes the player.
        ema: decay per round of the average of weights, in [0, 1); None keeps no average.
        averages: what the average is taken of, `params` and collections. All others are
            copied: the mean of two power iterations is the vector of neither.

    Raises:
        ValueError: a decay out of range, with which the average would explode; a network
            that is called with more or fewer things than `inputs`.
    """

    module: nn.Module
    inputs: Callable[[Keys], tuple[Any, ...]]
    tx: Callable[[Seen], optax.GradientTransformation] | None = None
    ema: Number | None = None
    averages: tuple[str, ...] = ("params", "batch_stats")

    def __post_init__(self) -> None:
        """Refuse a decay that no average has, and a network called otherwise."""
        if isinstance(self.ema, int | float) and not 0 <= self.ema < 1:
            raise ValueError(f"ema={self.ema} must be at least 0 and below 1")
        inputs = jax.eval_shape(self.inputs, rng.deal(jax.random.key(0), 2))
        check_call(self.module, len(inputs))


@struct.dataclass
class PlayerState:
    """The arrays of a player.

    Attributes:
        params: trained by gradients.
        variables: the other collections (batch statistics, power iterations), moved
            only where a loss says so.
        opt_state: the optimiser's; () when frozen.
        ema: `{"params", "variables"}` averaged over rounds; None without.
    """

    params: Tree
    variables: Tree
    opt_state: Tree
    ema: Tree

    def averaged(self) -> "PlayerState":
        """The player as evaluation should see it: averaged where an average is kept."""
        return self if self.ema is None else dataclasses.replace(self, **self.ema)


@struct.dataclass
class GameState:
    """All that a run carries from round to round; arrays only. A checkpoint is this.

    Attributes:
        step: rounds played, int32.
        seen: real images shown, int32: the clock of every schedule.
        key: the run's base key; never advanced.
        players: by name.
        memory: by name, whatever else is carried (penalty averages, image pools).
    """

    # A pytree also carries shapes, shardings and vmap axes: hence no narrower types.
    step: Any
    seen: Any
    key: Any
    players: Any
    memory: Any


Loss = Callable[[GameState, Batch, Keys, Seen], tuple[jax.Array, Aux]]
"""(state with the trained players' parameters put in, batch, keys [n], the phase's own
count) -> (scalar, Aux)."""


@dataclass(frozen=True)
class Phase:
    """One turn: some players step once on one loss, `repeats` times, on fresh data.

    Attributes:
        name: names its metrics and its random streams.
        players: who learns; each with its own optimiser, on the one joint loss.
        loss: what they minimise.
        repeats: updates a round, each on its own share of the data slot.
        rounds: in which it plays (lazy penalties, bursts of the critic).
        data: the slot it draws real examples from; phases that name the same slot
            share the same examples.
        multiple: examples (keys) dealt per real example; 2 when the generator's batch
            is twice the critic's.
        microbatches: parts the batch is cut into, gradients averaged, to save memory.
    """

    name: str
    players: tuple[str, ...]
    loss: Loss
    repeats: int = 1
    rounds: Rounds = schedules.EVERY_ROUND
    data: str = "real"
    multiple: int = 1
    microbatches: int = 1


@dataclass(frozen=True)
class Stages:
    """A game that changes as it goes on (progressive growing).

    Attributes:
        of: real images shown -> the stage of the next round; starts at 0, never falls.
        at: stage -> the game that is played then. All have the same data slots.
    """

    of: Callable[[int], int]
    at: "Callable[[int], Game]"


@dataclass(frozen=True)
class Game:
    """Players, the order of their phases, and what is carried between rounds.

    Attributes:
        players: by name.
        phases: played in this order each round.
        memory: by name, `() -> tree`, the initial memory.
        sample: `(state, keys, asked) -> samples`, how the trained generator is used;
            `asked` holds every ask.
        asks: what it can be asked for, by name.
        functions: by name, `(state, *arrays) -> arrays`: parts of the trained game
            (`map`, `synthesize`, `encode`, `decode`) for whoever works with latents.
        stages: how it grows; this game is then the one of stage 0.
    """

    players: Mapping[str, Player]
    phases: tuple[Phase, ...]
    memory: Mapping[str, Callable[[], Tree]] = field(default_factory=dict)
    sample: Callable[[GameState, Keys, Asked], Samples] | None = None
    asks: Mapping[str, Ask] = field(default_factory=dict)
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    stages: Stages | None = None

    def slots(self) -> dict[str, int]:
        """Batches a round draws for each data slot."""
        slots: dict[str, int] = {}
        for phase in self.phases:
            slots[phase.data] = max(slots.get(phase.data, 0), phase.repeats)
        return slots


Form = Annotated[Callable[..., Game], Later(("models", "optim", "facts"))]
"""How a game is made: `(models=, optim=, facts=) -> Game`. A game that is given another as
a form makes it for networks of its own choice, as often as it likes."""


def init(game: Game, key: OneKey) -> GameState:
    """The state before the first round.

    Each player is initialised from its own named stream, so adding a player changes no
    other player's weights.
    """
    players = {}
    for name, player in game.players.items():
        own = rng.stream(key, "init", name)
        args = player.inputs(rng.deal(own, 2))
        variables = dict(player.module.init({"params": own}, *args, train=True))
        players[name] = player_state(player, variables.pop("params", {}), variables)
    zero = jnp.zeros((), jnp.int32)
    memory = {name: make() for name, make in game.memory.items()}
    return GameState(step=zero, seen=zero, key=key, players=players, memory=memory)


def collections(player: Player) -> set[str]:
    """Names of the collections a player's network has beside its parameters."""

    def variables(key: OneKey) -> Variables:
        args = player.inputs(rng.deal(key, 2))
        return dict(player.module.init({"params": key}, *args, train=True))

    return set(jax.eval_shape(variables, jax.random.key(0))) - {"params"}


def player_state(player: Player, params: Tree, variables: Variables) -> PlayerState:
    """A player's state around given weights: fresh optimiser, average at the weights."""
    opt_state = player.tx(0).init(params) if player.tx else ()
    ema = None
    if player.ema is not None:
        # A copy: the donated state must not hold one buffer twice.
        ema = jax.tree.map(jnp.copy, {"params": params, "variables": variables})
    return PlayerState(params, variables, opt_state, ema)


def apply(
    player: Player,
    state: PlayerState,
    *args: Any,
    train: bool,
    moving: tuple[str, ...] = (),
    key: OneKey | None = None,
    method: str | None = None,
    **kwargs: Any,
) -> tuple[Any, Variables]:
    """Run a player's network.

    Args:
        player: the static half.
        state: its arrays.
        *args: positional arguments of the module.
        train: train mode (batch statistics of this batch, dropout).
        moving: collections the call may move.
        key: for dropout, where the module has some.
        method: of the module, in place of its call.
        **kwargs: further arguments of it.

    Returns:
        The module's output, and its variables: those in `moving` as the call left
        them, all others unchanged.
    """
    weights = {"params": state.params, **state.variables}
    rngs = {} if key is None else {"dropout": key}
    out, moved = player.module.apply(
        weights,
        *args,
        train=train,
        mutable=list(moving),
        rngs=rngs,
        method=method,
        **kwargs,
    )
    return out, {**state.variables, **moved}


def average(player: Player, state: PlayerState, seen: Seen) -> PlayerState:
    """The player with its average of weights moved one round on.

    What is no part of `Player.averages`, and every integer, is copied.
    """
    if player.ema is None or state.ema is None:
        return state
    decay = schedules.value(player.ema, seen)

    def move(old: Tree, new: Tree) -> Tree:
        return jax.tree.map(
            lambda a, x: a * decay + x * (1 - decay) if tree.is_float(x) else x,
            old,
            new,
        )

    own = state.ema
    variables = {
        name: move(own["variables"][name], new) if name in player.averages else new
        for name, new in state.variables.items()
    }
    params = state.params
    if "params" in player.averages:
        params = move(own["params"], params)
    return dataclasses.replace(state, ema={"params": params, "variables": variables})


def with_params(state: GameState, player: str, params: Tree) -> GameState:
    """The state with a player's parameters replaced."""
    return _with(state, player, params=params)


def with_variables(state: GameState, player: str, variables: Variables) -> GameState:
    """The state with a player's collections replaced."""
    return _with(state, player, variables=variables)


def _with(state: GameState, player: str, **fields: Tree) -> GameState:
    own = dataclasses.replace(state.players[player], **fields)
    return dataclasses.replace(state, players={**state.players, player: own})
