"""A game that grows: one command, one workdir, exact at a border and inside a fade."""

import json

import numpy as np
import pytest

import gan_jax
from gan_jax import export
from gan_jax.errors import BadInput
from gan_jax.evaluation import evaluate_run
from gan_jax.latents import Trained
from gan_jax.run import config_file, open_checkpoint
from gan_jax.run.checkpoints import flatten
from gan_jax.training import ensemble, session, train
from gan_jax.training.loop import dry_run
from tests.games import growing
from tests.training.runs import ROOT, Killed, assert_same_run, final


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


@pytest.mark.slow
def test_a_seed_of_an_ensemble_grows_as_its_own_run_does(whole):
    trained = ensemble.train(growing.config(), [5, 0], evaluate_every=4, samples=8)
    assert [line["step"] for line in trained.lines[1]] == [2, 4, 6, 8, 10, 12]
    assert trained.samples[1].shape == (8, 2)
    mine, alone = flatten(trained.states[1]), final(whole)
    assert mine.keys() == alone.keys()
    for name in mine:
        np.testing.assert_array_equal(mine[name], alone[name], err_msg=name)


# --- pictures that grow ---------------------------------------------------------------


def pictures(name, **train):
    """Two rounds of 4 x 4, two of a fade, two of 8 x 8."""
    config = config_file.load(f"{ROOT}/configs/{name}.py:tiny")
    config["game"] |= dict(stable=16, fade=16)
    config["train"] |= dict(steps=6, log_every=1, checkpoint_every=1, keep=9) | train
    return config


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    path = tmp_path_factory.mktemp("progan") / "run"
    train(pictures("progan"), path)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("at", [3, 4])
def test_killed_at_a_border_or_in_a_fade_it_ends_the_same(
    grown, tmp_path, monkeypatch, capsys, at
):
    """The third round is the first of the fade: what it left is of the border."""
    path, calls = tmp_path / "run", []
    real = session.Logbook.add

    def add(self, step, metrics):
        calls.append(step)
        if len(calls) == at:
            raise Killed
        real(self, step, metrics)

    monkeypatch.setattr(session.Logbook, "add", add)
    with pytest.raises(Killed):
        train(pictures("progan"), path)
    monkeypatch.undo()
    capsys.readouterr()
    train(pictures("progan"), path)
    said = capsys.readouterr().err
    assert f"stage 1 from step {at - 1}: " in said
    assert "stage 2 from step 4: " in said
    assert "s for its first call, compiling included" in said
    assert_same_run(path, grown)
    assert not any("fade" in name for name in final(path, 3))


@pytest.mark.slow
def test_a_checkpoint_inside_a_fade_is_evaluated_and_exported(grown, tmp_path):
    """As any other is: pictures of the data's size, of the weights that stand there."""
    (score,) = evaluate_run(grown, ["fd_random"], checkpoint="3", num=20)
    assert np.isfinite(score.value)
    assert "3" in score.protocol.checkpoint
    run, rule = open_checkpoint(grown, "3")
    assert run.stage == 1
    export.write(run, rule, tmp_path / "bundle", "stablehlo")
    made = gan_jax.load(tmp_path / "bundle").sample(4)
    assert made.shape == (4, 8, 8, 1)
    assert np.abs(made.astype(int) - run.sample(4)).max() <= 1
    assert not np.array_equal(made, gan_jax.load(grown, 6).sample(4))


@pytest.mark.slow
def test_every_stage_s_checkpoint_can_be_looked_at(tmp_path):
    """Pictures have the data's size, and styles one for each layer that there is."""
    path = tmp_path / "run"
    config = config_file.load(f"{ROOT}/configs/stylegan.py:tiny")
    config["train"] |= dict(checkpoint_every=1, keep=9)
    train(config, path)
    for step, layers in ((1, 2), (2, 4), (4, 4)):
        run = gan_jax.load(path, step)
        assert set(run.asks) == {"truncation", "cutoff", "noise"}
        assert run.asks["cutoff"].below == layers + 1
        assert run.sample(2, truncation=0.5, cutoff=2).shape == (2, 8, 8, 1)
        if step != 2:
            continue
        shown = Trained(run)  # in the midst of a fade
        z = shown.latents(2)
        ws = run.function("map")(z, {})
        assert ws.shape == (2, layers, 8)
        assert run.function("paint")(ws).shape == (2, 8, 8, 1)
        rows = shown.rows(np.asarray(z)[:, None], shown.answers(2))
        np.testing.assert_array_equal(rows[:, 0], run.sample(2))


@pytest.mark.slow
def test_notes_name_the_stage(whole):
    folder = whole / "checkpoints" / "8" / "notes"
    text = next(p for p in folder.rglob("*") if p.is_file()).read_text()
    assert json.loads(json.loads(text)["json"])["stage"] == 1
    np.testing.assert_equal(depth(final(whole, 8)), 2)
