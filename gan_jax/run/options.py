"""The groups of a config that say how long, how often, where, and begun with what."""

from dataclasses import dataclass
from typing import Literal

from gan_jax import rng
from gan_jax.names import SCORE


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
        best: metric whose best checkpoint is kept besides, a term of the training or a
            score, `eval/NAME`; "" for none.
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
        for name in ("devices", "sample_every"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name}={getattr(self, name)} is negative")
        rng.root(self.seed)


@dataclass(frozen=True)
class EvalOptions:
    """How a run is measured while it trains; without the group, it is not.

    Attributes:
        every: rounds between two evaluations; 0 for never.
        metrics: their names, or one text with commas; those usual for the data if empty.
        samples: drawn for an evaluation, at latents that are the same each time.
        seed: of the samples.
        patience: evaluations without a better `train.best` that end the training; 0 to
            train on.
        inception: file of the FID's Inception weights, for `fid`, `kid`, `is`.
    """

    every: int
    metrics: tuple[str, ...] | str = ()
    samples: int = 2000
    seed: int = 0
    patience: int = 0
    inception: str = ""

    def __post_init__(self) -> None:
        """Refuse numbers no evaluation can have.

        Raises:
            ValueError: naming the field.
        """
        for name in ("every", "patience"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name}={getattr(self, name)} is negative")
        rng.root(self.seed)
        if self.samples < 1:
            raise ValueError(f"samples={self.samples} must be at least 1")

    @property
    def names(self) -> tuple[str, ...]:
        """Of the metrics."""
        if isinstance(self.metrics, str):
            return tuple(filter(None, self.metrics.split(",")))
        return self.metrics

    def check(self, train: TrainOptions) -> None:
        """Refuse what does not go together with the `train` group.

        Raises:
            ValueError: naming the field.
        """
        if self.every % train.steps_per_call:
            raise ValueError(
                f"every={self.every} must be a multiple of "
                f"train.steps_per_call={train.steps_per_call}"
            )
        if self.patience and not self.every:
            raise ValueError(f"patience={self.patience} needs every, the period")
        if self.patience and not train.best.startswith(SCORE):
            raise ValueError(
                f"patience={self.patience} needs a score to watch: "
                f"set train.best={SCORE}NAME"
            )


@dataclass(frozen=True)
class GuardOptions:
    """What is done when the doctor finds something; without the group, it is said only.

    Attributes:
        on: findings that make it act; see `gan_jax.doctor.SYMPTOMS`.
        act: `stop` saves and leaves, as a signal does. `roll_back` goes back to the last
            regular checkpoint before the symptom showed, and on from there with smaller
            steps.
        factor: how much smaller, each time, for all players.
        most: times it rolls back; then it stops.
    """

    on: tuple[str, ...] = ("not_finite", "divergence")
    act: Literal["stop", "roll_back"] = "stop"
    factor: float = 0.5
    most: int = 3

    def __post_init__(self) -> None:
        """Refuse numbers no guard can have.

        Raises:
            ValueError: naming the field.
        """
        if not 0 < self.factor <= 1:
            raise ValueError(f"factor={self.factor} must be above 0, and 1 at most")
        if self.most < 0:
            raise ValueError(f"most={self.most} is negative")


@dataclass(frozen=True)
class WeightsOptions:
    """What a player begins with: weights of another run, or of a file.

    Without an optimiser the player is frozen, with one it goes on from there
    (fine-tuning), its optimiser and its average anew. What is read is kept in the
    workdir, so that the source may vanish once the run has begun.

    Attributes:
        workdir: of the run.
        file: a safetensors file of one player, as a run keeps them in `weights/`.
        player: its name there; the same as here by default.
        averaged: whether to take the averaged weights, where the run has some.
        checkpoint: of the run: `last`, `best` or a step.
    """

    workdir: str = ""
    file: str = ""
    player: str = ""
    averaged: bool = True
    checkpoint: str = "last"

    def __post_init__(self) -> None:
        """Refuse two sources, and none.

        Raises:
            ValueError: saying so.
        """
        if bool(self.workdir) == bool(self.file):
            raise ValueError("give either workdir or file")
