"""What a synthesis begins from: a constant, or waves that move exactly."""

import flax.linen as linen
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import nn
from gan_jax.nn.fourier import Place

KEY = jax.random.key(4)
W = jnp.ones((2, 5))


class Begun(linen.Module):
    """A network that is an input and no more."""

    input: nn.Input
    size: tuple[int, int]
    features: int = 6

    @linen.compact
    def __call__(self, place=None):
        return self.input.begin(self, self.size, self.features, W, place)


def placed(right=0.0, down=0.0, angle=0.0):
    return Place(jnp.tile(jnp.array([[right, down]]), (2, 1)), jnp.full(2, angle))


def decibels(a, b):
    mse = np.mean(np.square(np.float64(a) - np.float64(b)))
    return 20 * np.log10(2) - 10 * np.log10(mse)


def begun(size, **kwargs):
    net = Begun(nn.fourier_features(**kwargs), size)
    variables = net.init(KEY)
    return jax.jit(lambda place: net.apply(variables, place)), variables


def test_a_constant_is_one_parameter_and_cannot_be_moved():
    net = Begun(nn.learned_constant(), (4, 8))
    assert not net.input.placed
    variables = net.init(KEY)
    assert jax.tree.map(jnp.shape, variables) == {"params": {"const": (4, 8, 6)}}
    made = net.apply(variables)
    np.testing.assert_array_equal(made[0], variables["params"]["const"])
    np.testing.assert_array_equal(made[1], made[0])
    with pytest.raises(ValueError, match="take fourier_features"):
        net.apply(variables, placed())


@pytest.mark.parametrize(("size", "cutoff"), [((4, 4), None), ((7, 14), 2.0)])
def test_waves_are_sines_of_their_frequencies(size, cutoff):
    run, variables = begun(size, cutoff=cutoff)
    own = {name: np.float64(x) for name, x in variables["constants"]["input"].items()}
    lengths = np.linalg.norm(own["frequencies"], axis=-1)
    assert lengths.max() <= (cutoff or 2.0)
    rate = min(size)
    y, x = ((np.arange(n) + 0.5 - n / 2) / rate for n in size)
    turns = x[None, :, None] * own["frequencies"][:, 0]
    turns = turns + y[:, None, None] * own["frequencies"][:, 1] + own["phases"]
    kernel = np.float64(variables["params"]["input"]["mixed"]["kernel"]) / np.sqrt(6)
    wanted = np.sin(2 * np.pi * turns) @ kernel
    made = run(None)
    np.testing.assert_allclose(made, np.stack([wanted, wanted]), atol=1e-5)
    # Asked for nothing is not asked; what lies elsewhere was computed there.
    np.testing.assert_array_equal(run(placed()), made)
    right, down = 0.3, -0.2
    moved = (
        x[None, :, None] * own["frequencies"][:, 0]
        + y[:, None, None] * own["frequencies"][:, 1]
        + own["phases"]
        - right * size[1] / rate * own["frequencies"][:, 0]
        - down * size[0] / rate * own["frequencies"][:, 1]
    )
    wanted = np.sin(2 * np.pi * moved) @ kernel
    np.testing.assert_allclose(run(placed(right, down))[0], wanted, atol=1e-5)


def test_waves_move_by_whole_samples_and_turn():
    """The smallest map of all, whose shortest waves have two samples just."""
    run, _ = begun((4, 4))
    still = run(placed())
    assert decibels(still[:, :, :-1], run(placed(right=0.25))[:, :, 1:]) > 130
    assert decibels(still[:, 2:], run(placed(down=-0.5))[:, :-2]) > 130
    assert decibels(np.rot90(still, axes=(1, 2)), run(placed(angle=90.0))) > 120


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="cutoff"):
        nn.fourier_features(0.0)
    with pytest.raises(ValueError, match="cutoff"):
        Begun(nn.fourier_features(3.0), (4, 8)).init(KEY)
