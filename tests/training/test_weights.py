"""A run begun from another's weights, and players that never change."""

import copy
import shutil

import jax
import numpy as np
import pytest

import gan_jax
from gan_jax.errors import BadInput
from gan_jax.run.weights import read
from gan_jax.training import ensemble, session, train
from tests.training.runs import Killed, assert_same_run, final, points


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("source") / "run"
    train(points(), path)
    return path


def tuned(source, **weights):
    """Other data, another rate, another batch, begun from the source's weights."""
    config = points(steps=4, checkpoint_every=2, log_every=2, batch_size=4)
    config["data"]["std"] = 0.2
    config["optim"] = copy.deepcopy(config["optim"])
    config["optim"]["gen"]["learning_rate"] = 1e-3
    config["weights"] = {
        name: {"workdir": str(source), **weights} for name in ("gen", "disc")
    }
    return config


def player(flat, name, part="params"):
    head = f"players.{name}.{part}."
    return {k.removeprefix(head): v for k, v in flat.items() if k.startswith(head)}


@pytest.mark.slow
@pytest.mark.parametrize("averaged", [True, False])
def test_a_run_begins_with_anothers_weights(source, tmp_path, averaged):
    config, path = tuned(source, averaged=averaged), tmp_path / "run"
    old = final(source)
    kept = ensemble.assemble(config, [0]).start()[0]
    state = ensemble.GameState(*kept[0], *jax.tree.map(lambda x: x[0], kept[1]))
    wanted = player(old, "gen", "ema.params" if averaged else "params")
    for name, leaf in wanted.items():
        layer, kind = name.split(".")
        got = state.players["gen"]
        np.testing.assert_array_equal(got.params[layer][kind], leaf)
        np.testing.assert_array_equal(got.ema["params"][layer][kind], leaf)
    assert all(not np.any(x) for x in jax.tree.leaves(state.players["gen"].opt_state))
    assert int(state.seen) == 0
    train(config, path)
    leaves, _ = read(path / "weights" / "gen.safetensors")
    np.testing.assert_array_equal(
        leaves["params.dense0.kernel"], wanted["dense0.kernel"]
    )


@pytest.mark.slow
def test_the_source_may_vanish_once_begun(source, tmp_path, monkeypatch):
    theirs = tmp_path / "theirs"
    shutil.copytree(source, theirs)
    straight, path = tmp_path / "straight", tmp_path / "run"
    train(tuned(theirs), straight)

    def die(self, step, metrics):
        raise Killed

    monkeypatch.setattr(session.Logbook, "add", die)
    with pytest.raises(Killed):
        train(tuned(theirs), path)  # begun, and no checkpoint yet
    monkeypatch.undo()
    shutil.rmtree(theirs)
    train(tuned(theirs), path)
    assert_same_run(path, straight)


def frozen(source):
    config = tuned(source)
    config["models"]["teacher"] = config["models"]["gen"]
    config["game"] = {
        "name": "tests.games.distilled.distilled",
        "latents": config["game"]["latents"],
    }
    config["optim"] = {"gen": config["optim"]["gen"]}
    del config["models"]["disc"]
    config["weights"] = {"teacher": {"workdir": str(source), "player": "gen"}}
    return config


@pytest.mark.slow
def test_a_frozen_player_is_written_once_and_named_by_every_checkpoint(
    source, tmp_path
):
    theirs, path = tmp_path / "theirs", tmp_path / "run"
    shutil.copytree(source, theirs)
    train(frozen(theirs), path)
    shutil.rmtree(theirs)
    train(frozen(theirs) | {"train": {**frozen(theirs)["train"], "steps": 8}}, path)
    run = gan_jax.load(path, trust=True)
    wanted = player(final(source), "gen", "ema.params")
    for name, leaf in wanted.items():
        layer, kind = name.split(".")
        teacher = run.state.players["teacher"]
        np.testing.assert_array_equal(teacher.params[layer][kind], leaf)
    held = [p for p in (path / "checkpoints").rglob("*") if "teacher" in p.name]
    assert not held
    assert [p.name for p in (path / "weights").iterdir()] == ["teacher.safetensors"]


def test_a_frozen_player_that_changed_is_damage(source, tmp_path):
    path = tmp_path / "run"
    train(frozen(source), path)
    file = path / "weights" / "teacher.safetensors"
    content = bytearray(file.read_bytes())
    content[-3] ^= 1
    file.write_bytes(content)
    with pytest.raises(
        BadInput, match="teacher.safetensors is not what the checkpoint"
    ):
        gan_jax.load(path, trust=True)


@pytest.mark.slow
def test_a_file_of_weights(source, tmp_path):
    first, path = tmp_path / "first", tmp_path / "run"
    train(tuned(source), first)
    config = tuned(source)
    file = first / "weights" / "gen.safetensors"
    config["weights"] = {"gen": {"file": str(file)}}
    train(config, path)
    assert read(path / "weights" / "gen.safetensors")[1] == read(file)[1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": {"gen": {"workdir": "nowhere"}}}, "holds no run"),
        ({"weights": {"gan": {"file": "x"}}}, "no player 'gan'; did you mean gen"),
        ({"weights": {"gen": {"file": "x.safetensors"}}}, "cannot read x.safetensors"),
        ({"weights": {"gen": {}}}, "either workdir or file"),
        (
            {"weights": {"gen": {"workdir": "SOURCE", "player": "enc"}}},
            "no player 'enc'",
        ),
        (
            {"weights": {"gen": {"workdir": "SOURCE", "player": "disc"}}},
            r"params.output.bias is \(1,\) in disc of .* and \(2,\) here",
        ),
        (
            {"models.gen.widths": (7,), "weights": {"gen": {"workdir": "SOURCE"}}},
            r"params.dense0.bias is \(6,\) in gen of .* and \(7,\) here",
        ),
        (
            {"models.gen.widths": (6, 6), "weights": {"gen": {"workdir": "SOURCE"}}},
            "has no params.dense1.bias",
        ),
    ],
)
def test_weights_that_do_not_fit_leave_nothing_behind(
    source, tmp_path, change, message
):
    config = copy.deepcopy(points())
    for path, value in change.items():
        *parents, field = path.split(".")
        node = config
        for name in parents:
            node = node[name]
        node[field] = value
    for node in config["weights"].values():
        if node.get("workdir") == "SOURCE":
            node["workdir"] = str(source)
    with pytest.raises(BadInput, match=message):
        train(config, tmp_path / "run")
    assert not (tmp_path / "run").exists()
