"""Opening a run: from a workdir to a game, its state, and samples."""

import dataclasses
import functools
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gan_jax import rng
from gan_jax.asks import Ask, checked, requested
from gan_jax.asks.requests import Askable
from gan_jax.data import Facts
from gan_jax.data.paths import readable
from gan_jax.errors import BadInput
from gan_jax.games import base
from gan_jax.games.base import Game, GameState
from gan_jax.games.stages import game_at
from gan_jax.games.standing import PASSES, STANDING
from gan_jax.run import assemble, identity
from gan_jax.run.checkpoints import Checkpoints, Damaged, unflatten
from gan_jax.run.sampler import answers, chunks, function, sample_key, sampler
from gan_jax.run.weights import Frozen
from gan_jax.run.workdir import Workdir


@dataclass(frozen=True)
class Run(Askable):
    """A run as its workdir holds it.

    Attributes:
        workdir: its folder.
        game: as its config says.
        state: from the newest sound checkpoint, or the one asked for.
        record: what config.json holds.
        facts: of the data it was trained on.
        stage: of a game that grows, which one `game` is.
    """

    workdir: Workdir
    game: Game
    state: GameState
    record: dict[str, Any]
    facts: Facts
    stage: int = 0

    @property
    def asks(self) -> Mapping[str, Ask]:
        """What it can be asked for, by name."""
        return self.game.asks

    def asked(
        self,
        num: int,
        seed: int = 0,
        labels: Any = None,
        truncation: Any = None,
        **asked: Any,
    ) -> dict[str, np.ndarray]:
        """What `sample` makes its samples of: every ask, [num, ...]; arguments as there."""
        given = requested(self.asks, num, seed, labels, truncation, asked)
        return answers(self.game.asks, num, seed, given)

    def standing(self, batch: int = 64, seed: int = 0, **asked: Any) -> "Run":
        """The same model with standing statistics in place of running ones (BigGAN).

        Batch norms of the generator then use the mean of the statistics of 16 batches
        of new samples. Where less variety is to be asked for, they belong to that
        truncation: `gan.standing(truncation=0.5).sample(16, truncation=0.5)`.

        Args:
            batch: samples in each batch.
            seed: of the latents, and of what is not asked.
            **asked: what is asked of all these samples, one value for all.

        Raises:
            BadInput: the game has no such function; something it cannot be asked for.
        """
        given = checked(self.game.asks, asked, PASSES * batch)
        keys = rng.at(sample_key(seed), jnp.arange(PASSES * batch))
        one = {n: x.reshape(PASSES, batch, *x.shape[1:]) for n, x in given.items()}
        state = self.function(STANDING)(keys.reshape(PASSES, batch), one)
        return dataclasses.replace(self, state=state)

    def function(self, name: str) -> Callable[..., Any]:
        """A part of the trained game by name (`encode`, `synthesize`), compiled.

        Raises:
            BadInput: the game has none of that name.
        """
        return function(self.game, self.state, name)

    @functools.cached_property
    def _call(self) -> Callable[..., Any]:
        return sampler(self.game)

    def _drawn(
        self, num: int, seed: int, given: Mapping[str, np.ndarray]
    ) -> Iterator[np.ndarray]:
        return chunks(self._call, self.state, num, seed, given)


def open_run(path: str | Path, step: int | None = None, trust: bool = False) -> Run:
    """A run from its workdir. Needs neither the config file nor the data set.

    A damaged newest checkpoint is named on stderr, and the newest sound one taken.

    Args:
        path: the workdir.
        step: of the checkpoint; the newest sound one by default.
        trust: whether its config may name modules of other packages, whose code then
            runs.

    Raises:
        BadInput: no run there, or no sound checkpoint.
    """
    run, damaged = _opened(Workdir(path), step, trust)
    if damaged:
        print(f"{path}: {_passed_over(run, damaged)}", file=sys.stderr)
    return run


def open_checkpoint(
    path: str | Path, checkpoint: str = "last", trust: bool = False
) -> tuple[Run, str]:
    """A run at the checkpoint that a rule names, and the rule in words.

    Args:
        path: the workdir.
        checkpoint: `last` (the newest sound one), `best`, or a step.
        trust: see `open_run`.

    Raises:
        BadInput: no run there, or no such checkpoint.
    """
    workdir = Workdir(path)
    if checkpoint == "last":
        run, damaged = _opened(workdir, None, trust)
        if damaged:
            told = _passed_over(run, damaged)
            print(f"{path}: {told}", file=sys.stderr)
            return run, f"last sound ({told})"
        return run, "last"
    if checkpoint == "best":
        step, best = _best(workdir, trust)
        return _opened(workdir, step, trust)[0], f"best by {best}"
    if not (checkpoint.isdecimal() and len(checkpoint) < 20):
        raise BadInput(f"--checkpoint={checkpoint[:40]}", "wanted best, last or a step")
    step = int(checkpoint)
    return _opened(workdir, step, trust)[0], f"step {step}"


def template(game: Game) -> GameState:
    """The state's structure, shapes and types, without computing it."""
    return jax.eval_shape(partial(base.init, game), jax.random.key(0))


def checkpoints_of(
    workdir: Workdir, game: Game, record: Mapping[str, Any], **options: Any
) -> Checkpoints:
    """The checkpoints of a run, which know whose they are."""
    return Checkpoints(
        workdir.checkpoints,
        run=str(record.get("id", "")),
        frozen=Frozen.of(game, workdir.weights),
        **options,
    )


def _passed_over(run: Run, damaged: Mapping[int, str]) -> str:
    bad = "; ".join(
        f"checkpoint {step} is damaged: {why}" for step, why in damaged.items()
    )
    return f"step {int(run.state.step)} is used, {bad}"


def _opened(
    workdir: Workdir, step: int | None, trust: bool
) -> tuple[Run, dict[int, str]]:
    """The run at a step, and why newer ones were passed over."""
    with readable(workdir.path):
        return _found(workdir, step, trust)


def _found(
    workdir: Workdir, step: int | None, trust: bool
) -> tuple[Run, dict[int, str]]:
    record = workdir.record()
    identity.check_precision(record, str(workdir.path))
    facts = Facts.from_json(record["data"])
    game = assemble.bind(record["config"], foreign=trust).game(facts)
    if not workdir.checkpoints.is_dir():
        raise BadInput(f"{workdir.path} holds no checkpoint yet", "train it first")
    checkpoints, damaged = checkpoints_of(workdir, game, record), {}
    try:
        if step is None:
            step, damaged = checkpoints.newest_sound()
        elif step not in checkpoints.steps():
            raise BadInput(
                f"{workdir.path} has no checkpoint {step}",
                f"there is {', '.join(map(str, checkpoints.steps())) or 'none'}",
            )
        if step is None:
            why = "; ".join(f"{k}: {v}" for k, v in damaged.items())
            raise BadInput(
                f"{workdir.path} holds no sound checkpoint{f' ({why})' if why else ''}",
                "train it first",
            )
        flat, notes = checkpoints.read(step)
        stage = int(notes.get("stage", 0))
        game = game_at(game, stage)
        state = jax.tree.map(jnp.asarray, unflatten(flat, template(game)))
    except Damaged as error:
        raise BadInput(
            f"checkpoint {step} of {workdir.path} is damaged ({error})",
            "leave the step out to use the newest sound one",
        ) from error
    finally:
        checkpoints.close()
    workdir.tell_if_altered(record)
    return Run(workdir, game, state, record, facts, stage), damaged


def _best(workdir: Workdir, trust: bool) -> tuple[int, str]:
    record = workdir.record()
    plan = assemble.bind(record["config"], foreign=trust)
    train = plan.train
    if not train.best:
        raise BadInput(
            f"{workdir.path} keeps no best checkpoint: its config.train.best is empty",
            "use --checkpoint=last, or a step",
        )
    if not workdir.checkpoints.is_dir():
        raise BadInput(f"{workdir.path} holds no checkpoint yet", "train it first")
    checkpoints = checkpoints_of(
        workdir,
        plan.game(Facts.from_json(record["data"])),
        record,
        keep=train.keep,
        best=train.best,
        mode=train.best_mode,
    )
    try:
        with readable(workdir.path):
            step = checkpoints.best_step()
    finally:
        checkpoints.close()
    if step is None:
        raise BadInput(
            f"no checkpoint of {workdir.path} has logged {train.best}",
            "use --checkpoint=last, or a step",
        )
    return step, train.best
