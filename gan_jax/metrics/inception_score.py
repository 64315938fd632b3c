"""Inception score: how sure a classifier is of each sample, and how varied of all.

Salimans et al. (2016), "Improved Techniques for Training GANs", section 4:
exp(E_x KL(p(y|x) || p(y))), over splits of the samples taken in order. Where the
original drops the bias of the last layer, and later code keeps it, the difference lies
in the logits handed in. If samples come sorted by class the splits must be mixed: pass
an `order`.
"""

import numpy as np
from jaxtyping import Array, Float, Int

from gan_jax.metrics.estimate import Estimate
from gan_jax.metrics.features import Probabilities, as_rows

Order = Int[np.ndarray, "_"]


def inception_score(
    probabilities: Probabilities, splits: int = 10, order: Order | None = None
) -> Estimate:
    """Inception score of class probabilities.

    Args:
        probabilities: [n, classes], each row summing to one.
        splits: how many parts the samples are cut into; a paper's protocol is ten parts
            of 5,000.
        order: a permutation of the samples taken before the cut; None leaves them.

    Returns:
        Mean and standard deviation over the splits; `float()` gives the mean.

    Raises:
        ValueError: rows that are no probabilities, fewer samples than splits.
    """
    rows = as_rows(probabilities, "probability", least=max(splits, 1))
    if splits < 1:
        raise ValueError(f"splits={splits}, wanted at least 1")
    off = np.abs(rows.sum(axis=1, dtype=np.float64) - 1) > 1e-3
    off |= (rows < 0).any(axis=1)
    if off.any():
        raise ValueError(
            f"{off.sum()} of {len(rows)} rows are not probabilities; "
            f"for logits there is inception_score_from_logits"
        )
    rows = rows if order is None else rows[order]
    return _score(rows, splits, lambda part: (part, _log(part)))


def inception_score_from_logits(
    logits: Float[Array | np.ndarray, "_ _"],
    splits: int = 10,
    order: Order | None = None,
) -> Estimate:
    """Inception score of logits, whose tails survive where probabilities underflow.

    Args:
        logits: [n, classes], with or without the last layer's bias, as handed in.
        splits: as in `inception_score`.
        order: as in `inception_score`.

    Raises:
        ValueError: fewer samples than splits, rows that are not finite.
    """
    rows = as_rows(logits, "logit", least=max(splits, 1))
    if splits < 1:
        raise ValueError(f"splits={splits}, wanted at least 1")
    return _score(rows if order is None else rows[order], splits, _softmax)


def fidelity_order(count: int, seed: int = 2020) -> Order:
    """The permutation that torch-fidelity takes before it splits, for comparisons."""
    return np.random.RandomState(seed).permutation(count)  # noqa: NPY002


def _score(rows, splits, distribution) -> Estimate:
    bounds = [i * len(rows) // splits for i in range(splits + 1)]
    scores = []
    for low, high in zip(bounds[:-1], bounds[1:], strict=True):
        p, log_p = distribution(rows[low:high].astype(np.float64))
        divergence = (p * (log_p - _log(p.mean(axis=0)))).sum(axis=1)
        scores.append(np.exp(divergence.mean()))
    return Estimate(float(np.mean(scores)), float(np.std(scores)))


def _softmax(logits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return np.exp(log_p), log_p


def _log(p: np.ndarray) -> np.ndarray:
    """Logarithm, with 0 in the place of log 0: it is always multiplied by p = 0."""
    return np.log(p, out=np.zeros_like(p), where=p > 0)
