"""A workdir on disk, and how it is opened."""

from gan_jax.run.assemble import Plan, bind
from gan_jax.run.opening import Run, open_checkpoint, open_run
from gan_jax.run.workdir import Workdir

__all__ = ["Plan", "Run", "Workdir", "bind", "open_checkpoint", "open_run"]
