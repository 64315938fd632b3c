import copy
import dataclasses
import json
import os
import signal
import threading

import numpy as np
import pytest

import gan_jax
from gan_jax.errors import BadInput
from gan_jax.run.checkpoints import Checkpoints
from gan_jax.training import devices, loop, session, train
from tests.training.runs import Killed, assert_same_run, final, lines, points

pytestmark = pytest.mark.optimised


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An uninterrupted run."""
    path = tmp_path_factory.mktemp("whole") / "run"
    train(points(), path)
    return path


def test_a_run_leaves_what_it_promises(whole):
    names = {p.name for p in whole.iterdir()}
    assert names >= {
        "config.json",
        "checkpoints",
        "metrics.jsonl",
        "tensorboard",
        "samples",
        "report.png",
    }
    assert [line["step"] for line in lines(whole)] == [4, 8, 12]
    assert (whole / "report.png").read_bytes().startswith(b"\x89PNG")
    assert any((whole / "tensorboard").iterdir())
    # Epochs of 100 points, 16 a round, whole calls of 2: 0, 8 (1st), and the last.
    assert sorted(p.name for p in (whole / "samples").iterdir()) == [
        "step_00.png",
        "step_08.png",
        "step_12.png",
    ]
    record = json.loads((whole / "config.json").read_text())
    assert record["data"]["size"] == 100
    assert "jax" in record["provenance"]["versions"]


def test_the_same_seed_gives_the_same_samples(whole):
    gan = gan_jax.load(str(whole))
    samples = gan.sample(16, seed=3)
    assert samples.shape == (16, 2)
    assert samples.dtype == np.float32
    assert gan_jax.load(str(whole)).sample(16, seed=3).tobytes() == samples.tobytes()
    # More samples of a seed begin with the fewer; another seed has others.
    assert gan.sample(70, seed=3)[:16].tobytes() == samples.tobytes()
    assert not np.array_equal(gan.sample(16, seed=4), samples)
    for wrong in ({"num": 0}, {"labels": [1] * 16}, {"truncation": 0.5}):
        with pytest.raises(BadInput):
            gan.sample(**{"num": 16, **wrong})


@pytest.mark.parametrize("at", [3, 5])
def test_resuming_is_exact(whole, tmp_path, monkeypatch, at):
    """A death after any call: between checkpoints, between two lines of metrics."""
    path = tmp_path / "run"
    real, calls = session.Logbook.add, []

    def add(self, step, metrics):
        calls.append(step)
        if len(calls) == at:
            raise Killed
        real(self, step, metrics)

    monkeypatch.setattr(session.Logbook, "add", add)
    with pytest.raises(Killed):
        train(points(), path)
    monkeypatch.undo()
    train(points(), path)
    assert_same_run(path, whole)


@pytest.mark.slow
def test_fused_calls_change_no_number(whole, tmp_path):
    path = tmp_path / "run"
    config = points(steps_per_call=1, sample_epochs=(), sample_every=4)
    train(config, path)
    left, right = final(path), final(whole)
    for name in left:
        np.testing.assert_array_equal(left[name], right[name], err_msg=name)


@pytest.mark.slow
def test_more_steps_continue_and_end_as_one_long_run(tmp_path):
    short, long = tmp_path / "short", tmp_path / "long"
    train(points(steps=6, sample_epochs=()), short)
    train(points(steps=12, sample_epochs=()), short)
    train(points(steps=12, sample_epochs=()), long)
    left, right = final(short), final(long)
    assert all(left[k].tobytes() == right[k].tobytes() for k in right)


def test_another_config_is_refused(whole):
    config = points(seed=1)
    config["game"]["n_critic"] = 3
    with pytest.raises(
        BadInput, match=r"game.n_critic: 2 -> 3; train.seed: 'absent' -> 1"
    ):
        train(config, whole)


@pytest.mark.slow
def test_changed_data_are_refused(whole, tmp_path):
    path = tmp_path / "run"
    train(points(steps=2, checkpoint_every=2), path)
    record = json.loads((path / "config.json").read_text())
    record["data"]["digest"] = "0" * 64
    (path / "config.json").write_text(json.dumps(record))
    with pytest.raises(BadInput, match="content of data set ring8 changed"):
        train(points(steps=2, checkpoint_every=2), path)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_damaged_checkpoint_is_named_and_stepped_over(whole, tmp_path, capsys):
    path = tmp_path / "run"
    train(points(), path)
    victim = path / "checkpoints" / "12"
    largest = max(
        victim.rglob("*"), key=lambda p: p.stat().st_size if p.is_file() else 0
    )
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 1
    largest.write_bytes(content)
    train(points(), path)
    said = capsys.readouterr().err
    assert "checkpoint 12 is damaged" in said
    assert "resuming from step 6" in said
    assert (path / "damaged" / "12").is_dir()
    assert_same_run(path, whole)


# Orbax leaves the futures of a failed read behind.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_damaged_checkpoint_asked_for_by_step_is_named(tmp_path):
    path = tmp_path / "run"
    train(points(steps=2, checkpoint_every=2), path)
    for file in (path / "checkpoints" / "2" / "state").rglob("*"):
        if file.is_file():
            file.write_bytes(b"")
    for step, message in ((2, "checkpoint 2 of .* is damaged"), ("last", "no sound")):
        with pytest.raises(BadInput, match=message):
            gan_jax.load(path, step)


@pytest.mark.slow
def test_divergence_stops_loudly_and_keeps_the_last_sound_checkpoint(tmp_path):
    path = tmp_path / "run"
    config = points(steps=40, checkpoint_every=2, log_every=2)
    # The penalty's weight explodes once 200 images were shown, in round 12.
    config["game"]["regularizers"]["gp"]["weight"] = {
        "name": "steps",
        "values": (0.1, 1e38, 1e38),
        "boundaries": (200, 10**9),
    }
    with pytest.raises(BadInput, match=r"diverged at step 1[34]: disc/.*not finite"):
        train(config, path)
    checkpoints = Checkpoints(path / "checkpoints")
    step, damaged = checkpoints.newest_sound()
    flat, _ = checkpoints.read(step)
    checkpoints.close()
    assert step == 12
    assert not damaged
    assert all(np.isfinite(x).all() for x in flat.values())


@pytest.mark.slow
def test_sigterm_saves_and_leaves_and_the_rest_is_exact(tmp_path, capsys, monkeypatch):
    path, config = tmp_path / "run", points(steps=40, checkpoint_every=40)
    real = session.Logbook.add

    def add(self, step, metrics):
        real(self, step, metrics)
        if step == 10:
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(session.Logbook, "add", add)
    train(config, path)
    assert "saved at step 10/40" in capsys.readouterr().err
    monkeypatch.undo()
    train(config, path)
    straight = tmp_path / "straight"
    train(config, straight)
    assert_same_run(path, straight)
    assert threading.main_thread().is_alive()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("train.batch_size", 0, "batch_size=0 must be at least 1"),
        ("train.steps", 11, "multiple of steps_per_call"),
        ("train.devices", 99, "devices=99, but there"),
        ("train.best", "disc/los", "did you mean disc/loss"),
        ("train.precision", "float16", "one of float32, bfloat16"),
        ("game.microbatches", 3, "cannot be cut into 3"),
        ("game.loss", "hinge", "has the wrong type"),
        ("data.count", 0, "count"),
        ("models.gen", {"name": "dcgan.Generator"}, "cannot be played on ring8"),
    ],
)
def test_bad_configs_leave_nothing_behind(tmp_path, path, value, message):
    config = copy.deepcopy(points())
    *parents, field = path.split(".")
    node = config
    for name in parents:
        node = node[name]
    node[field] = value
    with pytest.raises(BadInput, match=message):
        train(config, tmp_path / "run")
    assert not os.path.exists(tmp_path / "run")


@pytest.mark.slow
def test_bfloat16_computes_and_keeps_float32_parameters(tmp_path):
    path = tmp_path / "run"
    train(points(precision="bfloat16", steps=4, checkpoint_every=4), path)
    flat = final(path)
    weights = [v for k, v in flat.items() if ".params." in k or ".opt_state." in k]
    assert weights
    assert {str(w.dtype) for w in weights} <= {"float32", "int32"}
    line = lines(path)[-1]
    assert np.isfinite(line["disc/loss"])


def test_the_best_checkpoint_is_kept(tmp_path):
    path = tmp_path / "run"
    train(
        points(
            steps=24,
            checkpoint_every=4,
            keep=1,
            best="disc/wasserstein",
            best_mode="max",
        ),
        path,
    )
    scores = {line["step"]: line["disc/wasserstein"] for line in lines(path)}
    best = max(scores, key=lambda s: scores[s])
    checkpoints = Checkpoints(path / "checkpoints", best="disc/wasserstein", mode="max")
    assert set(checkpoints.steps()) == {best, 24}
    assert checkpoints.best_step() == best
    checkpoints.close()


@pytest.mark.slow
def test_one_compilation_a_run(tmp_path, monkeypatch):
    compiled, real = [], devices.single

    def single():
        mapping = real()

        def compile(step):
            compiled.append(mapping.compile(step))
            return compiled[-1]

        return dataclasses.replace(mapping, compile=compile)

    monkeypatch.setattr(devices, "single", single)
    train(points(devices=1), tmp_path / "run")
    train(points(devices=1, steps=24), tmp_path / "run")
    assert [call._cache_size() for call in compiled] == [1, 1]


def test_dry_run_prints_everything_and_writes_nothing(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    loop.dry_run(points())
    said = capsys.readouterr().out
    for word in (
        "wasserstein",
        "parameters",
        "MiB",
        "steps: 12 (192 real images, 1.9 ep",
    ):
        assert word in said
    assert not list(tmp_path.iterdir())
