"""Scores do not depend on the order in which samples come."""

import numpy as np
import pytest

from gan_jax import data
from gan_jax.data.embedded import DIGITS
from gan_jax.evaluation import Evaluator, evaluate_folders
from gan_jax.evaluation.evaluator import protocol
from gan_jax.evaluation.kinds import shuffled
from tests.evaluation.pictures import by_class


def stamp(seed=0):
    return protocol(ema=False, batch_norm="none", checkpoint="none", seed=seed)


@pytest.fixture(scope="module")
def digits():
    """500 digits, sorted by class, and another 100 of all classes."""
    fakes, reals = (data.mnist5k(x).source.arrays for x in ("test", "train"))
    some = np.arange(0, 4500, 45)
    reals = {"sample": reals["sample"][some], "label": reals["label"][some]}
    assert (np.diff(fakes["label"]) >= 0).all()
    return data.dataset.resident("digits", reals, DIGITS), fakes


def scores(dataset, images, *names, seed=0, **labels):
    evaluator = Evaluator(dataset, names, labelled=bool(labels))
    return {x.name: x for x in evaluator.measure(images, stamp(seed), **labels)}


def test_sorted_samples_score_as_mixed_ones_do(digits):
    reals, fakes = digits
    names = "is_digits", "precision_recall", "density_coverage"
    mixed = fakes["sample"][np.random.default_rng(5).permutation(500)]
    a, b = (scores(reals, x, *names) for x in (fakes["sample"], mixed))
    # In their own order the first 100 fakes are of two classes, and so is each split.
    assert a["is_digits"].value > 8
    assert a["coverage_digits"].value > 0.8
    for name in ("is_digits", "coverage_digits", "precision_digits"):
        assert a[name].value == pytest.approx(b[name].value, rel=0.1)
        assert a[name].protocol.order == "shuffled"


def test_the_seed_decides_the_order_and_labels_go_with_their_samples(digits):
    reals, fakes = digits
    found = [
        scores(reals, fakes["sample"], "is_digits", "accuracy", seed=s, labels=y)
        for s, y in (
            (0, fakes["label"]),
            (0, fakes["label"]),
            (1, fakes["label"]),
            (0, (fakes["label"] + 1) % 10),
        )
    ]
    values = [x["is_digits"].value for x in found]
    assert values[0] == values[1]
    assert values[0] != values[2]
    assert found[0]["accuracy"].value > 0.95
    assert found[0]["accuracy"].value == found[2]["accuracy"].value
    assert found[3]["accuracy"].value < 0.05


def test_a_part_of_a_folder_is_a_part_of_all_its_classes(digits, tmp_path):
    reals, fakes = digits
    arrays = reals.source.arrays
    by_class(tmp_path / "real", arrays["sample"], arrays["label"])
    by_class(tmp_path / "fake", fakes["sample"][::5], fakes["label"][::5])
    folders = tmp_path / "real", tmp_path / "fake"
    few, all_of_them = (
        {x.name: x for x in evaluate_folders(*folders, ["classes", "fd"], num=n)}
        for n in (40, None)
    )
    assert few["classes_digits"].value == 10
    assert few["classes_digits"].protocol.n_fake == 40
    assert few["fd_digits"].value < 3 * all_of_them["fd_digits"].value


def test_shuffled_is_a_permutation():
    for count in (0, 1, 17):
        np.testing.assert_array_equal(np.sort(shuffled(count, 3)), np.arange(count))
