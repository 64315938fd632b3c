"""A trained generator as functions of its latents."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, UInt8

from gan_jax import data, rng
from gan_jax.data import Dataset
from gan_jax.errors import BadInput
from gan_jax.run.opening import Run
from gan_jax.run.sampler import CHUNK, sample_key
from gan_jax.typing import Keys, Latents

Make = Callable[..., jax.Array]
"""`(latents or what stands for them, answers, keys) -> samples`, all [n, ...]."""


@dataclass(frozen=True)
class Shown:
    """What a tool found.

    Attributes:
        pictures: uint8 [rows, steps, h, w, c]: a picture has them as they stand, a film
            shows one step after the other.
        said: the same in words, a line each.
    """

    pictures: UInt8[np.ndarray, "rows steps h w c"]
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trained:
    """A run whose samples are looked at by their latents.

    Attributes:
        run: the run.
        seed: of the latents: row i of every tool begins with those of sample i.
        asked: what else is asked of all samples, by name; see `Run.sample`.
        dataset: the run's data, for tools that show reals; None where nobody opened it.

    Raises:
        BadInput: its samples are no pictures; when a tool wants them, it has no function
            of latents.
    """

    run: Run
    seed: int = 0
    asked: Mapping[str, Any] = field(default_factory=dict)
    dataset: Dataset | None = None

    def __post_init__(self) -> None:
        if len(self.run.facts.shape) != 3:
            raise BadInput("the samples of this run are no pictures")

    def keys(self, count: int) -> Keys:
        """Those of samples 0, 1, ...: of their latents, and of what is random besides."""
        return rng.at(sample_key(self.seed), jnp.arange(count))

    def latents(self, count: int) -> Latents:
        """Those of samples 0, 1, ..., [count, *z]."""
        return self.run.function("latents")(self.keys(count), self.answers(count))

    def reals(self) -> Dataset:
        """The run's data, opened.

        Raises:
            BadInput: nobody opened them, or they are endless.
        """
        if self.dataset is None or self.dataset.size is None:
            raise BadInput("no reals to look at", "the run's data must be a finite set")
        return self.dataset

    def answers(self, count: int) -> dict[str, np.ndarray]:
        """Every ask, as asked or as drawn, [count, ...]."""
        return self.run.asked(count, self.seed, **self.asked)

    def of_next_seed(self) -> "Trained":
        """The same, of samples that this one does not show."""
        return dataclasses.replace(self, seed=(self.seed + 1) % 2**32)

    def by_parts(self, call: Callable[..., Any], *arrays: Any) -> np.ndarray:
        """A function of arrays [n, ...], some at a time: always as many, one program."""
        count = len(arrays[0])
        return np.concatenate(
            [
                np.asarray(call(*part))[: count - i]
                for i in range(0, count, CHUNK)
                for part in [jax.tree.map(lambda x, i=i: _chunk(x, i), arrays)]
            ]
        )

    def images(
        self,
        z: Latents,
        answers: Mapping[str, Any],
        keys: Keys,
        make: Make | None = None,
    ) -> Float[np.ndarray, "n h w c"]:
        """Samples of latents, in the generator's own range, about [-1, 1].

        Args:
            z: [n, *z].
            answers: every ask, [n, ...].
            keys: [n], of a generator's noise, where it has some.
            make: in place of `synthesize`, for other things than latents, [n, ...].
        """
        return self.by_parts(make or self._synthesize, z, answers, keys)

    def rows(
        self,
        z: Float[np.ndarray, "rows steps ..."],
        answers: Mapping[str, Any],
        make: Make | None = None,
    ) -> UInt8[np.ndarray, "rows steps h w c"]:
        """Pictures of rows of latents; row i has the noise of sample i throughout.

        Args:
            z: latents [rows, steps, *z].
            answers: every ask, [rows, ...].
            make: see `images`.
        """
        rows, steps = z.shape[:2]
        each = {name: np.repeat(x, steps, axis=0) for name, x in answers.items()}
        keys = self.keys(rows)[np.arange(rows).repeat(steps)]
        told = jnp.asarray(z.reshape(rows * steps, *z.shape[2:]))
        flat = self.images(told, each, keys, make)
        return pixels(flat).reshape(rows, steps, *flat.shape[1:])

    @cached_property
    def _synthesize(self) -> Any:
        return self.run.function("synthesize")


def pixels(images: Float[np.ndarray, "n h w c"]) -> UInt8[np.ndarray, "n h w c"]:
    """Images of about [-1, 1] as uint8.

    Raises:
        BadInput: a number is not finite.
    """
    if not np.isfinite(images).all():
        raise BadInput("the generator makes numbers that are not finite there")
    return np.asarray(data.to_pixels(images))


def _chunk(x: Any, start: int) -> jax.Array:
    """As many as are always synthesised at once: one program, the same bytes."""
    places = np.minimum(np.arange(start, start + CHUNK), len(x) - 1)
    return jnp.asarray(x[places])
