"""Speed and memory of the metrics beside their references.

    python experiments/speed/metrics.py [--repeats 3] [--quick] [--threads 1]

Every measurement is a process of its own, so that its peak memory is its own; rivals
take turns, so that a busy machine slows all alike; CPU seconds are given too. Medians
and ratios are printed and written to metrics.json. Memory is the peak less what stood
before the call: imports, the features, one small warm-up call (compilation of the timed
shape is *in* our time).
Needs torch-fidelity, scipy and prdc beside gan_jax.
"""

import argparse
import contextlib
import importlib.metadata
import io
import json
import os
import pathlib
import platform
import resource
import statistics
import subprocess
import sys
import threading
import time

import numpy as np

HERE = pathlib.Path(__file__).parent
ORACLES = HERE.parents[1] / "tests" / "oracles"
D = 2048
K = 5


def features(count: int, seed: int) -> np.ndarray:
    """Like Inception's: non-negative, of unequal scales, correlated."""
    generator = np.random.default_rng(seed)
    scales = np.linspace(0.05, 1.0, D)
    mixing = np.random.default_rng(99).normal(size=(64, D)) / 8
    common = (1 + 0.1 * seed) * generator.normal(size=(count, 64)) @ mixing
    noise = generator.normal(size=(count, D))
    return np.maximum(scales * (common + noise) + 0.3, 0).astype(np.float32)


def moments(count: int) -> tuple:
    """Statistics of both sides: the distance alone is timed, not the features."""
    pairs = []
    for seed in (0, 1):
        rows = features(count, seed).astype(np.float64)
        pairs.append((rows.mean(axis=0), np.cov(rows, rowvar=False)))
    return count, *pairs


def frechet_gan_jax(count, real, fake):
    from gan_jax import metrics

    sides = [metrics.Moments.restore(count, *side) for side in (real, fake)]
    return lambda: float(metrics.frechet_between(*sides))


def frechet_torch_fidelity(count, real, fake):
    del count
    sys.path.insert(0, str(ORACLES))
    import torchvision_stub

    torchvision_stub.install()
    from torch_fidelity import metric_fid

    sides = [{"mu": mean, "sigma": covariance} for mean, covariance in (real, fake)]
    return lambda: metric_fid.fid_statistics_to_metric(*sides, verbose=False)[
        "frechet_inception_distance"
    ]


def frechet_scipy(count, real, fake):
    del count
    import scipy.linalg

    def distance():
        root = scipy.linalg.sqrtm(real[1] @ fake[1])
        step = real[0] - fake[0]
        traces = np.trace(real[1]) + np.trace(fake[1]) - 2 * np.trace(root).real
        return float(step @ step + traces)

    return distance


def prdc_gan_jax(real, fake):
    from gan_jax import metrics

    metrics.prdc(real[:32, :8], fake[:32, :8], K)
    return lambda: list(metrics.prdc(real, fake, K))


def prdc_package(real, fake):
    import prdc

    def scores():
        with contextlib.redirect_stdout(io.StringIO()):
            found = prdc.compute_prdc(real, fake, nearest_k=K)
        return [float(x) for x in found.values()]

    with contextlib.redirect_stdout(io.StringIO()):
        prdc.compute_prdc(real[:32, :8], fake[:32, :8], nearest_k=K)
    return scores


RIVALS = {
    "frechet": {
        "gan_jax": frechet_gan_jax,
        "torch_fidelity": frechet_torch_fidelity,
        "scipy_sqrtm": frechet_scipy,
    },
    "prdc": {"gan_jax": prdc_gan_jax, "prdc": prdc_package},
}


UNITS = {"time": "seconds", "cpu time": "cpu_seconds", "memory": "mib"}


def resident() -> float:
    """Resident memory now, in MiB."""
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def measure(metric: str, rival: str, count: int) -> dict:
    """One timed call in this process."""
    if metric == "frechet":
        given = moments(count)
    else:
        given = features(count, 0), features(count, 1)
    call = RIVALS[metric][rival](*given)
    before, peak, done = resident(), [0.0], threading.Event()

    def watch():  # ru_maxrss would still hold the peak of making the features
        while not done.wait(0.005):
            peak[0] = max(peak[0], resident())

    watcher = threading.Thread(target=watch)
    watcher.start()
    start, cpu = time.perf_counter(), time.process_time()
    value = call()
    seconds = time.perf_counter() - start
    cpu_seconds = time.process_time() - cpu
    done.set()
    watcher.join()
    return {
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "mib": peak[0] - before,
        "value": value,
    }


def in_process(metric: str, rival: str, count: int) -> dict:
    command = [sys.executable, __file__, "--one", metric, rival, str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def bench(metric: str, count: int, repeats: int) -> dict:
    rivals = RIVALS[metric]
    runs: dict[str, list[dict]] = {rival: [] for rival in rivals}
    for _ in range(repeats):
        for rival in rivals:
            runs[rival].append(in_process(metric, rival, count))
    row: dict = {"metric": metric, "n": count, "d": D, "repeats": repeats}
    for rival, found in runs.items():
        row[rival] = {
            "seconds": statistics.median(x["seconds"] for x in found),
            "seconds_all": [x["seconds"] for x in found],
            "cpu_seconds": statistics.median(x["cpu_seconds"] for x in found),
            "mib": statistics.median(x["mib"] for x in found),
            "value": found[0]["value"],
        }
    ours = row["gan_jax"]
    for rival in list(rivals)[1:]:
        for what, field in UNITS.items():
            row[f"{what} over {rival}"] = ours[field] / row[rival][field]
    return row


def report(row: dict) -> None:
    print(f"{row['metric']}  n={row['n']} d={row['d']}  ({row['repeats']} repeats)")
    for rival in RIVALS[row["metric"]]:
        found = row[rival]
        print(
            f"  {rival:15} {found['seconds']:8.2f} s {found['cpu_seconds']:8.2f} cpu s "
            f"{found['mib']:8.0f} MiB"
        )
    for name in row:
        if " over " in name:
            print(f"  {name}: {row[name]:.3f}")


def environment() -> dict:
    import jax

    packages = ("jax", "numpy", "scipy", "torch", "torch-fidelity", "prdc")
    return {
        "device": str(jax.devices()[0].device_kind),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in packages},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="small sizes only")
    parser.add_argument("--threads", type=int, help="of BLAS, for every rival alike")
    parser.add_argument("--one", nargs=3, metavar=("METRIC", "RIVAL", "N"))
    flags = parser.parse_args()
    if flags.one:
        metric, rival, count = flags.one
        print(json.dumps(measure(metric, rival, int(count))))
        return
    if flags.threads:
        for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ[name] = str(flags.threads)
    sizes = {"frechet": (1000, 4096), "prdc": (2500, 5000, 10000)}
    if flags.quick:
        sizes = {"frechet": (500,), "prdc": (1000,)}
    rows = []
    for metric, counts in sizes.items():
        for count in counts:
            rows.append(bench(metric, count, flags.repeats))
            report(rows[-1])
    record = {
        "environment": environment(),
        "blas_threads": flags.threads,
        "rows": rows,
    }
    (HERE / "metrics.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
