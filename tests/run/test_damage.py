"""Every file of a run, damaged in every way: named in one line, or harmless.

The damages are a product: what lies in a workdir, times what can befall it. Whatever
befell, the same command ends bit-identical to the run that was not harmed, or says in
one line why it does not; a checkpoint that was passed over is named.
"""

import itertools
import json
import os
import shutil
import subprocess
import sys
import warnings

import pytest

import gan_jax
from gan_jax.errors import BadInput
from gan_jax.evaluation import record
from gan_jax.run.checkpoints import Checkpoints
from gan_jax.run.workdir import UNFINISHED, Workdir
from gan_jax.training import train
from gan_jax.training.logbook import chained
from tests.training.runs import ROOT, Killed, final, lines, points

# Orbax leaves the futures of a failed read behind; their exceptions are the one we saw.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    """A game with a frozen player, which is kept in `weights/`, measured on its way."""
    source = tmp_path_factory.mktemp("source") / "run"
    train(points(steps=2, checkpoint_every=2), source)
    config = points(sample_every=6)
    config["models"] = {"gen": config["models"]["gen"]}
    config["models"]["teacher"] = config["models"]["gen"]
    config["game"] = {
        "name": "tests.games.distilled.distilled",
        "latents": config["game"]["latents"],
    }
    config["optim"] = {"gen": config["optim"]["gen"]}
    config["weights"] = {"teacher": {"workdir": str(source), "player": "gen"}}
    config["eval"] = {"every": 6, "metrics": ["modes"], "samples": 16}
    return config


@pytest.fixture(scope="module")
def whole(config, tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "run"
    train(config, path)
    return path


@pytest.fixture
def copy(whole, tmp_path):
    shutil.copytree(whole, tmp_path / "run")
    return tmp_path / "run"


# What befalls a file.


def flip(path):
    content = bytearray(path.read_bytes())
    if content:
        content[len(content) // 2] ^= 4
        path.write_bytes(content)


def flip_early(path):
    content = bytearray(path.read_bytes())
    if content:
        content[len(content) // 8] ^= 32
        path.write_bytes(content)


def truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path):
    path.write_bytes(b"")


def delete(path):
    path.unlink()


def append(path):
    with path.open("ab") as file:
        file.write(b"\xff{]\x00garbage")


def twice(path):
    path.write_bytes(path.read_bytes() * 2)


def to_folder(path):
    path.unlink()
    path.mkdir()


def to_link(path):
    path.unlink()
    path.symlink_to("nowhere")


FILES = (flip, flip_early, truncate, empty, delete, append, twice, to_folder, to_link)


# What befalls a folder.


def remove(path):
    shutil.rmtree(path)


def clear(path):
    shutil.rmtree(path)
    path.mkdir()


def to_file(path):
    shutil.rmtree(path)
    path.write_text("x")


def rename(path):
    path.rename(path.with_name(f"{path.name}0"))


def duplicate(path):
    shutil.copytree(path, path.with_name(f"{path.name}1"))


FOLDERS = (remove, clear, to_file, rename, duplicate)


def places(run):
    """The files and the folders of a run, by names that any run of the config has."""
    for path in sorted(run.rglob("*")):
        name = str(path.relative_to(run))
        if not name.startswith("tensorboard"):
            yield name, path.is_dir()


def kept(run, name):
    """The same place in another copy; Orbax names its data files as it likes."""
    return run / name


def harms(run):
    for name, folder in places(run):
        for harm in FOLDERS if folder else FILES:
            yield name, harm


def exchanged(run):
    """Places whose contents are exchanged: of two steps, of two files of one."""
    names = [name for name, folder in places(run) if not folder]
    newest = [name for name in names if name.startswith("checkpoints/12/")]
    for name in newest:
        other = name.replace("/12/", "/6/")
        if other in names:
            yield name, other
    small = ("config.json", "metrics.jsonl", "evaluation.jsonl")
    weights = [name for name in names if name.startswith("weights/")]
    yield from itertools.combinations((*small, *weights, newest[0]), 2)


def said_or_harmless(config, path, whole, capfd, newest=12):
    """Resume, and hold what came of it against the promise; what was said."""
    capfd.readouterr()
    try:
        train(config, path)
    except BadInput as error:
        return str(error)
    said = capfd.readouterr().err
    assert "Traceback" not in said
    left, right = final(path), final(whole)
    assert left.keys() == right.keys()
    assert all(left[name].tobytes() == right[name].tobytes() for name in right)
    if f"resuming from step {newest}" not in said:
        assert "damaged" in said or "no sound checkpoint" in said
    if lines(path) != lines(whole):
        assert "metrics.jsonl" in said
    if record.while_training(Workdir(path)) != record.while_training(Workdir(whole)):
        assert "evaluation.jsonl" in said
    return said


def hurt(config, whole, capfd, tmp_path, name, harm):
    path = tmp_path / "run"
    if path.exists():
        shutil.rmtree(path)
    shutil.copytree(whole, path)
    harm(path / name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            there = os.path.lexists(path / "checkpoints" / "12")
            newest = 12 if there or not (path / "checkpoints" / "6").exists() else 6
            return said_or_harmless(config, path, whole, capfd, newest)
        except Exception as error:
            raise AssertionError(f"{harm.__name__} of {name}: {error!r}") from error


@pytest.mark.parametrize("part", range(8))
def test_every_damage_is_named_or_harmless(
    config, whole, tmp_path, capfd, part, part_of
):
    every = list(harms(whole))
    assert len(every) > 200
    for name, harm in part_of(every[part::8], 3):
        hurt(config, whole, capfd, tmp_path, name, harm)


def test_files_that_were_exchanged_are_named_or_harmless(
    config, whole, tmp_path, capfd, part_of
):
    for name, other in part_of(exchanged(whole), 6):

        def exchange(path, name=name, other=other):
            there = path.parents[name.count("/")] / other
            mine, theirs = path.read_bytes(), there.read_bytes()
            path.write_bytes(theirs)
            there.write_bytes(mine)

        hurt(config, whole, capfd, tmp_path, name, exchange)


def test_damage_does_not_disturb_who_only_reads(whole, tmp_path, capfd, part_of):
    """`load`, of a seeded part: a run, or one line; and the same samples at the step."""
    every = [(n, h) for n, h in harms(whole) if n.startswith(("ch", "co", "we"))]
    expected = {
        step: gan_jax.load(whole, step, trust=True).sample(5).tobytes()
        for step in (6, 12)
    }
    for name, harm in part_of(every, 12):
        path = tmp_path / "run"
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(whole, path)
        harm(path / name)
        before = sorted(p for p in path.rglob("*"))
        capfd.readouterr()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                run = gan_jax.load(path, trust=True)
            except BadInput:
                continue
        step = int(run.state.step)
        assert run.sample(5).tobytes() == expected[step], (name, harm)
        assert step == 12 or "step 6 is used" in capfd.readouterr().err, (name, harm)
        assert before == sorted(p for p in path.rglob("*")), (name, harm)


def test_what_an_interrupted_save_leaves_is_swept(config, copy, whole, capfd):
    """A half-written step stayed in the folder for ever."""
    steps = copy / "checkpoints"
    half = steps / f"18{UNFINISHED}"
    shutil.copytree(steps / "12" / "state", half / f"state{UNFINISHED}-17")
    within = ("config.json", "metrics.jsonl", "samples/step_12.png", "weights/x")
    parts = [copy / f"{name}.part" for name in within]
    for part in parts:
        part.write_text("{")
    said_or_harmless(config, copy, whole, capfd)
    assert not half.exists()
    assert not any(part.exists() for part in parts)


def test_a_save_that_was_killed_leaves_nothing_that_counts(
    config, whole, tmp_path, monkeypatch, capfd
):
    """At the moment of the rename that commits it."""
    path, real = tmp_path / "run", Checkpoints.save

    def save(self, step, *args):
        if step == 12:
            half = self.folder / f"{step}{UNFINISHED}"
            shutil.copytree(self.folder / "6", half)
            raise Killed
        real(self, step, *args)

    monkeypatch.setattr(Checkpoints, "save", save)
    with pytest.raises(Killed):
        train(config, path)
    monkeypatch.undo()
    assert list((path / "checkpoints").glob(f"*{UNFINISHED}*"))
    said_or_harmless(config, path, whole, capfd, newest=6)
    names = {entry.name for entry in (path / "checkpoints").iterdir()}
    assert names == {"6", "12"}


def test_lines_that_are_gone_are_said(config, copy, capsys):
    """They were missing from every plot afterwards, without a word."""
    metrics = copy / "metrics.jsonl"
    first, *others = metrics.read_text().splitlines(keepends=True)
    for text in ("", first, "".join(others)):
        metrics.write_text(text)
        train(config, copy)
        assert f"{metrics} is not what was written" in capsys.readouterr().err
    train(config, copy)


def test_scores_that_are_gone_are_said(config, copy, capsys):
    """They were missing from the table of scores afterwards, without a word."""
    scores = copy / "evaluation.jsonl"
    _, *others = scores.read_text().splitlines(keepends=True)
    for text in ("".join(others), "", None):
        scores.unlink() if text is None else scores.write_text(text)
        train(config, copy)
        assert f"{scores} is not what was written" in capsys.readouterr().err


def test_a_number_that_flipped_in_the_record_is_said(copy, capsys):
    """How often each class stands in the data is no more than a number there."""
    gan_jax.load(copy, trust=True)
    assert capsys.readouterr().err == ""
    file = copy / "config.json"
    said = json.loads(file.read_text())
    said["data"]["size"] += 1
    file.write_text(json.dumps(said))
    gan_jax.load(copy, trust=True)
    assert f"{file} is not what was written" in capsys.readouterr().err


def test_a_run_that_is_whole_says_nothing_of_damage(config, copy, capsys):
    train(config, copy)
    said = capsys.readouterr().err
    assert not any(word in said for word in ("damaged", "torn", "is not what"))


@pytest.mark.parametrize(
    "name", ["config.json", "metrics.jsonl", "checkpoints", "checkpoints/12", "."]
)
def test_what_may_not_be_read_is_named(copy, name):
    """As an owner without rights: root may read everything."""
    caps = "-dac_override,-dac_read_search"
    drop = ["setpriv", f"--bounding-set={caps}", f"--inh-caps={caps}"]
    if os.geteuid():
        drop = []
    elif not shutil.which("setpriv"):
        pytest.skip("no setpriv: root cannot give up its rights")
    (copy / name).chmod(0)
    said = {}
    for verb in ("diagnose", "sample"):
        words = (f"--mode={verb}", f"--workdir={copy}", f"--out={copy.parent}/x.npz")
        done = subprocess.run(
            [
                *drop,
                sys.executable,
                "-m",
                "gan_jax.main",
                *words[: 3 if verb == "sample" else 2],
            ]
            + (["--trust"] if verb == "sample" else []),
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode in (0, 2), done.stderr
        assert done.stderr.count("\n") == (done.stderr != ""), done.stderr
        said[verb] = done.stderr
    (copy / name).chmod(0o755)
    if name in ("config.json", "metrics.jsonl", "."):
        assert "Permission denied" in said["diagnose"]
    if name.startswith("checkpoints"):
        assert "ermission denied" in said["sample"] or "damaged" in said["sample"]


def test_the_log_of_a_run_is_what_its_checkpoints_say(whole):
    checkpoints = Checkpoints(whole / "checkpoints")
    written = Workdir(whole).lines()
    for step in checkpoints.steps():
        notes = checkpoints.read(step)[1]
        count = sum(line["step"] <= step for line in written)
        assert notes["lines"]["count"] == count
        assert chained(json.dumps(x) for x in written[:count]) == notes["lines"]
    checkpoints.close()
