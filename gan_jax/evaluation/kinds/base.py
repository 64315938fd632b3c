"""What a kind of metric is: how it is computed, what it needs, whom it suits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from gan_jax import metrics
from gan_jax.data import Dataset
from gan_jax.evaluation.kinds.evidence import Evidence

SUITED = ""
"""In place of an extractor: the one that suits the data."""
KNOWING = "knowing"
"""In place of an extractor: the classifier whose classes are those of the data."""


class Found(NamedTuple):
    """What a metric found.

    Attributes:
        values: by name: a number, or a mean and a standard deviation.
        n_real: real samples used; 0 where none are.
        n_fake: samples used.
        warning: empty, or why the numbers are not to be trusted.
        how: for the stamp: what else the numbers depend on.
        reals: the real samples used, where these are not of the run's own data set.
    """

    values: Mapping[str, float | metrics.Estimate]
    n_real: int
    n_fake: int
    warning: str = ""
    how: str = ""
    reals: Dataset | None = None


def suits(dataset: Dataset) -> str:
    """No reason why a metric would not suit the data."""
    del dataset
    return ""


def two(dim: int) -> int:
    """Samples that suffice for a covariance, whatever the dimensions."""
    del dim
    return 2


@dataclass(frozen=True)
class Kind:
    """A metric, whichever extractor it is taken with.

    Attributes:
        compute: raises ValueError where the samples do not suffice.
        parts: what its numbers are called.
        about_data: whether it compares with the data at all.
        classifier: whether it needs an extractor with classes.
        labelled: whether it needs the classes of the samples.
        pairs: whether it looks at the distances of pairs alone, whatever the number of
            features.
        only: the one extractor it is taken with, or `KNOWING`; any by default.
        unfit: why it does not suit a data set; "" where it does.
        least: samples it takes, with features of that many dimensions.
        functions: of the judged model's game, that it calls; None where it has no model
            make samples. Even () wants a model.
        samples: whether it looks at the samples.
    """

    compute: Callable[[Evidence], Found]
    parts: tuple[str, ...]
    about_data: bool = True
    classifier: bool = False
    labelled: bool = False
    pairs: bool = False
    only: str = SUITED
    unfit: Callable[[Dataset], str] = suits
    least: Callable[[int], int] = two
    functions: tuple[str, ...] | None = None
    samples: bool = True


def no_classes(dataset: Dataset) -> str:
    """Why a metric of labelled samples does not suit a data set."""
    return "" if dataset.classes else "it has no classes"
