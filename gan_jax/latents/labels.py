"""Which samples show what: as they were asked for, or as a classifier sees them."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from gan_jax.errors import BadInput
from gan_jax.evaluation.evaluator import LABEL
from gan_jax.evaluation.table import SOURCES, Files
from gan_jax.latents.spaces import Space
from gan_jax.latents.trained import Trained
from gan_jax.metrics.extractors import Extractor
from gan_jax.resolve import close


class Judge(NamedTuple):
    """A classifier that suits a run's samples.

    Attributes:
        extractor: whose probabilities are read.
        names: of its classes.
    """

    extractor: Extractor
    names: tuple[str, ...]

    def probabilities(self, pictures: Any) -> Float[np.ndarray, "n classes"]:
        """Of the classes of uint8 pictures [n, h, w, c]."""
        found = self.extractor(pictures).probabilities
        assert found is not None, "a judge has classes"
        return found


def judge(trained: Trained) -> Judge:
    """The classifier that knows the run's classes; the digits' for small grey pictures.

    Raises:
        BadInput: no classifier here suits the samples.
    """
    facts = trained.run.facts
    knowing = [s for s in SOURCES.values() if s.names and s.names == facts.classes]
    if not knowing and facts.shape == (28, 28, 1) and not facts.classes:
        knowing = [SOURCES["digits"]]
    if not knowing:
        shape = " x ".join(map(str, facts.shape))
        raise BadInput(
            f"no classifier here knows what samples of {shape} show",
            "directions by sefa and pca need none",
        )
    extractor = knowing[0].open(Files())
    assert isinstance(extractor, Extractor), "sources with names are classifiers"
    return Judge(extractor, knowing[0].names)


def class_of(label: Any, names: tuple[str, ...]) -> int:
    """The number of a class that was named, by its number or its name.

    Raises:
        BadInput: none was, or there is no such class.
    """
    if label is None or label == "":
        raise BadInput("--label is missing", "which class is the direction towards?")
    words = [str(label)]
    for i, name in enumerate(names):
        if words == [name]:
            return i
    if words[0].isdecimal() and int(words[0]) < len(names):
        return int(words[0])
    raise BadInput(f"--label={words[0][:40]} is no class", close(words[0], list(names)))


def labelled(
    space: Space, label: Any, count: int
) -> tuple[np.ndarray, Bool[np.ndarray, "n"], str]:
    """Points of samples, and which of these show a class.

    The samples are those of the next seed, so that nothing is found out from the ones
    that are shown. In w, what a sample was asked for is its label; z is drawn without
    regard to that, so that there (and where no class can be asked for) a classifier
    says what samples show.

    Args:
        space: of the points.
        label: the class, by number or name.
        count: samples.

    Returns:
        Points, whether each is of the class, and who says so.

    Raises:
        BadInput: no such class, nobody to say who is of it, or all samples or none are.
    """
    trained = space.trained.of_next_seed()
    answers, z = trained.answers(count), trained.latents(count)
    points = np.asarray(trained.by_parts(space.points, z, answers))
    names = trained.run.facts.classes
    if LABEL in answers and space.name != "z" and LABEL not in trained.asked:
        found = np.asarray(answers[LABEL])
        who, number = "what they were asked for", class_of(label, names)
    else:
        seen = judge(trained)
        number = class_of(label, seen.names)
        made = trained.rows(points[:, None], answers, space.make)[:, 0]
        found = seen.probabilities(made).argmax(1)
        who = f"classifier {seen.extractor.name}"
    of = found == number
    if not 1 < of.sum() < count - 1:
        raise BadInput(
            f"{of.sum()} of {count} samples show class {number} by {who}",
            "take another --label",
        )
    return points, of, f"labels: {who}, {of.sum()} of {count} samples"


__all__ = ["Judge", "class_of", "judge", "labelled"]
