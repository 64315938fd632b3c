"""What holds of every adversarial loss, whatever it is."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import losses
from tests.losses.tables import ALL_LOSSES, NOT_LOSSES

REAL = np.array([0.31, -0.22, 0.47, -0.38, 0.11])
FAKE = np.array([-0.41, 0.27, 0.13, -0.19, 0.36])

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
        twice = row.loss.gen(real, fake)
        once = row.loss.gen(real, jnp.float32(FAKE))
        np.testing.assert_array_equal(twice, np.tile(once, 2))


@each
def test_order_of_the_batch_does_not_matter_to_the_values(row):
    real, fake = jnp.float32(REAL), jnp.float32(FAKE)
    order = np.array([3, 0, 4, 1, 2])
    for side in (row.loss.disc, row.loss.gen):
        np.testing.assert_allclose(
            side(real[order], fake[order]), side(real, fake)[order], rtol=1e-5
        )


@each
def test_discriminator_pulls_apart_what_the_generator_pulls_together(row):
    real, fake = jnp.float32(REAL), jnp.float32(FAKE)
    both = means(row.loss)
    on_real, on_fake = jax.grad(both["disc"], (0, 1))(real, fake)
    assert (on_real < 0).all()
    assert (on_fake > 0).all()
    of_real, of_fake = jax.grad(both["gen"], (0, 1))(real, fake)
    assert (of_fake < 0).all()
    assert (of_real != 0).any() == row.reads_reals


@each
@pytest.mark.parametrize("side", ["disc", "gen"])
@pytest.mark.parametrize("argument", [0, 1])
@pytest.mark.usefixtures("x64")
def test_gradient_is_the_finite_difference(row, side, argument):
    loss = jax.jit(means(row.loss)[side])
    at = [jnp.asarray(REAL), jnp.asarray(FAKE)]
    gradient = jax.grad(loss, argument)(*at)
    h = 1e-5
    for i in range(5):
        up, down = (
            loss(*(x.at[i].add(d) if j == argument else x for j, x in enumerate(at)))
            for d in (h, -h)
        )
        np.testing.assert_allclose(gradient[i], (up - down) / (2 * h), atol=1e-9)


@each
def test_large_logits_stay_finite(row):
    for size in (80.0, -80.0):
        logits = jnp.full(3, size, jnp.float32)
        for loss in means(row.loss).values():
            value, gradients = jax.value_and_grad(loss, (0, 1))(logits, -logits)
            assert np.isfinite(value)
            assert all(np.isfinite(g).all() for g in gradients)
