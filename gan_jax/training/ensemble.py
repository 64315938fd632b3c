"""Many seeds of one config, trained side by side: a row of a table in one go.

Each seed ends with the numbers of a run of its own (`train` with that seed): weights,
order of the data and noise are functions of its own key. Only the counters `step` and
`seen` are common and stay unbatched, so that what a round decides by them stays a
branch. Seeds share no arithmetic: several devices take some each.
"""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh

from gan_jax import metrics, rng
from gan_jax.data import Dataset
from gan_jax.errors import BadInput
from gan_jax.games.base import GameState
from gan_jax.games.stages import game_at, grow, stage_of
from gan_jax.run.sampler import in_graph
from gan_jax.run.weights import first
from gan_jax.training.entry import Prepared, prepare
from gan_jax.training.program import fed_round, many, rounds_per_call
from gan_jax.training.seeds import (
    Group,
    at_once,
    common_to_all,
    mesh_of,
    over_seeds,
    split,
    stacked,
)
from gan_jax.typing import Tree

FAR = 1e9
CHUNK = 2500
"""Samples a seed draws in a call."""

Line = dict[str, Any]
"""As metrics.jsonl holds it, with what the evaluation found beside."""
Evaluate = Callable[[np.ndarray], Mapping[str, float]]
"""Samples [n, ...], in the model's own range, to named numbers."""


class Program(NamedTuple):
    """A stage, compiled.

    Attributes:
        call: `(common, own, arrays) -> (common, own, metrics)`, seeds leading.
        seconds: that compiling it took, once for all seeds.
    """

    call: Callable[..., Any]
    seconds: float


@dataclass(frozen=True)
class Ensemble:
    """The seeds of a config, and the programs that play them.

    Attributes:
        run: the config, checked; its `train.seed` and `train.devices` are not used.
        seeds: which.
        rounds: that one call plays.
    """

    run: Prepared
    seeds: tuple[int, ...]
    rounds: int
    _mesh: Mesh
    _width: int
    _arrays: Tree
    _programs: dict[int, Program] = field(default_factory=dict)

    @property
    def compile_seconds(self) -> float:
        """Of all stages that were played by now, or prepared."""
        return sum(program.seconds for program in self._programs.values())

    def start(self) -> list[Group]:
        """Every seed before its first round."""
        run = self.run
        # The last group is filled up with a seed that is played, and left out of `each`.
        filled = [*self.seeds, *self.seeds[-1:] * (-len(self.seeds) % self._width)]
        states = [first(run.game, seed, run.weights) for seed in filled]
        return [
            stacked(states[first : first + self._width], self._mesh)
            for first in range(0, len(states), self._width)
        ]

    def stage(self, step: int) -> int:
        """The stage of the round that begins after `step`; 0 where nothing grows."""
        begun = (
            step // self.run.options.steps_per_call * self.run.options.steps_per_call
        )
        return stage_of(self.run.game, begun * self.run.per_round)

    def grown(self, groups: list[Group], stage: int) -> list[Group]:
        """Groups of a stage before as this one's, at their first round of it."""
        into = partial(grow, game_at(self.run.game, stage))

        def call(common: Tree, own: Tree) -> tuple[Tree, Tree]:
            return split(into(GameState(*common, *own)))

        compiled = jax.jit(over_seeds(call, self._mesh, 1))
        return [compiled(*group) for group in groups]

    def prepared(self, groups: list[Group], stage: int) -> Program:
        """The program of a stage, compiled for groups of it if it is not yet."""
        if stage not in self._programs:
            game, run, rounds = game_at(self.run.game, stage), self.run, self.rounds
            step = fed_round(
                game, run.feed, run.options.batch_size, lambda batch: batch
            )

            def call(common: Tree, own: Tree, arrays: Tree) -> Any:
                state, terms = many(step, rounds)(
                    GameState(*common, *own), arrays, None
                )
                return *split(state), terms

            program = jax.jit(over_seeds(call, self._mesh, 2), donate_argnums=(0, 1))
            begun = time.perf_counter()
            compiled = program.lower(*groups[0], self._arrays).compile()
            self._programs[stage] = Program(compiled, time.perf_counter() - begun)
        return self._programs[stage]

    def play(
        self, groups: list[Group], stage: int = 0
    ) -> tuple[list[Group], list[Tree]]:
        """`rounds` rounds of every seed; the groups given are used up.

        Args:
            groups: as the stage has them.
            stage: that is played.

        Returns:
            The groups, and the metrics of each, seeds leading.
        """
        call = self.prepared(groups, stage).call
        played = [call(*group, self._arrays) for group in groups]
        return [(common, own) for common, own, _ in played], [m for *_, m in played]

    def train(
        self,
        evaluate_every: int,
        samples: int = 2500,
        evaluate: Evaluate | None = None,
        asked: Mapping[str, np.ndarray] | None = None,
    ) -> "Trained":
        """Train every seed from its start to `train.steps`, evaluating it on the way.

        A seed whose terms are not finite does not stop the others: its updates are
        skipped, as its lines say (`gen/skipped`, `disc/skipped`).

        Args:
            evaluate_every: rounds between two evaluations; the last round has one.
            samples: drawn from each seed's generator for an evaluation.
            evaluate: of them; the default counts modes, where the data have some.
            asked: what they are asked for, each [samples, ...]; else it is drawn.

        Raises:
            BadInput: `evaluate_every` is not made of whole calls.
        """
        options, rounds = self.run.options, self.rounds
        if evaluate_every < 1 or evaluate_every % options.steps_per_call:
            raise BadInput(
                f"evaluate_every={evaluate_every}",
                f"a multiple of config.train.steps_per_call={options.steps_per_call}",
            )
        evaluate = evaluate or modes_of(self.run.dataset)
        groups, stage = self.start(), 0
        draw = self.sampler(samples, asked)
        lines: list[list[Line]] = [[] for _ in self.seeds]
        calls: list[list[Tree]] = []
        drawn: list[np.ndarray] = []
        seconds: list[float] = []
        for step in range(rounds, options.steps + 1, rounds):
            if stage != (now := self.stage(step - rounds)):
                groups, stage = self.grown(groups, now), now
                draw = self.sampler(samples, asked, now)
            self.prepared(groups, stage)
            begun = time.perf_counter()
            groups, terms = jax.block_until_ready(self.play(groups, stage))
            seconds.append(time.perf_counter() - begun)
            calls.append(self.each(terms))
            last = step == options.steps
            judged = step % evaluate_every == 0 or last
            if step % options.log_every and not judged:
                continue
            clock = {"step": step, "seen": step * self.run.per_round}
            drawn = draw(groups) if judged else []
            for i, own in enumerate(lines):
                line = {**clock, "wall": round(sum(seconds), 3)}
                line |= _means([call[i] for call in calls])
                if judged:
                    found = evaluate(drawn[i])
                    line |= {name: float(value) for name, value in found.items()}
                own.append(line)
            calls = []
        pace = statistics.median(seconds) / rounds
        return Trained(self.seeds, lines, self.states(groups), drawn, pace)

    def sampler(
        self,
        count: int,
        asked: Mapping[str, np.ndarray] | None = None,
        stage: int = 0,
    ) -> Callable[[list[Group]], list[np.ndarray]]:
        """`groups -> samples [count, ...]` of each seed: those of `gan.sample(seed=)`.

        Args:
            count: of samples.
            asked: what they are asked for, each [count, ...]; else it is drawn.
            stage: that the groups are of.

        Raises:
            BadInput: the game has nothing to sample from.
        """
        sample = in_graph(game_at(self.run.game, stage))
        size = min(count, CHUNK)

        def draw(common: Tree, own: Tree, first: Any) -> Any:
            state = GameState(*common, *own)
            places = first + jnp.arange(size)
            keys = rng.at(rng.stream(state.key, "sample"), places)
            # The last chunk may reach beyond what was asked; that is cut off.
            rows = jnp.minimum(places, count - 1)
            given = {name: jnp.asarray(x)[rows] for name, x in (asked or {}).items()}
            return common, sample(state, keys, given)

        call = jax.jit(over_seeds(draw, self._mesh, 1))

        def draw_all(groups: list[Group]) -> list[np.ndarray]:
            chunks = [
                self.each([call(*group, first)[1] for group in groups])
                for first in range(0, count, size)
            ]
            return [np.concatenate(x)[:count] for x in zip(*chunks, strict=True)]

        return draw_all

    def states(self, groups: list[Group]) -> list[GameState]:
        """The state of each seed, as a run of its own would hold it."""
        counters = jax.device_get(groups[0][0])
        return [GameState(*counters, *own) for own in self.each([g[1] for g in groups])]

    def each(self, stacked: Sequence[Tree]) -> list[Tree]:
        """Trees whose seeds lead, one of each group, as host trees of each seed."""
        parts: list[Tree] = []
        for tree in jax.device_get(stacked):
            count = len(jax.tree.leaves(tree)[0])
            parts += [jax.tree.map(lambda x, i=i: x[i], tree) for i in range(count)]
        return parts[: len(self.seeds)]


@dataclass(frozen=True)
class Trained:
    """What became of the seeds.

    Attributes:
        seeds: which.
        lines: of each seed: one every `train.log_every` rounds and at evaluations.
        states: of each seed at the end, as a run of its own would hold it.
        samples: of each seed at the end, [count, ...], in the model's own range.
        seconds_per_round: of all seeds together, the median over calls.
    """

    seeds: tuple[int, ...]
    lines: list[list[Line]]
    states: list[GameState]
    samples: list[np.ndarray]
    seconds_per_round: float


def assemble(config: Mapping[str, Any], seeds: Sequence[int]) -> Ensemble:
    """Check a config, and compile its rounds for all seeds and devices.

    Of a game that grows these are the first stage's; each other is compiled when it comes.

    Raises:
        BadInput: as `train` would; no seeds; data streamed from the host.
    """
    if not seeds:
        raise BadInput("an ensemble of no seeds", "give at least one")
    run = prepare({**config, "train": {**config["train"], "devices": 1}})
    if run.feed.fetch is not None:
        raise BadInput(
            f"{run.dataset.name} is streamed from the host, once for every seed",
            "train its seeds one by one",
        )
    devices = jax.local_devices()[: len(seeds)]
    mesh, share = mesh_of(devices), -(-len(seeds) // len(devices))
    width = at_once(devices[0].platform, share) * len(devices)
    rounds = rounds_per_call(run.game, run.options.steps_per_call)
    arrays = common_to_all(run.feed.arrays, mesh)
    whole = Ensemble(run, tuple(seeds), rounds, mesh, width, arrays)
    whole.prepared(whole.start()[:1], 0)
    return whole


def train(
    config: Mapping[str, Any],
    seeds: Sequence[int],
    evaluate_every: int,
    samples: int = 2500,
    evaluate: Evaluate | None = None,
    asked: Mapping[str, np.ndarray] | None = None,
) -> Trained:
    """`assemble` and `Ensemble.train` in one."""
    return assemble(config, seeds).train(evaluate_every, samples, evaluate, asked)


def modes_of(dataset: Dataset) -> Evaluate:
    """The modes of a mixture that samples cover; nothing where there are none."""
    modes = dataset.modes
    if modes is None:
        return lambda samples: {}

    def count(samples: np.ndarray) -> dict[str, float]:
        # A sample that is not finite is near no mode.
        points = np.nan_to_num(samples, nan=FAR, posinf=FAR, neginf=-FAR)
        return metrics.mode_coverage(points, modes.centers, modes.std)._asdict()

    return count


def _means(calls: Sequence[Tree]) -> dict[str, float]:
    """The mean of each term over the finite entries of some calls, as logs have it."""
    means = {}
    for name in sorted(calls[0]):
        rounds = np.concatenate([np.asarray(c[name], np.float64) for c in calls])
        total, count, _ = rounds.sum(0)
        if count:
            means[name] = float(total / count)
    return means
