"""Our service beside FastAPI and PyTorch: the same generator, the same cores.

    python -m experiments.serving.run --bundle=DIR [--seconds=4]

The bundle is one of `wgan_gp` (DCGAN, 28 x 28). Each service runs alone; clients on
127.0.0.1 ask again as soon as they are answered. Writes results.json.
"""

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import jax
import numpy as np

from experiments.laboratory.origin import origin
from experiments.serving.clients import closed_loop, open_loop, quantile
from gan_jax import load

HERE = Path(__file__).parent
LOADS = ((1, 1), (16, 1), (16, 4), (1, 16), (4, 16))
"""Clients, and samples of each of their requests."""
PORT = 8417


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=4.0)
    flags = parser.parse_args()
    ours = ("-m", "gan_jax.main", "--mode=serve", f"--workdir={flags.bundle}")
    ours += (f"--port={PORT}", "--batch=16")
    theirs = ("-m", "experiments.serving.theirs", str(flags.bundle), str(PORT))
    found = {
        "command": f"python -m experiments.serving.run --seconds={flags.seconds:g}",
        "provenance": origin("python -m experiments.serving.run"),
        "load": os.getloadavg(),
        "bare_call_of_16_ms": 1000 * bare(flags.bundle),
        "ours": measured(ours, flags.seconds, True),
        "ours_without_spare": measured((*ours, "--spares=0"), flags.seconds, False),
        "fastapi_pytorch": measured(theirs, flags.seconds, False),
    }
    found["images_a_second_of_theirs"] = {
        load: found["ours"][load]["images_a_second"] / them["images_a_second"]
        for load, them in found["fastapi_pytorch"].items()
    }
    found["median_of_the_bare_call"] = (
        found["ours"]["1 x 16"]["median_ms"] / found["bare_call_of_16_ms"]
    )
    (HERE / "results.json").write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2))


def bare(folder: Path) -> float:
    """Seconds of the jitted call at a batch of sixteen: the median of a hundred."""
    bundle = load(folder)
    inputs = bundle.inputs("sample", {"index": np.arange(16), "seed": 0})
    times = []
    for _ in range(110):
        begun = time.perf_counter()
        jax.block_until_ready(bundle.programs["sample"](bundle.weights, inputs))
        times.append(time.perf_counter() - begun)
    return float(np.median(times[10:]))


def measured(words: tuple[str, ...], seconds: float, overload: bool) -> dict:
    """A service under every load, started for it."""
    process = subprocess.Popen(
        [sys.executable, *words],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "JAX_PLATFORMS": "cpu"},
    )
    try:
        while "ready" not in (line := process.stdout.readline()):
            assert line, "it did not start"
        time.sleep(2)
        found = {
            f"{clients} x {num}": asyncio.run(loaded(clients, num, seconds))
            for clients, num in LOADS
        }
        if overload:
            found["overload"] = asyncio.run(overloaded(seconds))
        return found
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


async def loaded(clients: int, num: int, seconds: float) -> dict:
    """Requests and images a second, and how long one takes."""

    def body(client: int, turn: int) -> dict:
        return {"num": num, "seed": 1000 * client + turn, "format": "npz"}

    await closed_loop(PORT, clients, 0.5, body)
    found = await closed_loop(PORT, clients, seconds, body)
    times = [spent for status, spent, *_ in found if status == 200]
    return {
        "requests_a_second": len(times) / seconds,
        "images_a_second": num * len(times) / seconds,
        "median_ms": 1000 * quantile(times, 0.5),
        "p99_ms": 1000 * quantile(times, 0.99),
        "refused": len(found) - len(times),
    }


async def overloaded(seconds: float) -> dict:
    """Three times what it can, offered whether answered or not."""

    def body(client: int, turn: int) -> dict:
        return {"num": 4, "seed": client, "format": "npz"}

    alone = [x[1] for x in await closed_loop(PORT, 1, seconds, body)]
    full = [x for x in await closed_loop(PORT, 12, seconds, body) if x[0] == 200]
    peak = len(full) / seconds
    over = await open_loop(PORT, 3 * peak, seconds, body, 200)
    times = [x[1] for x in over if x[0] == 200]
    return {
        "peak_a_second": peak,
        "offered_a_second": 3 * peak,
        "goodput_of_peak": len(times) / seconds / peak,
        "p99_alone_ms": 1000 * quantile(alone, 0.99),
        "p99_accepted_ms": 1000 * quantile(times, 0.99),
        "refused": len(over) - len(times),
    }


if __name__ == "__main__":
    main()
