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
    rows, labels = as_rows(probabilities, "probability"), np.asarray(labels)
    if len(labels) != len(rows):
        raise ValueError(f"{len(rows)} samples with {len(labels)} labels")
    if labels.min() < 0 or labels.max() >= rows.shape[1]:
        raise ValueError(
            f"labels {labels.min()}..{labels.max()}, {rows.shape[1]} classes"
        )
    return float(np.mean(rows.argmax(axis=1) == labels))


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
    """
    rows = as_rows(probabilities, "probability")
    counts = np.bincount(rows.argmax(axis=1), minlength=rows.shape[1])
    return int((counts >= least).sum())
