"""The metrics by name, and which of them suit which data.

A name is a kind and an extractor, `fd_digits`; with the FID's Inception it is the name
the literature knows, `fid`, `kid`, `is`. A kind alone is taken with the extractor that
suits the data.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gan_jax.data import Dataset
from gan_jax.errors import BadInput
from gan_jax.evaluation.kinds import KINDS, Kind
from gan_jax.evaluation.references import Coordinates, Describer
from gan_jax.metrics import extractors
from gan_jax.resolve import close

SUITED = ""
"""In place of an extractor: the one that suits the data."""


@dataclass(frozen=True)
class Source:
    """An extractor that can be opened.

    Attributes:
        open: from the file of Inception weights that the user named, or None.
        takes: whether it can describe a data set's examples.
        classes: whether it is a classifier.
    """

    open: Callable[[str | None], Describer]
    takes: Callable[[Dataset], bool]
    classes: bool


def _inception(weights: str | None) -> Describer:
    if weights is None:
        raise BadInput(
            "fid, kid and is need the FID's Inception weights",
            "name their file with --inception=FILE",
        )
    return extractors.inception(weights)


def _pictures(dataset: Dataset) -> bool:
    return len(dataset.shape) == 3


def _small_grey(dataset: Dataset) -> bool:
    return dataset.shape == (28, 28, 1)


SOURCES: Mapping[str, Source] = {
    "digits": Source(lambda _: extractors.digits(), _small_grey, True),
    "fashion": Source(lambda _: extractors.digits("fashion_mnist"), _small_grey, True),
    "lite0": Source(lambda _: extractors.lite0(), _pictures, True),
    "inception": Source(_inception, _pictures, True),
    "random": Source(lambda _: extractors.random(), _pictures, False),
    "points": Source(lambda _: Coordinates(), lambda d: not _pictures(d), False),
}
_FAMOUS = {"fd_inception": "fid", "kd_inception": "kid", "is_inception": "is"}


def title(part: str, extractor: str) -> str:
    """What a number is called; those of points need no extractor in the name."""
    if extractor == "points":
        return part
    return _FAMOUS.get(f"{part}_{extractor}", f"{part}_{extractor}")


METRICS: Mapping[str, tuple[str, str]] = {
    **{kind: (kind, SUITED) for kind in KINDS if kind not in ("is", "modes")},
    **{
        title(kind, name): (kind, name)
        for kind in KINDS
        for name, source in SOURCES.items()
        if kind != "modes" and name != "points"
        if source.classes or not KINDS[kind].classifier
    },
    "modes": ("modes", "points"),
}
"""By name: kind and extractor."""


@dataclass(frozen=True)
class Usual:
    """What data of a sort is measured by, unless the user says otherwise."""

    holds: Callable[[Dataset], bool]
    extractor: str
    metrics: tuple[str, ...]


USUAL = (
    Usual(lambda d: d.modes is not None, "points", ("modes",)),
    Usual(SOURCES["points"].takes, "points", ("precision_recall", "density_coverage")),
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
"""The first that holds is it."""


@dataclass(frozen=True)
class Chosen:
    """A metric of the table, for data it suits."""

    kind: Kind
    extractor: str

    def title(self, part: str) -> str:
        """What its number is called."""
        return title(part, self.extractor)


def choose(names: Sequence[str], dataset: Dataset) -> dict[str, Chosen]:
    """The metrics of these names, or those usual for the data where there are none.

    Raises:
        BadInput: no such metric, or it does not suit the data.
    """
    usual = next(row for row in USUAL if row.holds(dataset))
    suited = {
        name: Chosen(KINDS[kind], extractor or usual.extractor)
        for name, (kind, extractor) in METRICS.items()
        if _suits(kind, extractor or usual.extractor, dataset)
    }
    for name in names:
        if name not in METRICS:
            raise BadInput(f"there is no metric {name!r}", close(name, list(METRICS)))
        if name not in suited:
            shape = " x ".join(map(str, dataset.shape))
            raise BadInput(
                f"metric {name} does not suit {dataset.name} ({shape})",
                f"there is {', '.join(suited)}",
            )
    return {name: suited[name] for name in names or usual.metrics}


def _suits(kind: str, extractor: str, dataset: Dataset) -> bool:
    source = SOURCES[extractor]
    classes = source.classes or not KINDS[kind].classifier
    known = kind != "modes" or dataset.modes is not None
    return source.takes(dataset) and classes and known
