import dataclasses
import importlib
import json
import math

import numpy as np
import pytest

from experiments.laboratory import measure
from experiments.laboratory.command import main
from experiments.laboratory.readme import BEGIN, END
from experiments.laboratory.records import Records
from experiments.laboratory.render import markdown
from experiments.laboratory.rows import (
    MODES,
    Experiment,
    Metric,
    Row,
    Table,
    merge,
    misses,
)
from gan_jax.data import Facts
from gan_jax.run import assemble
from tests.training.runs import points

pytestmark = pytest.mark.optimised

TABLES = [
    "conditional_digits",
    "few_images",
    "growing",
    "latent_prior",
    "pacgan_table1",
    "ring8_remedies",
    "stacked_mnist",
    "veegan_table1",
]

DIGITS = Facts((28, 28, 1), tuple("0123456789"), (500,) * 10)
FACTS = {
    "padded": Facts((32, 32, 1), tuple("0123456789"), (500,) * 10),
    "stacked_mnist": Facts((28, 28, 3)),
    **dict.fromkeys(("mnist5k", "skewed", "balanced"), DIGITS),
}


def table(**changes):
    base = points(steps=6, log_every=2, checkpoint_every=6, steps_per_call=2)
    rows = (
        Row("plain", "plain", source="somebody"),
        Row("hinge", "hinge", dict(game=dict(loss=dict(name="hinge")))),
        Row("ali", "ALI", paper=dict(modes="6.6 ± 0.3"), absent="not built"),
    )
    small = Table("ring", "A ring", base, rows, evaluate_every=2, seeds=2, samples=50)
    return dataclasses.replace(small, failed=misses(8), failure="few", **changes)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    (folder / "README.md").write_text(f"# Mine\n\n{BEGIN}\nold\n{END}\n\nAfter.\n")
    assert main(Experiment("lab", (table(),)), ["--folder", str(folder)]) == 0
    return folder


def read(folder):
    return json.loads((folder / "results.json").read_text())["tables"]["ring"]


@pytest.mark.slow
def test_a_row_is_recorded_with_where_it_comes_from(folder):
    rows = read(folder)["rows"]
    assert set(rows) == {"plain", "hinge"}
    own = rows["plain"]
    assert own["seeds"] == [0, 1]
    assert own["trajectory"]["step"] == [2, 4, 6]
    assert own["provenance"]["command"].startswith("python -m experiments.lab.run")
    assert {"versions", "device", "commit", "date"} <= own["provenance"].keys()
    for metric in MODES:
        final, best = (own[k][metric.name]["values"] for k in ("final", "best"))
        for a, b in zip(final, best, strict=True):
            assert a is None or metric.best(a, b) == b
    # Six rounds teach nothing: all seeds fail.
    assert own["failed"] == [0, 1]
    assert own["seconds"]["relative"] == pytest.approx(1.0, abs=0.9)


@pytest.mark.slow
def test_the_perfect_sampler_is_measured(folder):
    floor = read(folder)["floor"]
    assert floor["modes"]["values"] == [8, 8]
    assert 0.9 < floor["high_quality"]["mean"] <= 1.0  # 1 - exp(-9/2) = .989
    assert 0 < floor["reverse_kl"]["mean"] < 0.3  # about (8 - 1) / (2 50) = .07


@pytest.mark.slow
def test_samples_are_asked_for_classes_where_the_game_can_be(tmp_path):
    """Each sample's own class reaches whoever judges it, that of reals from the data."""
    base = points(steps=2, log_every=2, checkpoint_every=2, steps_per_call=2)
    game = dict(conditional=dict(name="class_labels"), regularizers={})
    game |= dict(loss=dict(name="hinge"))
    rows = (Row("plain", "plain"), Row("told", "told", dict(game=game)))
    given = []

    def evaluator(dataset):
        def evaluate(samples, labels=None):
            given.append((samples, labels))
            share = math.nan if labels is None else float(np.mean(labels == 3))
            return {"share": share}

        return evaluate

    small = Table(
        *("ring", "A ring", base, rows),
        evaluate_every=2,
        seeds=1,
        samples=20,
        evaluator=evaluator,
        metrics=(Metric("share", "share", max),),
        labels=lambda count: np.arange(count, dtype=np.int32) % 5,
    )
    assert main(Experiment("lab", (small,)), ["--folder", str(tmp_path)]) == 0
    found = read(tmp_path)["rows"]
    assert found["plain"]["final"]["share"]["mean"] is None
    assert found["told"]["final"]["share"]["mean"] == pytest.approx(0.2)
    (floor, _), (_, none), (_, asked) = given
    np.testing.assert_array_equal(asked, np.arange(20) % 5)
    assert none is None
    assert len(floor) == 20


@pytest.mark.slow
def test_the_readme_keeps_what_is_not_the_tables(folder):
    text = (folder / "README.md").read_text()
    assert text.startswith("# Mine\n")
    assert text.endswith("After.\n")
    assert "old" not in text
    assert "| hinge |" in text
    assert "| ALI | not built |" in text
    assert "6.6 ± 0.3" in text
    assert "2/2" in text
    assert (folder / "ring.png").stat().st_size > 1000


@pytest.mark.slow
def test_rows_that_are_there_are_kept(folder, monkeypatch):
    def refuse(*args):
        raise AssertionError("a row was measured again")

    monkeypatch.setattr(measure, "measure", refuse)
    monkeypatch.setattr(measure, "assemble", refuse)
    before = (folder / "results.json").read_bytes()
    assert main(Experiment("lab", (table(),)), ["--folder", str(folder)]) == 0
    assert (folder / "results.json").read_bytes() == before


@pytest.mark.slow
def test_a_row_of_another_config_is_no_record(folder):
    records, changed = Records(folder), table(samples=60)
    assert records.row(table(), table().rows[0])
    assert records.row(changed, changed.rows[0]) is None
    text = markdown(changed, records)
    assert "Not run: `--tables ring --rows plain,hinge`" in text
    assert "| ALI | not built |" in text
    assert "| plain |" not in text
    unpublished = dataclasses.replace(changed, rows=changed.rows[:2])
    assert "|" not in markdown(unpublished, records)


def test_a_shortened_table_stands_apart(tmp_path):
    short = table().shortened(0.34)
    assert short.name == "ring@0.34"
    assert short.base["train"]["steps"] == 2
    assert short.digest(short.rows[0]) != table().digest(table().rows[0])
    assert "not the paper's protocol" in markdown(short, Records(tmp_path))


def test_unknown_rows_are_refused(capsys):
    with pytest.raises(SystemExit):
        main(Experiment("lab", (table(),)), ["--rows", "plian"])
    assert "plian" in capsys.readouterr().err


def test_merge_replaces_components_and_merges_groups():
    base = dict(game=dict(loss=dict(name="hinge"), n_critic=1), optim=dict(lr=1))
    changed = merge(base, dict(game=dict(loss=dict(name="mmd", scale=2))))
    assert changed == dict(
        game=dict(loss=dict(name="mmd", scale=2), n_critic=1), optim=dict(lr=1)
    )
    assert base["game"]["loss"] == dict(name="hinge")


def test_summaries_leave_out_what_is_not_there():
    assert measure.summary([1.0, 3.0]) == dict(mean=2.0, std=2**0.5, values=[1.0, 3.0])
    assert measure.summary([math.nan, 3.0])["mean"] == 3.0
    assert measure.summary([math.nan])["mean"] is None


def test_the_median_seed_is_the_middle_one():
    lasts = [
        dict(modes=modes, high_quality=quality)
        for modes, quality in ((8, 0.9), (1, 0.99), (8, 0.5), (7, 0.7), (2, 0.8))
    ]
    assert measure.median_seed(MODES[:2], lasts) == 3


def test_samples_are_kept_small():
    kept = measure.kept(np.zeros((2500, 2), np.float32))
    assert kept.shape == (measure.KEPT, 2)
    assert measure.kept(np.zeros((100, 4, 4, 3), np.float32)).dtype == np.uint8


def rows():
    for name in TABLES:
        experiment = importlib.import_module(f"experiments.{name}.run").EXPERIMENT
        for own in experiment.tables:
            for row in own.rows:
                yield pytest.param(own, row, id=f"{name}/{own.name}/{row.name}")


@pytest.mark.parametrize(("table", "row"), rows())
def test_every_row_of_every_experiment_can_be_built(table, row):
    plan = assemble.bind(table.config(row))
    facts = FACTS.get(table.config(row)["data"]["name"], Facts((2,)))
    assert plan.game(facts).sample is not None
    assert table.evaluate_every % plan.train.steps_per_call == 0
    assert table.base["train"]["steps"] % table.evaluate_every == 0
