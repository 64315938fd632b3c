"""Evaluation while training: what it writes, keeps and survives."""

import shutil

import numpy as np
import pytest

from gan_jax import evaluation
from gan_jax.evaluation import evaluate_run
from gan_jax.main import main
from gan_jax.run import open_checkpoint
from gan_jax.run.checkpoints import Checkpoints
from gan_jax.run.workdir import Workdir
from gan_jax.training import logbook, train
from tests.training.measured import FILE, fd_by_step, kept, measured
from tests.training.runs import python
from tests.training.test_loop import Killed, assert_same_run, lines

pytestmark = pytest.mark.optimised


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An uninterrupted run."""
    path = tmp_path_factory.mktemp("measured") / "run"
    train(measured(), path)
    return path


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
    for checkpoint in ("best", best):
        out = tmp_path / f"{checkpoint}.png"
        flags = ["--mode=sample", f"--workdir={whole}", f"--out={out}", "--num=9"]
        assert main([*flags, f"--checkpoint={checkpoint}"]) == 0
        pictures.append(out.read_bytes())
    assert pictures[0] == pictures[1]


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
