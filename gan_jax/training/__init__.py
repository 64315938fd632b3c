"""The loop, and what it needs: devices, the step, the log, entering a workdir."""

from gan_jax.training.loop import dry_run, train

__all__ = ["dry_run", "train"]
