"""`python -m gan_jax.main --config=configs/wgan_gp.py`: flags, a verb, nothing else."""

import sys
from pathlib import Path

from absl import flags
from ml_collections import config_flags

from gan_jax.errors import BadInput

CONFIG = config_flags.DEFINE_config_file("config", None, "Config file[:variant].")
MODE = flags.DEFINE_enum("mode", "train", ["train", "sample"], "What to do.")
WORKDIR = flags.DEFINE_string("workdir", None, "Where the run lives.")
DRY_RUN = flags.DEFINE_bool("dry_run", False, "Check and print; train nothing.")
NUM = flags.DEFINE_integer("num", 64, "Samples to draw.")
SEED = flags.DEFINE_integer("seed", 0, "Of the samples.")
STEP = flags.DEFINE_integer("step", None, "Checkpoint; the newest sound one if absent.")
OUT = flags.DEFINE_string("out", "grid.png", "Picture to write.")
DISTRIBUTED = flags.DEFINE_bool("distributed", False, "One of several processes.")


def train() -> None:
    """Train a config, or resume it."""
    from gan_jax import training

    if CONFIG.value is None:
        raise BadInput("--config is missing", "e.g. --config=configs/wgan_gp.py")
    config = CONFIG.value.to_dict()
    if DRY_RUN.value:
        return training.dry_run(config)
    named = Path(flags.FLAGS["config"].config_filename).stem  # pyright: ignore
    return training.train(config, WORKDIR.value or f"runs/{named}")


def sample() -> None:
    """Draw a picture of samples from a run."""
    import gan_jax
    from gan_jax.run.workdir import write
    from gan_jax.sampling import png

    if WORKDIR.value is None:
        raise BadInput("--workdir is missing", "e.g. --workdir=runs/wgan_gp")
    samples = gan_jax.load(WORKDIR.value, STEP.value).sample(NUM.value, SEED.value)
    try:
        write(Path(OUT.value), png(samples))
    except OSError as error:
        raise BadInput(f"--out={OUT.value}: {error.strerror}", "name another") from error
    print(OUT.value)


def main(argv: list[str]) -> int:
    """Parse flags and run the verb; 2 for input the user can mend."""
    try:
        if rest := flags.FLAGS(argv)[1:]:
            raise BadInput(f"{rest[0]} is not a flag", "flags start with --")
        if DISTRIBUTED.value:
            import jax

            jax.distributed.initialize()
        {"train": train, "sample": sample}[MODE.value]()
    except (BadInput, flags.Error, AttributeError, KeyError, TypeError) as error:
        if not isinstance(error, BadInput | flags.Error) and flags.FLAGS.is_parsed():
            raise  # a bug of ours, not of the command line
        print(f"gan_jax: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
