"""What holds of every adversarial loss, whatever it is."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import losses
from tests.losses.tables import ALL_LOSSES, NOT_LOSSES

# Between the targets of least squares and inside the margins of the hinge.
REAL = np.array([0.31, 0.22, 0.47, 0.38, 0.11])
FAKE = np.array([0.41, 0.27, 0.13, 0.19, 0.36])

each = pytest.mark.parametrize("name", ALL_LOSSES)


def means(name):
    """Both sides' mean losses as functions of both batches of logits."""
    loss = ALL_LOSSES[name].loss
    return {
        "disc": lambda r, f: loss.disc(r, f).mean(),
        "gen": lambda r, f: loss.gen(r, f).mean(),
    }


@functools.cache
def compiled(name):
    """(real, fake) -> for disc and gen: values, gradients of the mean."""
    loss = ALL_LOSSES[name].loss

    def everything(real, fake):
        gradients = {
            side: jax.grad(mean, (0, 1))(real, fake)
            for side, mean in means(name).items()
        }
        return {
            "disc": (loss.disc(real, fake), gradients["disc"]),
            "gen": (loss.gen(real, fake), gradients["gen"]),
        }

    return jax.jit(everything)


def test_every_public_name_is_in_the_table():
    named = {name.split()[0] for name in ALL_LOSSES}
    assert named | NOT_LOSSES == set(losses.__all__)


@each
def test_values_are_per_example_and_keep_the_dtype(name):
    assert isinstance(ALL_LOSSES[name].loss, losses.Adversarial)
    for values, _ in compiled(name)(jnp.float32(REAL), jnp.float32(FAKE)).values():
        assert values.shape == (5,)
        assert values.dtype == jnp.float32


@each
def test_discriminator_refuses_unequal_batches(name):
    with pytest.raises(ValueError, match=r"\(5,\).*\(1,\)"):
        ALL_LOSSES[name].loss.disc(jnp.float32(REAL), jnp.float32(FAKE[:1]))


@each
def test_generator_batch_may_be_larger_unless_reals_are_read(name):
    loss = ALL_LOSSES[name].loss
    real, fake = jnp.float32(REAL), jnp.float32(np.tile(FAKE, 2))
    if ALL_LOSSES[name].reads_reals:
        with pytest.raises(ValueError, match=r"\(5,\).*\(10,\)"):
            loss.gen(real, fake)
    else:
        once = compiled(name)(real, fake[:5])["gen"][0]
        np.testing.assert_allclose(loss.gen(real, fake), np.tile(once, 2), rtol=1e-6)


@each
def test_order_of_the_batch_does_not_matter_to_the_values(name):
    real, fake = jnp.float32(REAL), jnp.float32(FAKE)
    order = np.array([3, 0, 4, 1, 2])
    straight, shuffled = (
        compiled(name)(*batch) for batch in ((real, fake), (real[order], fake[order]))
    )
    for side in ("disc", "gen"):
        np.testing.assert_allclose(
            shuffled[side][0], straight[side][0][order], rtol=1e-5, atol=1e-5
        )


@each
def test_discriminator_pulls_apart_what_the_generator_pulls_together(name):
    row = ALL_LOSSES[name]
    found = compiled(name)(jnp.float32(REAL), jnp.float32(FAKE))
    (_, (on_real, on_fake)), (_, (of_real, of_fake)) = found["disc"], found["gen"]
    if row.by_logit:
        assert (on_real < 0).all()
        assert (on_fake > 0).all()
        np.testing.assert_array_equal(np.sign(of_fake), np.sign(FAKE - row.target))
    else:
        np.testing.assert_allclose(of_fake, -on_fake, rtol=1e-5)
    assert (of_real != 0).any() == row.reads_reals


@pytest.mark.parametrize(
    "name", [name for name, row in ALL_LOSSES.items() if np.isfinite(row.target)]
)
def test_generator_comes_to_its_target_from_both_sides_and_rests_there(name):
    target = ALL_LOSSES[name].target
    gaps = np.array([-20.0, -0.5, 0.0, 0.5, 20.0])
    _, (_, slope) = compiled(name)(jnp.float32(REAL), jnp.float32(target + gaps))["gen"]
    np.testing.assert_array_equal(np.sign(slope), np.sign(gaps))


@each
def test_large_logits_stay_finite(name):
    for size in (80.0, -80.0):
        logits = jnp.full(5, size, jnp.float32)
        for number in jax.tree.leaves(compiled(name)(logits, -logits)):
            assert np.isfinite(number).all()


@each
@pytest.mark.usefixtures("x64")
def test_gradients_are_the_finite_differences(name):
    logits, h = jnp.asarray(np.concatenate([REAL, FAKE])), 1e-5

    @jax.jit
    def compare(logits):
        found = {}
        for side, loss in means(name).items():

            def of_both(both, loss=loss):
                return loss(both[:5], both[5:])

            steps = h * jnp.eye(10)
            up, down = (jax.vmap(of_both)(logits + d) for d in (steps, -steps))
            found[side] = jax.grad(of_both)(logits), (up - down) / (2 * h)
        return found

    for gradient, difference in compare(logits).values():
        np.testing.assert_allclose(gradient, difference, rtol=1e-7, atol=1e-9)
