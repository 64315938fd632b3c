"""Tables whose rows are runs of the command itself, for what is trained long.

Each row trains by `python -m gan_jax.main` into a workdir, goes on from its checkpoint when
killed, and is evaluated from there. What makes rows comparable is processor time on one
core: rounds are chosen for it, and what each run took stands beside its scores.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from experiments.laboratory import readme
from experiments.laboratory.origin import origin
from gan_jax.run.workdir import write

Draw = Callable[[Path, Path], None]
"""(the workdir of a trained run, a file) -> the picture is there."""
ONE_CORE = {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}


class Contestant(NamedTuple):
    """A config, and how long it is trained.

    Attributes:
        title: as printed.
        config: file and variant, below `configs/`.
        rounds: of training.
        sets: other fields of the config, as flags.
        metrics: beside those of the contest.
        asks: of the picture, e.g. a truncation.
        first: trained before it, with the same seed; its time counts.
        frozen: players that are held as that run left them (`weights.NAME.workdir`).
    """

    title: str
    config: str
    rounds: int
    sets: Mapping[str, Any] = {}
    metrics: tuple[str, ...] = ()
    asks: Mapping[str, Any] = {}
    first: "Contestant | None" = None
    frozen: tuple[str, ...] = ()

    def shortened(self, share: float) -> "Contestant":
        """The same with a share of the rounds, in whole twenties."""
        return self._replace(
            rounds=_twenties(int(self.rounds * share)),
            first=self.first and self.first.shortened(share),
        )


class Contest(NamedTuple):
    """Contestants on one data set: a table.

    Attributes:
        title: as printed.
        contestants: by name.
        metrics: asked of every one.
        columns: score -> heading.
        samples: drawn for an evaluation.
        drawn: pictures of every run beside its samples, by title.
    """

    title: str
    contestants: Mapping[str, Contestant]
    metrics: tuple[str, ...]
    columns: Mapping[str, str]
    samples: int = 5000
    drawn: Mapping[str, Draw] = {}

    def shortened(self, share: float) -> "Contest":
        """The same with a share of the rounds, in whole twenties."""
        fewer = {
            name: player.shortened(share) for name, player in self.contestants.items()
        }
        return self._replace(contestants=fewer)


def _twenties(rounds: int) -> int:
    """In whole calls, whatever a config's rounds a call are (20 at most)."""
    return max(rounds // 20, 1) * 20


def command(*words: str, **flags: Any) -> float:
    """Run the program; processor seconds that it took.

    Args:
        words: as they are.
        flags: `name=value`; two underscores stand for a point.

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
    sets, before = dict(player.sets), 0.0
    if player.first is not None:
        held = workdir.with_name(f"{workdir.name}-first")
        before = train(player.first, held, seed)
        sets |= {f"config.weights.{name}.workdir": held for name in player.frozen}
    taken = workdir.with_suffix(".seconds")
    spent = float(taken.read_text()) if taken.is_file() else 0.0
    config = dict(
        train__steps=player.rounds,
        train__seed=seed,
        train__log_every=_twenties(player.rounds // 50),
        train__checkpoint_every=_twenties(player.rounds // 10),
        train__sample_every=_twenties(player.rounds // 5),
    )
    sets |= {f"config__{name}": value for name, value in config.items()}
    spent += command(f"--config=configs/{player.config}", workdir=workdir, **sets)
    write(taken, f"{spent}\n")
    return before + spent


def measure(
    contest: Contest, name: str, seed: int, workdir: Path, picture: Path | None
) -> dict[str, Any]:
    """One run: scores, rounds, seconds; and a picture of it, where one is wanted."""
    player = contest.contestants[name]
    workdir.parent.mkdir(parents=True, exist_ok=True)
    seconds = train(player, workdir, seed)
    metrics = ",".join((*contest.metrics, *player.metrics))
    told = dict(mode="evaluate", workdir=workdir, num=contest.samples, seed=0)
    command(metrics=metrics, **told)
    lines = (workdir / "evaluation.jsonl").read_text().splitlines()
    scores = {line["name"]: line["value"] for line in map(json.loads, lines)}
    if picture is not None:
        asks = {f"ask__{ask}": value for ask, value in player.asks.items()}
        command(mode="sample", workdir=workdir, num=64, seed=0, out=picture, **asks)
        for title, draw in contest.drawn.items():
            draw(workdir, beside(picture, title))
    found = {score: scores[score] for score in contest.columns if score in scores}
    before = {"first_rounds": player.first.rounds} if player.first else {}
    took = {"rounds": player.rounds, **before, "cpu_seconds": round(seconds)}
    return {"scores": found, **took}


def beside(picture: Path, title: str) -> Path:
    """Where another picture of the run lies whose samples are in this one."""
    return picture.with_name(f"{picture.stem}_{title.replace(' ', '_')}.png")


def table(
    contest: Contest, runs: Mapping[str, Mapping[str, Any]], pictures: Mapping[str, str]
) -> str:
    """The rows that are there, means and standard deviations over seeds, pictures.

    Args:
        contest: what is printed.
        runs: row -> seed -> what was measured.
        pictures: file -> title.
    """
    head = ["", "rounds", "CPU minutes", *contest.columns.values(), "seeds"]
    lines = [head, ["---", *["--:"] * (len(head) - 1)]]
    for name, player in contest.contestants.items():
        of = list(runs.get(name, {}).values())
        if of:
            cells = [spread([r["scores"].get(c) for r in of]) for c in contest.columns]
            minutes = statistics.mean(r["cpu_seconds"] for r in of) / 60
            both = [of[0][key] for key in ("first_rounds", "rounds") if key in of[0]]
            rounds = " + ".join(f"{n:,}" for n in both)
            lines.append([player.title, rounds, f"{minutes:.1f}", *cells, str(len(of))])
        else:
            lines.append([player.title, *["not run", *[""] * (len(head) - 2)]])
    origins = [run["origin"] for of in runs.values() for run in of.values()]
    made = sorted({f"commit {of['commit']}, {of['date']}" for of in origins})
    parts = [
        f"### {contest.title}",
        "\n".join(f"| {' | '.join(line)} |" for line in lines),
        f"One core each; {'; '.join(made)}.",
        *(f"![{title}]({file})" for file, title in pictures.items()),
    ]
    return "\n\n".join(parts) + "\n"


def spread(values: list[float | None]) -> str:
    """Mean and standard deviation of those that are there."""
    found = [value for value in values if value is not None]
    if not found:
        return ""
    more = f" ± {statistics.stdev(found):.3g}" if len(found) > 1 else ""
    return f"{statistics.mean(found):.4g}{more}"


def main(name: str, contests: Mapping[str, Contest], doc: str | None) -> None:
    """The command of an experiment made of contests.

    Args:
        name: of its folder below `experiments/`.
        contests: its tables by name.
        doc: what it is, for `--help`.
    """
    flags = _parser(contests, doc).parse_args()
    here, runs = Path(__file__).parents[1] / name, Path("runs") / name
    kept = here / "results.json"
    results = _kept(kept)
    whole = flags.share == 1
    words = f"python -m experiments.{name}.run {' '.join(sys.argv[1:])}".strip()
    for key in () if flags.render else flags.tables.split(","):
        contest = contests[key].shortened(flags.share) if not whole else contests[key]
        folder = runs / (key if whole else f"{key}_tried")
        for seed in flags.seeds.split(","):
            for row in contest.contestants:
                if flags.rows and row not in flags.rows.split(","):
                    continue
                if whole and seed in results.get(key, {}).get(row, {}):
                    continue
                made = origin(words)
                shown = here / f"{key}_{row}.png" if whole and seed == "0" else None
                workdir = folder / f"{row}-{seed}"
                found = measure(contest, row, int(seed), workdir, shown)
                print(key, row, seed, found, flush=True)
                if whole:
                    results = _kept(kept)  # other rows may have come to it meanwhile
                    done = results.setdefault(key, {}).setdefault(row, {})
                    done[seed] = found | {"origin": made}
                    write(kept, json.dumps(results, indent=1) + "\n")
    if whole:
        written = [key for key in contests if any(results.get(key, {}).values())]
        readme.fill(
            here, "\n".join(_shown(here, contests, results, k) for k in written)
        )


def _kept(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text()) if file.is_file() else {}


def _shown(
    here: Path, contests: Mapping[str, Contest], results: Mapping[str, Any], key: str
) -> str:
    contest, titles = contests[key], {}
    for row, player in contest.contestants.items():
        samples = here / f"{key}_{row}.png"
        titles[samples] = player.title
        for title in contest.drawn:
            titles[beside(samples, title)] = f"{player.title}, {title}"
    there = {file.name: title for file, title in titles.items() if file.is_file()}
    return table(contest, results[key], there)


def _parser(contests: Mapping[str, Contest], doc: str | None):
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--tables", default=",".join(contests), help="a,b: only these")
    parser.add_argument("--rows", default="", help="a,b: only these")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--share", type=float, default=1.0, help="of the rounds: a try")
    parser.add_argument("--render", action="store_true", help="only the README")
    return parser
