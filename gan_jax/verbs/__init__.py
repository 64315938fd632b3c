"""What `python -m gan_jax.main` can do: a table of verbs, each a few lines.

Rooms are imported by the verb that needs them, so that `--help` answers at once.
"""

from pathlib import Path

from gan_jax.errors import BadInput
from gan_jax.verbs.flags import Given, Verb, given, height_width

__all__ = ["VERBS", "Given", "Verb", "given"]


def train(given: Given) -> None:
    """Train a config, or resume it."""
    from gan_jax import training
    from gan_jax.run import config_file

    flags = given.flags
    if flags.config is None:
        raise BadInput("--config is missing", "e.g. --config=configs/wgan_gp.py")
    config = config_file.load(flags.config, given.fields)
    if flags.dry_run:
        return training.dry_run(config)
    name = flags.config.replace(".py", "").replace(":", "_")
    return training.train(config, flags.workdir or Path("runs") / Path(name).name)


def sample(given: Given) -> None:
    """Draw samples of a run: a picture, a folder of them, an array."""
    from gan_jax.run import open_checkpoint
    from gan_jax.verbs import asking, outputs

    out = given.value("out", "grid.png")
    to = outputs.check(out, given.value("num", 64))
    run, _ = open_checkpoint(
        given.workdir(), given.value("checkpoint", "last"), bool(given.flags.trust)
    )
    asked, num = asking.asked(run.asks, given.asked, given.flags.num)
    num = 64 if num is None else num
    outputs.check_room(to, num, run.facts.shape)
    parts = run.stream(num, given.value("seed", 0), **asked)
    print(outputs.put(to, parts, num))


def evaluate(given: Given) -> None:
    """Measure a run, or a folder of pictures against another."""
    from gan_jax import evaluation

    flags, folders = given.flags, (given.flags.real, given.flags.fake)
    if any(folders) and (flags.workdir or not all(folders)):
        raise BadInput("--real and --fake go together, and without --workdir")
    if not flags.workdir and not any(folders):
        raise BadInput("--workdir is missing", "or give two folders: --real, --fake")
    common = dict(
        metrics=[name for name in given.value("metrics", "").split(",") if name],
        seed=given.value("seed", 0),
        inception=flags.inception,
        report=lambda *found: print(evaluation.line(*found), flush=True),
    )
    if flags.num is not None:
        common["num"] = flags.num
    if not flags.workdir:
        odd = [
            n
            for n in ("checkpoint", "trust", "data", "lpips")
            if getattr(flags, n) is not None
        ]
        if odd or given.asked:
            name = odd[0] if odd else f"ask.{next(iter(given.asked))}"
            raise BadInput(f"--{name} is about a run", "two folders have none")
        evaluation.evaluate_folders(
            *folders,
            size=height_width(flags.size),
            fit=given.value("fit", "crop"),
            **common,
        )
        return
    if flags.size is not None or flags.fit is not None:
        raise BadInput("--size and --fit are of two folders", "a run has its own size")
    evaluation.evaluate_run(
        flags.workdir,
        checkpoint=given.value("checkpoint", "last"),
        asked=given.asked,
        place={"path": flags.data} if flags.data else None,
        trust=bool(flags.trust),
        lpips=flags.lpips,
        **common,
    )


def diagnose(given: Given) -> None:
    """Say what went wrong in a run, from its metrics.jsonl."""
    from gan_jax import doctor
    from gan_jax.run import Workdir, report

    workdir = Workdir(given.workdir())
    config, lines = workdir.record()["config"], workdir.lines()
    if not lines:
        raise BadInput(f"{workdir.metrics} holds no line yet", "train it first")
    diagnosis = doctor.diagnose(lines, config)
    print(diagnosis)
    try:
        report.draw(workdir, diagnosis.marks, str(diagnosis))
    except OSError as error:
        raise BadInput(
            f"{workdir.report} cannot be drawn ({error.strerror})"
        ) from error


def latents(given: Given) -> None:
    """Look at a run by its latents: paths, directions, styles, inverted reals."""
    from gan_jax.evaluation import its_data
    from gan_jax.latents import TOOLS, Trained
    from gan_jax.run import open_checkpoint
    from gan_jax.verbs import outputs

    tool = TOOLS.get(given.value("do", ""))
    if tool is None:
        raise BadInput(f"--do={given.value('do', '')}", f"wanted {', '.join(TOOLS)}")
    told = {n: x for n in TOLD if (x := getattr(given.flags, n)) is not None}
    for name in told:
        if name not in tool.options:
            takers = [n for n, other in TOOLS.items() if name in other.options]
            raise BadInput(
                f"--{name} is of --do={' and '.join(takers)}", "leave it out"
            )
    rows, steps = given.value("num", 8), given.value("steps", 9)
    if rows < 1:
        raise BadInput(f"--num={rows} rows", "ask for at least one")
    to = outputs.check_shown(given.value("out", f"{given.flags.do}.png"), rows * steps)
    trust = bool(given.flags.trust)
    run, _ = open_checkpoint(given.workdir(), given.value("checkpoint", "last"), trust)
    place = {"path": given.flags.data} if given.flags.data else {}
    dataset = its_data(run, place, trust) if tool.reals else None
    trained = Trained(run, given.value("seed", 0), given.asked, dataset)
    shown = tool.show(trained, rows, steps, **told)
    for line in shown.said:
        print(line)
    print(outputs.show(to, shown.pictures))


def export(given: Given) -> None:
    """Write a run's generator as a bundle for other programs."""
    from gan_jax import export
    from gan_jax.run import open_checkpoint

    name = given.value("format", "")
    to, _ = export.check(given.value("out", ""), name)
    run, rule = open_checkpoint(
        given.workdir(), given.value("checkpoint", "last"), bool(given.flags.trust)
    )
    card = export.write(run, rule, to, name)
    for function, why in card["left_out"].items():
        print(f"{function} is left out: {why}")
    name, far = (card["checked"][key] for key in ("function", "largest_difference"))
    print(f"largest difference of its {name!r} from the run's: {far:.2g}")
    print(to)


def serve(given: Given) -> None:
    """Answer requests for samples over HTTP, until a signal ends it."""
    import dataclasses
    import os
    import tempfile

    from gan_jax import bundle, export, serving
    from gan_jax.data.paths import expand
    from gan_jax.run import open_checkpoint

    lacks, todo = serving.missing()
    if lacks:
        raise BadInput(f"--mode=serve needs {lacks}", todo)
    path = expand(given.workdir())
    fields = {f.name for f in dataclasses.fields(serving.Options)} - {"token", "seed"}
    told = {n: getattr(given.flags, n, None) for n in fields}
    told["token"] = os.environ.get("GAN_JAX_TOKEN", "")
    try:
        options = serving.Options(**{n: x for n, x in told.items() if x is not None})
    except ValueError as error:
        raise BadInput(f"--mode=serve: {error}", "change that flag") from error
    jobs = expand(given.value("jobs", str(path / "jobs")))
    if bundle.is_bundle(path):
        return serving.serve(path, jobs, options)
    with tempfile.TemporaryDirectory(prefix="gan_jax-serve-") as folder:
        run, rule = open_checkpoint(
            path, given.value("checkpoint", "last"), bool(given.flags.trust)
        )
        made = expand(folder) / "bundle"
        export.write(run, rule, made, "stablehlo")
        return serving.serve(made, jobs, options)


TOLD = ("space", "by", "label", "component")
"""Flags that some tools of latents take, each its own: see `latents.TOOLS`."""

VERBS = {
    "train": Verb(train, ("config", "workdir", "dry_run"), ("config",)),
    "sample": Verb(
        sample, ("workdir", "num", "seed", "out", "checkpoint", "trust"), ("ask",)
    ),
    "evaluate": Verb(
        evaluate,
        (
            "workdir",
            "num",
            "seed",
            "checkpoint",
            "trust",
            "data",
            "metrics",
            "inception",
            "lpips",
            "real",
            "fake",
            "size",
            "fit",
        ),
        ("ask",),
    ),
    "latents": Verb(
        latents,
        (
            *("workdir", "do", "num", "steps", "seed", "out", "checkpoint", "trust"),
            *("data", *TOLD),
        ),
        ("ask",),
    ),
    "export": Verb(export, ("workdir", "format", "out", "checkpoint", "trust")),
    "serve": Verb(
        serve,
        (
            "workdir",
            "checkpoint",
            "trust",
            "host",
            "port",
            "replicas",
            "spares",
            "batch",
            "wait",
            "queue",
            "most",
            "timeout",
            "address",
            "jobs",
        ),
    ),
    "diagnose": Verb(diagnose, ("workdir",)),
}
"""By the word that `--mode` takes."""
