"""Every metric of the table, and which of them suit which data."""

import dataclasses
from functools import partial

import numpy as np
import pytest

from gan_jax import data, evaluation
from gan_jax.errors import BadInput
from gan_jax.evaluation import references, table
from gan_jax.evaluation.evaluator import protocol
from gan_jax.evaluation.kinds import Evidence
from tests.evaluation.tables import MADE, METRICS, UNTRIED

SETS = {
    "points": lambda: data.ring(count=64),
    "grey": lambda: data.shapes((28, 28, 1), count=360),
    "digits": lambda: data.mnist5k("test"),
    "colour": lambda: data.shapes((8, 8, 3), count=200),
    "stacked": data.stacked_mnist,
}
ALIKE = dict(
    **{"fd": 0, "fd_interval": 0, "fd_low": 0, "intra_fd": 0, "reverse_kl": 0},
    **{"precision": 1, "recall": 1, "coverage": 1, "modes": 8, "authenticity": 0},
    **{"class_count_mean": 50, "class_count_min": 50},
)
"""What the reals score against themselves."""
FASHION = dataclasses.replace(SETS["grey"](), name="mine", classes=table.FASHION)


def test_every_metric_is_tried():
    assert METRICS.keys() | UNTRIED | MADE == table.METRICS.keys()
    assert not METRICS.keys() & UNTRIED
    of_models = {n for n, (kind, _) in table.METRICS.items() if made(kind)}
    assert of_models == MADE


def made(kind):
    return table.KINDS[kind].functions is not None


@pytest.mark.slow
@pytest.mark.parametrize("name", METRICS)
def test_metric_of_the_reals_themselves(name):
    """A data set measured against itself is as good as can be."""
    which, titles = METRICS[name]
    dataset = SETS[which]()
    count = dataset.size or 64
    chosen = table.choose([name], dataset, labelled=True)[name]
    extractor = table.SOURCES[chosen.extractor].open(table.Files())
    reals = references.examples(dataset, np.arange(count))
    reference = partial(references.reference, dataset, extractor, count)
    evidence = Evidence(
        dataset, reals["sample"], extractor, reference, 0, reals["label"]
    )
    found = chosen.kind.compute(evidence)
    assert tuple(found.values) == chosen.kind.parts
    assert [chosen.title(part) for part in found.values] == titles
    assert found.n_fake == count
    assert found.n_real == (count if chosen.kind.about_data else 0) or name == "modes"
    for part, value in found.values.items():
        assert np.isfinite(float(value))
        if part in ALIKE:
            assert float(value) == pytest.approx(ALIKE[part], abs=2e-3)


def test_usual_metrics():
    grey = SETS["grey"]()
    for dataset, first in (
        (SETS["points"](), "modes"),
        (data.swiss_roll(), "precision_recall"),
        (grey, "fd_digits"),
        (dataclasses.replace(grey, name="fashion_mnist/train"), "fd_fashion"),
        (SETS["colour"](), "fd_lite0"),
    ):
        assert next(iter(table.choose([], dataset))) == first


def test_samples_with_labels_are_held_against_the_classifier_that_knows_them():
    digits = SETS["digits"]()
    usual = list(table.choose([], digits))
    assert list(table.choose([], digits, labelled=True)) == [*usual, "accuracy"]
    for dataset, extractor in (
        (digits, "digits"),
        (FASHION, "fashion"),
        (SETS["stacked"](), "stacked"),
    ):
        chosen = table.choose(["accuracy"], dataset, labelled=True)["accuracy"]
        assert chosen.extractor == extractor
    assert "accuracy" not in table.choose([], SETS["grey"](), labelled=True)
    with pytest.raises(BadInput, match="no classifier here knows its classes"):
        table.choose(["class_accuracy"], SETS["grey"](), labelled=True)
    with pytest.raises(BadInput, match="digits does not take 8 x 8 x 1"):
        table.choose(["accuracy"], data.digits8(), labelled=True)
    for name in ("accuracy", "class_accuracy", "class_counts", "intra_fd"):
        with pytest.raises(BadInput, match="have no classes of their own"):
            table.choose([name], digits)


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("fd", 2),
        ("kd", 2),
        ("fd_infinity", 6),
        ("fd_interval", 3),
        ("precision_recall", 4),
        ("density_coverage", 6),
    ],
)
def test_too_few_samples_are_refused_before_any_is_drawn(name, least):
    dataset = SETS["points"]()
    evaluator = evaluation.Evaluator(dataset, [name])
    stamp = protocol(ema=False, batch_norm="none", checkpoint="last", seed=0)
    evaluator.check(least)
    scores = evaluator.measure(references.read(dataset, np.arange(least)), stamp)
    assert tuple(score.name for score in scores) == evaluator.names
    few = references.read(dataset, np.arange(least - 1))
    for refused in (
        lambda: evaluator.check(least - 1),
        lambda: evaluator.measure(few, stamp),
    ):
        with pytest.raises(BadInput, match=f"metric {name}: "):
            refused()
