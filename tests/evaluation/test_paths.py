"""Path lengths of generators that have closed ones, and what a metric asks of a model."""

import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import data, rng
from gan_jax.asks import Ask
from gan_jax.errors import BadInput
from gan_jax.evaluation import Evaluator, evaluate_run
from gan_jax.evaluation.evaluator import protocol
from gan_jax.evaluation.kinds import Maker
from gan_jax.games.base import Game, GameState
from gan_jax.main import main
from gan_jax.metrics import compare
from tests.evaluation.tables import PATHS

pytestmark = pytest.mark.optimised

COUNT, SEED, D = 150, 4, 5
STAMP = protocol(ema=False, batch_norm="none", seed=SEED)
numbers = np.random.default_rng(0)
A, B = numbers.normal(size=(D, 2)), numbers.normal(size=(D, D))
LOUD = Ask(drawn=lambda keys: jnp.ones(len(keys)))


def drawn(state, keys, asked):
    return rng.normal(rng.stream(keys, "latents"), (D,))


def mapped(state, z, asked):
    return z @ jnp.float32(B)


def painted(state, w, noise, asked, keys):
    # Noise of either end's own would be taken for a step.
    still = rng.normal(rng.stream(keys, "manner"), (2,))
    return asked["loud"][:, None] * (w @ jnp.float32(A)) + still


def synthesize(state, z, asked, keys):
    return painted(state, mapped(state, z, asked), None, asked, keys)


def sample(state, keys, asked):
    return synthesize(state, drawn(state, keys, asked), asked, keys)


FUNCTIONS = dict(latents=drawn, map=mapped, paint=painted, synthesize=synthesize)


def model(loud):
    """z -> loud * z B A, a linear generator of points whose w is z B."""
    game = Game({}, (), sample=sample, asks={"loud": LOUD}, functions=FUNCTIONS)
    state = GameState(0, 0, None, {}, {})
    return Maker(game, state, {"loud": loud}, SEED, COUNT)


def scores(maker):
    evaluator = Evaluator(data.ring(count=64), PATHS, functions=FUNCTIONS)
    found = evaluator.measure(maker.again(), STAMP, maker=maker)
    assert tuple(score.name for score in found) == evaluator.names == PATHS
    return {score.name: score for score in found}


def both_ends(maker):
    """Latents where paths begin and end, and where steps stand on them, in float64."""
    places = jnp.arange(COUNT)
    root = rng.stream(rng.root(SEED), "sample")
    ends = rng.at(rng.stream(root, "ends of paths"), places)
    t = rng.uniform(rng.at(rng.stream(rng.root(SEED), "t"), places), (), 0.0, 1.0)
    pair = (drawn(None, keys, {}) for keys in (maker.keys(np.arange(COUNT)), ends))
    return *(np.asarray(x, np.float64) for x in pair), np.asarray(t, np.float64)


def trimmed(lengths):
    return np.sort(lengths)[1:-1].mean()  # 1 % of 149 steps, rounded outwards, is one


def on_circle(a, b, t):
    """The speed of the great circle from a to b, at t."""
    cosine = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    angle = np.arccos(cosine)[:, None]
    t = np.broadcast_to(t, len(a))[:, None]
    speed = np.cos(t * angle) * b - np.cos((1 - t) * angle) * a
    return angle * speed / np.sin(angle)


def test_lengths_of_a_linear_generator_in_closed_form():
    loud = np.float32(numbers.uniform(0.5, 2, COUNT))
    maker = model(loud)
    found = scores(maker)
    a, b, t = both_ends(maker)
    speeds = {
        "ppl_w": b - a,
        "ppl_w_end": b - a,
        "ppl_z": on_circle(a, b, t),
        "ppl_z_end": on_circle(a, b, 0.0),
    }
    for name, speed in speeds.items():
        lengths = ((loud[:, None] * (speed @ B @ A)) ** 2).sum(1)
        assert found[name].value == pytest.approx(trimmed(lengths), rel=0.01), name
    assert found["ppl_z"].value != pytest.approx(found["ppl_z_end"].value, rel=0.02)


def test_each_says_how_it_was_measured():
    found = scores(model(np.ones(COUNT, np.float32)))
    stamps = {name: score.protocol for name, score in found.items()}
    assert stamps["ppl_w_end"].how == (
        "steps of 0.0001 at the beginning of straight lines in w, 1st to 99th percentile"
    )
    assert "anywhere on great circles in z" in stamps["ppl_z"].how
    assert {p.n_fake for p in stamps.values()} == {COUNT}
    assert {(p.n_real, p.split) for p in stamps.values()} == {(0, "none")}
    assert compare(found["ppl_z"], found["ppl_z"]) == 0


def test_a_model_makes_its_samples_again():
    loud = np.linspace(0.5, 2, COUNT, dtype=np.float32)
    maker = model(loud)
    plain = maker.again()
    assert plain.shape == (COUNT, 2)
    places = np.array([80, 3, 3])
    np.testing.assert_allclose(maker.again(places), plain[places], rtol=1e-5)
    still = maker.again(loud=0.0)
    louder = still + (plain - still) * 2
    np.testing.assert_allclose(maker.again(loud=2 * loud), louder, rtol=1e-4, atol=1e-5)
    with pytest.raises(BadInput, match="cannot be asked for 'quiet'"):
        maker.again(quiet=1)
    with pytest.raises(BadInput, match=r"no function 'encode'; it has latents, map"):
        maker.function("encode")


def test_paths_are_of_models_that_have_them():
    dataset = data.ring(count=64)
    with pytest.raises(BadInput, match="is taken of a trained run alone"):
        Evaluator(dataset, ["ppl_z"])
    with pytest.raises(BadInput, match="its model has no function 'map'"):
        Evaluator(dataset, ["ppl_w"], functions=("latents", "synthesize", "paint"))


@pytest.mark.slow
def test_of_a_run(ring, capsys):
    (score,) = evaluate_run(ring, ["ppl_z"], num=40, seed=1)
    assert score.name == "ppl_z"
    assert 0 < score.value < 1e4
    assert score.protocol.labels == "uniform"
    flags = ["--mode=evaluate", f"--workdir={ring}", "--metrics=ppl_w"]
    assert main(flags) == 2
    assert "its model has no function 'map'" in capsys.readouterr().err
