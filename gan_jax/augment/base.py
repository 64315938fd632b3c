"""What an augmentation is, and the one that does nothing."""

from collections.abc import Callable
from typing import NamedTuple, Protocol, runtime_checkable

import jax

from gan_jax.typing import Keys, Kind, Logits, Metrics, Samples, Seen, Tree


@runtime_checkable
class Apply(Protocol):
    """The working half of an `Augment`."""

    def __call__(
        self, memory: Tree, samples: Samples, keys: Keys, seen: Seen
    ) -> Samples:
        """The samples as the critic shall see them; differentiable.

        Args:
            memory: what `init` made, or `update` returned.
            samples: real or generated, [b, ...].
            keys: one per sample.
            seen: real images shown so far; the clock of everything annealed.
        """
        ...


class Augment(NamedTuple):
    """What is done to every sample, real or generated, before the critic looks at it.

    Generator phases differentiate through `apply`; penalties differentiate the critic
    with the augmentation inside, with respect to the sample as it was.

    Attributes:
        init: the memory at the start.
        apply: see `Apply`.
        update: (memory, real logits, one a sample) -> memory, once a critic update.
        metrics: (memory, seen) -> what the critic's turn logs of it.
    """

    KIND = Kind("an augmentation")

    init: Callable[[], Tree]
    apply: Apply
    update: Callable[[Tree, Logits], Tree]
    metrics: Callable[[Tree, Seen], Metrics] = lambda memory, seen: {}


def _keep(memory: Tree, real_logits: jax.Array) -> Tree:
    del real_logits
    return memory


def _as_they_are(memory: Tree, samples: Samples, keys: Keys, seen: Seen) -> Samples:
    del memory, keys, seen
    return samples


def stateless(apply: Apply) -> Augment:
    """An augmentation that remembers nothing."""
    return Augment(lambda: (), apply, _keep)


NOTHING = stateless(_as_they_are)
"""The samples as they are."""


def pictures(name: str, samples: Samples) -> tuple[int, int, int]:
    """Height, width and channels of pictures.

    Args:
        name: of who wants pictures.
        samples: what there is.

    Raises:
        ValueError: samples that are no pictures.
    """
    if samples.ndim != 4:
        raise ValueError(
            f"{name} wants pictures [b, h, w, c], not samples of shape "
            f"{samples.shape[1:]}"
        )
    _, height, width, channels = samples.shape
    return height, width, channels
