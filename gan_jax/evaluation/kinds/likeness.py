"""How alike the pictures of a set are, from their pixels."""

from collections.abc import Mapping

from gan_jax import metrics
from gan_jax.evaluation.kinds.base import Found, Kind
from gan_jax.evaluation.kinds.evidence import Evidence
from gan_jax.evaluation.references import read, some
from gan_jax.metrics.diversity import WEIGHTS, fitting_weights

PAIRS = 1000
"""Pairs of pictures that are compared."""


def _ms_ssim(evidence: Evidence) -> Found:
    dataset, fake = evidence.dataset, evidence.samples
    real = read(dataset, some(dataset, 2 * PAIRS))
    weights = fitting_weights(*dataset.shape[:2])
    values = {
        name: metrics.ms_ssim_diversity(pixels, PAIRS, evidence.seed, weights)
        for name, pixels in (("ms_ssim", fake), ("ms_ssim_real", real))
    }
    few = f"{len(weights)} scales, not {len(WEIGHTS)}: the pictures are small"
    warning = few if len(weights) < len(WEIGHTS) else ""
    return Found(values, len(real), len(fake), warning)


KINDS: Mapping[str, Kind] = {
    "ms_ssim": Kind(_ms_ssim, ("ms_ssim", "ms_ssim_real"), only="pixels"),
}
