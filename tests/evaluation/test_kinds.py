"""Numbers of the kinds against the metrics they are made of, called by hand."""

import dataclasses
from functools import partial

import numpy as np
import pytest

from gan_jax import data, metrics
from gan_jax.errors import BadInput
from gan_jax.evaluation import Evaluator, evaluate_folders, references, table
from gan_jax.evaluation.evaluator import protocol
from gan_jax.evaluation.kinds import KINDS, STACKED, Evidence, shuffled
from gan_jax.metrics import extractors
from gan_jax.metrics.diversity import fitting_weights
from tests.evaluation.pictures import by_class

pytestmark = pytest.mark.optimised

STAMP = protocol(ema=False, batch_norm="none", seed=5)


@pytest.fixture(scope="module")
def halves():
    """Digits of the training half, and as many darkened others."""
    arrays = data.mnist5k("train").source.arrays["sample"]
    return arrays[::9], (arrays[1::9] * 0.8).astype(np.uint8)


def scores(reals, fakes, *names):
    dataset = data.dataset.resident("digits", {"sample": reals})
    evaluator = Evaluator(dataset, names)
    said = []
    found = evaluator.measure(fakes, STAMP, lambda score, word: said.append(word))
    assert tuple(score.name for score in found) == evaluator.names
    return {score.name: score for score in found}, said


def test_frechet_distance_extrapolated_and_with_its_interval(halves):
    found, said = scores(*halves, "fd", "fd_infinity", "fd_interval_digits")
    real, fake = (extractors.digits()(x).features for x in halves)
    mixed = fake[shuffled(len(fake), 5)]
    line = metrics.frechet_infinity(real, mixed, smallest=256, seed=5)
    interval = metrics.frechet_interval(real, fake)
    infinity = found["fd_infinity_digits"]
    assert infinity.value == pytest.approx(line.value, rel=1e-5)
    assert infinity.spread == pytest.approx(line.std, rel=1e-4)
    assert infinity.value < found["fd_digits"].value
    middle = found["fd_interval_digits"]
    assert middle.value == pytest.approx(found["fd_digits"].value, rel=1e-5)
    half = 1.959964 * middle.spread
    assert found["fd_low_digits"].value == pytest.approx(interval.low, rel=1e-4)
    assert found["fd_high_digits"].value == pytest.approx(middle.value + half, rel=1e-5)
    assert said == [""] * 5


def test_authenticity_and_likeness(halves, monkeypatch):
    found, said = scores(*halves, "authenticity", "ms_ssim")
    real, fake = (extractors.digits()(x).features for x in halves)
    assert found["authenticity_digits"].value == metrics.authenticity(real, fake)
    weights = fitting_weights(28, 28)
    for name, pixels in zip(("ms_ssim", "ms_ssim_real"), halves[::-1], strict=True):
        if name == "ms_ssim_real":
            pixels = pixels[np.random.default_rng(0).permutation(len(pixels))]
        expected = metrics.ms_ssim_diversity(pixels, 1000, 5, weights)
        assert found[name].value == pytest.approx(expected.mean, rel=1e-5)
        assert found[name].spread == pytest.approx(expected.std, rel=1e-4)
    assert found["ms_ssim"].protocol.extractor == "pixels"
    assert said == ["", *["3 scales, not 5: the pictures are small"] * 2]
    monkeypatch.setattr(references, "KEPT", 100)
    _, said = scores(*halves, "authenticity")
    assert said == ["copies of 100 of 500 training samples are looked for"]


def test_what_nobody_can_learn_by_heart():
    with pytest.raises(BadInput, match="authenticity does not suit ring8: it is endle"):
        Evaluator(data.ring(), ["authenticity"])
    assert "authenticity" in table.choose(["authenticity"], data.ring(count=8))


def test_folders_of_classes(tmp_path):
    arrays = data.mnist5k("test").source.arrays
    images, labels = arrays["sample"], arrays["label"]
    by_class(tmp_path / "real", images[::2], labels[::2])
    wrong = np.where(np.arange(250) % 5 == 0, (labels[1::2] + 1) % 10, labels[1::2])
    by_class(tmp_path / "right", images[1::2], labels[1::2])
    by_class(tmp_path / "wrong", images[1::2], wrong)
    by_class(tmp_path / "letters", images[1::2], labels[1::2], "abcdefghij")
    asked = ["intra_fd", "accuracy"]
    right, wrong = (
        {
            score.name: score
            for score in evaluate_folders(tmp_path / "real", tmp_path / fake, asked)
        }
        for fake in ("right", "wrong")
    )
    a, b = (x["intra_fd_digits"].value for x in (right, wrong))
    assert a < 0.7 * b
    real, fake = (extractors.digits()(x).features for x in (images[::2], images[1::2]))
    expected = metrics.intra_class_frechet_distance(
        real, labels[::2], fake, labels[1::2]
    )
    assert a == pytest.approx(expected.value, rel=1e-3)
    assert right["accuracy"].value > 0.95
    assert wrong["accuracy"].value == pytest.approx(
        0.8 * right["accuracy"].value, abs=0.03
    )
    with pytest.raises(BadInput, match="have no classes of their own"):
        evaluate_folders(tmp_path / "real", tmp_path / "letters", asked)


def stacked(images, count):
    evidence = Evidence(
        data.stacked_mnist(),
        images,
        table.SOURCES["stacked"].open(table.Files()),
        partial(pytest.fail, "the reals were asked for"),
        0,
    )
    return KINDS["stacked_modes"].compute(evidence)


def test_stacked_modes_of_the_data_and_of_a_collapse():
    reals = references.examples(data.stacked_mnist(), np.arange(1000))
    found = stacked(reals["sample"], 1000)
    seen = len(np.unique(reals["label"]))  # 632 of 1,000 draws, on average
    assert 590 < seen < 670
    assert found.values["stacked_modes"] == pytest.approx(seen, abs=8)
    assert found.warning == "the protocol is 26,000 samples"
    few = reals["sample"][reals["label"] < 100]
    assert stacked(few, len(few)).values["stacked_modes"] <= 100 + 5
    assert stacked(few, len(few)).values["stacked_kl"] > np.log(9)


@pytest.mark.slow
def test_stacked_modes_of_the_data_reach_the_floor():
    indices = np.arange(STACKED)
    reals = references.examples(data.stacked_mnist(), indices)
    found = stacked(reals["sample"], STACKED)
    assert not found.warning
    assert found.values["stacked_modes"] >= 998
    # (K - 1) / 2n + (K^2 - 1) / 12 n^2 = .0193, with a deviation of .0009.
    assert found.values["stacked_kl"] == pytest.approx(0.0193, abs=0.003)


def test_usual_metrics_of_stacked_digits():
    chosen = table.choose([], data.stacked_mnist())
    assert list(chosen) == ["stacked_modes", "fd_stacked"]
    grey = dataclasses.replace(data.stacked_mnist(), classes=())
    assert list(table.choose([], grey)) == ["fd_lite0"]
