"""What a metric has to go by: samples as an extractor sees them, beside the reals.

This is the one place where the order of the samples is decided. Several metrics take a
part of them or cut them into parts: splits of the inception score, as many fakes as there
are reals, the first so many files of a folder. Samples that come sorted, by class or by
name, would then be judged by some of the classes; so they are shuffled, by the seed of
the evaluation alone, before any metric sees them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Int

from gan_jax.data import Dataset
from gan_jax.errors import BadInput
from gan_jax.evaluation.references import Describer, Reference
from gan_jax.metrics.extractors import Features

ORDER = "shuffled"
"""How samples are ordered, for the stamp of a score."""


def shuffled(count: int, seed: int) -> Int[np.ndarray, "n"]:
    """A permutation of the samples 0 .. count - 1, a function of the seed."""
    return np.random.default_rng((seed, count)).permutation(count)


@dataclass(frozen=True, eq=False)
class Evidence:
    """Samples seen by one extractor, beside the reals; each computed when first asked.

    Attributes:
        dataset: the reals.
        samples: uint8 [n, h, w, c] or float32 [n, 2], as they came. A metric that needs
            a part of them takes it of `fake`, which is shuffled.
        extractor: describes both.
        reals: what it says of the reals.
        seed: of the order of the samples, and of subsets.
        labels: int [n], the classes the samples were asked for, as they came; None
            where they have none.
    """

    dataset: Dataset
    samples: np.ndarray
    extractor: Describer
    reals: Callable[[], Reference]
    seed: int
    labels: np.ndarray | None = None

    @cached_property
    def fake(self) -> Features:
        """What the extractor says of the samples, shuffled."""
        said = self.extractor(self.samples)
        bad = np.flatnonzero(~np.isfinite(said.features).all(axis=1))
        if bad.size:
            raise BadInput(
                f"{self.extractor.name} finds no finite features in {bad.size} of "
                f"{len(self.samples)} samples, the first is sample {bad[0]}",
                "evaluate an earlier checkpoint, or other metrics",
            )
        rows = said.probabilities
        order = self._order
        return Features(said.features[order], None if rows is None else rows[order])

    @cached_property
    def real(self) -> Reference:
        """What it says of the reals; these are in a mixed order too."""
        return self.reals()

    @cached_property
    def _order(self) -> np.ndarray:
        return shuffled(len(self.samples), self.seed)

    def probabilities(self) -> np.ndarray:
        """Of the classes of the samples [n, classes], in the order of `fake`."""
        assert self.fake.probabilities is not None, "the table asks for a classifier"
        return self.fake.probabilities

    def asked(self) -> np.ndarray:
        """The classes the samples were asked for [n], in the order of `fake`."""
        assert self.labels is not None, "the table asks for labels"
        return np.asarray(self.labels)[self._order]

    def equal_counts(self) -> tuple[np.ndarray, np.ndarray]:
        """As many real features as fake ones: balls about neighbours depend on it."""
        count = min(len(self.real.features), len(self.fake.features))
        return self.real.features[:count], self.fake.features[:count]
