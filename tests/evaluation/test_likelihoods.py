"""Bounds on log p: of weights that are known, and of a run on digits it never saw."""

import math

import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import data
from gan_jax.errors import BadInput
from gan_jax.evaluation import Evaluator, evaluate_run
from gan_jax.evaluation.evaluator import protocol
from gan_jax.evaluation.kinds import Maker
from gan_jax.games.base import Game, GameState
from gan_jax.games.density import LOG_WEIGHTS, Density
from gan_jax.main import main
from gan_jax.run import config_file
from gan_jax.run.sampler import shown
from gan_jax.training import train
from tests.evaluation.tables import LIKELY
from tests.training.runs import ROOT

STAMP = protocol(ema=False, batch_norm="none", seed=0)
BASE = 40.0


def known(exact, levels=True):
    """log w of draw i is log(i + 1), less 40 and the example's brightness."""

    def weights(state, batch, keys, draws):
        own = batch["sample"].mean((1, 2, 3))
        return jnp.log(draws + 1.0)[:, None] - BASE - own

    def posterior(state, x, asked):
        bright = x.mean((1, 2, 3))
        mean = jnp.stack([10 * bright, jnp.zeros(len(x)), jnp.ones(len(x))], 1)
        return mean, jnp.log(jnp.full((len(x), 3), 0.25))

    density = Density(weights, "of a test", levels, exact)
    return {LOG_WEIGHTS: density, "posterior": posterior}


def scores(functions, rest=None, names=LIKELY):
    reals = data.shapes((8, 8, 1), count=60)
    game = Game({}, (), functions=functions)
    maker = Maker(game, GameState(0, 0, None, {}, {}), {}, 0, 60, rest)
    evaluator = Evaluator(reals, names, functions=functions)
    assert not evaluator.looks
    said = []
    found = evaluator.measure(
        np.empty((0, 8, 8, 1), np.uint8),
        STAMP,
        lambda score, word: said.append(word),
        maker=maker,
    )
    seen = rest or reals
    return {score.name: score for score in found}, said, shown(seen, seen.size)


def test_the_mean_of_known_weights():
    found, said, batch = scores(known(exact=False))
    bright = np.asarray(batch["sample"].mean((1, 2, 3)))
    one = -BASE - bright.mean()
    assert found["elbo"].value == pytest.approx(one, rel=1e-6)
    assert found["iwae"].value == pytest.approx(one + math.log(51 / 2), rel=1e-6)
    assert found["nll"].value == pytest.approx(-one - math.log(5001 / 2), rel=1e-5)
    bits = -found["iwae"].value / (math.log(2) * 64)
    assert found["bits_per_dim"].value == pytest.approx(bits, rel=1e-6)
    assert found["elbo"].spread == pytest.approx(bright.std() / 60**0.5, rel=1e-3)
    assert found["active_units"].value == 1.0
    kl = 0.5 * ((100 * bright**2).mean() + 1 + 3 * (0.25 - 1 - math.log(0.25)))
    assert found["kl"].value == pytest.approx(kl, rel=1e-5)
    assert found["nll"].protocol.how == "of a test, 5,000 draws"
    assert set(said) == {"trained on: the data name no other part"}


def test_an_exact_density_is_asked_once_and_on_what_was_held_out():
    rest = data.shapes((8, 8, 1), count=40, seed=7)
    found, said, batch = scores(known(exact=True), rest)
    bright = float(batch["sample"].mean())
    assert found["nll"].value == -found["elbo"].value == -found["iwae"].value
    assert found["elbo"].value == pytest.approx(-BASE - bright, rel=1e-6)
    assert found["elbo"].protocol.how == "of a test"
    assert found["elbo"].protocol.n_real == 40
    assert found["elbo"].protocol.split.endswith(rest.digest[:12])
    assert set(said) == {""}


def test_densities_have_no_bits_and_other_games_no_likelihood():
    with pytest.raises(BadInput, match="no probability of levels; there is elbo"):
        scores(known(False, levels=False), names=("bits_per_dim",))
    with pytest.raises(BadInput, match="no function 'log_weights'"):
        Evaluator(data.shapes((8, 8, 1), count=9), ["nll"], functions=())


@pytest.mark.slow
def test_a_run_is_measured_on_digits_it_never_saw(tmp_path, capsys):
    small = ["data.name=mnist5k", "data.split=train", "data.per_class=4"]
    train(config_file.load(f"{ROOT}/configs/vae.py:tiny", small), tmp_path / "run")
    found = evaluate_run(tmp_path / "run", ["elbo", "iwae", "active_units"], num=30)
    values = {score.name: score for score in found}
    assert values["elbo"].protocol.split.startswith("mnist5k/test/4@")
    assert values["elbo"].value < values["iwae"].value
    assert values["elbo"].protocol.how == "bernoulli, dynamic, 1 draws"
    flags = ["--mode=evaluate", f"--workdir={tmp_path / 'run'}"]
    assert main([*flags, "--metrics=bits_per_dim"]) == 2
    assert "bernoulli, dynamic is no probability" in capsys.readouterr().err
