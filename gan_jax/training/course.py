"""What is played when: the compiled program of each stage, and the way between them."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any, NamedTuple

import jax

from gan_jax.games.base import Game, GameState
from gan_jax.games.stages import game_at, grow, stage_of
from gan_jax.run.sampler import Call, sampler
from gan_jax.training.entry import Prepared
from gan_jax.training.program import fed_round, many, rounds_per_call
from gan_jax.typing import Metrics, Tree


class Program(NamedTuple):
    """A stage, ready to be played.

    Attributes:
        game: of the stage.
        call: `(state, arrays, fetched) -> (state, metrics)`, `Course.rounds` rounds.
        sample: draws from its state.
    """

    game: Game
    call: Callable[[GameState, Tree, Tree], tuple[GameState, Metrics]]
    sample: Call


class Course:
    """The stages of a run, each compiled once.

    Args:
        prepared: the run.

    Attributes:
        rounds: that one device call plays.
        begun: the stages that were played by now.
    """

    def __init__(self, prepared: Prepared):
        self._prepared = prepared
        wanted = prepared.options.steps_per_call
        self.rounds = min(rounds_per_call(game, wanted) for game in prepared.games)
        self.program = cache(self._program)
        self.begun: set[int] = set()

    def stage(self, step: int) -> int:
        """The stage of the round that begins after `step` of them.

        A stage begins with one of the calls that the config asks for
        (`train.steps_per_call`), so that it does on every platform.
        """
        call = self._prepared.options.steps_per_call
        begun = step // call * call
        return stage_of(self._prepared.game, begun * self._prepared.per_round)

    def left(self, step: int) -> int:
        """The stage that the state after `step` rounds belongs to."""
        return self.stage(max(step - 1, 0))

    def grown(self, state: GameState, stage: int) -> GameState:
        """A state of the stage before, as the first one of this stage."""
        into = jax.jit(partial(grow, self.program(stage).game))
        return self._prepared.mapping.place(into(state))

    def _program(self, stage: int) -> Program:
        prepared, game = self._prepared, game_at(self._prepared.game, stage)
        mapping, options = prepared.mapping, prepared.options
        play: Any = fed_round(game, prepared.feed, options.batch_size, mapping.share)
        return Program(game, mapping.compile(many(play, self.rounds)), sampler(game))
