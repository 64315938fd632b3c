"""A decoder and an encoder: the two networks of a variational game, and their numbers."""

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float, Int

from gan_jax import rng
from gan_jax.asks import Asked, Condition, latents_of
from gan_jax.games.base import Batch, GameState, Player, apply
from gan_jax.games.density import LOG_WEIGHTS, POSTERIOR, Density
from gan_jax.losses import Likelihood
from gan_jax.nn import linear
from gan_jax.typing import Cond, Keys, Latents, Prior, Samples, Tree, Variables

Moments = tuple[Latents, Latents]
"""Mean and logarithm of the variance of q(z | x), each [b, *z]."""


@dataclass(frozen=True)
class Autoencoder:
    """A decoder and an encoder.

    Attributes:
        gen: the decoder, whose numbers `likelihood` reads.
        enc: the encoder; its codes are [b, 2, *z].
        latents: the prior.
        likelihood: of examples.
        condition: what both are told.
        shape: of an example.
    """

    gen: Player
    enc: Player
    latents: Prior
    likelihood: Likelihood
    condition: Condition
    shape: tuple[int, ...]

    def posterior(
        self, state: GameState, x: Samples, cond: Cond, train: bool
    ) -> tuple[Moments, Variables]:
        """q(z | x) of targets, and the encoder's collections, moved in training."""
        own = state.players["enc"]
        own, moving = (own, tuple(own.variables)) if train else (own.averaged(), ())
        code, moved = apply(self.enc, own, x, cond, train=train, moving=moving)
        return (code[:, 0], code[:, 1]), moved

    def decode(
        self, state: GameState, z: Latents, cond: Cond, train: bool
    ) -> tuple[Float[Array, "b *numbers"], Variables]:
        """The numbers of p(x | z), [b, *shape, outputs], and the decoder's collections."""
        own = state.players["gen"]
        own, moving = (own, tuple(own.variables)) if train else (own.averaged(), ())
        out, moved = apply(self.gen, own, z, cond, train=train, moving=moving)
        return out.reshape(out.shape[0], *self.shape, self.likelihood.outputs), moved

    def weights(
        self,
        state: GameState,
        moments: Moments,
        x: Samples,
        cond: Cond,
        noise: Float[Array, "k b *z"],
        train: bool,
    ) -> tuple[Float[Array, "k b"], Float[Array, "k b"], Variables]:
        """log p(x | z) and log p(z) - log q(z | x) of draws z, and what moved."""
        mean, log_var = moments
        z = mean + jnp.exp(0.5 * log_var) * noise
        count = len(noise)
        x, cond = jax.tree.map(lambda a: _again(a, count), (x, cond))
        numbers, moved = self.decode(state, _flat(z), cond, train)
        likely = self.likelihood.log_prob(numbers, x).reshape(noise.shape[:2])
        ratio = 0.5 * (jnp.square(noise) + log_var - jnp.square(z))
        return likely, ratio.reshape(*noise.shape[:2], -1).sum(-1), moved

    def functions(self) -> dict[str, Callable[..., Any]]:
        """How the trained networks are used by themselves."""

        def posterior(state: GameState, x: Samples, asked: Asked | None = None) -> Any:
            cond = self.condition.of_asked(asked or {})
            return self.posterior(state, x, cond, train=False)[0]

        def encode(state: GameState, x: Samples, asked: Asked | None = None) -> Latents:
            return posterior(state, x, asked)[0]

        def synthesize(
            state: GameState, z: Latents, asked: Asked, keys: Keys | None = None
        ) -> Samples:
            del keys
            cond = self.condition.of_asked(asked)
            return self.likelihood.mean(self.decode(state, z, cond, train=False)[0])

        def decode(state: GameState, z: Latents, asked: Asked | None = None) -> Samples:
            return synthesize(state, z, asked or {})

        def reconstruct(
            state: GameState, x: Samples, asked: Asked | None = None
        ) -> Samples:
            return synthesize(state, encode(state, x, asked), asked or {})

        def latents(state: GameState, keys: Keys, asked: Asked) -> Latents:
            del state
            return latents_of(self.latents, rng.stream(keys, "latents"), asked)

        def log_weights(
            state: GameState, batch: Batch, keys: Keys, draws: Int[Array, "k"]
        ) -> Float[Array, "k b"]:
            x = self.likelihood.target(batch["sample"], rng.stream(keys, "target"))
            cond = self.condition.of_data(batch)
            moments, _ = self.posterior(state, x, cond, train=False)
            own = rng.stream(keys, "posterior")
            noise = jax.vmap(lambda i: noise_of(own, i, moments[0].shape[1:]))(draws)
            likely, ratio, _ = self.weights(state, moments, x, cond, noise, train=False)
            return likely + ratio

        density = Density(log_weights, self.likelihood.name, self.likelihood.levels)
        return {
            "encode": encode,
            "decode": decode,
            "reconstruct": reconstruct,
            POSTERIOR: posterior,
            "latents": latents,
            "synthesize": synthesize,
            LOG_WEIGHTS: density,
        }


def decoder(
    module: nn.Module, likelihood: Likelihood, shape: tuple[int, ...]
) -> nn.Module:
    """A generator as a decoder: with as many numbers as the likelihood reads, unsquashed.

    Args:
        module: with the fields `shape` and `output`, where it has such.
        likelihood: that reads its numbers.
        shape: of an example.

    Raises:
        ValueError: somebody has chosen another last activation.
    """
    fields = {field.name: field for field in dataclasses.fields(module)}
    given: dict[str, Any] = {}
    if "shape" in fields:
        given["shape"] = (*shape[:-1], shape[-1] * likelihood.outputs)
    if "output" in fields:
        if getattr(module, "output") is not fields["output"].default:  # noqa: B009
            raise ValueError(
                f"the likelihood ({likelihood.name}) reads the decoder's last layer as it "
                "is; leave models.gen.output out"
            )
        given["output"] = linear()
    return module.clone(**given)


def importance(log_weights: Float[Array, "k b"]) -> Float[Array, "b"]:
    """log of the mean of k weights p(x, z) / q(z | x): a bound on log p(x), by k >= 1."""
    return jax.nn.logsumexp(log_weights, axis=0) - math.log(len(log_weights))


def divergence(mean: Latents, log_var: Latents) -> Float[Array, "b d"]:
    """KL(N(mean, exp(log_var)) || N(0, 1)) of each number, in nats, flat."""
    each = 0.5 * (jnp.square(mean) + jnp.expm1(log_var) - log_var)
    return each.reshape(len(each), -1)


def noise_of(keys: Keys, draw: Any, shape: tuple[int, ...]) -> Float[Array, "b *z"]:
    """Standard normal numbers of a draw, for each example."""
    return rng.normal(rng.stream(keys, draw), shape)


def _again(x: Tree, count: int) -> jax.Array:
    """[b, ...] as [count * b, ...]."""
    return _flat(jnp.broadcast_to(x, (count, *x.shape)))


def _flat(x: jax.Array) -> jax.Array:
    """[k, b, ...] as [k * b, ...]."""
    return x.reshape(-1, *x.shape[2:])
