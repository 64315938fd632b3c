"""A conditional run, asked in every way there is: Python, command line, pictures and
scores while training, evaluation, an ensemble."""

import json

import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image

import gan_jax
from gan_jax import sampling
from gan_jax.asks import Ask, codes
from gan_jax.data import Facts
from gan_jax.errors import BadInput
from gan_jax.evaluation import evaluate_run
from gan_jax.main import main
from gan_jax.training import ensemble, train
from gan_jax.training.entry import prepare
from gan_jax.training.snapshots import board
from tests.training.runs import images

pytestmark = pytest.mark.slow

MODELS = {
    "gen": {"name": "mlp.Generator", "widths": (8,)},
    "disc": {"name": "mlp.Discriminator", "widths": (8,)},
}


def conditional(**train):
    """Dense networks told the class of drawn shapes."""
    config = images(**train)
    config["models"] = MODELS
    config["game"]["conditional"] = {"name": "class_labels", "drawn": "marginal"}
    return config


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = tmp_path_factory.mktemp("conditional") / "run"
    config = conditional()
    config["eval"] = {"every": 2, "metrics": ["fd_random"], "samples": 20}
    train(config, path)
    return path


def test_a_sample_is_a_function_of_seed_place_and_class(run):
    gan = gan_jax.load(run)
    assert list(gan.asks) == ["label"]
    names = gan.facts.classes
    ones = gan.sample(4, seed=1, labels=1)
    np.testing.assert_array_equal(ones, gan.sample(4, seed=1, label=[1] * 4))
    np.testing.assert_array_equal(ones, gan.sample(4, seed=1, labels=names[1]))
    assert not np.array_equal(ones, gan.sample(4, seed=1, labels=0))
    drawn = gan.asked(70, seed=1)["label"]
    np.testing.assert_array_equal(
        gan.sample(70, seed=1), gan.sample(70, seed=1, labels=drawn)
    )
    assert set(drawn.tolist()) == {0, 1, 2, 3}


def test_a_model_is_refused_what_it_has_not(run):
    gan = gan_jax.load(run)
    for wrong, message in (
        ({"labels": 9}, "label=9 is out of range; 0 to 3"),
        ({"labels": [1, 2]}, "label has the shape"),
        ({"truncation": 0.5}, "cannot be asked for 'truncation'"),
        ({"zoom": 1}, "it can be asked for label"),
        ({"seed": -1}, "seed=-1"),
        ({"seed": 2**32}, "wanted 0 to"),
    ):
        with pytest.raises(BadInput, match=message):
            gan.sample(3, **wrong)


def test_the_command_line_asks_the_same(run, tmp_path, capsys):
    out = tmp_path / "pictures"
    where = [f"--workdir={run}", "--mode=sample", "--seed=1"]
    assert main([*where, "--num=4", "--ask.label=1", f"--out={out}/"]) == 0
    files = sorted(out.iterdir())
    assert [f.name for f in files] == [f"{i:05}.png" for i in range(4)]
    expected = gan_jax.load(run).sample(4, seed=1, labels=1)
    for file, pixels in zip(files, expected, strict=True):
        np.testing.assert_array_equal(np.asarray(Image.open(file)), pixels[..., 0])
    array = tmp_path / "samples.npz"
    assert main([*where, "--num=70", "--ask.label=disc", f"--out={array}"]) == 0
    expected = gan_jax.load(run).sample(70, seed=1, labels=0)
    np.testing.assert_array_equal(np.load(array)["samples"], expected)
    capsys.readouterr()
    for flag, message in (
        ("--ask.label=4", "label=4 is out of range"),
        ("--ask.label", "has no value"),
        ("--ask.lable=1", "did you mean label"),
        ("--config.train.seed=1", "--config.train.seed is of --mode=train"),
    ):
        assert main([*where, flag, f"--out={tmp_path}/no.png"]) == 2
        assert message in capsys.readouterr().err
    assert not (tmp_path / "no.png").exists()


def test_a_picture_while_training_has_a_class_a_row_and_a_latent_a_column(run):
    gan = gan_jax.load(run)
    seed = json.loads((run / "config.json").read_text())["config"]["train"].get(
        "seed", 0
    )
    rows = [gan.sample(2, seed=seed, labels=label) for label in range(4)]
    expected = sampling.png(np.concatenate(rows), columns=2)
    assert (run / "samples" / "step_4.png").read_bytes() == expected


def test_what_a_picture_shows():
    many = {"label": Ask(dtype="int32", data="label", below=1000)}
    shown = board(many, 64, 3)
    assert (shown.num, shown.seed, shown.columns) == (60, 3, 6)
    np.testing.assert_array_equal(shown.asked["label"], np.repeat(np.arange(10), 6))
    np.testing.assert_array_equal(shown.places, np.tile(np.arange(6), 10))
    assert board(many, 3, 0).num == 10
    of_codes = codes((4,), 2)(Facts((2,))).asks
    assert list(board(of_codes, 8, 0).asked) == ["category"]
    assert board({}, 64, 0) == (64, 0, {}, None)
    layers = {"cutoff": Ask(dtype="int32", drawn=jnp.zeros_like, below=7)}
    assert board(layers, 64, 0) == (64, 0, {}, None), "always 7 unless asked: no class"


def test_scores_say_how_classes_were_drawn(run):
    lines = (run / "evaluation.jsonl").read_text().splitlines()
    assert {json.loads(x)["protocol"]["labels"] for x in lines} == {"marginal"}
    drawn, asked = (
        evaluate_run(run, ["fd_random"], num=20, asked=asked)[0]
        for asked in ({}, {"label": 2})
    )
    assert drawn.protocol.labels == "marginal"
    assert asked.protocol.labels == "as asked"
    assert drawn.value != asked.value


@pytest.mark.slow
def test_an_ensembles_seed_is_the_run_of_that_seed(run):
    config = conditional()
    trained = ensemble.train(config, [0], evaluate_every=4, samples=4)
    flat = gan_jax.load(run).state.players["gen"].params
    own = trained.states[0].players["gen"].params
    np.testing.assert_array_equal(
        own["dense0"]["kernel"], np.asarray(flat["dense0"]["kernel"])
    )
    assert trained.samples[0].shape == (4, 8, 8, 1)
    label = {"label": np.asarray([2, 0, 1, 2], np.int32)}
    whole = ensemble.assemble(config, [0])
    (asked,) = whole.sampler(4, label)(whole.start())
    (drawn,) = whole.sampler(4)(whole.start())
    assert asked.shape == drawn.shape
    assert not np.array_equal(asked, drawn)


def test_networks_that_ignore_the_class_are_refused(tmp_path):
    config = conditional()
    config["models"] = images()["models"]
    with pytest.raises(BadInput, match="the generator ignores the condition"):
        train(config, tmp_path / "run")
    assert not (tmp_path / "run").exists()
    join = {"name": "concatenated"}
    joined = {name: node | {"join": join} for name, node in config["models"].items()}
    assert list(prepare(config | {"models": joined}).game.asks) == ["label"]


def test_an_unlabelled_data_set_is_one_clear_line(tmp_path):
    config = conditional()
    config["data"] = {"name": "swiss_roll", "count": 20}
    with pytest.raises(BadInput, match="no classes to be conditional on") as error:
        train(config, tmp_path / "run")
    assert "\n" not in str(error.value)


@pytest.mark.slow
def test_a_model_without_classes_has_none_to_be_asked_for(tmp_path):
    config = images(steps=1, log_every=1, checkpoint_every=1)
    config["models"] = MODELS
    train(config, tmp_path / "run")
    with pytest.raises(BadInput, match="cannot be asked for 'label'") as error:
        gan_jax.load(tmp_path / "run").sample(2, labels=[1, 1])
    assert "\n" not in str(error.value)
