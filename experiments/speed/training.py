"""Training steps beside their rivals: torch-mimicry and eager PyTorch.

    python experiments/speed/training.py [--repeats 7] [--threads 2] [--only NAME ...]

Each side of a row is a process of its own, so that peak memory and thread pools are its
own. The two take turns (ours, theirs, ours, ...), and a row's ratio is that of the
medians, theirs over ours: above one we are faster. Writes training.json (with every
repeat) and training.md. Needs torch and torch-mimicry beside gan_jax.
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
DTYPE = "SPEED_DTYPE"
"""The environment's name for what both sides compute in, where it is not float32."""
ROOT = HERE.parents[1]


class Row(NamedTuple):
    """Two rivals and what is asked of their ratio.

    Attributes:
        title: what is timed, once.
        ours, theirs: (maker, arguments) in `training_ours` and `training_theirs`;
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


def resnet(family: str) -> dict[str, Any]:
    """torch-mimicry's settings: hinge and spectral norm, or a penalty of 10."""
    adam = dict(name="adam", learning_rate=2e-4, b1=0.0, b2=0.9)
    disc: dict[str, Any] = dict(name="resnet.Discriminator")
    game: dict[str, Any] = dict(
        name="adversarial", latents=dict(name="normal", shape=(128,))
    )
    if family == "sngan":
        disc |= dict(wrap=dict(name="spectral_norm"))
        game |= dict(loss=dict(name="hinge"))
    else:
        disc |= dict(pool="mean")
        penalty = dict(name="gradient_penalty", weight=10.0)
        game |= dict(
            loss=dict(name="wasserstein"), regularizers=dict(gradient_penalty=penalty)
        )
    return dict(
        data=dict(name="shapes", shape=(32, 32, 3), count=256),
        models=dict(gen=dict(name="resnet.Generator"), disc=disc),
        game=game,
        optim=dict(gen=adam, disc=adam),
        train=train(batch_size=64),
    )


def train(batch_size: int, **options: int) -> dict[str, int]:
    return dict(
        steps=100, log_every=100, checkpoint_every=100, seed=0, batch_size=batch_size
    ) | dict(options)


def of_paper(name: str, batch_size: int, **changes: Any) -> dict[str, Any]:
    """A variant of a config, by `FILE:VARIANT`; `widths` and arguments of its game."""
    file, variant = name.split(":")
    config = importlib.import_module(f"configs.{file}").VARIANTS[variant]()
    widths = changes.pop("widths", None)
    if widths is not None:
        for node in config["models"].values():
            node["widths"] = widths
    config["game"] |= changes
    fused = config["train"].get("steps_per_call", 1)
    return config | dict(train=train(batch_size, steps_per_call=fused))


def rows() -> dict[str, Row]:
    table = {}
    for family in ("wgan_gp", "sngan"):
        for phase, word in (("disc", "critic"), ("gen", "generator")):
            table[f"{family}32_{phase}"] = Row(
                f"{family} ResNet 32 x 32, one {word} step, batch 64",
                ("phase_of", dict(config=resnet(family), name=phase)),
                ("mimicry", dict(family=family, phase=phase, batch=64)),
                images=64,
                targets=dict(cpu=1.0, gpu=2.0),
            )
    for widths, target in (((64, 64), 5.0), ((512, 512, 512), 3.0)):
        name = f"{len(widths)} x {widths[0]}"
        table[f"ring8_{len(widths)}x{widths[0]}"] = Row(
            f"WGAN-GP on a ring of 8, {name}, one round (5 critic steps), batch 256",
            ("round_of", dict(config=of_paper("wgan_gp:ring8", 256, widths=widths))),
            (
                "ring",
                dict(
                    widths=widths,
                    batch=256,
                    n_critic=5,
                    rounds=10 if len(widths) == 2 else 1,
                    weight=0.1,
                ),
            ),
            images=5 * 256,
            targets=dict(cpu=target, gpu=20.0),
        )
    ring = of_paper("wgan_gp:ring8", 256, widths=(64, 64))
    table["ring8_ten_seeds"] = Row(
        "the same, 2 x 64, ten seeds: an ensemble against run after run",
        ("ensemble_of", dict(config=ring, seeds=10)),
        (
            "rings",
            dict(
                runs=10, widths=(64, 64), batch=256, n_critic=5, rounds=10, weight=0.1
            ),
        ),
        images=10 * 5 * 256,
        least=3.0,
        targets=dict(cpu=8.0, gpu=100.0),
    )
    sizes = dict(shape=(64, 64, 3), width=64, latents=100, batch=64)
    table["dcgan_forward"] = Row(
        "DCGAN generator 64 x 64, width 64, forward, batch 64",
        ("dcgan_forward", sizes),
        ("dcgan_forward", sizes),
        images=64,
        targets=dict(cpu=1.0),
    )
    for batch, n_critic in ((16, 1), (32, 1), (64, 1), (128, 1), (64, 2), (64, 5)):
        config = of_paper("wgan_gp:digits", batch, n_critic=n_critic)
        table[f"digits_batch{batch}_critic{n_critic}"] = Row(
            f"WGAN-GP DCGAN 28 x 28, one round, batch {batch}, n_critic {n_critic}",
            ("round_of", dict(config=config)),
            None,
            images=batch * n_critic,
        )
    for seeds in (1, 2, 4, 20):
        table[f"ring8_{seeds}_seeds"] = Row(
            f"WGAN-GP on a ring of 8, 2 x 64, one round, batch 256, seeds {seeds}",
            ("ensemble_of", dict(config=ring, seeds=seeds)),
            None,
            images=seeds * 5 * 256,
        )
    for steps in (0, 1, 5, 10):
        config = of_paper("unrolled:notebook", 512, unroll=steps)
        table[f"unrolled{steps}"] = Row(
            f"unrolled GAN on a ring of 8, 2 x 128, one round, batch 512, K {steps}",
            ("round_of", dict(config=config)),
            None,
            images=512,
        )
    return table


# --- a side, in a process of its own --------------------------------------------------


def serve(name: str, side: str, table: dict[str, Row], theirs: str) -> None:
    """Make a rival, say so, then play one turn for each line on stdin."""
    sys.path[:0] = [str(HERE), str(ROOT)]
    room = importlib.import_module(theirs if side == "theirs" else "training_ours")
    if side == "theirs":
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


# --- the table ------------------------------------------------------------------------


def table(record: dict[str, Any]) -> str:
    """The record in Markdown."""
    about, found = record["environment"], record["rows"]
    versions = ", ".join(f"{n} {v}" for n, v in about["versions"].items() if v)
    backend = "cpu" if found[0]["ours"]["device"].lower() == "cpu" else "gpu"
    lines = [
        f"{found[0]['ours']['device']} ({about['machine']}), {about['threads']} threads, "
        f"medians of {about['repeats']} turns; {versions}; commit "
        f"{about['commit'][:10]}.",
        "",
        "| what | ours, ms | theirs, ms | ratio | wanted | images/s, ours | theirs "
        "| compile, s | peak MiB, ours | theirs |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in found:
        if "theirs" in row:
            ours, theirs = row["ours"], row["theirs"]
            wanted = row["targets"].get(backend)
            lines.append(
                f"| {row['title']} | {_ms(ours)} | {_ms(theirs)} | {row['ratio']:.2f} | "
                f"{f'{wanted:g}' if wanted else ''} | {ours['images_per_second']:,.0f} | "
                f"{theirs['images_per_second']:,.0f} | {ours['compile_seconds']:.1f} | "
                f"{ours['peak_mib']:,.0f} | {theirs['peak_mib']:,.0f} |"
            )
    if backend == "cpu":
        lines.append(
            "| the same on a GPU | not run | not run | | 2 (ResNets), 20 (rings), "
            "100 (ten seeds) | | | | | |"
        )
    alone = [row for row in found if "theirs" not in row]
    if alone:
        lines += ["", "| growth | ms | images/s | compile, s | peak MiB |"]
        lines += ["|---|--:|--:|--:|--:|"]
    for row in alone:
        ours = row["ours"]
        lines.append(
            f"| {row['title']} | {_ms(ours)} | {ours['images_per_second']:,.0f} | "
            f"{ours['compile_seconds']:.1f} | {ours['peak_mib']:,.0f} |"
        )
    return "\n".join(lines) + "\n"


def _ms(side: dict[str, Any]) -> str:
    return f"{1000 * side['seconds']:,.4g}"


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
    path = (
        flags.folder or HERE
    ) / f"{name}{f'_{flags.dtype}' * bool(flags.dtype)}.json"
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
        times = [_ms(found[s]) for s in ("ours", "theirs") if s in found]
        print(row, " against ".join(times), "ms; ratio", *ratios, flush=True)
    if flags.only is None or flags.folder is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(record, indent=1) + "\n")
    return record


def main() -> None:
    sys.path.insert(0, str(ROOT))
    given = flags(__doc__).parse_args()
    record = compare(rows(), "training_theirs", "training", given)
    if record:
        print(table(record))
        if given.only is None:
            (given.folder or HERE).joinpath("training.md").write_text(table(record))


if __name__ == "__main__":
    main()
