"""What a classifier makes of the samples, and whether it is what was asked for."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from gan_jax import metrics
from gan_jax.evaluation.kinds.base import KNOWING, Found, Kind, no_classes
from gan_jax.evaluation.kinds.evidence import Evidence

SPLITS = 10
"""Parts of the inception score."""


def _inception_score(evidence: Evidence) -> Found:
    rows = evidence.probabilities()
    return Found({"is": metrics.inception_score(rows, SPLITS)}, 0, len(rows))


def _classes(evidence: Evidence) -> Found:
    rows = evidence.probabilities()
    values: dict[str, Any] = {
        "classes": float(metrics.classes_covered(rows)),
        "label_entropy": metrics.label_entropy(rows),
    }
    return Found(values, 0, len(rows))


def _accuracy(evidence: Evidence) -> Found:
    rows = evidence.probabilities()
    found = metrics.conditional_accuracy(rows, evidence.asked())
    return Found({"accuracy": found}, 0, len(rows))


def _class_accuracy(evidence: Evidence) -> Found:
    rows, asked = evidence.probabilities(), evidence.asked()
    each = metrics.accuracy_by_class(rows, asked)
    values: dict[str, Any] = {
        "class_accuracy_mean": float(np.mean(list(each.values()))),
        "class_accuracy_min": float(min(each.values())),
    }
    return Found(values, 0, len(rows), _absent(evidence, len(each)))


def _class_counts(evidence: Evidence) -> Found:
    asked = evidence.asked()
    counts = np.bincount(asked, minlength=len(evidence.dataset.classes))
    values: dict[str, Any] = {
        "class_count_mean": float(counts.mean()),
        "class_count_min": float(counts.min()),
    }
    return Found(values, 0, len(asked), _absent(evidence, int((counts > 0).sum())))


def _absent(evidence: Evidence, there: int) -> str:
    """A warning where classes of the data were not asked for."""
    all_of_them = len(evidence.dataset.classes)
    return f"{there} of {all_of_them} classes are there" if there < all_of_them else ""


KINDS: Mapping[str, Kind] = {
    "is": Kind(
        _inception_score,
        ("is",),
        about_data=False,
        classifier=True,
        least=lambda dim: SPLITS,
    ),
    "classes": Kind(
        _classes, ("classes", "label_entropy"), about_data=False, classifier=True
    ),
    "accuracy": Kind(
        _accuracy,
        ("accuracy",),
        about_data=False,
        classifier=True,
        labelled=True,
        only=KNOWING,
        unfit=no_classes,
    ),
    "class_accuracy": Kind(
        _class_accuracy,
        ("class_accuracy_mean", "class_accuracy_min"),
        about_data=False,
        classifier=True,
        labelled=True,
        only=KNOWING,
        unfit=no_classes,
    ),
    "class_counts": Kind(
        _class_counts,
        ("class_count_mean", "class_count_min"),
        about_data=False,
        labelled=True,
        only="labels",
        unfit=no_classes,
        least=lambda dim: 1,
    ),
}
