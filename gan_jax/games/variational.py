"""Variational autoencoders (Kingma & Welling 2014, arXiv:1312.6114): a game of one phase.

An encoder gives q(z | x) = N(m(x), s(x)^2), a generator, here the decoder, p(x | z). Both
maximise a bound on log p(x) under the prior N(0, 1):

    E_q log p(x | z) - beta KL(q(z | x) || p(z))

beta = 1 is the bound of the paper (its equation 3, with the KL of its appendix B); larger
ones are beta-VAE (Higgins et al. 2017), and a schedule of `seen` anneals it (Bowman et al.
2016; in cycles Fu et al. 2019). `free_bits` leaves each latent number that much KL for
nothing (Kingma et al. 2016, arXiv:1606.04934, section 3). `bound="importance"` is IWAE's
(Burda et al. 2016, arXiv:1509.00519, equation 8), of `draws` samples of q.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import jax
import jax.numpy as jnp
from flax import linen as nn

from gan_jax import axis, names, ranges, rng, schedules
from gan_jax.asks import (
    UNCONDITIONAL,
    Asked,
    Conditional,
    asks_of,
    filled,
)
from gan_jax.data import Facts
from gan_jax.games.autoencoder import (
    Autoencoder,
    decoder,
    divergence,
    importance,
    noise_of,
)
from gan_jax.games.base import Aux, Batch, Game, GameState, Phase, Player
from gan_jax.games.pair import check_cast, reads_condition
from gan_jax.losses import Likelihood
from gan_jax.optim import Optimiser
from gan_jax.schedules import Number
from gan_jax.typing import Cond, Keys, Prior, Samples, Seen

LISTED = 64
"""Numbers of the latents whose KL is logged one by one, at most."""
ACTIVE = 0.01
"""Mean KL, in nats, from which on a number of the latents counts as used."""


def variational(
    models: Mapping[str, nn.Module],
    optim: Mapping[str, Optimiser],
    facts: Facts,
    *,
    latents: Prior,
    likelihood: Likelihood,
    conditional: Conditional | None = None,
    beta: Number = 1.0,
    free_bits: Number = 0.0,
    bound: Literal["elbo", "importance"] = "elbo",
    draws: int = 1,
    ema: Number | None = None,
    microbatches: int = 1,
) -> Game:
    """A decoder and an encoder on one bound; samples are the decoder's expectation.

    Args:
        models: modules `gen`, the decoder, and `enc`, whose codes have the shape
            (2, *z): `latents=(2, 20)` for z of 20. The decoder's last layer is the
            likelihood's: as many numbers as that wants, which nothing squashes.
        optim: their optimisers, under the same names.
        facts: of the data.
        latents: the prior, standard normal: `normal`, or `truncatable`.
        likelihood: p(x | z), see `gan_jax.losses`.
        conditional: what both are told, e.g. `class_labels()`: a conditional VAE (Sohn
            et al. 2015), whose prior does not depend on the condition.
        beta: weight of the KL; a number or a function of `seen`.
        free_bits: nats of each latent number's KL, meant over the batch, that cost
            nothing.
        bound: what is maximised; `importance` knows neither beta nor free bits.
        draws: of q(z | x), for each example.
        ema: decay per round of both averages of weights.
        microbatches: parts a batch is cut into to save memory.

    Raises:
        ValueError: numbers out of range; another prior; codes of another shape; a decoder
            that squashes its output, or a network that ignores the condition.
    """
    check_cast(models, optim, ("gen", "enc"))
    ranges.at_least(0, beta=beta, free_bits=free_bits)
    ranges.whole(draws=draws)
    if bound == "importance" and (beta != 1.0 or free_bits != 0.0):
        raise ValueError("bound='importance' has no KL for beta or free_bits to weigh")
    condition = conditional(facts) if conditional else UNCONDITIONAL
    gen = decoder(models["gen"], likelihood, facts.shape)

    def cond(keys: Keys) -> Cond:
        return condition.of_asked(filled(condition.asks, keys, {}))

    own = Autoencoder(
        Player(gen, lambda keys: (latents(keys), cond(keys)), optim["gen"], ema),
        Player(
            models["enc"],
            lambda keys: (rng.normal(keys, facts.shape), cond(keys)),
            optim["enc"],
            ema,
        ),
        latents,
        likelihood,
        condition,
        facts.shape,
    )
    _check(own)
    functions = own.functions()

    def sample(state: GameState, keys: Keys, asked: Asked) -> Samples:
        z = functions["latents"](state, keys, asked)
        return functions["synthesize"](state, z, asked)

    turn = _bounded(own, bound, beta, free_bits, draws)
    return Game(
        players={"gen": own.gen, "enc": own.enc},
        phases=(Phase("gen", ("gen", "enc"), turn, microbatches=microbatches),),
        sample=sample,
        asks={**condition.asks, **asks_of(latents)},
        functions=functions,
    )


def _bounded(
    own: Autoencoder, bound: str, beta: Number, free_bits: Number, draws: int
) -> Callable[[GameState, Batch, Keys, Seen], tuple[jax.Array, Aux]]:
    """The one turn."""

    def play(
        state: GameState, batch: Batch, keys: Keys, step: Seen
    ) -> tuple[jax.Array, Aux]:
        del step
        x = own.likelihood.target(batch["sample"], rng.stream(keys, "target"))
        cond = own.condition.of_data(batch)
        moments, of_enc = own.posterior(state, x, cond, train=True)
        drawn = rng.stream(keys, "posterior")
        shape = moments[0].shape[1:]
        noise = jnp.stack([noise_of(drawn, i, shape) for i in range(draws)])
        likely, ratio, of_gen = own.weights(state, moments, x, cond, noise, train=True)
        kl = divergence(*moments)
        weight = schedules.value(beta, state.seen)
        missed = -likely.mean(0)
        used = axis.mean(kl.mean(0))
        if bound == "importance":
            loss = -importance(likely + ratio).mean()
        else:
            # Where a number's mean KL is below what is free, it has no gradient.
            free = schedules.value(free_bits, state.seen)
            paid = jnp.where(jax.lax.stop_gradient(used) > free, kl, free)
            loss = missed.mean() + weight * paid.sum(-1).mean()
        metrics = {
            names.RECONSTRUCTION: missed,
            names.KL: kl.sum(-1),
            names.ELBO: -missed - kl.sum(-1),
            names.ACTIVE: (used > ACTIVE).astype(float),
            "beta": jnp.asarray(weight, float),
            **{f"{names.KL}_{i:02}": x for i, x in enumerate(kl.T[:LISTED])},
        }
        return loss, Aux(metrics, {"gen": of_gen, "enc": of_enc})

    return play


def _check(own: Autoencoder) -> None:
    """Whether prior, codes and condition fit.

    Raises:
        ValueError: see `variational`.
    """
    keys = rng.deal(jax.random.key(0), 2)
    z = own.latents(keys)
    if not jnp.array_equal(z, rng.normal(keys, z.shape[1:])):
        raise ValueError("the KL is to a standard normal prior; take normal")

    def code() -> Any:
        module = own.enc.module
        return module.init_with_output(keys[0], *own.enc.inputs(keys), train=True)[0]

    found, wanted = jax.eval_shape(code).shape[1:], (2, *z.shape[1:])
    if found != wanted:
        raise ValueError(
            f"enc gives codes of shape {found}; mean and logarithm of the variance take "
            f"{wanted}: models.enc.latents={wanted}"
        )
    for name, player in (("gen", own.gen), ("enc", own.enc)):
        if own.condition.asks and not reads_condition(player):
            raise ValueError(
                f"{name} ignores the condition; take one that reads it "
                f"(models.{name}.join.name=concatenated)"
            )


__all__ = ["variational"]
