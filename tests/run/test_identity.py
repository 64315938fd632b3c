"""Whose a checkpoint is, and which runs this code may continue."""

import dataclasses
import json
import shutil

import jax
import pytest

import gan_jax
from gan_jax.errors import BadInput
from gan_jax.run import identity
from gan_jax.training import train
from tests.games.tables import toy
from tests.training.runs import assert_same_run, points


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = tmp_path_factory.mktemp("one") / "run"
    train(points(), path)
    return path


@pytest.fixture
def copy(run, tmp_path):
    shutil.copytree(run, tmp_path / "run")
    return tmp_path / "run"


def edit(path, **fields):
    record = json.loads((path / "config.json").read_text())
    for name, value in fields.items():
        record.pop(name, None) if value is None else record.update({name: value})
    (path / "config.json").write_text(json.dumps(record))


@pytest.mark.parametrize("how", ["moved", "copied"])
def test_a_step_that_is_anothers_is_damage(copy, run, capsys, how):
    """It was taken for the newest: 'resuming from step 100' trained to 24, unsaved."""
    steps = copy / "checkpoints"
    if how == "moved":
        (steps / "12").rename(steps / "100")
    else:
        shutil.copytree(steps / "6", steps / "100")
    with pytest.raises(BadInput, match="damaged .it is that of step"):
        gan_jax.load(copy, 100)
    train(points(), copy)
    said = capsys.readouterr().err
    assert "checkpoint 100 is damaged (it is that of step" in said
    assert_same_run(copy, run)


def test_a_checkpoint_of_another_run_is_damage(copy, tmp_path):
    other = tmp_path / "other"
    train(points(seed=3), other)
    shutil.rmtree(copy / "checkpoints" / "12")
    shutil.copytree(other / "checkpoints" / "12", copy / "checkpoints" / "12")
    with pytest.raises(BadInput, match="it is of another run"):
        gan_jax.load(copy, 12)


def test_a_config_json_of_another_run_loses_no_checkpoint(copy):
    """All checkpoints were moved aside, and the run was begun anew."""
    file = copy / "config.json"
    record = json.loads(file.read_text())
    file.write_text(json.dumps({**record, "id": "x"}))
    before = {p.name: p.read_bytes() for p in copy.rglob("*") if p.is_file()}
    with pytest.raises(BadInput, match="restore config.json"):
        train(points(), copy)
    assert (
        before.items()
        <= {p.name: p.read_bytes() for p in copy.rglob("*") if p.is_file()}.items()
    )


def test_which_step_was_used_is_said(copy, capsys):
    (copy / "checkpoints" / "12").rename(copy / "checkpoints" / "13")
    run, rule = gan_jax.run.open_checkpoint(copy, "last")
    assert int(run.state.step) == 6
    assert rule.startswith("last sound (step 6 is used, checkpoint 13 is damaged")
    assert "step 6 is used" in capsys.readouterr().err


def test_a_run_of_another_precision_is_refused(copy):
    edit(copy, x64=True)
    for act in (lambda: gan_jax.load(copy), lambda: train(points(), copy)):
        with pytest.raises(BadInput, match="JAX_ENABLE_X64=1"):
            act()


def test_a_run_of_another_width_is_refused(copy):
    record = json.loads((copy / "config.json").read_text())
    config = record["config"]
    config["models"]["gen"]["widths"] = [7]
    edit(copy, config=config)
    with pytest.raises(BadInput, match="damaged .another shape or type"):
        gan_jax.load(copy)
    wider = points()
    wider["models"]["gen"]["widths"] = (7,)
    with pytest.raises(BadInput, match="checkpoint 12 is not of this game"):
        train(wider, copy)


def test_older_runs_go_on_where_nothing_changed(copy):
    """As recorded before runs had an identity."""
    edit(copy, id=None, arithmetic=None, x64=None, weights=None)
    assert gan_jax.load(copy).sample(3).shape == (3, 2)
    train(points(), copy)


@pytest.mark.parametrize(
    ("changes", "devices", "recorded", "message"),
    [
        ({"gen_norm": "batch"}, 2, "1 x cpu (cpu)", "synchronised over devices"),
        ({"gen_norm": "batch"}, 1, "4 x cpu (cpu)", "synchronised over devices"),
        ({"gen_norm": "batch"}, 1, "1 x cpu (cpu)", ""),
        ({"ema": 0.9}, 2, "4 x cpu (cpu)", ""),
        ({"gen_wrap": True, "ema": 0.9}, 1, "1 x cpu (cpu)", "averages of spectral"),
        ({"gen_wrap": True}, 1, "1 x cpu (cpu)", ""),
    ],
)
def test_runs_whose_numbers_would_change_are_told_how_to_go_on(
    changes, devices, recorded, message
):
    changes = dict(changes)
    norm = gan_jax.nn.batch_norm() if changes.pop("gen_norm", "") else None
    wrapped = changes.pop("gen_wrap", False)
    game = toy(gen_norm=norm, **changes)
    if wrapped:
        own = game.players["gen"]
        wrap = gan_jax.nn.spectral_norm()
        gen = dataclasses.replace(own, module=own.module.clone(wrap=wrap))
        game = dataclasses.replace(game, players={**game.players, "gen": gen})
    record = {"config": {"train": {}}, "provenance": {"device": recorded}}
    if not message:
        identity.check_arithmetic(record, game, devices, "runs/old")
        return
    with pytest.raises(BadInput, match=message) as error:
        identity.check_arithmetic(record, game, devices, "runs/old")
    assert "--config.weights.gen.workdir=runs/old" in str(error.value)
    today = {**record, "arithmetic": identity.ARITHMETIC}
    identity.check_arithmetic(today, game, devices, "runs/old")


def test_an_average_copies_power_iterations():
    """Averaged u and v of a spectral norm gave a sigma a quarter too small."""
    import jax.numpy as jnp
    import numpy as np

    from gan_jax.games import base

    game = toy(ema=0.9, gen_norm=gan_jax.nn.batch_norm())
    own = game.players["gen"]
    module = own.module.clone(wrap=gan_jax.nn.spectral_norm())
    player = dataclasses.replace(own, module=module)
    state = base.init(
        dataclasses.replace(game, players={"gen": player}), jax.random.key(0)
    ).players["gen"]
    other = dataclasses.replace(
        state,
        **jax.tree.map(
            lambda x: x + 1.0, {"params": state.params, "variables": state.variables}
        ),
    )
    after = base.average(player, other, jnp.asarray(0)).ema
    for kind, weight in (("spectral", 1.0), ("batch_stats", 0.1)):
        for new, old in zip(
            jax.tree.leaves(after["variables"][kind]),
            jax.tree.leaves(state.variables[kind]),
            strict=True,
        ):
            np.testing.assert_allclose(new, old + weight, rtol=1e-5, atol=1e-6)
