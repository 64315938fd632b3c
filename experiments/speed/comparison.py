"""Two sides of a row, each a process of its own, timed in turns.

Peak memory and thread pools are then each side's own. The two take turns (ours, theirs,
ours, ...), and a row's ratio is that of the medians, theirs over ours: above one we are
faster. A script gives rows and the module of the other side, and is itself the program of
both processes (`--serve`).
"""

import argparse
import importlib
import json
import os
import pathlib
import platform
import resource
import statistics
import subprocess
import sys
import time
from typing import Any, NamedTuple

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DTYPE = "SPEED_DTYPE"
"""The environment's name for what both sides compute in, where it is not float32."""


class Row(NamedTuple):
    """Two rivals and what is asked of their ratio.

    Attributes:
        title: what is timed, once.
        ours, theirs: (maker, arguments) in `training_ours` and the other side's module;
            None where we are timed alone.
        images: training examples, or samples, consumed by one step.
        least: seconds a turn lasts at least.
        targets: the ratio wanted, by backend.
    """

    title: str
    ours: tuple[str, dict[str, Any]]
    theirs: tuple[str, dict[str, Any]] | None
    images: int
    least: float = 1.0
    targets: dict[str, float] = {}


def train(batch_size: int, **options: int) -> dict[str, int]:
    """The `train` group of a config that is timed."""
    return dict(
        steps=100, log_every=100, checkpoint_every=100, seed=0, batch_size=batch_size
    ) | dict(options)


# --- a side, in a process of its own --------------------------------------------------


def serve(name: str, side: str, table: dict[str, Row], theirs: str) -> None:
    """Make a rival, say so, then play one turn for each line on stdin."""
    sys.path[:0] = [str(HERE), str(ROOT)]
    from gan_jax import heap

    room = importlib.import_module(theirs if side == "theirs" else "training_ours")
    if side == "ours":
        heap.keep_freed()  # as `python -m gan_jax.main` does
    else:
        room.torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
        room.torch.backends.cudnn.benchmark = True
    row = table[name]
    maker, given = getattr(row, side)
    rival = getattr(room, maker)(**computed_in(given, os.environ.get(DTYPE)))
    if side == "theirs":
        rival = room.autocast(rival, os.environ.get(DTYPE))
    rival.call()
    ready = dict(
        parameters=rival.parameters,
        compile_seconds=rival.compile_seconds,
        device=room.device(),
    )
    print(json.dumps(ready), flush=True)
    for _ in sys.stdin:
        print(json.dumps(turn(rival, row.least)), flush=True)


def computed_in(given: dict[str, Any], dtype: str | None) -> dict[str, Any]:
    """A maker's arguments, the networks of their config computing in `dtype`."""
    if dtype is None or "config" not in given:
        return given
    models = given["config"]["models"]
    told = {name: node | dict(dtype=dtype) for name, node in models.items()}
    return given | dict(config=given["config"] | dict(models=told))


def turn(rival: Any, least: float) -> dict[str, float]:
    """Seconds per step over at least `least` seconds of calls."""
    calls, start, cpu = 0, time.perf_counter(), time.process_time()
    while calls == 0 or time.perf_counter() - start < least:
        rival.call()
        calls += 1
    steps = calls * rival.per_call
    return dict(
        seconds=(time.perf_counter() - start) / steps,
        cpu_seconds=(time.process_time() - cpu) / steps,
        peak_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


# --- both sides, in turns -------------------------------------------------------------


class Side:
    """A process that plays a turn when asked."""

    def __init__(self, name: str, side: str, threads: int):
        command = [sys.executable, sys.argv[0], "--serve", name, side]
        # The mask holds XLA's pool, the variables PyTorch's and BLAS's.
        limits = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), str(threads))
        self.process = subprocess.Popen(
            ["taskset", "-c", f"0-{threads - 1}", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | limits,
        )
        self.about = self._read()

    def turn(self) -> dict[str, float]:
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        return self._read()

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("a side stopped; its error is above")
        return json.loads(line)


def measure(name: str, row: Row, repeats: int, threads: int) -> dict[str, Any]:
    names = [side for side in ("ours", "theirs") if getattr(row, side)]
    load = os.getloadavg()[0]
    sides = {side: Side(name, side, threads) for side in names}
    turns: dict[str, list[dict[str, float]]] = {side: [] for side in names}
    for _ in range(repeats):
        for side in names:
            turns[side].append(sides[side].turn())
    found: dict[str, Any] = dict(name=name, title=row.title, load_before=load)
    for side in names:
        sides[side].close()
        median = statistics.median(t["seconds"] for t in turns[side])
        found[side] = sides[side].about | dict(
            seconds=median,
            images_per_second=row.images / median,
            cpu_seconds=statistics.median(t["cpu_seconds"] for t in turns[side]),
            peak_mib=max(t["peak_mib"] for t in turns[side]),
            repeats=turns[side],
        )
    if "theirs" in found:
        mine, other = found["ours"]["parameters"], found["theirs"]["parameters"]
        if mine != other:
            raise SystemExit(
                f"{name}: {mine} are not {other}, so not the same networks"
            )
        for ratio, of in (("ratio", "seconds"), ("cpu_ratio", "cpu_seconds")):
            found[ratio] = found["theirs"][of] / found["ours"][of]
        found["targets"] = row.targets
    return found


def environment(repeats: int, threads: int) -> dict[str, Any]:
    from importlib.metadata import PackageNotFoundError, version

    def of(package: str) -> str | None:
        try:
            return version(package)
        except PackageNotFoundError:
            return None

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)
        return done.stdout.strip()

    packages = ("jax", "jaxlib", "flax", "optax", "torch", "torch-mimicry")
    return dict(
        machine=platform.machine(),
        python=platform.python_version(),
        versions={name: of(name) for name in packages},
        commit=git("rev-parse", "HEAD"),
        changed=git("diff", "HEAD", "--name-only", "--", "gan_jax").splitlines(),
        threads=threads,
        repeats=repeats,
        seed=0,
    )


# --- the command ----------------------------------------------------------------------


def flags(about: str | None) -> argparse.ArgumentParser:
    """What every comparison can be told."""
    parser = argparse.ArgumentParser(description=(about or "").splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs="*", metavar="NAME", help="rows; prints only")
    parser.add_argument("--dtype", choices=["bfloat16"], help="PyTorch's by autocast")
    parser.add_argument(
        "--folder", type=pathlib.Path, help="of the record, which rows chosen join"
    )
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    return parser


def place(name: str, flags: argparse.Namespace, ending: str) -> pathlib.Path:
    """Where a file of a comparison is written; half precision has files of its own."""
    half = f"_{flags.dtype}" if flags.dtype else ""
    return (flags.folder or HERE) / f"{name}{half}{ending}"


def compare(
    whole: dict[str, Row], theirs: str, name: str, flags: argparse.Namespace
) -> dict[str, Any]:
    """All rows, or those chosen, measured and printed; or one side, to be timed.

    Args:
        whole: every row there is.
        theirs: the module of the other side.
        name: of the record's file, without its ending.
        flags: what the command was told.

    Returns:
        The record; empty for a side.
    """
    if flags.serve:
        serve(*flags.serve, table=whole, theirs=theirs)
        return {}
    if unknown := [row for row in flags.only or () if row not in whole]:
        print(f"no row {unknown[0]}; there is {', '.join(whole)}", file=sys.stderr)
        raise SystemExit(2)
    if flags.dtype:
        os.environ[DTYPE] = flags.dtype
    path = place(name, flags, ".json")
    about = environment(flags.repeats, flags.threads)
    joins = flags.only is not None and flags.folder is not None and path.is_file()
    record: dict[str, Any] = json.loads(path.read_text()) if joins else {"rows": []}
    record = {"environment": about, **record}
    for row in flags.only or whole:
        found = measure(row, whole[row], flags.repeats, flags.threads)
        if joins:  # rows of several stretches may be of several commits
            found["environment"] = about
        kept = [old for old in record["rows"] if old["name"] != row]
        record["rows"] = [*kept, found]
        ratios = [f"{found[r]:.2f}" for r in ("ratio", "cpu_ratio") if r in found]
        times = [ms(found[s]) for s in ("ours", "theirs") if s in found]
        print(row, " against ".join(times), "ms; ratio", *ratios, flush=True)
    if flags.only is None or flags.folder is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(record, indent=1) + "\n")
    return record


def ms(side: dict[str, Any]) -> str:
    """Milliseconds of a step, in four digits."""
    return f"{1000 * side['seconds']:,.4g}"
