"""What a metric has to go by: samples as an extractor sees them, beside the reals.

This is the one place where the order of the samples is decided. Several metrics take a
part of them or cut them into parts: splits of the inception score, as many fakes as there
are reals, the first so many files of a folder. Samples that come sorted, by class or by
name, would then be judged by some of the classes; so they are shuffled, by the seed of
the evaluation alone, before any metric sees them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from gan_jax import rng
from gan_jax.asks import checked
from gan_jax.data import Dataset
from gan_jax.errors import BadInput
from gan_jax.evaluation.references import Describer, Reference
from gan_jax.games.base import Game, GameState
from gan_jax.metrics.extractors import Features
from gan_jax.run.sampler import CHUNK, function, sample_key, sampler
from gan_jax.typing import Keys

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
        maker: the model that made them; None where none is at hand.
    """

    dataset: Dataset
    samples: np.ndarray
    extractor: Describer
    reals: Callable[[], Reference]
    seed: int
    labels: np.ndarray | None = None
    maker: "Maker | None" = None

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

    def model(self) -> "Maker":
        """The model that made the samples."""
        assert self.maker is not None, "the table asks for a model"
        return self.maker

    def equal_counts(self) -> tuple[np.ndarray, np.ndarray]:
        """As many real features as fake ones: balls about neighbours depend on it."""
        count = min(len(self.real.features), len(self.fake.features))
        return self.real.features[:count], self.fake.features[:count]


@dataclass(frozen=True, eq=False)
class Maker:
    """The judged model, as a metric has it make samples of its own.

    Attributes:
        game: of the model.
        state: of the game.
        answers: what the samples were asked for: every ask, [n, ...].
        seed: of the samples.
        count: n, how many there are.
        held_out: examples that it was not trained on; None where the data name none.
    """

    game: Game
    state: GameState
    answers: Mapping[str, np.ndarray]
    seed: int
    count: int
    held_out: Dataset | None = None

    def keys(self, places: Int[np.ndarray, "b"]) -> Keys:
        """Those that the samples at these places are made of."""
        return rng.at(sample_key(self.seed), jnp.asarray(places))

    def answered(self, places: Int[np.ndarray, "b"]) -> dict[str, np.ndarray]:
        """What the samples at these places were asked for, [b, ...]."""
        return {name: np.asarray(x)[places] for name, x in self.answers.items()}

    def again(
        self, places: Int[np.ndarray, "b"] | None = None, **asks: Any
    ) -> Float[np.ndarray, "b *shape"]:
        """The same samples, asked for other things.

        Args:
            places: which of the n samples, as many as fit into memory; all by default.
            **asks: in place of the answers, by name: one value for all, or [b, ...].

        Returns:
            In the generator's own range, about [-1, 1], not rounded: what `data.to_pixels`
            makes pictures of.

        Raises:
            BadInput: something that the model cannot be asked for, or not so.
        """
        if places is None:
            places = np.arange(self.count)
        told = {
            **self.answered(places),
            **checked(self.game.asks, asks, len(places)),
        }
        parts = []
        for low in range(0, len(places), CHUNK):
            some = np.minimum(np.arange(low, low + CHUNK), len(places) - 1)
            asked = {name: jnp.asarray(x[some]) for name, x in told.items()}
            parts.append(self._call(self.state, self.keys(places[some]), asked))
        return np.concatenate(list(map(np.asarray, parts)))[: len(places)]

    def function(self, name: str) -> Callable[..., Any]:
        """A part of the trained game by name (`map`, `paint`, `synthesize`), compiled.

        Raises:
            BadInput: the game has none of that name.
        """
        return function(self.game, self.state, name)

    @cached_property
    def _call(self) -> Callable[..., jax.Array]:
        return sampler(self.game)
