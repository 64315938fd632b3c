"""StyleGAN2 and R3GAN beside the default WGAN-GP, at equal time on one core.

    python -m experiments.equal_time.run [--tables digits,colour] [--seeds 0,1,2]

Unlike other tables, these rows are runs of the command itself: each trains by
`python -m gan_jax.main` into a workdir, goes on from its checkpoint when killed, and is
evaluated from there. What is equal is processor time; rounds were chosen for it, and what
each run took stands beside its scores. Writes results.json, README.md and pictures. The
colour table wants the emoji of `experiments/few_images/emoji.py`.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from experiments.few_images import emoji
from experiments.laboratory import readme
from experiments.laboratory.origin import origin
from gan_jax.run.workdir import write

HERE = Path(__file__).parent
RESULTS, RUNS = HERE / "results.json", Path("runs/equal_time")
ONE_CORE = {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}


class Contestant(NamedTuple):
    """A config, and the rounds that take it the table's time.

    Attributes:
        title: as printed.
        config: file and variant.
        rounds: of training.
        sets: other fields of the config.
        metrics: beside those of the table.
        asks: of the picture, e.g. a truncation.
    """

    title: str
    config: str
    rounds: int
    sets: Mapping[str, Any] = {}
    metrics: tuple[str, ...] = ()
    asks: Mapping[str, Any] = {}


class Contest(NamedTuple):
    """Contestants on one data set.

    Attributes:
        title: as printed.
        contestants: by name.
        metrics: asked of every one.
        columns: score -> heading.
        seeds: 0, 1, ... up to this many.
        samples: drawn for an evaluation.
    """

    title: str
    contestants: Mapping[str, Contestant]
    metrics: tuple[str, ...]
    columns: Mapping[str, str]
    seeds: int = 3
    samples: int = 5000


COLOUR = {"data": {"name": "folder", "path": str(emoji.ALL), "size": 32}}
CONTESTS = {
    "digits": Contest(
        "5,000 digits, 28 x 28",
        {
            "wgan_gp": Contestant("WGAN-GP, the default", "wgan_gp.py", 1500),
            "stylegan2": Contestant(
                "StyleGAN2", "stylegan2.py:digits28", 350, metrics=("ppl_w",)
            ),
            "r3gan": Contestant("R3GAN", "r3gan.py:minutes", 300),
        },
        ("fd_digits", "precision_recall_digits", "ppl_z"),
        {
            "fd_digits": "FD-digits",
            "precision_digits": "precision",
            "recall_digits": "recall",
            "ppl_z_digits": "PPL z",
            "ppl_w_digits": "PPL w",
        },
    ),
}


def command(*words: str, **flags: Any) -> float:
    """Run the program; processor seconds that it took.

    Raises:
        SystemExit: it failed.
    """
    line = [sys.executable, "-m", "gan_jax.main", *words]
    line += [f"--{name.replace('__', '.')}={value}" for name, value in flags.items()]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    if status := subprocess.call(line, env=os.environ | ONE_CORE):
        raise SystemExit(status)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(after[:2]) - sum(before[:2])


def train(player: Contestant, workdir: Path, seed: int) -> float:
    """Train to the end; processor seconds, of all processes that took part."""
    taken = workdir.with_suffix(".seconds")
    spent = float(taken.read_text()) if taken.is_file() else 0.0
    config = dict(
        train__steps=player.rounds,
        train__seed=seed,
        train__log_every=max(player.rounds // 50, 1),
        train__checkpoint_every=max(player.rounds // 10, 1),
        train__sample_every=max(player.rounds // 5, 1),
    )
    sets = {f"config__{name}": value for name, value in config.items()}
    spent += command(
        f"--config=configs/{player.config}", workdir=workdir, **sets, **player.sets
    )
    write(taken, f"{spent}\n")
    return spent


def measure(contest: Contest, name: str, seed: int, folder: Path) -> dict[str, Any]:
    """One run: scores, rounds, seconds; the picture of seed 0 beside."""
    player, workdir = contest.contestants[name], folder / f"{name}-{seed}"
    workdir.parent.mkdir(parents=True, exist_ok=True)
    seconds = train(player, workdir, seed)
    metrics = ",".join((*contest.metrics, *player.metrics))
    shared = dict(workdir=workdir, mode="evaluate", num=contest.samples, seed=0)
    command(metrics=metrics, **shared)
    lines = (workdir / "evaluation.jsonl").read_text().splitlines()
    scores = {line["name"]: line["value"] for line in map(json.loads, lines)}
    if not seed:
        asks = {f"ask__{ask}": value for ask, value in player.asks.items()}
        picture = HERE / f"{folder.name}_{name}.png"
        command(mode="sample", workdir=workdir, num=64, seed=0, out=picture, **asks)
    found = {score: scores[score] for score in contest.columns if score in scores}
    return {"scores": found, "rounds": player.rounds, "cpu_seconds": round(seconds)}


def table(contest: Contest, runs: Mapping[str, Mapping[str, Any]], name: str) -> str:
    """The rows that are there, means and spreads over seeds, and the pictures."""
    head = ["", "rounds", "minutes", *contest.columns.values(), "seeds"]
    lines = [head, ["---", *["--:"] * (len(head) - 1)]]
    for key, player in contest.contestants.items():
        of = list(runs.get(key, {}).values())
        if of:
            spread = [
                _spread([r["scores"].get(c) for r in of]) for c in contest.columns
            ]
            minutes = statistics.mean(r["cpu_seconds"] for r in of) / 60
            rounds = f"{of[0]['rounds']:,}"
            lines.append(
                [player.title, rounds, f"{minutes:.1f}", *spread, str(len(of))]
            )
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    shown = "\n".join(
        f"![{player.title}]({name}_{key}.png)"
        for key, player in contest.contestants.items()
        if (HERE / f"{name}_{key}.png").is_file()
    )
    return f"### {contest.title}\n\n{text}\n\n{shown}\n"


def _spread(values: list[float | None]) -> str:
    found = [value for value in values if value is not None]
    if not found:
        return ""
    spread = f" ± {statistics.stdev(found):.3g}" if len(found) > 1 else ""
    return f"{statistics.mean(found):.3g}{spread}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", default=",".join(CONTESTS))
    parser.add_argument("--rows", default="", help="a,b: only these")
    parser.add_argument("--seeds", default="", help="0,1: only these")
    parser.add_argument("--render", action="store_true", help="only the README")
    flags = parser.parse_args()
    results = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
    for name in () if flags.render else flags.tables.split(","):
        contest = CONTESTS[name]
        seeds = (
            flags.seeds.split(",") if flags.seeds else map(str, range(contest.seeds))
        )
        for seed in seeds:
            for row in contest.contestants:
                kept = results.setdefault(name, {}).setdefault(row, {})
                if seed in kept or (flags.rows and row not in flags.rows.split(",")):
                    continue
                words = f"python -m experiments.equal_time.run {' '.join(sys.argv[1:])}"
                provenance = origin(words.strip())
                found = measure(contest, row, int(seed), RUNS / name)
                kept[seed] = found | {"origin": provenance}
                write(RESULTS, json.dumps(results, indent=1) + "\n")
                print(name, row, seed, found, flush=True)
    readme.fill(
        HERE,
        "\n".join(
            table(contest, results[name], name)
            for name, contest in CONTESTS.items()
            if name in results
        ),
    )


if __name__ == "__main__":
    main()
