"""Games by likelihood beside an adversarial one, and what beta does to a VAE.

    python -m experiments.paradigms.run [--tables beta,paradigms] [--rows a,b]

As in `equal_time`, rows are runs of the command itself, each on one core: trained, resumed
when killed, evaluated from the workdir. `beta` takes the same rounds for all. In
`paradigms` rounds were chosen for about the time of WGAN-GP's 1,500 on the machine that
wrote them; what each took stands beside. `--share=0.01` tries all of it with a hundredth
of the rounds, and writes nothing.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from experiments.equal_time.run import Contest, Contestant, command, train
from experiments.laboratory import readme
from experiments.laboratory.origin import origin
from gan_jax.run.workdir import write

HERE = Path(__file__).parent
RESULTS, RUNS = HERE / "results.json", Path("runs/paradigms")
BETAS = (0.25, 1.0, 4.0, 16.0)
LIKELY = ("elbo", "iwae", "active_units")


def beta(value: float) -> Contestant:
    """The digits' VAE with a weight of the KL."""
    sets = {"config.game.beta": value}
    return Contestant(f"beta {value:g}", "vae.py", 3000, sets, LIKELY)


CONTESTS = {
    "beta": Contest(
        "784-400-20, 4,500 digits binarised anew, 500 held out",
        {f"beta{value:g}": beta(value) for value in BETAS},
        ("fd_digits",),
        {
            "elbo": "ELBO at beta 1",
            "iwae": "50 draws",
            "kl": "KL",
            "active_units": "active of 20",
            "fd_digits": "FD-digits",
        },
        samples=2000,
    ),
    "paradigms": Contest(
        "4,500 digits, 28 x 28",
        {
            "wgan_gp": Contestant(
                "WGAN-GP", "wgan_gp.py", 1500, {"config.data.split": "train"}
            ),
            "vae": Contestant("VAE, dense", "vae.py", 60_000, {}, LIKELY),
            "vae_conv": Contestant(
                "VAE, convolutional", "vae.py:conv", 3000, {}, LIKELY
            ),
            "transformer": Contestant(
                "Transformer over 784 bits",
                "transformer.py",
                300,
                {},
                ("bits_per_dim",),
            ),
        },
        ("fd_digits", "precision_recall_digits", "density_coverage_digits"),
        {
            "fd_digits": "FD-digits",
            "precision_digits": "precision",
            "recall_digits": "recall",
            "coverage_digits": "coverage",
            "iwae": "log p, 50 draws",
            "bits_per_dim": "bits/dim",
        },
        samples=2000,
    ),
}


def measure(contest: Contest, name: str, seed: int, folder: Path) -> dict[str, Any]:
    """One run: scores, rounds, seconds."""
    player, workdir = contest.contestants[name], folder / f"{name}-{seed}"
    workdir.parent.mkdir(parents=True, exist_ok=True)
    seconds = train(player, workdir, seed)
    metrics = ",".join((*contest.metrics, *player.metrics))
    shared = dict(workdir=workdir, mode="evaluate", num=contest.samples, seed=0)
    command(metrics=metrics, **shared)
    lines = (workdir / "evaluation.jsonl").read_text().splitlines()
    scores = {line["name"]: line["value"] for line in map(json.loads, lines)}
    found = {score: scores[score] for score in contest.columns if score in scores}
    return {"scores": found, "rounds": player.rounds, "cpu_seconds": round(seconds)}


def table(contest: Contest, runs: Mapping[str, Mapping[str, Any]]) -> str:
    """The rows that are there, means and standard deviations over seeds."""
    head = ["", "rounds", "CPU minutes", *contest.columns.values(), "seeds"]
    lines = [head, ["---", *["--:"] * (len(head) - 1)]]
    for key, player in contest.contestants.items():
        of = list(runs.get(key, {}).values())
        if of:
            cells = [spread([r["scores"].get(c) for r in of]) for c in contest.columns]
            minutes = sum(r["cpu_seconds"] for r in of) / len(of) / 60
            rounds = f"{of[0]['rounds']:,}"
            lines.append([player.title, rounds, f"{minutes:.1f}", *cells, str(len(of))])
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    made = sorted(
        {
            f"commit {run['origin']['commit']}, {run['origin']['date']}"
            for of in runs.values()
            for run in of.values()
        }
    )
    return f"### {contest.title}\n\n{text}\n\nOne core each; {'; '.join(made)}.\n"


def spread(values: list[float | None]) -> str:
    """Mean and standard deviation of those that are there."""
    found = [value for value in values if value is not None]
    if not found:
        return ""
    more = f" ± {statistics.stdev(found):.3g}" if len(found) > 1 else ""
    return f"{statistics.mean(found):.4g}{more}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", default=",".join(CONTESTS))
    parser.add_argument("--rows", default="", help="a,b: only these")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--share", type=float, default=1.0, help="of the rounds")
    parser.add_argument("--render", action="store_true", help="only the README")
    flags = parser.parse_args()
    results = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
    for name in () if flags.render else flags.tables.split(","):
        contest = CONTESTS[name]
        fewer = {
            key: player._replace(
                rounds=max(int(player.rounds * flags.share) // 20, 1) * 20
            )
            for key, player in contest.contestants.items()
        }
        contest = contest._replace(contestants=fewer)
        folder = RUNS / (name if flags.share == 1 else f"{name}_tried")
        for seed in flags.seeds.split(","):
            for row in contest.contestants:
                kept = results.setdefault(name, {}).setdefault(row, {})
                if seed in kept or (flags.rows and row not in flags.rows.split(",")):
                    continue
                words = f"python -m experiments.paradigms.run {' '.join(sys.argv[1:])}"
                provenance = origin(words.strip())
                found = measure(contest, row, int(seed), folder)
                print(name, row, seed, found, flush=True)
                if flags.share == 1:
                    kept[seed] = found | {"origin": provenance}
                    write(RESULTS, json.dumps(results, indent=1) + "\n")
    if flags.share == 1:
        written = [name for name in CONTESTS if any(results.get(name, {}).values())]
        readme.fill(HERE, "\n".join(table(CONTESTS[n], results[n]) for n in written))


if __name__ == "__main__":
    main()
