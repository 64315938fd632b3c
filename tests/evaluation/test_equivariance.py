"""EQ-T and EQ-R of models whose pictures move by a formula, as they should or not."""

import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import data, rng
from gan_jax.asks import Ask
from gan_jax.errors import BadInput
from gan_jax.evaluation import Evaluator
from gan_jax.evaluation.evaluator import protocol
from gan_jax.evaluation.kinds import Maker
from gan_jax.games.base import Game, GameState

COUNT, SEED = 70, 5
NAMES = ("eq_t", "eq_t_frac", "eq_r")
STAMP = protocol(ema=False, batch_norm="none", seed=SEED)
ASKS = {
    "translate": Ask((2,), drawn=lambda keys: jnp.zeros((len(keys), 2))),
    "rotate": Ask(drawn=lambda keys: jnp.zeros(len(keys))),
}


def waves(noise, lag, state, keys, asked):
    """A wave of each key's own, 28 x 20; moved by a share of what is asked, and noisy."""
    count = len(keys)
    zeros = {"translate": jnp.zeros((count, 2)), "rotate": jnp.zeros(count)}
    shift, angle = (
        lag * jnp.asarray(asked.get(name, zero)) for name, zero in zeros.items()
    )
    angle = jnp.deg2rad(angle)[:, None, None]
    x, y = jnp.meshgrid(jnp.arange(20) - 9.5, jnp.arange(28) - 13.5)
    x, y = x - 20 * shift[:, 0, None, None], y - 28 * shift[:, 1, None, None]
    x, y = (
        jnp.cos(angle) * x - jnp.sin(angle) * y,
        jnp.sin(angle) * x + jnp.cos(angle) * y,
    )
    phase = 6 * rng.uniform(keys, ())[:, None, None]
    made = jnp.sin(0.4 * x + 0.3 * y + phase)
    asked_for = rng.normal(rng.stream(keys, "noise"), (28, 20))
    moved = jnp.abs(shift).sum(1) + jnp.abs(angle[:, 0, 0]) > 0
    return (made + noise * moved[:, None, None] * asked_for)[..., None]


def measured(noise=0.0, lag=1.0, names=NAMES, asks=ASKS):
    def sample(state, keys, asked):
        return waves(noise, lag, state, keys, asked)

    game = Game({}, (), sample=sample, asks=asks)
    answers = {name: np.zeros((COUNT, *ask.shape)) for name, ask in asks.items()}
    maker = Maker(game, GameState(0, 0, None, {}, {}), answers, SEED, COUNT)
    evaluator = Evaluator(data.shapes((28, 20, 1), 64), names, functions={})
    samples = np.zeros((COUNT, 28, 20, 1), np.uint8)
    scores = evaluator.measure(samples, STAMP, maker=maker)
    return {score.name: score for score in scores}


def test_what_moves_as_asked_is_bounded_by_the_measure_alone():
    found = measured()
    assert found["eq_t"].value > 100  # float32
    assert 40 < found["eq_t_frac"].value < 80
    assert 35 < found["eq_r"].value < 80
    stamp = found["eq_r"].protocol
    assert (stamp.n_real, stamp.n_fake, stamp.split) == (0, COUNT, "none")
    assert "moved by 16s" in stamp.how


def test_noise_of_a_known_size_is_measured():
    found = measured(noise=0.02, names=("eq_t",))
    wanted = 20 * np.log10(2 / 0.02)
    assert found["eq_t"].value == pytest.approx(wanted, abs=0.2)


def test_what_moves_half_as_far_is_found():
    for name, score in measured(lag=0.5).items():
        assert score.value < 30, name


def test_a_model_that_cannot_be_moved_is_told_so():
    with pytest.raises(BadInput, match="cannot be asked for 'translate'"):
        measured(names=("eq_t",), asks={})
