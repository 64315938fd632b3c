"""Games played on the latents of a frozen autoencoder (Rombach et al. 2022, LDM).

Reals are encoded, samples decoded, both by players without an optimiser whose weights are
another run's; who trains or samples such a game deals in pictures alone.
"""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Annotated, NamedTuple

import jax
import jax.numpy as jnp
from flax import linen as nn

from gan_jax import ranges, rng
from gan_jax.asks import UNCONDITIONAL
from gan_jax.data import Facts
from gan_jax.games.autoencoder import Autoencoder, decoder, noise_of
from gan_jax.games.base import Form, Game, GameState, Player
from gan_jax.games.within import Enter, Leave, sized, within
from gan_jax.losses import Likelihood
from gan_jax.optim import Optimiser
from gan_jax.typing import Keys, Kind, Latents, Samples


class Space(NamedTuple):
    """Latents of examples.

    Attributes:
        shape: of one example's.
        enter: examples to latents.
        leave: latents to examples.
        players: frozen ones that do it, by name.
    """

    shape: tuple[int, ...]
    enter: Enter
    leave: Leave
    players: Mapping[str, Player]


LatentSpace = Annotated[
    Callable[[Mapping[str, nn.Module], Facts], Space], Kind("a space of latents")
]
"""What a config names: given all networks of the game and the data's facts."""


def in_latents(
    models: Mapping[str, nn.Module],
    optim: Mapping[str, Optimiser],
    facts: Facts,
    *,
    of: Form,
    space: LatentSpace,
) -> Game:
    """A game on latents, whose samples are decoded.

    Args:
        models: modules of the inner game, whose shapes become the latents', and those of
            the space.
        optim: optimisers of the inner game's; the space's are frozen.
        facts: of the data.
        of: the game, without networks: `dict(name="adversarial", ...)`.
        space: of the latents, e.g. `posterior(...)`.

    Raises:
        ValueError: networks that the space lacks, or names that both use.
    """
    found = space(models, facts)
    own = {name: net for name, net in models.items() if name not in found.players}
    inner = of(
        models=sized(own, found.shape),
        optim=optim,
        facts=dataclasses.replace(facts, shape=found.shape),
    )
    return within(inner, found.enter, found.leave, found.players)


def posterior(likelihood: Likelihood, scale: float = 1.0) -> LatentSpace:
    """Latents as a variational autoencoder draws them: q(z | x), over `scale`.

    The game has players `encoder` and `decoder`, both networks as they were trained by
    `games.variational`, without a condition, and frozen:
    `weights.encoder=dict(workdir=RUN, player="enc")` and
    `weights.decoder=dict(workdir=RUN, player="gen")`. Decoded samples are the
    likelihood's mean.

    Args:
        likelihood: that it was trained with.
        scale: standard deviation of its latents; games expect about 1.

    Raises:
        ValueError: a scale that is not above 0. Once it is used: no such networks, or an
            encoder that gives no mean and variance.
    """
    ranges.above(0, scale=scale)

    def of(models: Mapping[str, nn.Module], facts: Facts) -> Space:
        missing = [name for name in ("encoder", "decoder") if name not in models]
        if missing:
            raise ValueError(
                f"posterior() wants models.{missing[0]}, as a variational game trained "
                f"it, and its weights by weights.{missing[0]}"
            )
        module = decoder(models["decoder"], likelihood, facts.shape)
        encoder = Player(
            models["encoder"], lambda keys: (rng.normal(keys, facts.shape), None)
        )
        shape = _latents(encoder)
        vae = Autoencoder(
            Player(module, lambda keys: (rng.normal(keys, shape), None)),
            encoder,
            lambda keys: rng.normal(keys, shape),
            likelihood,
            UNCONDITIONAL,
            facts.shape,
        )

        def cast(state: GameState) -> GameState:
            own = state.players
            named = {"gen": own["decoder"], "enc": own["encoder"]}
            return dataclasses.replace(state, players=named)

        def enter(state: GameState, x: Samples, keys: Keys) -> Latents:
            x = likelihood.target(x, rng.stream(keys, "target"))
            (mean, log_var), _ = vae.posterior(cast(state), x, None, train=False)
            noise = noise_of(rng.stream(keys, "posterior"), 0, shape)
            return (mean + jnp.exp(0.5 * log_var) * noise) / scale

        def leave(state: GameState, z: Latents) -> Samples:
            numbers, _ = vae.decode(cast(state), z * scale, None, train=False)
            return likelihood.mean(numbers)

        return Space(shape, enter, leave, {"encoder": encoder, "decoder": vae.gen})

    return of


def _latents(encoder: Player) -> tuple[int, ...]:
    """Shape of the latents that an encoder gives mean and variance of.

    Raises:
        ValueError: it gives something else.
    """
    keys = rng.deal(jax.random.key(0), 2)

    def code() -> jax.Array:
        given = encoder.inputs(keys)
        return encoder.module.init_with_output(keys[0], *given, train=True)[0]

    found = jax.eval_shape(code).shape[1:]
    if len(found) < 2 or found[0] != 2:
        raise ValueError(
            f"models.encoder gives codes of shape {found}; mean and variance of latents "
            "have the shape (2, *z)"
        )
    return found[1:]


__all__ = ["LatentSpace", "in_latents", "posterior"]
