"""The hour in which a GPU is there: what was not run, in order of value.

    python -m experiments.gpu [--seconds 1500] [--folder DIR] [--list] [--tiny]

Every job is a command of its own, given the seconds that are left. One that ends well is
noted in `done.json`; the next stretch, with the same folder, begins with the first that is
not there. One that fails or is cut off keeps the rows it has written, and is tried again
in the next stretch; a job that needs more time than a stretch has never ends, and is
named. Results: the records and tables of the experiments, with device, versions, commit
and seeds, in the folder.
"""

import argparse
import importlib
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from experiments.gpu.jobs import SPEED, Job, jobs
from gan_jax.run.provenance import commit
from gan_jax.run.workdir import write

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent / "results"


def rows_of_speed() -> dict[str, list[str]]:
    """Names of the rows of each comparison."""
    sys.path[:0] = [str(ROOT), str(ROOT / "experiments" / "speed")]
    return {name: list(importlib.import_module(name).rows()) for name in SPEED}


def play(job: Job, seconds: float) -> tuple[str, float]:
    """How a job ended: done, failed or cut off; and after how many seconds."""
    begun = time.monotonic()
    try:
        ended = subprocess.run(
            [sys.executable, *job.command], cwd=ROOT, timeout=seconds
        )
    except subprocess.TimeoutExpired:
        return "cut off", time.monotonic() - begun
    return ("failed" if ended.returncode else "done"), time.monotonic() - begun


def main() -> int:
    """Play what is left; 0 if nothing failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=1500.0)
    parser.add_argument("--folder", type=Path, default=HERE)
    parser.add_argument("--list", action="store_true", help="only say what is left")
    parser.add_argument(
        "--tiny", action="store_true", help="one small job of each kind"
    )
    flags = parser.parse_args()
    folder, path = flags.folder.resolve(), flags.folder / "done.json"
    done: dict[str, Any] = json.loads(path.read_text()) if path.is_file() else {}
    left = [
        job for job in jobs(folder, rows_of_speed(), flags.tiny) if job.name not in done
    ]
    if flags.list:
        print("\n".join(job.name for job in left))
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    deadline, failed = time.monotonic() + flags.seconds, 0
    for job in left:
        rest = deadline - time.monotonic()
        if rest < min(job.least, flags.seconds / 2):
            print(f"{job.name}: left for another time", flush=True)
            continue
        end, took = play(job, rest)
        print(f"{job.name}: {end} after {took:.0f} s", flush=True)
        failed += end == "failed"
        if end == "done":
            done[job.name] = dict(seconds=round(took, 1), commit=commit())
            write(path, json.dumps(done, indent=1) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
