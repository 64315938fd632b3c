"""What a classifier makes of generated samples."""

import numpy as np
from jaxtyping import Array, Int

from gan_jax.metrics.features import Probabilities, as_rows

Labels = Int[Array | np.ndarray, "_"]


def conditional_accuracy(probabilities: Probabilities, labels: Labels) -> float:
    """Share of samples that the classifier gives the label they were asked for.

    Odena et al. (2017), AC-GAN, section 4.2.

    Args:
        probabilities: [n, classes] (or logits: only the largest counts).
        labels: [n], the conditions of the samples.

    Raises:
        ValueError: another number of labels, or labels beyond the classes.
    """
    return float(np.mean(_right(probabilities, labels)[0]))


def accuracy_by_class(probabilities: Probabilities, labels: Labels) -> dict[int, float]:
    """`conditional_accuracy` of the samples of each class that was asked for.

    The mean over samples hides a class the generator cannot draw; the least of these
    does not.

    Args:
        probabilities: [n, classes] (or logits).
        labels: [n], the conditions of the samples.

    Raises:
        ValueError: as `conditional_accuracy`.
    """
    right, labels = _right(probabilities, labels)
    return {int(c): float(right[labels == c].mean()) for c in np.unique(labels)}


def _right(
    probabilities: Probabilities, labels: Labels
) -> tuple[np.ndarray, np.ndarray]:
    """Whether each sample's likeliest class is its label; and the labels, checked."""
    rows, labels = as_rows(probabilities, "probability"), np.asarray(labels)
    if len(labels) != len(rows):
        raise ValueError(f"{len(rows)} samples with {len(labels)} labels")
    if labels.min() < 0 or labels.max() >= rows.shape[1]:
        raise ValueError(
            f"labels {labels.min()}..{labels.max()}, {rows.shape[1]} classes"
        )
    return rows.argmax(axis=1) == labels, labels


def label_entropy(probabilities: Probabilities) -> float:
    """Entropy in nats of the mean class distribution; log(classes) when all are equal.

    Args:
        probabilities: [n, classes].
    """
    marginal = as_rows(probabilities, "probability").mean(axis=0, dtype=np.float64)
    marginal = marginal[marginal > 0]
    return float(-(marginal * np.log(marginal)).sum())


def classes_covered(probabilities: Probabilities, least: int = 1) -> int:
    """How many classes are the likeliest of at least `least` samples.

    Args:
        probabilities: [n, classes] (or logits).
        least: samples a class needs to count.

    Raises:
        ValueError: `least` below one, which every class has.
    """
    if least < 1:
        raise ValueError(f"least={least}, wanted at least 1")
    rows = as_rows(probabilities, "probability")
    counts = np.bincount(rows.argmax(axis=1), minlength=rows.shape[1])
    return int((counts >= least).sum())
