"""The command line, as a user types it: in this process, or killed in another."""

import os
import shutil
import signal
import subprocess
import sys
import time
import weakref

import numpy as np
import pytest

from gan_jax.errors import BadInput
from gan_jax.main import main
from gan_jax.run.checkpoints import Checkpoints
from gan_jax.run.workdir import Workdir
from gan_jax.verbs import outputs
from tests.training.runs import ROOT, assert_same_run

pytestmark = pytest.mark.optimised

TINY = "--config=configs/wgan_gp.py:tiny"


@pytest.fixture(autouse=True)
def from_the_root(monkeypatch):
    monkeypatch.chdir(ROOT)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    os.chdir(ROOT)
    path = tmp_path_factory.mktemp("main") / "run"
    assert main([TINY, f"--workdir={path}"]) == 0
    return path


def test_train_then_sample(trained, tmp_path, capsys):
    pictures = []
    for name in ("a.png", "b.png"):
        out = tmp_path / name
        flags = ["--mode=sample", f"--workdir={trained}", "--num=9", "--seed=2"]
        assert main([*flags, f"--out={out}"]) == 0
        assert capsys.readouterr().out.strip() == str(out)
        pictures.append(out.read_bytes())
    assert pictures[0] == pictures[1]
    assert pictures[0].startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ([], "--config is missing"),
        (["--config=configs/wgn_gp.py"], "did you mean configs/wgan_gp.py"),
        (["--config=configs/wgan_gp.py:tinny"], "did you mean tiny"),
        ([TINY, "--config.trian.steps=1"], "did you mean train"),
        ([TINY, "--config.train.stesp=1"], "did you mean steps"),
        ([TINY, "--config.train.steps=many"], "wanted a whole number"),
        ([TINY, "--config.game.loss.name=hinfe"], "did you mean hinge"),
        ([TINY, "--config.models.gen.widht=3"], "did you mean width"),
        ([TINY, "--config.data.name=mnist"], "did you mean mnist5k"),
        ([TINY, "--workdri=x"], "unknown flag --workdri=x"),
        ([TINY, "--mode=dance"], "invalid choice"),
        ([TINY, "--workdir=/dev/null/run"], "cannot be written"),
        (["--config=configs/wgan_gp.py:dcgan64"], "data/pictures64"),
        (
            ["--config=configs/wgan_gp.py:cifar10", "--config.data.data_dir=/none"],
            "python -m gan_jax.data.prepare cifar10",
        ),
        (["--mode=sample"], "--workdir is missing"),
        (["--mode=sample", "--workdir=/nowhere"], "holds no run"),
        (["--mode=diagnose", "--workdir=/nowhere"], "holds no run"),
    ],
)
def test_bad_input_is_one_line_and_status_2(flags, message, capsys, tmp_path):
    workdir = (
        [] if any("workdir" in f for f in flags) else [f"--workdir={tmp_path}/run"]
    )
    if flags == ["--mode=sample"]:
        workdir = []
    assert main([*flags, *workdir]) == 2
    said = capsys.readouterr().err.splitlines()
    assert said[-1].startswith("gan_jax: ")
    assert message in said[-1]
    assert not (tmp_path / "run").exists()


def test_diagnose(trained, tmp_path, capsys):
    assert main(["--mode=diagnose", f"--workdir={trained}"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("not judged: 2 lines, 10 are needed")
    empty = Workdir(tmp_path / "empty")
    empty.create(Workdir(trained).record())
    cases = [
        ([f"--workdir={empty.path}"], "holds no line yet"),
        ([f"--workdir={trained}", "--config.train.steps=3"], "is of --mode=train"),
        ([], "--workdir is missing"),
    ]
    for flags, message in cases:
        assert main(["--mode=diagnose", *flags]) == 2
        assert message in capsys.readouterr().err
    for i in range(20):
        spread = {"disc/fake_spread": 0.1, "disc/real_spread": 1.0}
        empty.append({"step": 10 * i, **spread, "disc/accuracy": 0.8})
    assert main(["--mode=diagnose", f"--workdir={empty.path}"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("step 110: mode_collapse (critical)")
    assert "[spread 0.1, spread_before 0.1]" in said
    # The run has a gradient penalty: R1 is what it lacks.
    assert "--config.game.regularizers.r1.name=r1" in said


def test_sampling_what_cannot_be_sampled(trained, tmp_path, capsys):
    empty = Workdir(tmp_path / "empty")
    empty.create(Workdir(trained).record())
    cases = [
        ([f"--workdir={empty.path}"], "no checkpoint"),
        ([f"--workdir={trained}", "--checkpoint=3"], "has no checkpoint 3"),
        ([f"--workdir={trained}", "--num=0"], "at least one"),
        ([f"--workdir={trained}", "--out=/dev/null/x.png"], "--out=/dev/null/x.png"),
        ([f"--workdir={trained}", "--config.train.steps=3"], "is of --mode=train"),
    ]
    for flags, message in cases:
        assert main(["--mode=sample", *flags]) == 2
        assert message in capsys.readouterr().err


def start(path, *flags):
    return subprocess.Popen(
        [sys.executable, "-m", "gan_jax.main", TINY, f"--workdir={path}", *flags],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )


LONG = (
    "--config.train.steps=60",
    "--config.train.checkpoint_every=4",
    "--config.train.log_every=5",
    "--config.train.keep=3",
)


def wait_for_step(path, step, process):
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and process.poll() is None:
        if any(line["step"] >= step for line in Workdir(path).lines()):
            return
        time.sleep(0.01)
    raise AssertionError(
        f"never reached step {step}: {process.communicate()[1][-2000:]}"
    )


def test_absurd_numbers_of_samples_are_refused_before_any_is_drawn(
    trained, tmp_path, capsys
):
    """Far more than there is room for, or than there are; nothing is made."""
    flags = ["--mode=sample", f"--workdir={trained}"]
    cases = [
        ("x.npz", 10**15, "ask for fewer than 2,147,483,648"),
        ("x.png", 10**15, "samples in one picture"),
        ("x.npz", 10**30, "ask for fewer"),
        ("new/", 10**15, "points are no pictures"),
    ]
    for name, num, message in cases:
        assert main([*flags, f"--num={num}", f"--out={tmp_path}/{name}"]) == 2
        said = capsys.readouterr().err
        assert said.startswith("gan_jax: ")
        assert message in said or "at the very least" in said
    assert not list(tmp_path.iterdir())


def test_samples_that_the_disk_cannot_hold_are_refused(tmp_path):
    room = shutil.disk_usage(tmp_path).free
    for name, least in (("x.npz", 784 / 1032), ("new/", 67)):
        out = outputs.check(f"{tmp_path}/{name}", 1)
        outputs.check_room(out, int(room / least * 0.9), (28, 28, 1))
        with pytest.raises(BadInput, match="at the very least"):
            outputs.check_room(out, int(room / least * 1.1), (28, 28, 1))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("out", ["x.npz", "new/"])
def test_memory_does_not_grow_with_the_number_of_samples(tmp_path, out):
    """Parts are let go of once they are written, and none is drawn ahead of its time."""
    alive, most = set(), 0

    def parts(count):
        nonlocal most
        for _ in range(count):
            part = np.zeros((64, 8, 8, 1), np.uint8)
            alive.add(id(part))
            weakref.finalize(part, alive.discard, id(part))
            most = max(most, len(alive))
            yield part

    to = outputs.check(f"{tmp_path}/{out}", 64 * 20)
    outputs.put(to, parts(20), 64 * 20)
    assert most <= 3


@pytest.mark.slow
def test_killed_at_any_moment_ends_bit_identical(tmp_path):
    """SIGKILL three times, as it comes: while training, logging, saving, sampling."""
    killed, straight = tmp_path / "killed", tmp_path / "straight"
    rng = np.random.default_rng(0)
    for step in (5, 20, 40):
        process = start(killed, *LONG)
        wait_for_step(killed, step, process)
        time.sleep(rng.uniform(0, 0.05))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
    for path in (killed, straight):
        process = start(path, *LONG)
        process.communicate(timeout=300)
        assert process.returncode == 0
    assert_same_run(killed, straight)


@pytest.mark.slow
def test_sigterm_saves_and_exits_0(tmp_path):
    path = tmp_path / "run"
    process = start(path, "--config.train.steps=100000", "--config.train.log_every=5")
    wait_for_step(path, 5, process)
    process.send_signal(signal.SIGTERM)
    said = process.communicate(timeout=120)[1]
    assert process.returncode == 0
    assert "stopped by signal 15: saved at step" in said
    checkpoints = Checkpoints(path / "checkpoints")
    step, damaged = checkpoints.newest_sound()
    checkpoints.close()
    assert step
    assert not damaged
