"""`python -m gan_jax.main --config=configs/wgan_gp.py`: flags, a verb, nothing else."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from gan_jax.errors import BadInput


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BadInput(message, "see python -m gan_jax.main --help")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser("python -m gan_jax.main", description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    add("--mode", choices=sorted(VERBS), default="train", help="what to do (train)")
    add(
        "--config",
        metavar="FILE[:VARIANT]",
        help="what to train; any field can be set: --config.train.steps=100",
    )
    add("--workdir", metavar="DIR", help="where the run lives (runs/NAME_OF_CONFIG)")
    add("--dry-run", action="store_true", help="check and print all, train nothing")
    add("--num", type=int, help="samples to draw (64; 5000 to evaluate)")
    add("--seed", type=int, default=0, help="of the samples (0)")
    add("--step", type=int, help="checkpoint to use; the newest sound one if absent")
    add("--out", default="grid.png", help="picture to write (grid.png)")
    add(
        "--metrics",
        metavar="A,B",
        default="",
        help="what to measure; as suits the data",
    )
    add("--checkpoint", default="last", help="to use: last, best or a step (last)")
    add("--inception", metavar="FILE", help="Inception weights, for fid, kid, is")
    add("--real", metavar="DIR", help="evaluate --fake against it, without a model")
    add("--fake", metavar="DIR", help="pictures to evaluate")
    add("--distributed", action="store_true", help="join the other processes")
    return parser


def train(flags: argparse.Namespace, overrides: Sequence[str]) -> None:
    """Train a config, or resume it."""
    from gan_jax import training
    from gan_jax.run import config_file

    if flags.config is None:
        raise BadInput("--config is missing", "e.g. --config=configs/wgan_gp.py")
    config = config_file.load(flags.config, overrides)
    if flags.dry_run:
        return training.dry_run(config)
    name = flags.config.replace(".py", "").replace(":", "_")
    return training.train(config, flags.workdir or Path("runs") / Path(name).name)


def sample(flags: argparse.Namespace, overrides: Sequence[str]) -> None:
    """Draw a picture of samples from a run."""
    from gan_jax.run import open_checkpoint, workdir
    from gan_jax.sampling import png

    if overrides:
        raise BadInput(
            "a run is sampled as it is", f"leave out --config.{overrides[0]}"
        )
    if flags.workdir is None:
        raise BadInput("--workdir is missing", "e.g. --workdir=runs/wgan_gp")
    if flags.step is not None and flags.checkpoint != "last":
        raise BadInput("--step and --checkpoint name two checkpoints", "give one")
    named = flags.checkpoint if flags.step is None else str(flags.step)
    run, _ = open_checkpoint(flags.workdir, named)
    samples = run.sample(64 if flags.num is None else flags.num, flags.seed)
    try:
        workdir.write(Path(flags.out), png(samples))
    except OSError as error:
        raise BadInput(
            f"--out={flags.out}: {error.strerror}", "name another"
        ) from error
    print(flags.out)


def evaluate(flags: argparse.Namespace, overrides: Sequence[str]) -> None:
    """Measure a run, or a folder of pictures against another."""
    from gan_jax import evaluation

    if overrides:
        raise BadInput(
            "a run is evaluated as it is", f"leave out --config.{overrides[0]}"
        )
    if flags.step is not None:
        raise BadInput("--step is of --mode=sample", f"--checkpoint={flags.step}")
    folders = flags.real, flags.fake
    if any(folders) and (flags.workdir or not all(folders)):
        raise BadInput("--real and --fake go together, and without --workdir")
    if not flags.workdir and not any(folders):
        raise BadInput("--workdir is missing", "or give two folders: --real, --fake")
    asked = dict(
        metrics=[name for name in flags.metrics.split(",") if name],
        seed=flags.seed,
        inception=flags.inception,
        report=lambda *found: print(evaluation.line(*found), flush=True),
    )
    if flags.num is not None:
        asked["num"] = flags.num
    if flags.workdir:
        asked["checkpoint"] = flags.checkpoint
        evaluation.evaluate_run(flags.workdir, **asked)
    else:
        evaluation.evaluate_folders(flags.real, flags.fake, **asked)


def diagnose(flags: argparse.Namespace, overrides: Sequence[str]) -> None:
    """Say what went wrong in a run, from its metrics.jsonl."""
    from gan_jax import doctor
    from gan_jax.run import Workdir, report

    if overrides:
        raise BadInput(
            "a run is diagnosed as it is", f"leave out --config.{overrides[0]}"
        )
    if flags.workdir is None:
        raise BadInput("--workdir is missing", "e.g. --workdir=runs/wgan_gp")
    workdir = Workdir(flags.workdir)
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


def _start(distributed: bool) -> None:
    import jax

    # What one run compiled, the next of the same config finds: resuming starts at once.
    if not jax.config.values.get("jax_compilation_cache_dir"):
        cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
        jax.config.update("jax_compilation_cache_dir", str(cache / "gan_jax"))
    if distributed:
        jax.distributed.initialize()


VERBS = {"train": train, "sample": sample, "evaluate": evaluate, "diagnose": diagnose}


def main(argv: Sequence[str]) -> int:
    """Run a verb; 2, after one line on stderr, for input the user can mend."""
    try:
        flags, rest = _parser().parse_known_args(argv)
        odd = [flag for flag in rest if not flag.startswith("--config.")]
        if odd:
            raise BadInput(
                f"unknown flag {odd[0]}", "see python -m gan_jax.main --help"
            )
        _start(flags.distributed)
        VERBS[flags.mode](flags, [flag.removeprefix("--config.") for flag in rest])
    except BadInput as error:
        print(f"gan_jax: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
