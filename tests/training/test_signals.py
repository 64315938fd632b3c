"""Signals, to real processes, at many moments, twice in a row.

A process is signalled from the moment at which it listens (the kernel tells, where it
tells); what comes while Python itself still starts is the system's to answer.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gan_jax.run.workdir import Workdir
from gan_jax.training import train
from tests.training.runs import ROOT, assert_same_run, points

SIGNALS = ("SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1")
MOMENTS = (0.0, 0.003, 0.05, 0.2, 0.4, 0.55, 0.7, 0.8, 0.9, 0.98)
"""Shares of the time that an undisturbed command takes."""
LONG = dict(steps=96, checkpoint_every=24, log_every=8, sample_every=16)

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="no /proc: nobody says who listens"
)


def start(*words):
    return subprocess.Popen(
        [sys.executable, "-m", "gan_jax.main", *words],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def listens(process, number, ignored=False):
    """Wait until it catches the signal; whether it did before it ended."""
    field = "SigIgn" if ignored else "SigCgt"
    while process.poll() is None:
        for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
            if line.startswith(field) and int(line.split()[1], 16) >> (number - 1) & 1:
                return True
        time.sleep(0.002)
    return False


def disturbed(number, delay, *words, times=2):
    """What a command said, and its status, when signalled so long after it listened.

    It listens once the last of the four is caught; SIGINT alone is caught earlier, by a
    Python that still starts.
    """
    process = start(*words)
    assert listens(process, getattr(signal, SIGNALS[-1]))
    time.sleep(delay)
    for _ in range(times):
        process.send_signal(number)
    said = process.communicate(timeout=120)[1]
    assert said, f"silent death, {process.returncode}, after {delay} s"
    assert "Traceback" not in said, said
    return said, process.returncode


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    file = tmp_path_factory.mktemp("config") / "c.py"
    file.write_text(f"def get_config():\n    return {points(**LONG)!r}\n")
    return f"--config={file}"


@pytest.fixture(scope="module")
def whole(command, tmp_path_factory):
    """An undisturbed run, and the seconds it took, compiled before."""
    folder = tmp_path_factory.mktemp("whole")
    for name in ("first", "run"):
        process = start(command, f"--workdir={folder / name}")
        listens(process, signal.SIGTERM)
        began = time.monotonic()
        process.communicate(timeout=300)
        assert process.returncode == 0
    return folder / "run", time.monotonic() - began


@pytest.mark.slow
@pytest.mark.parametrize("name", SIGNALS)
def test_a_training_is_saved_or_not_begun_and_ends_the_same(
    command, whole, tmp_path, name, part_of
):
    straight, seconds = whole
    number, endings = getattr(signal, name), []
    moments = part_of(MOMENTS, 2)
    for i, share in enumerate(moments):
        path = tmp_path / str(i)
        said, status = disturbed(number, share * seconds, command, f"--workdir={path}")
        last = said.splitlines()[-1]
        if path.exists():
            assert status in (0, 128 + number), said
            assert Workdir(path).holds_run(), said
            assert any((path / "checkpoints").iterdir()), said
            endings.append("saved")
        else:
            assert last == f"gan_jax: stopped by signal {int(number)}" or (
                "nothing written" in last
            ), said
            endings.append("not begun")
        assert not list(path.rglob("*.part"))
        if i == len(moments) // 2:  # by the same command; else its equal, sooner
            process = start(command, f"--workdir={path}")
            process.communicate(timeout=300)
            assert process.returncode == 0
        else:
            train(points(**LONG), path)
        assert_same_run(path, straight)
    assert {"saved", "not begun"} == set(endings)


@pytest.mark.slow
@pytest.mark.parametrize("name", SIGNALS)
def test_a_command_that_is_interrupted_says_so_in_one_line(
    whole, tmp_path, name, part_of
):
    """While importing, opening, drawing, measuring; nothing unfinished stays."""
    path, number = whole[0], getattr(signal, name)
    verbs = {
        "sample": ["--num=200000000", f"--out={tmp_path}/x.npz"],
        "evaluate": ["--num=200000", "--metrics=modes"],
    }
    for verb, words in verbs.items():
        for delay in part_of((0.0, 0.01, 0.3, 1.0, 2.0, 4.0, 8.0), 2):
            common = (f"--mode={verb}", f"--workdir={path}", *words)
            said, status = disturbed(number, delay, *common)
            if status == 0:  # measured already
                continue
            assert status == 128 + number, (verb, delay, said)
            assert said == f"gan_jax: stopped by signal {int(number)}\n", (verb, delay)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_what_is_ignored_on_purpose_stays_so(command, whole, tmp_path):
    """`nohup`: the terminal closes, and the training goes on."""
    path = tmp_path / "run"
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        process = start(command, f"--workdir={path}")
    finally:
        signal.signal(signal.SIGHUP, before)
    assert listens(process, signal.SIGTERM)
    while process.poll() is None:
        process.send_signal(signal.SIGHUP)
        time.sleep(0.2)
    assert process.returncode == 0
    assert_same_run(path, whole[0])
