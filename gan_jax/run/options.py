"""The `train` group of a config: how long, how often, where."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class TrainOptions:
    """How a run is trained; what is trained stands in the other groups.

    Attributes:
        steps: rounds, i.e. generator updates.
        batch_size: real images per critic update, over all devices together.
        seed: of everything: weights, order of the data, noise.
        steps_per_call: rounds fused into one device call. Divides all `*_every`.
        log_every: rounds between two lines of metrics.
        checkpoint_every: rounds between two checkpoints; one is always left at the end.
        keep: newest checkpoints kept.
        best: metric whose best checkpoint is kept besides; "" for none.
        best_mode: whether a small or a large value of it is best.
        sample_epochs: passes over the data after which samples are drawn.
        sample_every: rounds between samples, for data without epochs; 0 for never.
        samples: how many are drawn, at fixed latents.
        precision: what networks compute in; parameters are float32 always.
        devices: how many to use; 0 for all there are.
        mapping: how several devices are used; both give one device's numbers.
    """

    steps: int
    batch_size: int
    seed: int = 0
    steps_per_call: int = 1
    log_every: int = 100
    checkpoint_every: int = 1000
    keep: int = 2
    best: str = ""
    best_mode: Literal["min", "max"] = "min"
    sample_epochs: tuple[int, ...] = (0, 1, 2, 3, 10, 15)
    sample_every: int = 0
    samples: int = 64
    precision: Literal["float32", "bfloat16"] = "float32"
    devices: int = 0
    mapping: Literal["pmap", "sharded"] = "pmap"

    def __post_init__(self) -> None:
        """Refuse numbers no run can have.

        Raises:
            ValueError: naming the field.
        """
        periods = ("steps", "log_every", "checkpoint_every")
        for name in (*periods, "batch_size", "steps_per_call", "keep", "samples"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)} must be at least 1")
        for name in (*periods, "sample_every"):
            if getattr(self, name) % self.steps_per_call:
                raise ValueError(
                    f"{name}={getattr(self, name)} must be a multiple of "
                    f"steps_per_call={self.steps_per_call}"
                )
        for name in ("seed", "devices", "sample_every"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name}={getattr(self, name)} is negative")
