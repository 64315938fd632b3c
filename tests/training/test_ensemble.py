import json

import jax
import numpy as np
import pytest

import gan_jax
from gan_jax.errors import BadInput
from gan_jax.run.checkpoints import flatten
from gan_jax.training import ensemble, train
from tests.training.runs import points, python

SEEDS = (3, 11, 4)


def config(**train):
    return points(steps=6, log_every=3, checkpoint_every=6, steps_per_call=3, **train)


@pytest.fixture(scope="module")
def trained():
    return ensemble.train(config(), SEEDS, evaluate_every=3, samples=100)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    path = tmp_path_factory.mktemp("alone") / "run"
    train(config(seed=11, devices=1), path)
    return path


def assert_same(a, b, rtol=0.0, atol=0.0):
    a, b = flatten(a), flatten(b)
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_allclose(a[name], b[name], rtol=rtol, atol=atol)


@pytest.mark.slow
def test_a_seed_ends_as_its_own_run_does(trained, alone):
    """One after another on a CPU: the same program, so the same bits."""
    assert_same(trained.states[1], gan_jax.load(alone).state)


@pytest.mark.slow
def test_lines_are_those_of_the_run(trained, alone):
    lines = [json.loads(x) for x in (alone / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in trained.lines[1]] == [3, 6]
    for ours, theirs in zip(trained.lines[1], lines, strict=True):
        assert ours["seen"] == theirs["seen"]
        terms = [name for name in theirs if "/" in name]
        assert terms == [name for name in ours if "/" in name]
        for name in terms:
            assert ours[name] == pytest.approx(theirs[name], rel=1e-6, abs=1e-7)


@pytest.mark.slow
def test_samples_are_those_of_the_run(trained, alone):
    expected = gan_jax.load(alone).sample(100, seed=11)
    np.testing.assert_allclose(trained.samples[1], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_seeds_are_evaluated_apart(trained):
    assert len({line[-1]["disc/loss"] for line in trained.lines}) == 3
    for lines, samples in zip(trained.lines, trained.samples, strict=True):
        assert {"modes", "high_quality", "reverse_kl"} <= lines[-1].keys()
        assert samples.shape == (100, 2)


@pytest.mark.slow
def test_vmapped_over_two_devices_the_same(trained):
    """What an accelerator runs, and seeds that the devices do not divide evenly."""
    code = """
from gan_jax.training import ensemble
import numpy as np
import jax
ensemble.CHUNK = 33
ensemble.at_once = lambda platform, seeds: seeds
found = ensemble.train(values["config"], (3, 11, 4), 3, samples=100)
assert len(jax.devices()) == 2
print(json.dumps([[x.tolist() for x in found.samples], found.lines]))
"""
    samples, lines = python(code, devices=2, config=config())
    np.testing.assert_allclose(samples, trained.samples, rtol=1e-4, atol=1e-5)
    for ours, theirs in zip(trained.lines, lines, strict=True):
        assert ours[-1]["disc/loss"] == pytest.approx(theirs[-1]["disc/loss"], 1e-5)


@pytest.mark.slow
def test_a_seed_that_diverges_stops_no_other():
    broken = config()
    broken["optim"]["gen"] = {"name": "sgd", "learning_rate": 1e30}
    broken["game"]["loss"] = {"name": "least_squares"}
    lines = ensemble.train(broken, (0, 1), evaluate_every=6, samples=10).lines
    assert all(line[-1]["gen/skipped"] + line[-1]["disc/skipped"] > 0 for line in lines)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seeds", "evaluate_every", "what"),
    [((), 3, "no seeds"), ((0,), 4, "evaluate_every=4"), ((0,), 0, "evaluate_every=0")],
)
def test_what_cannot_be_trained_is_refused(seeds, evaluate_every, what):
    with pytest.raises(BadInput, match=what):
        ensemble.train(config(), seeds, evaluate_every)


def test_each_device_takes_its_seeds_at_once_but_for_cpus():
    assert ensemble.at_once("cpu", 10) == 1
    assert ensemble.at_once("gpu", 10) == 10
    assert jax.devices()[0].platform == "cpu"
