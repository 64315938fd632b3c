"""Patience: what counts as better, and when it ends a run."""

import numpy as np
import pytest

from gan_jax.evaluation import evaluator
from gan_jax.metrics import Score
from gan_jax.run.opening import template
from gan_jax.run.workdir import Workdir
from gan_jax.training import logbook, loop, monitor, train
from tests.training.measured import FILE, kept, measured, standing
from tests.training.runs import two_processes
from tests.training.test_loop import Killed, assert_same_run, lines

pytestmark = pytest.mark.optimised


@pytest.mark.slow
def test_patience_ends_the_run_and_the_same_command_finds_it_finished(tmp_path, capsys):
    path = tmp_path / "run"
    train(standing(every=2, patience=2), path)
    said = capsys.readouterr().err
    assert "finished early, at step 6/16" in said
    assert "at step 2, none better in 2 evaluations" in said
    assert [line["step"] for line in lines(path)] == [2, 4, 6]
    before = (path / "metrics.jsonl").read_bytes(), (path / FILE).read_bytes()
    train(standing(every=2, patience=2), path)
    assert "finished early, at step 6/16" in capsys.readouterr().err
    assert ((path / "metrics.jsonl").read_bytes(), (path / FILE).read_bytes()) == before


@pytest.mark.slow
def test_more_patience_trains_on(tmp_path, capsys):
    path = tmp_path / "run"
    train(standing(every=2, patience=2), path)
    train(standing(every=2, patience=3), path)
    assert "finished early, at step 8/16" in capsys.readouterr().err
    train(standing(every=2, patience=0), path)
    assert "done: 16 steps" in capsys.readouterr().err
    straight = tmp_path / "straight"
    train(standing(every=2), straight)
    assert kept(path) == kept(straight)


@pytest.mark.slow
@pytest.mark.parametrize("at", [2, 3])
def test_patience_survives_a_kill(tmp_path, monkeypatch, at):
    path, straight = tmp_path / "run", tmp_path / "straight"
    config = standing(every=2, patience=2)
    real, calls = logbook.Logbook.write, []

    def dying(self, *args):
        calls.append(args)
        if len(calls) == at:  # the evaluation is kept, the line and the state are not
            raise Killed
        return real(self, *args)

    with monkeypatch.context() as patch:
        patch.setattr(logbook.Logbook, "write", dying)
        with pytest.raises(Killed):
            train(config, path)
    train(config, path)
    train(config, straight)
    assert_same_run(path, straight)
    assert kept(path) == kept(straight)


@pytest.mark.parametrize(
    ("mode", "values", "best", "stale"),
    [
        ("min", [3.0, 2.0, 2.0, np.nan, 2.5], (2.0, 2), 3),
        ("max", [3.0, 2.0, 4.0, 4.0], (4.0, 3), 1),
        ("min", [np.nan, np.inf], (None, 0), 2),
    ],
)
def test_what_counts_as_better(tmp_path, monkeypatch, mode, values, best, stale):
    watch, draw, state = _watching(tmp_path, monkeypatch, mode, values)
    for step in range(1, len(values) + 1):
        watch.measure(draw, state, step)
        assert watch.improved(step) == (watch.notes()["best_step"] == step)
        assert not watch.improved(step + 1)
        assert watch.scores(step + 1) == {}
    notes = watch.notes()
    assert (notes["best"], notes["best_step"], notes["stale"]) == (*best, stale)
    assert watch.over == (stale >= 2)
    assert (watch.verdict() == "") == (best[0] is None)


def _watching(tmp_path, monkeypatch, mode, values):
    """A monitor whose evaluations find these values, with all that it needs of a run."""
    coming = iter(values)

    def measure(samples, stamp, labels=None):
        return [Score("fd", next(coming), 0.5, stamp)]

    monkeypatch.setattr(monitor.record, "append", lambda *args: None)
    fake = object.__new__(evaluator.Evaluator)
    fake.measure = measure
    config = measured({"best_mode": mode}, patience=2)
    plan = loop.prepare(config)
    nothing = np.zeros((0, 2), np.float32)
    made = monitor.Monitor(
        Workdir(tmp_path), fake, plan.eval, plan.options, plan.game.asks, {}
    )
    return made, lambda num, seed: (nothing, {}), template(plan.game)


@pytest.mark.multidevice
@pytest.mark.slow
def test_two_processes_end_together_and_one_writes(tmp_path):
    config, path = standing(every=2, patience=2), tmp_path / "two"
    said = two_processes(config, path)
    assert "finished early, at step 6/16" in said[0]
    train(config, tmp_path / "one")
    for a, b in zip(lines(path), lines(tmp_path / "one"), strict=True):
        assert a == pytest.approx(b, rel=1e-3, abs=1e-3)
    for a, b in zip(kept(path), kept(tmp_path / "one"), strict=True):
        assert (a[0], a[1]["name"]) == (b[0], b[1]["name"])
