"""What an evaluated run is refused for, says beforehand, and shows of its scores."""

import copy
import dataclasses
import io
import os
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from gan_jax import data
from gan_jax.errors import BadInput
from gan_jax.evaluation import evaluator, references
from gan_jax.run import report
from gan_jax.run.workdir import Workdir
from gan_jax.training import logbook, loop, train
from tests.training.measured import measured


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
