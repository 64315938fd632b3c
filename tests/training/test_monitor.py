"""Evaluation while training: what it writes, keeps, ends and survives."""

import copy
import dataclasses
import io
import json
import os
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from gan_jax import data, evaluation
from gan_jax.errors import BadInput
from gan_jax.evaluation import evaluate_run, evaluator, references
from gan_jax.main import main
from gan_jax.metrics import Score
from gan_jax.run import open_checkpoint, report
from gan_jax.run.checkpoints import Checkpoints
from gan_jax.run.workdir import Workdir
from gan_jax.training import logbook, loop, monitor, train
from tests.training.runs import points, python, two_processes
from tests.training.test_loop import Killed, assert_same_run, lines

FILE = "evaluation.jsonl"


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    path = tmp_path_factory.getbasetemp() / "references"
    monkeypatch.setenv(references.FOLDER, str(path))
    return path


def measured(train=None, **options):
    """Points, evaluated every four rounds by a distance and by modes."""
    config = points(**{"best": "eval/fd", "log_every": 6, "keep": 1} | (train or {}))
    chosen = {"every": 4, "samples": 40, "metrics": ("fd", "modes"), "seed": 5}
    return config | {"eval": chosen | options}


def standing(**options):
    """A game that learns nothing: no evaluation is better than the first."""
    config = measured({"steps": 16, "checkpoint_every": 16, "log_every": 8}, **options)
    for adam in config["optim"].values():
        adam["learning_rate"] = 0.0
    return config


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An uninterrupted run."""
    references_folder = str(tmp_path_factory.getbasetemp() / "references")
    path = tmp_path_factory.mktemp("measured") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(references.FOLDER, references_folder)
        train(measured(), path)
    return path


def kept(path):
    """Every score with all of its stamp but the commit, which may move meanwhile."""
    return [
        (step, json.loads(score.to_json()) | {"protocol": None}, stamp(score))
        for step, score in evaluation.history(path)
    ]


def stamp(score):
    return dataclasses.asdict(score.protocol) | {"commit": ""}


def fd_by_step(path):
    return {s: x.value for s, x in evaluation.history(path) if x.name == "fd"}


def test_scores_stand_on_the_line_of_their_step_and_with_their_protocol(whole):
    by_step = {line["step"]: line for line in lines(whole)}
    assert list(by_step) == [4, 6, 8, 12]
    scored = {s for s, line in by_step.items() if "eval/fd" in line}
    assert scored == {4, 8, 12}
    found = evaluation.history(whole)
    names = ["fd", "modes", "high_quality", "reverse_kl"]
    assert [(s, x.name) for s, x in found] == [
        (s, n) for s in (4, 8, 12) for n in names
    ]
    for step, score in found:
        assert score.protocol.checkpoint == "while training"
        assert (score.protocol.seed, score.protocol.n_fake) == (5, 40)
        assert score.protocol.ema
        line = by_step[step]
        # What is not finite (no mode was found) stands in the other file alone.
        expected = score.value if np.isfinite(score.value) else None
        assert line.get(f"eval/{score.name}") == expected
    (events,) = (whole / "tensorboard").iterdir()
    assert b"eval/fd" in events.read_bytes()


def test_the_best_checkpoint_by_a_score_really_has_it(whole, tmp_path):
    values = fd_by_step(whole)
    best = min(values, key=lambda s: values[s])
    checkpoints = Checkpoints(whole / "checkpoints", best="eval/fd")
    assert set(checkpoints.steps()) == {best, 12}
    assert checkpoints.best_step() == best
    checkpoints.close()
    # Measured again from the disk, by command: the very number.
    copy_of = shutil.copytree(whole, tmp_path / "run")
    score = evaluate_run(copy_of, ["fd"], checkpoint="best", num=40, seed=5)[0]
    assert score.value == values[best]
    assert score.protocol.checkpoint == "best by eval/fd"
    assert int(open_checkpoint(whole, "best")[0].state.step) == best
    pictures = []
    for checkpoint in ("--checkpoint=best", f"--step={best}"):
        out = tmp_path / f"{checkpoint}.png"
        flags = ["--mode=sample", f"--workdir={whole}", f"--out={out}", "--num=9"]
        assert main([*flags, checkpoint]) == 0
        pictures.append(out.read_bytes())
    assert pictures[0] == pictures[1]
    assert main([*flags, "--checkpoint=best", f"--step={best}"]) == 2


@pytest.mark.slow
def test_a_checkpoint_carries_only_scores_of_its_own_step(tmp_path):
    path = tmp_path / "run"
    train(measured({"keep": 9, "best": "eval/fd"}), path)
    checkpoints = Checkpoints(path / "checkpoints")
    found = {s: checkpoints.read(s)[1]["scalars"] for s in checkpoints.steps()}
    checkpoints.close()
    values, lowest = fd_by_step(path), np.inf
    assert "eval/fd" not in found[6]
    assert "disc/loss" in found[6]
    for step, value in values.items():
        if value < lowest:  # an improvement is saved, whatever the period
            lowest = value
            assert found[step]["eval/fd"] == value
    assert {s for s in found if s not in values} == {6}


@pytest.mark.parametrize(
    ("where", "name", "at"),
    [
        (logbook.Logbook, "write", 3),
        pytest.param(logbook.Logbook, "write", 1, marks=pytest.mark.slow),
        pytest.param(logbook.Logbook, "add", 3, marks=pytest.mark.slow),
        pytest.param(logbook.Logbook, "add", 5, marks=pytest.mark.slow),
        pytest.param(Checkpoints, "save", 2, marks=pytest.mark.slow),
    ],
)
def test_resuming_is_exact(whole, tmp_path, monkeypatch, where, name, at):
    """A death between evaluation, line and checkpoint, or anywhere else."""
    path, real, calls = tmp_path / "run", getattr(where, name), []

    def dying(self, *args):
        calls.append(args)
        if len(calls) == at:
            raise Killed
        return real(self, *args)

    with monkeypatch.context() as patch:
        patch.setattr(where, name, dying)
        with pytest.raises(Killed):
            train(measured(), path)
    with (path / FILE).open("a") as file:
        file.write('{"step": 4, "na')  # as a kill can leave it
    train(measured(), path)
    assert_same_run(path, whole)
    assert kept(path) == kept(whole)
    saved = [
        sorted(p.name for p in (x / "checkpoints").iterdir()) for x in (path, whole)
    ]
    assert saved[0] == saved[1]


def test_resuming_leaves_what_was_measured_by_command(whole, tmp_path):
    path = tmp_path / "run"
    shutil.copytree(whole, path)
    own = (path / FILE).read_text()
    evaluate_run(path, ["modes"], num=10)
    by_command = (path / FILE).read_text().removeprefix(own)
    assert by_command
    evaluation.record.cut(Workdir(path), 4)
    assert (path / FILE).read_text() == "".join(own.splitlines(True)[:4]) + by_command


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
    watch, state = _watching(tmp_path, monkeypatch, mode, values)
    for step in range(1, len(values) + 1):
        watch.measure(state, step)
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

    def measure(samples, stamp):
        return [Score("fd", next(coming), 0.5, stamp)]

    monkeypatch.setattr(monitor.record, "append", lambda *args: None)
    fake = object.__new__(evaluator.Evaluator)
    fake.measure = measure
    config = measured({"best_mode": mode}, patience=2)
    plan = loop.prepare(config)
    nothing = np.zeros((0, 2), np.float32)
    made = monitor.Monitor(
        Workdir(tmp_path), fake, plan.eval, plan.options, lambda *args: nothing, {}
    )
    return made, plan.abstract


def test_reals_and_extractors_are_opened_once(monkeypatch):
    read, opened = [], []
    real, source = evaluator.reference, evaluator.table.SOURCES["points"]

    def reference(*args):
        read.append(args)
        return real(*args)

    def opening(file):
        opened.append(file)
        return source.open(file)

    counted = dataclasses.replace(source, open=opening)
    monkeypatch.setattr(evaluator, "reference", reference)
    monkeypatch.setitem(evaluator.table.SOURCES, "points", counted)
    ring = data.ring(count=64)
    once = evaluator.Evaluator(ring, ["fd", "precision_recall"])
    stamp = evaluator.protocol(ema=False, batch_norm="none", checkpoint="x", seed=0)
    drawn = references.read(ring, np.arange(40))
    first, second = (once.measure(drawn, stamp) for _ in range(2))
    assert first == second
    assert tuple(score.name for score in first) == once.names
    assert (len(read), len(opened)) == (1, 1)


@pytest.mark.slow
def test_evaluating_changes_no_number_of_the_training(whole, tmp_path):
    path, config = tmp_path / "run", measured()
    del config["eval"]
    config["train"] |= {"best": "", "keep": 3}
    train(config, path)
    states = []
    for run in (path, whole):
        checkpoints = Checkpoints(run / "checkpoints")
        states.append(checkpoints.read(12)[0])
        checkpoints.close()
    for name, value in states[0].items():
        assert value.tobytes() == states[1][name].tobytes(), name


def test_the_time_of_an_evaluation_counts_in_no_speed(tmp_path, monkeypatch):
    clock = SimpleNamespace(now=0.0)
    time = SimpleNamespace(monotonic=lambda: clock.now)
    monkeypatch.setattr(logbook, "time", time)
    log = logbook.Logbook(Workdir(tmp_path), 0, 4, {})
    log.write(1, 10)
    clock.now += 10
    with log.paused():
        clock.now += 1000
    log.write(2, 110, {"eval/fd": 1.5})
    clock.now += 5
    log.write(3, 210)
    log.close()
    found = Workdir(tmp_path).lines()
    assert [line.get("images_per_second") for line in found] == [None, 10.0, 20.0]
    assert [line.get("eval/fd") for line in found] == [None, 1.5, None]
    assert found[-1]["wall"] == 1015


def test_the_report_has_a_panel_of_scores():
    plain = [{"step": s, "disc/loss": 1.0 / s} for s in (1, 2, 3)]
    scores = [
        {"eval/fd": 9.0, "eval/is": 2.0, "eval/is/spread": 0.1},
        {},
        {"eval/fd": 4.0, "eval/is/spread": 0.2},  # a score that was not finite
    ]
    both = [a | b for a, b in zip(plain, scores, strict=True)]
    alone, with_scores = (
        Image.open(io.BytesIO(report.render(case))).height for case in (plain, both)
    )
    assert with_scores - alone == 208  # as high as every panel


def test_dry_run_says_what_will_be_evaluated(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(loop.preview, "memory", lambda *args: "")
    loop.dry_run(measured(metrics="fd,modes", patience=3))
    said = capsys.readouterr().out.splitlines()[-1]
    assert said == (
        "evaluation: every 4 rounds, 40 samples: fd, modes, high_quality, reverse_kl; "
        "best by eval/fd (min); ends after 3 evaluations without a better one"
    )
    config = measured()
    del config["eval"]
    config["train"]["best"] = ""
    loop.dry_run(config)
    assert capsys.readouterr().out.splitlines()[-1] == "evaluation while training: none"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"eval.every": 3}, r"config\.eval: every=3 must be a multiple of .*call=2"),
        ({"eval.every": -2}, "every=-2 is negative"),
        ({"eval.samples": 0}, "samples=0 must be at least 1"),
        ({"eval.samples": 1}, "metric fd: 1 samples, at least 2 are needed"),
        ({"eval.evry": 2}, "did you mean every"),
        ({"eval.metrics": ("fdd",)}, "no metric 'fdd'.*did you mean fd"),
        ({"eval.metrics": "fd,modess"}, "did you mean modes"),
        ({"eval.metrics": "fd_digits"}, "fd_digits does not suit ring8"),
        ({"eval.metrics": 3}, r"eval\.metrics=3 has the wrong type"),
        ({"eval.every": 0}, r"'eval/fd', but nothing is evaluated.*eval\.every"),
        ({"train.best": "eval/fdd"}, "did you mean eval/fd"),
        ({"eval.patience": 2, "eval.every": 0}, "patience=2 needs every"),
        ({"eval.patience": 2, "train.best": "disc/loss"}, "needs a score to watch"),
        ({"eval.patience": 2, "train.best": ""}, "set train.best=eval/NAME"),
        ({"evla": {"every": 2}}, "did you mean eval"),
        ({"eval": {"samples": 20}}, r"config\.eval\.every is missing"),
    ],
)
def test_bad_configs_leave_nothing_behind(tmp_path, changes, message):
    config = copy.deepcopy(measured())
    for path, value in changes.items():
        *parents, field = path.split(".")
        node = config
        for name in parents:
            node = node[name]
        node[field] = value
    with pytest.raises(BadInput, match=message):
        train(config, tmp_path / "run")
    assert not os.path.exists(tmp_path / "run")


def test_weights_that_are_not_there_are_refused_before_anything_is_written(tmp_path):
    config = measured({"best": ""}, metrics="fid")
    config["data"] = {"name": "shapes", "shape": (8, 8, 3), "count": 20}
    config["models"]["gen"] = {"name": "dcgan.Generator", "width": 2}
    config["models"]["disc"] = {"name": "dcgan.Discriminator", "width": 2}
    for file, message in (("", "need the FID's"), ("/nowhere", "no Inception weights")):
        config["eval"]["inception"] = file
        with pytest.raises(BadInput, match=message):
            train(config, tmp_path / "run")
    assert not os.path.exists(tmp_path / "run")


@pytest.mark.multidevice
@pytest.mark.slow
def test_four_devices_measure_what_one_does(tmp_path):
    code = """
from gan_jax import evaluation
from gan_jax.training import train
train(values["config"], values["path"])
print(json.dumps([x.value for _, x in evaluation.history(values["path"])]))
"""
    config = measured()
    for player in config["models"].values():
        player["activation"] = {"name": "softplus"}
    found = []
    for i, (count, how) in enumerate([(1, "pmap"), (4, "pmap"), (4, "sharded")]):
        config["train"]["mapping"] = how
        path = str(tmp_path / str(i))
        found.append(python(code, devices=count, config=config, path=path))
    assert len(found[0]) == 12
    for other in found[1:]:
        np.testing.assert_allclose(other, found[0], rtol=1e-3, atol=1e-3)


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
