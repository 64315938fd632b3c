"""VEEGAN: both phases' losses and gradients by hand."""

import numpy as np

from gan_jax import games, rng
from tests.games.linear import (
    BATCH,
    KEY,
    LATENTS,
    X,
    apply,
    check,
    play,
    sigmoid,
    slopes,
    softplus,
)

VEEGAN = games.veegan, ("disc",)


def test_the_discriminator_learns_which_pairs_are_real():
    """The codes of the data are draws around the reconstructor's means."""
    old, steps, metrics, z = play(*VEEGAN, "disc", joint=True, code_std=0.5)
    noise = rng.normal(rng.stream(rng.deal(KEY, BATCH), "code"), LATENTS)
    code = apply(old["enc"], X) + 0.5 * np.asarray(noise)
    real = np.concatenate([X, code], axis=1)
    fake = np.concatenate([apply(old["gen"], z), z], axis=1)
    on_real, on_fake = apply(old["disc"], real), apply(old["disc"], fake)
    value = (softplus(-on_real) + softplus(on_fake)).mean()
    np.testing.assert_allclose(metrics["disc/loss"][0], value, rtol=1e-5)
    pull, push = -sigmoid(-on_real) / BATCH, sigmoid(on_fake) / BATCH
    both = zip(slopes(real, pull), slopes(fake, push), strict=True)
    check(steps, disc=tuple(a + b for a, b in both))


def test_generator_and_reconstructor():
    """Linear in the logit, and the squared error summed over a latent's elements."""
    old, steps, metrics, z = play(
        *VEEGAN, "gen", joint=True, reconstruction_weight=0.25
    )
    fake = apply(old["gen"], z)
    logits = apply(old["disc"], np.concatenate([fake, z], axis=1))
    missed = apply(old["enc"], fake) - z
    value = -logits.mean() + 0.25 * np.square(missed).sum(1).mean()
    np.testing.assert_allclose(metrics["gen/loss"][0], value, rtol=1e-5)
    by_code = 0.25 * 2 * missed / BATCH
    by_fake = by_code @ old["enc"][0].T - old["disc"][0][:2].T / BATCH
    check(steps, gen=slopes(z, by_fake), enc=slopes(fake, by_code))
