"""Many seeds of one config, trained side by side: a row of a table in one go.

Each seed ends with the numbers of a run of its own (`train` with that seed): weights,
order of the data and noise are functions of its own key. Only the counters `step` and
`seen` are common and stay unbatched, so that what a round decides by them stays a
branch. Seeds share no arithmetic: several devices take some each.
"""

import dataclasses
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh

from gan_jax import metrics, rng
from gan_jax.data import Dataset
from gan_jax.errors import BadInput
from gan_jax.games.base import GameState
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


@dataclass(frozen=True)
class Ensemble:
    """The seeds of a config, and the program that plays them.

    Attributes:
        run: the config, checked; its `train.seed` and `train.devices` are not used.
        seeds: which.
        rounds: that one call plays.
        compile_seconds: once for all seeds.
    """

    run: Prepared
    seeds: tuple[int, ...]
    rounds: int
    compile_seconds: float
    _mesh: Mesh
    _width: int
    _program: Callable[..., Any]
    _arrays: Tree

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

    def play(self, groups: list[Group]) -> tuple[list[Group], list[Tree]]:
        """`rounds` rounds of every seed; the groups given are used up.

        Returns:
            The groups, and the metrics of each, seeds leading.
        """
        played = [self._program(*group, self._arrays) for group in groups]
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
        draw, groups = self.sampler(samples, asked), self.start()
        lines: list[list[Line]] = [[] for _ in self.seeds]
        calls: list[list[Tree]] = []
        drawn: list[np.ndarray] = []
        seconds: list[float] = []
        for step in range(rounds, options.steps + 1, rounds):
            begun = time.perf_counter()
            groups, terms = jax.block_until_ready(self.play(groups))
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
        self, count: int, asked: Mapping[str, np.ndarray] | None = None
    ) -> Callable[[list[Group]], list[np.ndarray]]:
        """`groups -> samples [count, ...]` of each seed: those of `gan.sample(seed=)`.

        Args:
            count: of samples.
            asked: what they are asked for, each [count, ...]; else it is drawn.

        Raises:
            BadInput: the game has nothing to sample from.
        """
        sample = in_graph(self.run.game)
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
    if len(run.games) > 1:
        raise BadInput("this game grows in stages", "train its seeds one by one")
    devices = jax.local_devices()[: len(seeds)]
    mesh, share = mesh_of(devices), -(-len(seeds) // len(devices))
    width = at_once(devices[0].platform, share) * len(devices)
    rounds = rounds_per_call(run.game, run.options.steps_per_call)
    step = fed_round(run.game, run.feed, run.options.batch_size, lambda batch: batch)

    def call(common: Tree, own: Tree, arrays: Tree) -> Any:
        state, terms = many(step, rounds)(GameState(*common, *own), arrays, None)
        return *split(state), terms

    arrays = common_to_all(run.feed.arrays, mesh)
    program = jax.jit(over_seeds(call, mesh, 2), donate_argnums=(0, 1))
    whole = Ensemble(run, tuple(seeds), rounds, 0.0, mesh, width, program, arrays)
    first = whole.start()[0]
    begun = time.perf_counter()
    compiled = program.lower(*first, arrays).compile()
    seconds = time.perf_counter() - begun
    return dataclasses.replace(whole, compile_seconds=seconds, _program=compiled)


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
