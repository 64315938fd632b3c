"""What holds of every adversarial loss, whatever it is."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import losses
from tests.losses.tables import ALL_LOSSES, NOT_LOSSES

# Between the targets of least squares and inside the margins of the hinge.
REAL = np.array([0.31, 0.22, 0.47, 0.38, 0.11])
FAKE = np.array([0.41, 0.27, 0.13, 0.19, 0.36])

each = pytest.mark.parametrize("row", ALL_LOSSES.values(), ids=ALL_LOSSES.keys())


def means(loss):
    """Both sides' mean losses as functions of both batches of logits."""
    return {
        "disc": lambda r, f: loss.disc(r, f).mean(),
        "gen": lambda r, f: loss.gen(r, f).mean(),
    }


def test_every_public_name_is_in_the_table():
    named = {name.split()[0] for name in ALL_LOSSES}
    assert named | NOT_LOSSES == set(losses.__all__)


@each
def test_values_are_per_example_and_keep_the_dtype(row):
    real, fake = jnp.float32(REAL), jnp.float32(FAKE)
    for side in (row.loss.disc, row.loss.gen):
        values = jax.jit(side)(real, fake)
        assert values.shape == (5,)
        assert values.dtype == jnp.float32


@each
def test_discriminator_refuses_unequal_batches(row):
    with pytest.raises(ValueError, match=r"\(5,\).*\(1,\)"):
        row.loss.disc(jnp.float32(REAL), jnp.float32(FAKE[:1]))


@each
def test_generator_batch_may_be_larger_unless_reals_are_read(row):
    real, fake = jnp.float32(REAL), jnp.float32(np.tile(FAKE, 2))
    if row.reads_reals:
        with pytest.raises(ValueError, match=r"\(5,\).*\(10,\)"):
            row.loss.gen(real, fake)
    else:
        twice = jax.jit(row.loss.gen)(real, fake)
        once = jax.jit(row.loss.gen)(real, jnp.float32(FAKE))
        np.testing.assert_allclose(twice, np.tile(once, 2), rtol=1e-6)


@each
def test_order_of_the_batch_does_not_matter_to_the_values(row):
    real, fake = jnp.float32(REAL), jnp.float32(FAKE)
    order = np.array([3, 0, 4, 1, 2])
    for side in (row.loss.disc, row.loss.gen):
        side = jax.jit(side)
        np.testing.assert_allclose(
            side(real[order], fake[order]), side(real, fake)[order], rtol=1e-5
        )


@each
def test_discriminator_pulls_apart_what_the_generator_pulls_together(row):
    real, fake = jnp.float32(REAL), jnp.float32(FAKE)
    both = means(row.loss)
    on_real, on_fake = jax.jit(jax.grad(both["disc"], (0, 1)))(real, fake)
    assert (on_real < 0).all()
    assert (on_fake > 0).all()
    of_real, of_fake = jax.jit(jax.grad(both["gen"], (0, 1)))(real, fake)
    assert (of_fake < 0).all()
    assert (of_real != 0).any() == row.reads_reals


@each
@pytest.mark.usefixtures("x64")
def test_gradients_are_the_finite_differences(row):
    logits, h = jnp.asarray(np.concatenate([REAL, FAKE])), 1e-5

    @jax.jit
    def compare(logits):
        found = {}
        for side, loss in means(row.loss).items():

            def of_both(both, loss=loss):
                return loss(both[:5], both[5:])

            steps = h * jnp.eye(10)
            up, down = (jax.vmap(of_both)(logits + d) for d in (steps, -steps))
            found[side] = jax.grad(of_both)(logits), (up - down) / (2 * h)
        return found

    for gradient, difference in compare(logits).values():
        np.testing.assert_allclose(gradient, difference, rtol=1e-7, atol=1e-9)


@each
def test_large_logits_stay_finite(row):
    @jax.jit
    def everything(logits):
        return [
            jax.value_and_grad(loss, (0, 1))(logits, -logits)
            for loss in means(row.loss).values()
        ]

    for size in (80.0, -80.0):
        for number in jax.tree.leaves(everything(jnp.full(5, size, jnp.float32))):
            assert np.isfinite(number).all()
