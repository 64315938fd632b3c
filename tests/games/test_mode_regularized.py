"""Reg-GAN and MDGAN: every phase's gradients by hand, who moves, what is refused."""

import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import data, games, losses, models, nn, optim, sampling
from tests.games.linear import (
    BATCH,
    X,
    apply,
    changed,
    check,
    one_update,
    play,
    sigmoid,
    slopes,
    softplus,
)
from tests.games.tables import encoded, manifold_diffusion

L1, L2 = 0.3, 0.7
WEIGHTS = {"distance_weight": L1, "mode_weight": L2, "loss": losses.non_saturating}
REG = games.mode_regularized, ("disc",)
MD = games.manifold_diffusion, ("disc", "manifold")


def scene(cast, phase):
    """The update, and G(z), E(x), G(E(x)) as they were."""
    old, steps, metrics, z = play(*cast, phase, **WEIGHTS)
    code = apply(old["enc"], X)
    return old, steps, metrics, z, apply(old["gen"], z), code, apply(old["gen"], code)


def rising(judge, points):
    """Gradient of mean softplus(-D) by the points, with their logits."""
    logits = apply(judge, points)
    return -sigmoid(-logits) / BATCH * judge[0].T, logits[:, 0]


def telling_apart(judge, real, fake):
    """Loss and gradients of a discriminator."""
    on_real, on_fake = apply(judge, real), apply(judge, fake)
    pull, push = -sigmoid(-on_real) / BATCH, sigmoid(on_fake) / BATCH
    gradient = tuple(
        a + b for a, b in zip(slopes(real, pull), slopes(fake, push), strict=True)
    )
    return (softplus(-on_real) + softplus(on_fake)).mean(), gradient


@pytest.mark.parametrize(
    ("cast", "phase", "real", "fake"),
    [
        (REG, "disc", "x", "generated"),
        (MD, "manifold", "x", "rebuilt"),
        (MD, "disc", "rebuilt", "generated"),
    ],
)
def test_a_discriminator_tells_apart_what_it_should(cast, phase, real, fake):
    old, steps, metrics, _, generated, _, rebuilt = scene(cast, phase)
    shown = {"x": X, "generated": generated, "rebuilt": rebuilt}
    value, gradient = telling_apart(old[phase], shown[real], shown[fake])
    np.testing.assert_allclose(metrics[f"{phase}/loss"][0], value, rtol=1e-5)
    check(steps, **{phase: gradient})


def toward_the_data(old, judge, code, rebuilt):
    """Value of l1 d + l2 gen(D(G(E(x)))), and its gradients in G and E."""
    by_judge, logits = rising(judge, rebuilt)
    by_rebuilt = L1 * 2 * (rebuilt - X) / X.size + L2 * by_judge
    value = L1 * np.square(rebuilt - X).mean() + L2 * softplus(-logits).mean()
    return value, slopes(code, by_rebuilt), slopes(X, by_rebuilt @ old["gen"][0].T)


def test_reg_gans_generator_and_encoder():
    old, steps, metrics, z, generated, code, rebuilt = scene(REG, "gen")
    value, in_gen, in_enc = toward_the_data(old, old["disc"], code, rebuilt)
    by_generated, logits = rising(old["disc"], generated)
    value += softplus(-logits).mean()
    np.testing.assert_allclose(metrics["gen/loss"][0], value, rtol=1e-5)
    both = [a + b for a, b in zip(in_gen, slopes(z, by_generated), strict=True)]
    check(steps, gen=tuple(both), enc=in_enc)


def test_mdgan_reaches_the_manifold():
    old, steps, metrics, _, _, code, rebuilt = scene(MD, "reach")
    value, in_gen, in_enc = toward_the_data(old, old["manifold"], code, rebuilt)
    np.testing.assert_allclose(metrics["reach/loss"][0], value, rtol=1e-5)
    check(steps, gen=in_gen, enc=in_enc)


def test_mdgan_spreads_over_it():
    old, steps, metrics, z, generated, _, _ = scene(MD, "gen")
    by_generated, logits = rising(old["disc"], generated)
    value = softplus(-logits).mean()
    np.testing.assert_allclose(metrics["gen/loss"][0], value, rtol=1e-5)
    check(steps, gen=slopes(z, by_generated))


def test_the_two_steps_of_mdgan_see_different_examples():
    assert manifold_diffusion().slots() == {"real": 1, "fresh": 1}


@pytest.mark.slow
def test_generators_statistics_are_the_priors():
    """Reconstructions go through the generator, but do not count."""
    game = manifold_diffusion(gen_norm=nn.batch_norm())
    for phase, who in (("reach", "enc"), ("gen", "gen")):
        before, after = one_update(game, phase)
        for name in ("gen", "enc"):
            a, b = (s.players[name].variables for s in (before, after))
            assert changed(a, b) == (name == who)


def test_power_iterations_advance_on_the_real_pass_alone():
    game = encoded(games.mode_regularized, wrap=nn.spectral_norm())
    before, after = one_update(game, "disc")
    disc = before.players["disc"]
    _, once = game.players["disc"].module.apply(
        {"params": disc.params, **disc.variables},
        jnp.asarray(X),
        train=True,
        mutable=["spectral"],
    )
    moved = after.players["disc"].variables["spectral"]
    assert not changed(moved, once["spectral"])
    assert changed(moved, disc.variables["spectral"])


def test_wrong_casts_and_codes_are_refused():
    with pytest.raises(ValueError, match="models must be gen, enc, disc and manifold"):
        encoded(games.manifold_diffusion)
    modules = {
        "gen": models.mlp.Generator((2,), ()),
        "enc": models.mlp.Encoder((5,), ()),
        "disc": models.mlp.Discriminator(()),
    }
    with pytest.raises(ValueError, match=r"codes of shape \(5,\).*\(3,\)"):
        games.mode_regularized(
            modules,
            dict.fromkeys(modules, optim.sgd(0.1)),
            data.Facts((2,)),
            loss=losses.non_saturating,
            latents=sampling.normal((3,)),
        )
