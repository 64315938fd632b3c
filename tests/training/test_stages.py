"""A game that grows: one command, one workdir, exact at a border and inside a fade."""

import json

import numpy as np
import pytest

import gan_jax
from gan_jax.errors import BadInput
from gan_jax.training import ensemble, session, train
from gan_jax.training.loop import dry_run
from tests.games import growing
from tests.training.runs import Killed, assert_same_run, final


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("growing") / "run"
    train(growing.config(), path)
    return path


def depth(flat):
    return sum(name.startswith("players.gen.params.layer") for name in flat) // 2


@pytest.mark.slow
def test_it_grows_at_its_borders(whole):
    """The state at a border belongs to the stage that left it."""
    assert depth(final(whole)) == 3
    depths = {step: depth(final(whole, step)) for step in range(2, 14, 2)}
    assert depths == {2: 1, 4: 1, 6: 2, 8: 2, 10: 3, 12: 3}
    assert sorted(p.name for p in (whole / "samples").iterdir()) == [
        "step_00.png",
        "step_04.png",
        "step_08.png",
        "step_12.png",
    ]


# Killed on the way out of a border, inside a fade, and between.
@pytest.mark.slow
@pytest.mark.parametrize("at", [4, 5, 6, 8, 9, 11])
def test_it_ends_as_one_that_was_not_killed(whole, tmp_path, monkeypatch, at):
    path, calls = tmp_path / "run", []
    real = session.Logbook.add

    def add(self, step, metrics):
        calls.append(step)
        if len(calls) == at:
            raise Killed
        real(self, step, metrics)

    monkeypatch.setattr(session.Logbook, "add", add)
    with pytest.raises(Killed):
        train(growing.config(), path)
    monkeypatch.undo()
    train(growing.config(), path)
    assert_same_run(path, whole)


@pytest.mark.slow
def test_any_stage_can_be_sampled(whole):
    runs = [gan_jax.load(whole, step, trust=True) for step in (4, 8, 12)]
    for run in runs:
        assert run.sample(3).shape == (3, 2)
    assert len({run.sample(3).tobytes() for run in runs}) == 3
    with pytest.raises(BadInput, match="tests.games.growing"):
        gan_jax.load(whole)


@pytest.mark.slow
def test_borders_fall_on_device_calls(tmp_path):
    """Fused rounds: stage 1 begins with the call that holds its border's round."""
    path = tmp_path / "run"
    config = growing.config(
        steps_per_call=6, log_every=6, checkpoint_every=6, sample_every=6
    )
    train(config, path)
    assert {step: depth(final(path, step)) for step in (6, 12)} == {6: 1, 12: 2}


@pytest.mark.slow
def test_every_stage_is_traced_before_anything_is_written(tmp_path, capsys):
    dry_run(growing.config())
    assert "stages: 3" in capsys.readouterr().out
    config = growing.config()
    config["game"]["broken"] = 2  # its third stage cannot be played
    with pytest.raises(BadInput, match="cannot be played on ring8"):
        train(config, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_an_ensemble_refuses_it():
    with pytest.raises(BadInput, match="grows in stages"):
        ensemble.assemble(growing.config(), [0, 1])


@pytest.mark.slow
def test_notes_name_the_stage(whole):
    folder = whole / "checkpoints" / "8" / "notes"
    text = next(p for p in folder.rglob("*") if p.is_file()).read_text()
    assert json.loads(json.loads(text)["json"])["stage"] == 1
    np.testing.assert_equal(depth(final(whole, 8)), 2)
