"""Checkpoints that know when they are damaged.

Orbax writes each step's folder and commits it by one rename, so a killed save leaves
nothing behind that counts. What Orbax does not notice is a flipped bit in array data, or
an emptied folder: every leaf's sha256 is stored in the same commit and checked on the
way back, and the newest checkpoint that verifies is the one that is used.
"""

import hashlib
import json
import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp
from orbax.checkpoint.checkpoint_managers import AnyPreservationPolicy, LatestN

from gan_jax import tree
from gan_jax.errors import BadInput
from gan_jax.run.weights import Frozen
from gan_jax.typing import Tree

Flat = dict[str, np.ndarray]


OF_ANOTHER_RUN = "it is of another run"
"""Why a sound checkpoint is not this run's."""


class Damaged(Exception):
    """A checkpoint that cannot be trusted, and why."""


class NotFinite(ValueError):
    """A state that is not saved, and why."""


def _nothing_of_orbax(record: logging.LogRecord) -> bool:
    """Whether asyncio may tell of something.

    Orbax writes arrays side by side and raises what the first failed of; asyncio would
    tell of each of the others with a traceback, as late as at the end of the process.
    """
    return "orbax" not in record.getMessage()


class Checkpoints:
    """The checkpoints of a run.

    Args:
        folder: made when missing.
        keep: how many of the newest are kept.
        best: name of the scalar whose best checkpoint is kept besides; "" for none.
        mode: `min` or `max`, what best means.
        every: with it, the `keep` newest at multiples of it are kept besides: which they
            are does not depend on what was saved between.
        run: identity of the run, which its checkpoints carry; "" where it has none.
        frozen: players that are named by checkpoints, and kept beside them.

    Raises:
        BadInput: something else than a folder is there.
    """

    def __init__(
        self,
        folder: Path,
        keep: int = 2,
        best: str = "",
        mode: str = "min",
        every: int = 0,
        run: str = "",
        frozen: Frozen | None = None,
    ):
        if folder.exists() and not folder.is_dir():
            raise BadInput(f"{folder} is no folder of checkpoints", "move it away")
        self.folder = folder
        self._run, self._frozen = run, frozen or Frozen(folder.parent / "weights")
        self._best, self._sign = best, 1 if mode == "min" else -1
        self._ranks: dict[int, float] = {}  # of the steps that have the scalar
        policies: list[Any] = [LatestN(keep), _Best(self._ranks)]
        if every:
            policies.append(_Regular(every, keep))
        # Orbax reports routine matters as warnings, and errors that it raises as well;
        # a run's output is the user's.
        logging.getLogger("absl").setLevel(logging.CRITICAL)
        logging.getLogger("asyncio").addFilter(_nothing_of_orbax)
        self._manager = ocp.CheckpointManager(
            folder.resolve(),
            options=ocp.CheckpointManagerOptions(
                preservation_policy=AnyPreservationPolicy(policies), create=True
            ),
        )
        # Orbax forgets what it ranked by when it is closed; the notes do not.
        for step in self.steps() if best else []:
            self._rank(step, self._noted(step))

    def save(
        self,
        step: int,
        state: Tree,
        notes: Mapping[str, Any],
        scalars: Mapping[str, float] | None = None,
    ) -> None:
        """Start saving; returns once the state is copied, the disk follows behind.

        Args:
            step: names the checkpoint.
            state: any pytree of arrays.
            notes: JSON kept beside it.
            scalars: latest metrics, to judge the best checkpoint by.

        Raises:
            NotFinite: a number of the state is not finite, which nobody could sample
                or train on with; nothing was saved.
        """
        flat, frozen = self._frozen.strip(flatten(state))
        if broken := [name for name, x in flat.items() if not _finite(x)]:
            raise NotFinite(f"{', '.join(broken[:3])} is not finite")
        scalars = {k: float(v) for k, v in (scalars or {}).items()}
        identity = {"run": self._run, "step": step, "frozen": frozen}
        text = json.dumps({**notes, **identity, "scalars": scalars}, sort_keys=True)
        digests = {name: digest(x) for name, x in flat.items()}
        digests["notes"] = hashlib.sha256(text.encode()).hexdigest()
        self._rank(step, scalars)
        self._manager.save(
            step,
            args=ocp.args.Composite(
                state=ocp.args.StandardSave(flat),  # pyright: ignore[reportCallIssue]
                notes=ocp.args.JsonSave({"json": text}),  # pyright: ignore[reportCallIssue]
                digests=ocp.args.JsonSave(digests),  # pyright: ignore[reportCallIssue]
            ),
        )

    def steps(self) -> list[int]:
        """Steps with a checkpoint, sound or not, newest first."""
        named = [e.name for e in self.folder.iterdir() if e.name.isdecimal()]
        odd = {int(name) for name in named if str(int(name)) == name}
        return sorted({*self._manager.all_steps(read=True), *odd}, reverse=True)

    def best_step(self) -> int | None:
        """The sound step whose scalar is best, if one was asked for and logged."""
        ranked = [step for step in self.steps() if step in self._ranks]
        for step in sorted(ranked, key=lambda s: self._ranks[s]):
            try:
                self.read(step)
            except Damaged:
                continue
            return step
        return None

    def read(self, step: int) -> tuple[Flat, dict[str, Any]]:
        """A checkpoint's leaves by path, and its notes, verified.

        Raises:
            Damaged: it is not what was saved.
        """
        kinds = ocp.args.Composite(
            state=ocp.args.StandardRestore(),
            notes=ocp.args.JsonRestore(),
            digests=ocp.args.JsonRestore(),
        )
        try:
            found = self._manager.restore(step, args=kinds)
            flat = {name: np.asarray(x) for name, x in found["state"].items()}
            text, expected = str(found["notes"]["json"]), dict(found["digests"])
        except Exception as error:  # truncated files raise assorted types
            reason = str(error).strip().splitlines() or [type(error).__name__]
            raise Damaged(f"unreadable: {reason[0][:160]}") from error
        actual = {name: digest(x) for name, x in flat.items()}
        actual["notes"] = hashlib.sha256(text.encode()).hexdigest()
        wrong = sorted(
            k for k in {*actual, *expected} if actual.get(k) != expected.get(k)
        )
        if wrong:
            raise Damaged(f"not what was saved: {', '.join(wrong[:3])}")
        try:
            notes = dict(json.loads(text))
            self._recognise(step, notes)
            return self._frozen.whole(flat, notes.get("frozen", {})), notes
        except (ValueError, TypeError) as error:
            raise Damaged(str(error)) from error

    def _recognise(self, step: int, notes: Mapping[str, Any]) -> None:
        """Whether a checkpoint is of this step and this run; older ones do not say."""
        if notes.get("step", step) != step:
            raise ValueError(f"it is that of step {notes['step']}")
        if self._run and notes.get("run", self._run) != self._run:
            raise ValueError(OF_ANOTHER_RUN)

    def newest_sound(self) -> tuple[int | None, dict[int, str]]:
        """The newest step that verifies (None without), and why newer ones do not."""
        damaged = {}
        for step in self.steps():
            try:
                self.read(step)
            except Damaged as error:
                damaged[step] = str(error)
            else:
                return step, damaged
        return None, damaged

    def drop_after(self, step: int) -> None:
        """Delete the checkpoints past a step, the newest first."""
        self.wait()
        for newer in self.steps():
            if newer > step:
                self._manager.delete(newer)

    def set_aside(self, step: int) -> Path:
        """Move a damaged checkpoint out of the way, so that its step can be saved."""
        to = self.folder.parent / "damaged" / str(step)
        if to.exists():
            shutil.rmtree(to)
        to.parent.mkdir(exist_ok=True)
        (self.folder / str(step)).rename(to)
        self._manager.reload()
        return to

    def wait(self) -> None:
        """Until everything saved is on disk."""
        self._manager.wait_until_finished()

    def close(self) -> None:
        """Finish writing and let go of the folder."""
        self._manager.close()

    def _rank(self, step: int, scalars: Mapping[str, float]) -> None:
        self._ranks.pop(step, None)
        if self._best in scalars:
            self._ranks[step] = self._sign * scalars[self._best]

    def _noted(self, step: int) -> dict[str, float]:
        """The scalars of a checkpoint, not verified; none where it is damaged."""
        kinds = ocp.args.Composite(notes=ocp.args.JsonRestore())
        try:
            found = self._manager.restore(step, args=kinds)
            return json.loads(found["notes"]["json"])["scalars"]
        except Exception:  # truncated files raise assorted types
            return {}


@dataclass(frozen=True)
class _Best:
    """Orbax's kind of policy: preserve the step of the lowest rank, if any has one."""

    ranks: Mapping[int, float]

    def should_preserve(
        self, checkpoints: Sequence[Any], *, context: Any
    ) -> list[bool]:
        """Whether each is to be preserved."""
        del context
        ranked = [c.step for c in checkpoints if c.step in self.ranks]
        best = min(ranked, key=lambda s: self.ranks[s], default=None)
        return [c.step == best for c in checkpoints]


@dataclass(frozen=True)
class _Regular:
    """Orbax's kind of policy: preserve the newest of the steps divisible by `every`."""

    every: int
    keep: int

    def should_preserve(
        self, checkpoints: Sequence[Any], *, context: Any
    ) -> list[bool]:
        """Whether each is to be preserved."""
        del context
        regular = sorted(c.step for c in checkpoints if c.step % self.every == 0)
        return [c.step in regular[-self.keep :] for c in checkpoints]


def flatten(state: Tree) -> Flat:
    """Leaves by path, copied to the host; keys as their raw words."""
    return {
        name.replace("/", "."): np.array(_raw(leaf))
        for name, leaf in tree.named_leaves(state).items()
    }


def unflatten(flat: Flat, like: Tree) -> Tree:
    """The tree of `like`'s structure with the leaves of `flat` (host arrays).

    Raises:
        Damaged: leaves are missing, left over, or of another shape or type.
    """
    names = [name.replace("/", ".") for name in tree.named_leaves(like)]
    if odd := sorted(set(names) ^ set(flat)):
        raise Damaged(f"another structure: {', '.join(odd[:3])}")
    leaves = []
    for name, leaf in zip(names, jax.tree.leaves(like), strict=True):
        key = jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)
        raw = jax.eval_shape(jax.random.key_data, leaf) if key else leaf
        if (flat[name].shape, flat[name].dtype) != (raw.shape, raw.dtype):
            raise Damaged(f"another shape or type: {name}")
        leaf = flat[name]
        leaves.append(jax.random.wrap_key_data(jnp.asarray(leaf)) if key else leaf)
    return jax.tree.unflatten(jax.tree.structure(like), leaves)


def digest(x: np.ndarray) -> str:
    """sha256 of an array's type, shape and bytes."""
    head = f"{x.dtype.str if x.dtype.kind != 'V' else x.dtype.name}{x.shape}"
    return hashlib.sha256(head.encode() + np.ascontiguousarray(x).tobytes()).hexdigest()


def _finite(x: np.ndarray) -> bool:
    return x.dtype.kind != "f" or bool(np.isfinite(x).all())


def _raw(leaf: Any) -> Any:
    if isinstance(leaf, jax.Array) and jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key):
        return jax.random.key_data(leaf)
    return leaf
