"""Priors that can be asked for something, e.g. for less variety."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from gan_jax.asks.base import Ask, Asked
from gan_jax.typing import Keys, Latents, Prior


@runtime_checkable
class Asking(Protocol):
    """A prior with asks of its own; called with keys alone it draws as in training.

    Attributes:
        asks: by name.
    """

    def __call__(self, keys: Keys, /) -> Latents:
        """Latents, one a key, as in training."""
        ...

    @property
    def asks(self) -> Mapping[str, Ask]:
        """What it can be asked for, by name."""
        ...

    def asked(self, keys: Keys, asked: Asked) -> Latents:
        """Latents, one a key, with every ask answered."""
        ...


def asks_of(prior: Prior) -> Mapping[str, Ask]:
    """What a prior can be asked for; most, for nothing."""
    return prior.asks if isinstance(prior, Asking) else {}


def latents_of(prior: Prior, keys: Keys, asked: Asked) -> Latents:
    """Latents of a prior, one a key, as asked."""
    if isinstance(prior, Asking) and all(name in asked for name in prior.asks):
        return prior.asked(keys, asked)
    return prior(keys)
