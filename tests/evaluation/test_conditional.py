"""A game that can be asked for things: what is asked, measured, and stamped."""

import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import data, metrics
from gan_jax.asks import Ask
from gan_jax.errors import BadInput
from gan_jax.evaluation import Evaluator, evaluate_run
from gan_jax.evaluation.evaluator import conditions, labelled, protocol
from gan_jax.run import open_run
from tests.evaluation.conftest import label

DIGITS = {"name": "mnist5k", "split": "test"}
TRUNCATION = Ask(drawn=lambda keys: jnp.ones(len(keys)), data="")


@pytest.fixture
def digits(learnt):
    """A game of digits that knows its classes, and can be asked for darker ones."""
    return learnt("digits", DIGITS, asks={"label": label(10), "truncation": TRUNCATION})


def scores(run, names=(), num=120, **asked):
    found = evaluate_run(run.workdir.path, names, num=num, asked=asked)
    return {score.name: score for score in found}


def test_classes_are_drawn_measured_and_named(digits):
    found = scores(digits)
    assert [*found][-1] == "accuracy"
    assert found["accuracy"].value > 0.95
    stamp = found["accuracy"].protocol
    assert (stamp.labels, stamp.truncation) == ("uniform", 1.0)
    assert found["fd_digits"].protocol == type(stamp)(
        **{
            **stamp.__dict__,
            "n_real": 500,
            "split": found["fd_digits"].protocol.split,
        }
    )


def test_one_class_is_asked_for(digits):
    names = ["accuracy", "class_accuracy", "class_counts", "classes"]
    found = scores(digits, names, num=30, label=7)
    assert found["accuracy"].protocol.labels == "as asked"
    assert found["classes_digits"].value <= 3
    assert found["accuracy"].value > 0.8
    assert found["class_accuracy_mean"].value == found["accuracy"].value
    assert found["class_count_min"].value == 0
    assert found["class_count_mean"].value == 3


def test_truncation_stands_in_the_protocol(digits):
    found = scores(digits, ["classes"], num=30, truncation=0.7)
    assert found["classes_digits"].protocol.truncation == 0.7
    psi = np.linspace(0.5, 1, 30)
    found = scores(digits, ["classes"], num=30, truncation=psi)
    assert found["classes_digits"].protocol.truncation == "varied"
    with pytest.raises(BadInput, match="cannot be asked for 'truncaton'"):
        scores(digits, ["classes"], num=30, truncaton=0.7)


def test_a_trained_game_is_asked_and_judged_class_by_class(ring):
    def measured(*names, **asked):
        found = evaluate_run(ring, names, num=80, asked=asked)
        return {score.name: score for score in found}

    drawn = open_run(ring).asked(80)["label"]
    found = measured("intra_fd", "class_counts")
    assert found["class_count_min"].value == np.bincount(drawn, minlength=8).min()
    reals = data.ring(std=0.1, count=100).source.arrays
    expected = metrics.intra_class_frechet_distance(
        reals["sample"], reals["label"], open_run(ring).sample(80), drawn
    )
    assert found["intra_fd"].value == pytest.approx(expected.value, rel=1e-5)
    assert found["intra_fd"].protocol.labels == "uniform"
    (fd,) = measured("fd", label="mode 3").values()
    assert fd.protocol.labels == "as asked"
    alone = open_run(ring).sample(80, labels=3)
    assert fd.value == pytest.approx(
        metrics.frechet_distance(reals["sample"], alone), rel=1e-5
    )


def test_where_labels_come_from():
    label_of = {"label": label(10, law="marginal")}
    asked = {"label": np.arange(10)}
    assert conditions({}, {}, {}) == {"labels": "none", "truncation": 1.0}
    assert conditions(label_of, {}, asked)["labels"] == "marginal"
    assert conditions(label_of, {"label": 3}, asked)["labels"] == "as asked"
    given = {"label": Ask(dtype="int32", data="label", below=10)}
    assert conditions(given, {}, asked)["labels"] == "as in the data"


def test_labels_of_other_classes_are_no_labels_of_the_data():
    digits, points = data.mnist5k("test"), data.swiss_roll(count=8)
    assert labelled({"label": label(10)}, digits)
    assert not labelled({"label": label(4)}, digits)
    assert not labelled({}, digits)
    assert not labelled({"label": label(0)}, points)


def test_a_game_without_asks_is_measured_as_ever(learnt):
    found = scores(learnt("plain", DIGITS), num=30)
    assert "accuracy" not in found
    assert {x.protocol.labels for x in found.values()} == {"none"}


def test_one_bad_class_shows_in_the_least(monkeypatch):
    digits = data.mnist5k("test")
    arrays = digits.source.arrays
    images, labels = arrays["sample"].copy(), arrays["label"]
    images[labels == 4] = images[labels == 9]  # 4 is drawn as 9
    evaluator = Evaluator(digits, ["accuracy", "class_accuracy"], labelled=True)
    stamp = protocol(ema=False, batch_norm="none", checkpoint="none", seed=0)
    found = {x.name: x.value for x in evaluator.measure(images, stamp, labels=labels)}
    assert found["class_accuracy_min"] < 0.1
    assert found["class_accuracy_mean"] == pytest.approx(found["accuracy"])  # balanced
    assert found["accuracy"] == pytest.approx(0.9 * 0.98, abs=0.02)
