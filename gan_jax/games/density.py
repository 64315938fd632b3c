"""What a game with a likelihood offers to whoever measures it: weights of examples.

Log p(x) is known exactly by an autoregressive model, and from below by a variational one;
both are a function of the game that gives logarithms of weights, whose mean, over more
and more draws, tends to p(x).
"""

from collections.abc import Callable
from dataclasses import dataclass

from jaxtyping import Array, Float, Int

from gan_jax.games.base import Batch, GameState
from gan_jax.typing import Keys

LOG_WEIGHTS = "log_weights"
"""Its name among the functions of a game."""
POSTERIOR = "posterior"
"""The name of `(state, x, asked) -> (mean, log of the variance)` of latents, [b, *z]."""

Weights = Callable[[GameState, Batch, Keys, Int[Array, "k"]], Float[Array, "k b"]]
"""(state, batch [b], keys [b], the numbers of the draws) -> log p(x, z) / q(z | x)."""


@dataclass(frozen=True)
class Density:
    """A game's function of that name.

    Attributes:
        of: the weights, in nats, by the averaged networks.
        name: of what, in words: numbers of other targets cannot be compared.
        levels: whether p is the probability of one of 256 levels of each number.
        exact: whether every weight is p(x) itself.
    """

    of: Weights
    name: str
    levels: bool = False
    exact: bool = False

    def __call__(
        self, state: GameState, batch: Batch, keys: Keys, draws: Int[Array, "k"]
    ) -> Float[Array, "k b"]:
        """The logarithms of the weights of each example."""
        return self.of(state, batch, keys, draws)
