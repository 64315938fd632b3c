"""Odd systems around the command line: full and read-only disks, no home, no GPU.

Each is answered in one line on stderr, or does not matter.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from gan_jax.run.workdir import Workdir
from gan_jax.training import train
from tests.training.runs import ROOT, assert_same_run, points

pytestmark = pytest.mark.optimised

ENV = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "PYTHON"))}
BRIEF = dict(steps=12, checkpoint_every=2, log_every=2)


def call(*words, cwd=ROOT, python=(sys.executable, "-m", "gan_jax.main"), **options):
    options = {"env": ENV, **options}
    return subprocess.run(
        [*python, *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=300,
        **options,
    )


def assert_one_line(done, *said):
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("gan_jax: "), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert all(word in done.stderr for word in said), done.stderr


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "run"
    train(points(**BRIEF), path)
    return path


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    file = tmp_path_factory.mktemp("config") / "c.py"
    file.write_text(f"def get_config():\n    return {points(**BRIEF)!r}\n")
    return f"--config={file}"


@pytest.fixture
def copy(whole, tmp_path):
    shutil.copytree(whole, tmp_path / "run")
    return tmp_path / "run"


def verbs(path, command, out):
    """A line of every verb on a run."""
    yield (command, f"--workdir={path}", "--config.train.steps=14")
    yield ("--mode=sample", f"--workdir={path}", f"--out={out}/x.npz")
    yield ("--mode=evaluate", f"--workdir={path}", "--num=16", "--metrics=modes")
    yield ("--mode=diagnose", f"--workdir={path}")


@contextmanager
def mounted(folder, *words):
    """A file system at a folder, for as long as it is needed; skips where none may be."""
    folder.mkdir(exist_ok=True)
    done = subprocess.run(["mount", *words, folder], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"mounting is impossible here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        for _ in range(20):  # a process that has just ended may still be let go of
            if not subprocess.run(["umount", folder], capture_output=True).returncode:
                break
            time.sleep(0.2)


@pytest.mark.slow
@pytest.mark.parametrize("kilobytes", [0, 8, 60, 120, 200])
def test_a_disk_that_fills_while_training_loses_nothing(
    command, whole, tmp_path, kilobytes, part_of
):
    if kilobytes not in part_of([0, 60, 120, 8, 200], 3):
        pytest.skip("a part of all sizes; --exhaustive tries them all")
    size = f"size={max(kilobytes, 4)}k"
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", size, "tmpfs") as disk:
        if not kilobytes:
            (disk / "full").write_bytes(bytes(4096))
        done = call(command, f"--workdir={disk}/run")
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == 2, done.stderr
        last = done.stderr.splitlines()[-1]
        assert last.startswith(
            f"gan_jax: workdir {disk}/run cannot be written (No space"
        )
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        done = call(command, f"--workdir={disk}/run")
        assert done.returncode == 0, done.stderr
        assert_same_run(disk / "run", whole)


@pytest.mark.slow
def test_a_full_disk_under_samples_and_scores(whole, copy, tmp_path):
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=1m", "tmpfs") as disk:
        words = ("--mode=sample", f"--workdir={copy}", "--num=1000000")
        assert_one_line(call(*words, f"--out={disk}/x.npz"), "No space left")
        assert not list(disk.iterdir())
        shutil.copytree(copy, disk / "run", ignore=shutil.ignore_patterns("*.png"))
        with (disk / "full").open("wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                pass
        words = ("--mode=evaluate", f"--workdir={disk}/run", "--num=16")
        done = call(*words, "--metrics=modes")
        assert "modes" in done.stdout
        assert "these scores were not kept" in done.stderr
        assert done.stderr.count("\n") == 1
        assert_one_line(
            call("--mode=diagnose", f"--workdir={disk}/run"), "No space left"
        )


@pytest.mark.slow
def test_a_workdir_that_is_read_only(command, copy, tmp_path):
    with mounted(tmp_path / "ro", "--bind", copy) as path:
        subprocess.run(["mount", "-o", "remount,ro,bind", path], check=True)
        resume, sample, evaluate, diagnose = (
            call(*words) for words in verbs(path, command, tmp_path)
        )
    assert resume.stderr.splitlines()[-1].startswith(f"gan_jax: workdir {path} cannot")
    assert resume.returncode == 2
    assert "Traceback" not in resume.stderr
    assert (sample.returncode, sample.stderr) == (0, "")
    assert (tmp_path / "x.npz").exists()
    assert "modes" in evaluate.stdout
    assert evaluate.stderr.startswith("these scores were not kept")
    assert evaluate.stderr.count("\n") == 1
    assert_one_line(diagnose, "report.png cannot be drawn (Read-only file system)")
    assert diagnose.stdout


@pytest.mark.slow
@pytest.mark.parametrize("cache", [{}, {"XDG_CACHE_HOME": ""}])
def test_without_a_home_every_verb_works(command, copy, tmp_path, cache):
    """As somebody whom the table of users does not know, where root can be that."""
    hidden = ("HOME", "JAX_COMPILATION_CACHE_DIR")
    env = {k: v for k, v in ENV.items() if k not in hidden} | cache
    python = (sys.executable, "-m", "gan_jax.main")
    if os.geteuid() == 0 and shutil.which("setpriv"):
        caps = "+dac_override,+dac_read_search"
        own = (f"--inh-caps={caps}", f"--ambient-caps={caps}")
        python = ("setpriv", "--reuid=54321", *own, *python)
    here = tmp_path / "here"
    here.mkdir()
    for words in verbs(copy, command, tmp_path):
        env["PYTHONPATH"] = str(ROOT)
        done = call(*words, cwd=here, env=env, python=python)
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
    assert not list(here.iterdir())  # nothing is kept in the folder one stands in


@pytest.mark.slow
def test_a_terminal_that_knows_only_ascii(copy, tmp_path):
    path = tmp_path / "größe 名"
    copy.rename(path)
    env = {**ENV, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    words = ("--mode=sample", f"--workdir={path}", f"--out={path}/x.png")
    done = call(*words, env=env)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("/x.png\n")
    assert_one_line(call("--mode=sample", "--workdir=größe", env=env), "holds no run")
    words = ("--mode=evaluate", f"--workdir={path}", "--num=16", "--metrics=modes")
    assert call(*words, env=env).returncode == 0
    assert call("--mode=diagnose", f"--workdir={path}", env=env).returncode == 0


@pytest.mark.slow
def test_devices_that_are_not_there(command, tmp_path):
    words = (command, f"--workdir={tmp_path}/run")
    for name in ("nonsense", "tpu", "cuda"):
        done = call(*words, env={**ENV, "JAX_PLATFORMS": name})
        if name == "cuda" and done.returncode == 0:
            continue  # there is one
        assert done.returncode == 2, done.stderr
        last = done.stderr.splitlines()[-1]
        assert last.startswith("gan_jax: JAX finds no device"), done.stderr
        assert "Traceback" not in done.stderr
    done = call(*words, "--distributed")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("gan_jax: JAX finds no device")
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_run_as_a_file_and_as_a_package(command):
    for python in ("gan_jax/main.py",), ("-m", "gan_jax"), ("gan_jax",):
        done = call(command, "--dry-run", python=(sys.executable, *python))
        assert done.returncode == 0, done.stderr
        assert "steps: 12" in done.stdout


@pytest.mark.slow
def test_a_clone_that_is_not_installed(command, tmp_path):
    clone, site = tmp_path / "clone", tmp_path / "site"
    for name in ("gan_jax", "configs"):
        shutil.copytree(ROOT / name, clone / name)
    site.mkdir()
    for path in Path(sysconfig.get_paths()["purelib"]).iterdir():
        if "gan_jax" not in path.name and path.suffix != ".pth":
            (site / path.name).symlink_to(path)
    env = {**ENV, "PYTHONPATH": str(site)}
    python = (sys.executable, "-S", "-m", "gan_jax.main")
    done = call(command, f"--workdir={tmp_path}/run", cwd=clone, python=python, env=env)
    assert done.returncode == 0, done.stderr
    provenance = Workdir(tmp_path / "run").record()["provenance"]
    assert provenance["versions"]["gan_jax"] == "not installed"


@pytest.mark.slow
def test_nobody_reads_what_is_said(command, copy, tmp_path):
    """`| head`, and descriptors that were closed."""
    common = f"{sys.executable} -m gan_jax.main"
    dry = f"{common} {command} --dry-run"
    sample = f"{common} --mode=sample --workdir={copy} --out={tmp_path}/x.npz"
    train_ = f"{common} {command} --workdir={tmp_path}/run"
    for line in (
        f"{dry} | head -c 1 >/dev/null",
        f"{dry} | true",
        f"{sample} | true",
        f"{sample} >&-",
        f"{sample} 2>&-",
        f"{sample} >&- 2>&-",
        f"{common} --mode=sample --workdir=/nowhere >&- ",
        f"{train_} 2>&- ",
        f"{train_}2 >/dev/null 2>/dev/full",
    ):
        done = subprocess.run(
            line, shell=True, cwd=ROOT, capture_output=True, text=True, env=ENV
        )
        assert "Traceback" not in done.stderr, (line, done.stderr)
        assert "rror" not in done.stderr, (line, done.stderr)
    assert (tmp_path / "x.npz").exists()
    assert (tmp_path / "run" / "report.png").exists()


@pytest.mark.slow
def test_two_trainings_of_one_workdir(command, whole, tmp_path):
    """The second gets one line; the first is unharmed. Begun at once, too."""
    path = tmp_path / "run"
    words = (command, f"--workdir={path}")
    both = [
        subprocess.Popen(
            [sys.executable, "-m", "gan_jax.main", *words],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
            env=ENV,
        )
        for _ in range(2)
    ]
    said = [process.communicate(timeout=300)[1] for process in both]
    codes = [process.returncode for process in both]
    assert not any("Traceback" in text for text in said), said
    if codes != [0, 0]:  # the first may be done before the second asks
        assert sorted(codes) == [0, 2]
        loser = said[codes.index(2)].splitlines()[-1]
        assert loser.startswith(f"gan_jax: another process trains in {path}")
    assert_same_run(path, whole)
