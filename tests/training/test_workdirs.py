"""Workdirs that are not as a run left them, and disks that do not play along."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import gan_jax
from gan_jax.errors import BadInput
from gan_jax.main import main
from gan_jax.run.checkpoints import Checkpoints
from gan_jax.run.workdir import Workdir, reported
from gan_jax.training import session, signals, train
from tests.training.runs import ROOT, assert_same_run, final, points


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "run"
    train(points(), path)
    return path


@pytest.fixture
def copy(whole, tmp_path):
    shutil.copytree(whole, tmp_path / "run")
    return tmp_path / "run"


@pytest.mark.parametrize(
    "text",
    ["[]", "{}", "null", "3", '{"config": 3, "data": {}}', "{", '"run"', "[" * 9999],
)
def test_a_config_json_that_is_not_a_runs_is_named(copy, text):
    (copy / "config.json").write_text(text)
    for act in (lambda: gan_jax.load(copy), lambda: train(points(), copy)):
        with pytest.raises(BadInput, match=r"config\.json"):
            act()


@pytest.mark.parametrize("line", ["[]", "null", "{}", "3", '{"step": "4"}', "}{"])
def test_a_line_that_is_no_line_is_named_with_its_place(copy, line):
    lines = (copy / "metrics.jsonl").read_text().splitlines()
    (copy / "metrics.jsonl").write_text("\n".join([lines[0], line, *lines[1:]]) + "\n")
    for act in (lambda: train(points(), copy), lambda: Workdir(copy).lines()):
        with pytest.raises(
            BadInput, match=r"metrics\.jsonl, line 2 is none of a run's"
        ):
            act()
    assert main(["--mode=diagnose", f"--workdir={copy}"]) == 2


def test_a_torn_last_line_is_cut_and_said(copy, whole, capsys):
    with (copy / "metrics.jsonl").open("a") as file:
        file.write('{"step": 16, "disc/lo')
    train(points(), copy)
    assert "torn last line was cut" in capsys.readouterr().err
    assert_same_run(copy, whole)


def test_metrics_that_are_gone_are_written_on(copy):
    (copy / "metrics.jsonl").unlink()
    train(points(steps=16), copy)
    assert [line["step"] for line in Workdir(copy).lines()] == [16]


@pytest.mark.slow
def test_what_alters_no_weight_may_change_on_the_way(whole, tmp_path):
    path = tmp_path / "run"
    train(points(steps=6), path)
    config = points(log_every=2, sample_every=2, sample_epochs=())
    config["eval"] = {"every": 6, "metrics": ["modes"], "samples": 16}
    train(config, path)
    left, right = final(path), final(whole)
    assert all(left[name].tobytes() == right[name].tobytes() for name in right)
    assert (
        json.loads((path / "config.json").read_text())["config"]["eval"]["every"] == 6
    )


def test_a_second_training_of_a_workdir_is_refused(copy):
    refused = pytest.raises(BadInput, match="another process trains in")
    with Workdir(copy).locked(), refused:
        train(points(steps=16), copy)
    train(points(steps=16), copy)


@pytest.mark.slow
@pytest.mark.parametrize(
    "raised",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EROFS, "Read-only file system"),
        # As tensorstore says it, wrapped by Orbax.
        ValueError(
            "RESOURCE_EXHAUSTED: write failed [OS error 28: No space left on device]"
        ),
    ],
)
def test_a_full_disk_is_one_line_and_nothing_is_lost(
    whole, tmp_path, monkeypatch, raised
):
    path = tmp_path / "run"
    real = Checkpoints.save

    def save(self, step, *args):
        if step == 12:
            raise RuntimeError("saving failed") from raised
        real(self, step, *args)

    monkeypatch.setattr(Checkpoints, "save", save)
    with pytest.raises(BadInput, match="cannot be written .(No space|Read-only)"):
        train(points(), path)
    monkeypatch.undo()
    train(points(), path)
    assert_same_run(path, whole)


def test_an_error_that_is_no_disks_stays_what_it_is(tmp_path):
    with pytest.raises(ZeroDivisionError), reported(Workdir(tmp_path)):
        raise ZeroDivisionError


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1"])
def test_signals_save_and_leave_however_often(
    whole, tmp_path, monkeypatch, capsys, name
):
    path, real = tmp_path / "run", session.Logbook.add
    number = getattr(signal, name)
    before = signal.getsignal(number)

    def add(self, step, metrics):
        real(self, step, metrics)
        if step == 4:
            for _ in range(3):
                signal.raise_signal(number)

    monkeypatch.setattr(session.Logbook, "add", add)
    train(points(), path)
    assert (
        f"stopped by signal {int(number)}: saved at step 4/12"
        in capsys.readouterr().err
    )
    assert signal.getsignal(number) is before
    monkeypatch.undo()
    train(points(), path)
    assert_same_run(path, whole)


def test_a_signal_before_it_begins_writes_nothing(tmp_path, monkeypatch, capsys):
    path = tmp_path / "run"
    real = signals.Stop.__enter__

    def enter(self):
        real(self)
        signal.raise_signal(signal.SIGTERM)
        return self

    monkeypatch.setattr(signals.Stop, "__enter__", enter)
    train(points(), path)
    assert "before it began: nothing written" in capsys.readouterr().err
    assert not path.exists()


def test_a_thread_may_train(tmp_path, whole):
    path = tmp_path / "run"
    thread = threading.Thread(target=train, args=(points(), path))
    thread.start()
    thread.join()
    assert_same_run(path, whole)


@pytest.mark.slow
def test_a_command_that_is_interrupted_says_so_in_one_line(copy):
    """At several moments, twice in a row: while importing, opening, drawing."""
    for delay in (0.3, 1.0, 2.0, 4.0):
        process = subprocess.Popen(
            [sys.executable, "-m", "gan_jax.main", "--mode=sample", f"--workdir={copy}"]
            + ["--num=2000000", f"--out={copy}/x.npz"],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        time.sleep(delay)
        for _ in range(2):
            process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=60)[1]
        assert "Traceback" not in said, (delay, said)
        assert process.returncode in (128 + 15, -15), (delay, said)
    assert not (copy / "x.npz.part").exists()


@pytest.mark.slow
def test_an_average_that_explodes_is_not_saved(tmp_path):
    """A decay that leaves [0, 1) on the way: black pictures, scored like any other."""
    config = points(steps=40, checkpoint_every=2, log_every=2, samples=1)
    config["game"]["ema"] = {
        "name": "steps",
        "values": (0.9, 1e9),
        "boundaries": (100,),
    }
    config["train"]["sample_epochs"] = ()
    with pytest.raises(BadInput, match="not finite"):
        train(config, tmp_path / "run")
    floats = [x for x in final(tmp_path / "run").values() if x.dtype.kind == "f"]
    assert all(np.isfinite(x).all() for x in floats)
    with pytest.raises(BadInput, match="ema=10.0 must be at least 0 and below 1"):
        train(points() | {"game": {**points()["game"], "ema": 10.0}}, tmp_path / "no")


@pytest.mark.parametrize("seed", [-1, 2**32, 2**64])
def test_seeds_that_collide_are_refused(tmp_path, seed):
    with pytest.raises(BadInput, match=r"config.train: seed=.* must be from 0 to"):
        train(points(seed=seed), tmp_path / "run")
    assert not (tmp_path / "run").exists()
