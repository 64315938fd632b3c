"""VEEGAN (Srivastava et al. 2017, arXiv:1705.07761).

A reconstructor p(z | x) = N(F(x), s^2), F being the player `enc`, maps samples back to the
prior. If it undoes G on every latent and maps the data onto the prior, G has lost no mode.
The discriminator judges pairs (x, z) and so learns the logarithm of p(z | x) p(x) over
p(z) q(x | z). The codes of the data it is shown are draws (algorithm 1), not means: of 254
latents two coordinates tell next to nothing, their means lie at 0, and whoever sees those
beside draws of the prior tells the two apart by length alone.

The paper's discriminator is high on *generated* pairs; ours, as everywhere in this
house, on real ones, so the signs of its logits are the opposite of the paper's:

    L_D = E softplus(-D(x, F(x) + s n)) + E softplus(D(G(z), z)),   n ~ N(0, 1)
    L_GF = -E D(G(z), z) + 1/2 E ||z - F(G(z))||^2

The second term of L_GF is -log p(z | G(z)) up to a constant, at s = 1 as in the authors'
notebook.
"""

from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
from flax import linen as nn

from gan_jax import losses, rng
from gan_jax.games.base import Aux, Batch, Game, GameState, Phase
from gan_jax.games.encoded import cast, judging
from gan_jax.optim import Optimiser
from gan_jax.schedules import Number, value
from gan_jax.typing import Keys, Latents, Seen


def veegan(
    models: Mapping[str, nn.Module],
    optim: Mapping[str, Optimiser],
    shape: tuple[int, ...],
    *,
    latents: Callable[[Keys], Latents],
    code_std: float = 1.0,
    reconstruction_weight: Number = 0.5,
    n_critic: int = 1,
    ema: Number | None = None,
    microbatches: int = 1,
) -> Game:
    """A generator, a reconstructor of its latents, and a judge of pairs.

    Args:
        models: modules `gen`, `enc` and `disc`, the last called `(x, z, cond, *,
            train)`; see `mlp.JointDiscriminator`.
        optim: their optimisers, under the same names.
        shape: of one example.
        latents: `keys [b] -> z [b, ...]`, the prior; the encoder's codes have its shape.
        code_std: s, the spread of the reconstructor's codes of the data.
        reconstruction_weight: of ||z - F(G(z))||^2, the sum over a latent's elements.
        n_critic: discriminator updates a round.
        ema: decay per round of the generator's average of weights.
        microbatches: parts a batch is cut into to save memory.

    Raises:
        ValueError: other players than these, or codes unlike the prior's latents.
    """
    pairs = {"disc": lambda keys: (rng.normal(keys, shape), latents(keys))}
    players = cast(models, optim, latents, pairs, shape, ema)

    def real_and_generated(state: GameState, batch: Batch, keys: Keys):
        x, z = batch["sample"], players.prior(keys)
        noise = rng.normal(rng.stream(keys, "code"), z.shape[1:])
        code = players.encode(state, x) + code_std * noise
        return (x, code), (players.generate(state, z), z)

    def gen_loss(
        state: GameState, batch: Batch, keys: Keys, step: Seen
    ) -> tuple[jax.Array, Aux]:
        del batch, step
        z = players.prior(keys)
        fake, gen_moved = players.run(state, "gen", z, moving=True)
        code, enc_moved = players.run(state, "enc", fake, moving=True)
        fake_logits = players.run(state, "disc", fake, z)[0][0]
        missed = jnp.square(z - code).sum(axis=tuple(range(1, z.ndim)))
        terms = {
            "adversarial": -fake_logits,
            "reconstruction": value(reconstruction_weight, state.seen) * missed,
        }
        total = terms["adversarial"].mean() + terms["reconstruction"].mean()
        metrics = {**terms, "fake_logit": fake_logits}
        return total, Aux(metrics, {"gen": gen_moved, "enc": enc_moved})

    return Game(
        players=players.players,
        phases=(
            judging(
                players,
                "disc",
                losses.non_saturating,
                real_and_generated,
                repeats=n_critic,
                microbatches=microbatches,
            ),
            Phase("gen", ("gen", "enc"), gen_loss, microbatches=microbatches),
        ),
        sample=players.sample,
    )


__all__ = ["veegan"]
