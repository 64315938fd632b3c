"""StyleGAN2's networks in every architecture, at any size and with any channels."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import nn
from gan_jax.models import stylegan2
from gan_jax.models.growing import ALPHA, FADE, Growing

ARCHITECTURES = ("skip", "residual", "plain")
KEY = jax.random.key(0)


def pair(gen, disc, shape, widths=(4, 3)):
    return (
        stylegan2.Generator(shape, widths, style=5, depth=1, architecture=gen),
        stylegan2.Discriminator(widths[::-1], disc),
    )


@pytest.mark.parametrize(
    ("shape", "sizes"),
    [
        ((64, 128, 3), 5),
        ((28, 28, 1), 3),
        ((20, 12, 7), 3),
        ((5, 3, 2), 1),
        ((512, 256, 4), 8),
    ],
)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_any_base_times_a_power_of_two_is_a_size(architecture, shape, sizes):
    gen, disc = pair(architecture, architecture, shape, (4,) * (sizes - 1) + (3,))

    def both(key):
        z = jnp.zeros((4, 6))
        x = gen.apply(gen.init(key, z, train=True), z, train=True)
        return x, disc.apply(disc.init(key, x, train=True), x, train=True)[0]

    x, logits = jax.eval_shape(both, KEY)
    assert (x.shape, logits.shape) == ((4, *shape), (4,))


@pytest.fixture(scope="module")
def gradients():
    """Losses of all pairings, and their gradients by generator and by critic.

    Compiled are three generators and three critics, not nine pairs: each critic judges
    the pictures of all generators at once.
    """
    shape = (6, 10, 5)
    nets = [pair(kind, kind, shape) for kind in ARCHITECTURES]
    z = jax.random.normal(KEY, (4, 6))

    @jax.jit
    def all_of_them():
        made = [gen.init(KEY, z, train=True) for gen, _ in nets]
        images = jnp.stack(
            [
                gen.apply(own, z, train=True)
                for (gen, _), own in zip(nets, made, strict=True)
            ]
        )
        losses, of_disc, of_image = [], [], []
        for _, disc in nets:
            own = disc.init(KEY, images[0], train=True)

            def loss(own, x, disc=disc):
                return jax.nn.softplus(-disc.apply(own, x, train=True)[0]).mean()

            each = jax.vmap(jax.value_and_grad(loss, (0, 1)), (None, 0))
            value, (mine, back) = each(own, images)
            losses, of_disc = [*losses, value], [*of_disc, mine]
            of_image = [*of_image, back]
        of_gen = []
        for i, ((gen, _), own) in enumerate(zip(nets, made, strict=True)):
            _, pull = jax.vjp(lambda own, gen=gen: gen.apply(own, z, train=True), own)
            backs = jnp.stack([back[i] for back in of_image])
            of_gen.append(jax.vmap(pull)(backs)[0])
        return images, losses, of_disc, of_gen

    return all_of_them()


@pytest.mark.slow
def test_every_generator_learns_from_every_critic(gradients):
    images, losses, of_disc, of_gen = jax.tree.map(np.asarray, gradients)
    assert np.isfinite(images).all()
    # Three different generators, and three verdicts on each.
    assert (np.abs(images - np.roll(images, 1, 0)).max((1, 2, 3, 4)) > 0.1).all()
    assert len(set(np.round(np.ravel(losses), 5))) == 9
    for i in range(3):
        for j in range(3):
            for name, grads, at in (("gen", of_gen[i], j), ("disc", of_disc[j], i)):
                for path, g in jax.tree_util.tree_leaves_with_path(grads["params"]):
                    where = (name, ARCHITECTURES[i], ARCHITECTURES[j], path)
                    assert np.isfinite(g[at]).all(), where
                    # Noise is not told here, so that its strength has no effect.
                    heard = "strength" not in jax.tree_util.keystr(path)
                    assert (np.abs(g[at]).max() > 0) == heard, where


def test_a_generator_s_architecture_is_seen_in_what_it_has():
    """Skip: an image of each size; residual: a shortcut past each size but the first."""
    found = {}
    for kind in ARCHITECTURES:
        gen, _ = pair(kind, kind, (8, 8, 1), (4, 4, 4))
        params = jax.eval_shape(
            lambda gen=gen: gen.init(KEY, jnp.zeros((1, 6)), train=True)
        )
        names = list(params["params"]["synthesis"])
        count = [sum(n.startswith(part) for n in names) for part in ("image", "past")]
        found[kind] = count
    assert found == {"skip": [3, 0], "residual": [1, 2], "plain": [1, 0]}


def test_a_fade_begins_as_the_smaller_network_and_ends_as_the_larger():
    gen, _ = pair("plain", "plain", (8, 8, 2), (4, 4, 3))
    assert isinstance(gen, Growing)
    fading, small = gen.at(2, fading=True), gen.at(1, fading=False)
    assert (small.shape, small.layers, gen.at(2, fading=False)) == ((4, 4, 2), 4, gen)
    z, ws = jax.random.normal(KEY, (2, 6)), jax.random.normal(KEY, (2, 6, 5))

    @jax.jit
    def run():
        told = fading.init(KEY, z, train=True)
        shares = [{FADE: {ALPHA: jnp.float32(share)}} for share in (0, 0.25, 1)]
        images = [
            fading.apply({**told, **share}, ws, train=True, method="paint")
            for share in shares
        ]
        before = small.apply(told, ws[:, :4], train=True, method="paint")
        return images, before, gen.apply(told, ws, train=True, method="paint")

    (first, middle, last), before, after = run()
    np.testing.assert_allclose(first, nn.upsample(before), atol=1e-6)
    np.testing.assert_allclose(last, after, atol=1e-6)
    np.testing.assert_allclose(middle, 0.75 * first + 0.25 * last, atol=1e-5)
    assert np.abs(first - last).max() > 0.1


@pytest.mark.parametrize("architecture", ["skip", "residual"])
def test_what_has_shortcuts_does_not_grow(architecture):
    gen, _ = pair(architecture, "plain", (8, 8, 2))
    with pytest.raises(ValueError, match="does not grow"):
        gen.at(0, fading=False)
    with pytest.raises(ValueError, match="does not grow"):
        gen.clone(fading=True)
