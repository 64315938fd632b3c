"""The guard: says, stops, rolls back; and resuming changes nothing of it."""

import dataclasses
import functools
import json
import math

import pytest

from gan_jax.doctor import SYMPTOMS, Doctor
from gan_jax.errors import BadInput
from gan_jax.run.checkpoints import Checkpoints
from gan_jax.run.workdir import Workdir
from gan_jax.training import guard, train
from tests.training.runs import points
from tests.training.test_loop import assert_same_run, final, lines

ON = {"on": ("not_finite",), "act": "roll_back", "factor": 2.0**-110}
SOUND_UNTIL = 9
"""Rounds after which the learning rate below is beyond all reason."""


def exploding(guard=None, **train):
    """Plain descent whose rate leaps: the weights overflow after round 10."""
    config = points(**{"steps": 24, "keep": 1, **train})
    leap = {"name": "steps", "values": (1e-2, 1e30), "boundaries": (16 * SOUND_UNTIL,)}
    sgd = {"name": "sgd", "learning_rate": leap}
    config["optim"] = {"gen": sgd, "disc": sgd}
    return config | ({} if guard is None else {"guard": guard})


def notes(path):
    checkpoints = Checkpoints(path / "checkpoints")
    found = checkpoints.read(checkpoints.steps()[0])[1]
    checkpoints.close()
    return found


@pytest.fixture(scope="module")
def rolled(tmp_path_factory):
    """A run that rolled back, uninterrupted."""
    path = tmp_path_factory.mktemp("rolled") / "run"
    train(exploding(ON), path)
    return path


@pytest.mark.slow
def test_rolls_back_to_the_last_sound_checkpoint_and_ends_well(rolled):
    (roll,) = notes(rolled)["rolls"]
    assert (roll["name"], roll["to"]) == ("not_finite", 6)
    assert SOUND_UNTIL < roll["since"] <= 12
    assert [line["step"] for line in lines(rolled)] == [4, 8, 12, 16, 20, 24]
    assert all(math.isfinite(x) for line in lines(rolled) for x in line.values())


@pytest.mark.slow
def test_without_a_guard_it_ends_with_an_error(tmp_path):
    with pytest.raises(BadInput, match="diverged at step 1"):
        train(exploding(), tmp_path / "run")
    with pytest.raises(BadInput, match="diverged at step 1"):
        train(exploding(ON | {"most": 0}), tmp_path / "most")
    with pytest.raises(BadInput, match="diverged at step 1"):
        train(exploding({"act": "stop"}), tmp_path / "stop")


@pytest.mark.slow
@pytest.mark.parametrize("at", [8, 16])
def test_interrupted_before_or_after_it_ends_the_same(rolled, tmp_path, at):
    # Ending early leaves a checkpoint that is not regular, as a signal does.
    train(exploding(ON, steps=at), tmp_path / "run")
    train(exploding(ON), tmp_path / "run")
    assert lines(rolled) == lines(tmp_path / "run")
    ours, theirs = final(rolled), final(tmp_path / "run")
    assert all(ours[k].tobytes() == theirs[k].tobytes() for k in ours)
    assert notes(rolled)["rolls"] == notes(tmp_path / "run")["rolls"]


@pytest.mark.slow
@pytest.mark.parametrize("before", [True, False])
def test_killed_while_rolling_back_it_ends_the_same(
    rolled, tmp_path, monkeypatch, before
):
    drop = Checkpoints.drop_after

    def killed(self, step):
        if not before:
            drop(self, step)
        raise InterruptedError

    with monkeypatch.context() as patch:
        patch.setattr(Checkpoints, "drop_after", killed)
        with pytest.raises(InterruptedError):
            train(exploding(ON), tmp_path / "run")
    train(exploding(ON), tmp_path / "run")
    assert_same_run(rolled, tmp_path / "run")


@pytest.mark.slow
def test_from_the_beginning_it_is_a_run_of_smaller_rates(tmp_path):
    halves = ON | {"factor": 0.5}
    config = exploding(halves, steps=6, checkpoint_every=6, seed=3)
    for player in config["optim"].values():
        player["learning_rate"] = 1e-2
    symptom = dataclasses.replace(
        SYMPTOMS["divergence"],
        measure=lambda lines, t: {"growth": 50.0, "size": 50.0, "x": lines[-1]["step"]},
        present=lambda e, t: e["x"] == 4 and not armed.pop("spent", False),
        confirm=1,
        least=lambda t: 1,
    )
    armed = {}
    plain = json.loads(json.dumps(config))
    plain["guard"] = {}
    for player in plain["optim"].values():
        player["learning_rate"] = 5e-3
    train(plain, tmp_path / "plain")

    class Once(Doctor):
        """Finds it at step 4 of the first stretch."""

        def __init__(self, lines, config):
            super().__init__(lines, config, symptoms={"divergence": symptom})

        def see(self, line):
            found = super().see(line)
            if found:
                armed["spent"] = True
            return found

    config["guard"] = halves | {"on": ("divergence",)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(guard, "Doctor", Once)
        train(config, tmp_path / "run")
    (roll,) = notes(tmp_path / "run")["rolls"]
    assert roll == {"name": "divergence", "since": 4, "to": 0}
    ours, theirs = final(tmp_path / "run"), final(tmp_path / "plain")
    assert all(ours[k].tobytes() == theirs[k].tobytes() for k in ours)


@pytest.mark.slow
def test_stops_saves_and_says_why_then_goes_on(tmp_path, monkeypatch, capsys):
    always = dataclasses.replace(
        SYMPTOMS["mode_collapse"],
        measure=lambda lines, t: {"spread": 0.1, "spread_before": 0.1},
        confirm=2,
        least=lambda t: 1,
    )
    doctor = functools.partial(Doctor, symptoms={"mode_collapse": always})
    monkeypatch.setattr(guard, "Doctor", doctor)
    config = points() | {"guard": {"on": ("mode_collapse",)}}
    train(config, tmp_path / "run")
    said = capsys.readouterr().err
    assert "step 8: mode_collapse (critical)" in said
    assert "stopped at step 8/12 for mode_collapse: saved" in said
    assert [line["step"] for line in lines(tmp_path / "run")] == [4, 8]
    train(config, tmp_path / "run")
    said = capsys.readouterr().err
    assert "mode_collapse (critical)" not in said
    assert "done: 12 steps" in said
    unwatched = points()
    train(unwatched, tmp_path / "unwatched")
    assert "mode_collapse (critical)" in capsys.readouterr().err
    assert_same_run(tmp_path / "run", tmp_path / "unwatched")


@pytest.mark.parametrize(
    ("group", "message"),
    [
        ({"on": ("divergenc",)}, "did you mean divergence"),
        ({"on": "divergence"}, "wanted a list, each a word"),
        ({"act": "panic"}, "one of stop, roll_back"),
        ({"factor": 0.0}, "factor=0.0"),
        ({"most": -1}, "most=-1"),
        ({"more": 1}, "did you mean most"),
    ],
)
def test_mistakes_are_named(group, message, tmp_path):
    with pytest.raises(BadInput, match=message):
        train(points() | {"guard": group}, tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_the_doctor_of_a_resumed_run_knows_the_past(tmp_path):
    train(points(steps=6), tmp_path / "run")
    seen = []

    class Watching(Doctor):
        def __init__(self, lines, config):
            lines = list(lines)
            seen.append([line["step"] for line in lines])
            super().__init__(lines, config)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(guard, "Doctor", Watching)
        train(points(), tmp_path / "run")
    assert seen == [[4, 6]]
    assert Workdir(tmp_path / "run").report.read_bytes().startswith(b"\x89PNG")
