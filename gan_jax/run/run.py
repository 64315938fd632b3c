"""Opening a run: from a workdir to a game, its state, and a sampler."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gan_jax import data, rng
from gan_jax.errors import BadInput
from gan_jax.games import base
from gan_jax.games.base import Game, GameState
from gan_jax.run import assemble
from gan_jax.run.checkpoints import Checkpoints, Damaged, unflatten
from gan_jax.run.workdir import Workdir
from gan_jax.typing import Keys, Samples

CHUNK = 64
"""Samples drawn a call, always: the same seed gives the same bytes for any number."""


@dataclass(frozen=True)
class Run:
    """A run as its workdir holds it.

    Attributes:
        workdir: its folder.
        game: as its config says.
        state: from the newest sound checkpoint, or the one asked for.
        record: what config.json holds.
    """

    workdir: Workdir
    game: Game
    state: GameState
    record: dict[str, Any]

    def sample(
        self,
        num: int,
        seed: int = 0,
        labels: Any = None,
        truncation: float = 1.0,
    ) -> np.ndarray:
        """New samples; the i-th depends on (seed, i) alone.

        Args:
            num: how many.
            seed: of the latents.
            labels: class indices [num], for conditional models.
            truncation: trade of variety for quality, for models that have it.

        Returns:
            uint8 [num, h, w, c], or float32 [num, 2] for two-dimensional data.

        Raises:
            BadInput: labels or truncation for a model that has none; num below 1.
        """
        if num < 1:
            raise BadInput(f"num={num} samples", "ask for at least one")
        if labels is not None:
            raise BadInput("this model is unconditional", "leave labels out")
        if truncation != 1.0:
            raise BadInput(f"truncation={truncation}: this model has none", "use 1.0")
        return draw(sampler(self.game), self.state, num, seed)


def open_run(path: str | Path, step: int | None = None) -> Run:
    """A run from its workdir. Needs neither the config file nor the data set.

    Args:
        path: the workdir.
        step: of the checkpoint; the newest sound one by default.

    Raises:
        BadInput: no run there, or no sound checkpoint.
    """
    workdir = Workdir(path)
    record = workdir.record()
    game = assemble.bind(record["config"]).game(tuple(record["data"]["shape"]))
    if not workdir.checkpoints.is_dir():
        raise BadInput(f"{workdir.path} holds no checkpoint yet", "train it first")
    checkpoints = Checkpoints(workdir.checkpoints)
    try:
        damaged = {}
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
        flat, _ = checkpoints.read(step)
    except Damaged as error:
        raise BadInput(
            f"checkpoint {step} of {workdir.path} is damaged ({error})",
            "leave the step out to use the newest sound one",
        ) from error
    finally:
        checkpoints.close()
    state = jax.tree.map(jnp.asarray, unflatten(flat, template(game)))
    return Run(workdir, game, state, record)


def open_checkpoint(path: str | Path, checkpoint: str = "last") -> tuple[Run, str]:
    """A run at the checkpoint that a rule names, and the rule in words.

    Args:
        path: the workdir.
        checkpoint: `last` (the newest sound one), `best`, or a step.

    Raises:
        BadInput: no run there, or no such checkpoint.
    """
    if checkpoint == "last":
        return open_run(path), "last"
    if checkpoint == "best":
        step, best = _best(Workdir(path))
        return open_run(path, step), f"best by {best}"
    if not checkpoint.isdecimal():
        raise BadInput(f"--checkpoint={checkpoint}", "wanted best, last or a step")
    return open_run(path, int(checkpoint)), f"step {int(checkpoint)}"


def _best(workdir: Workdir) -> tuple[int, str]:
    train = assemble.bind(workdir.record()["config"]).train
    if not train.best:
        raise BadInput(
            f"{workdir.path} keeps no best checkpoint: its config.train.best is empty",
            "use --checkpoint=last, or a step",
        )
    checkpoints = Checkpoints(
        workdir.checkpoints, train.keep, train.best, train.best_mode
    )
    try:
        step = checkpoints.best_step()
    finally:
        checkpoints.close()
    if step is None:
        raise BadInput(
            f"no checkpoint of {workdir.path} has logged {train.best}",
            "use --checkpoint=last, or a step",
        )
    return step, train.best


def template(game: Game) -> GameState:
    """The state's structure, shapes and types, without computing it."""
    return jax.eval_shape(partial(base.init, game), jax.random.key(0))


def sampler(game: Game) -> Any:
    """`(state, keys) -> samples` of the trained generator, compiled.

    Raises:
        BadInput: the game has nothing to sample from.
    """
    if game.sample is None:
        raise BadInput("this game draws no samples")
    sample = game.sample

    @jax.jit
    def call(state: GameState, keys: Keys) -> Samples:
        return sample(state, keys, None)

    return call


def draw(call: Any, state: GameState, num: int, seed: int) -> np.ndarray:
    """`num` samples by `sampler(game)`, pictures as uint8; memory is that of these."""
    parts = chunks(call, state, num, seed)
    part = next(parts)
    samples = np.empty((num, *part.shape[1:]), part.dtype)
    samples[: len(part)] = part
    for i, part in enumerate(parts, start=1):
        samples[i * CHUNK : i * CHUNK + len(part)] = part
    return samples


def chunks(call: Any, state: GameState, num: int, seed: int) -> Iterator[np.ndarray]:
    """The samples of `draw`, some at a time; the device draws one chunk ahead."""
    key = rng.stream(jax.random.key(seed), "sample")
    starts = range(0, num, CHUNK)
    drawn = (call(state, rng.at(key, jnp.arange(i, i + CHUNK))) for i in starts)
    ready = next(drawn)
    for i, ahead in zip(starts, itertools.chain(drawn, [None]), strict=True):
        part = np.asarray(ready)[: num - i]
        yield data.to_pixels(part) if part.ndim == 4 else part
        ready = ahead
