"""Bad and odd input, from outside: the share that is answered as promised.

python -m experiments.bad_input.run
"""

import argparse
import collections
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from experiments.bad_input.inputs import GROUPS, Input, inputs
from experiments.bad_input.judge import (
    ACCEPTED,
    ANSWERED,
    FAULTS,
    LIMIT,
    STOPPED,
    Answer,
    Bench,
    verdict,
)
from experiments.bad_input.world import build

HERE = Path(__file__).parent
PROCESSES = 56
"""Inputs that are asked again, each of a process of its own."""


def main(words: Sequence[str]) -> int:
    """Ask everything, print the share, write results.json and README.md."""
    flags = argparse.ArgumentParser(description=__doc__)
    flags.add_argument("--seed", type=int, default=0)
    flags.add_argument("--scale", type=float, default=1.0, help="share of the inputs")
    flags.add_argument("--only", default="", help="groups whose names hold this")
    flags.add_argument("--show", action="store_true", help="faults only, write nothing")
    given = flags.parse_args(words)
    began = time.monotonic()
    asked = inputs(given.seed, given.scale)
    asked = [x for x in asked if given.only in x.group]
    rng = np.random.default_rng(given.seed)
    count = min(len(asked), round(PROCESSES * given.scale))
    again = {int(i) for i in rng.choice(len(asked), count, replace=False)}
    counts: dict[str, collections.Counter[str]] = {
        part: collections.Counter() for part in (*GROUPS, "in processes of their own")
    }
    with bench() as able:
        for i, x in enumerate(asked):
            ways = (False, True) if i in again else (False,)
            for process in ways:
                answer = able.ask(x, process)
                found = verdict(x, answer)
                part = "in processes of their own" if process else x.group
                counts[part][found] += 1
                if found in FAULTS:
                    print(told(x, answer, found), flush=True)
            if i % 100 == 99:
                seconds = time.monotonic() - began
                print(f"{i + 1}/{len(asked)}, {seconds:.0f} s", flush=True)
    from gan_jax.run.provenance import provenance  # no device before the worker forks

    results = {
        "command": f"python -m experiments.bad_input.run --seed={given.seed}",
        "provenance": provenance(),
        "seconds": round(time.monotonic() - began),
        "limit": LIMIT,
        "inputs": {part: dict(own) for part, own in counts.items() if own},
    }
    if not given.show:
        (HERE / "results.json").write_text(json.dumps(results, indent=1) + "\n")
        (HERE / "README.md").write_text(render(results))
    faults, total = tally(results)
    print(f"answered as promised: {total - faults} of {total}")
    return 1 if faults else 0


class bench:  # noqa: N801, a context manager reads as what it gives
    """A world in a temporary folder, and a worker for it."""

    def __enter__(self) -> Bench:
        self._folder = Path(tempfile.mkdtemp(prefix="world_"))
        world = self._folder / "world"
        world.mkdir()
        # In a process of its own: workers are forked from this one, which must not
        # have touched a device.
        child = os.fork()
        if not child:
            status = 1
            try:
                build(world)
                status = 0
            finally:
                os._exit(status)
        if os.waitpid(child, 0)[1]:
            raise SystemExit("the world could not be built")
        self._bench = Bench(world)
        return self._bench

    def __exit__(self, *error: object) -> None:
        self._bench.close()
        shutil.rmtree(self._folder)


def told(given: Input, answer: Answer, found: str) -> str:
    """A fault, for people."""
    words = " ".join(word[:200] for word in given.words)
    file = next(iter(given.files.values()), "")[-300:]
    left = ", ".join(answer.left[:5])
    return (
        f"--- {found} ({given.group}): {words}\n{file}\n"
        f"status {answer.status}, {answer.seconds:.0f} s, left: {left}\n"
        f"{answer.said[-1500:]}"
    )


def tally(results: Mapping[str, Any]) -> tuple[int, int]:
    """Faults, and all answers."""
    every = [found for part in results["inputs"].values() for found in part.items()]
    faults = sum(n for name, n in every if name in FAULTS)
    return faults, sum(n for _, n in every)


def render(results: Mapping[str, Any]) -> str:
    """README.md from results.json."""
    parts, origin = results["inputs"], results["provenance"]
    faults, total = tally(results)
    shown = [name for name in FAULTS if any(name in own for own in parts.values())]
    columns = (ANSWERED, ACCEPTED, STOPPED, *shown)
    rows = [
        f"| {part} | {sum(own.values())} | "
        + " | ".join(str(own.get(name, 0)) for name in columns)
        + " |"
        for part, own in parts.items()
    ]
    return "\n".join(
        [
            "# Bad and odd input",
            "",
            f"`{results['command']}` makes command lines by rules "
            "([inputs.py](inputs.py)): every place where something can be said (slots of "
            "four configs, flags of all verbs, files, folders, workdirs) times what can "
            "be said there (other types, other components, absurd numbers, names that no "
            "file can have). A seed decides which of the products are asked. A small "
            "world of runs, pictures and files to point at is built first "
            "([world.py](world.py)).",
            "",
            f"**{total - faults} of {total} answered as promised "
            f"({(total - faults) / max(total, 1):.1%}).** The promise "
            "([judge.py](judge.py)): within "
            f"{results['limit']:.0f} s either the command does what was asked (some odd "
            "input is legal), or exactly one line on stderr begins with `gan_jax: `, the "
            "exit status is 2, and no file or folder is new or changed; in no case a "
            "traceback. A training may say first what it is; one whose numbers stop "
            "being finite ends in one line as well, its last sound step kept.",
            "",
            f"| group | inputs | {' | '.join(columns)} |",
            "|---|" + "---|" * (len(columns) + 1),
            *rows,
            "",
            "Most are asked of one worker process, one after the other; those of the last "
            "row again, each of a process of its own.",
            "",
            f"Commit {origin['commit']}, {origin['device']}, jax "
            f"{origin['versions']['jax']}, Python {origin['python']}, "
            f"{results['seconds']} s.",
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
