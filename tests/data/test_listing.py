"""What a folder is taken to hold, whatever lies in it."""

import contextlib
import hashlib
import os
import shutil

import numpy as np
import pytest
from PIL import Image

from gan_jax import data
from gan_jax.errors import BadInput
from tests.data.conftest import blocks

PIXELS = blocks(6, (4, 4, 3))
each_kind = pytest.mark.parametrize("resident_bytes", [2**30, 0])


def save(*paths):
    for i, path in enumerate(paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(PIXELS[i]).save(path)


def told(path, **kwargs) -> str:
    """The one line with which the folder is refused."""
    with pytest.raises(BadInput) as caught:
        data.folder(str(path), **kwargs)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def classes(tmp_path):
    save(tmp_path / "cats" / "1.png", tmp_path / "dogs" / "1.png")
    return tmp_path


@pytest.fixture
def flat(tmp_path):
    save(tmp_path / "1.png", tmp_path / "2.png")
    return tmp_path


def test_what_is_hidden_is_no_class_and_no_picture(classes, tmp_path):
    for hidden in (".ipynb_checkpoints", "cats/.ipynb_checkpoints"):
        save(classes / hidden / "1-checkpoint.png")
    save(classes / ".1.png", classes / "cats" / ".1.png")
    dataset = data.folder(str(classes))
    assert dataset.classes == ("cats", "dogs")
    assert dataset.size == 2
    assert dataset.note == ""


def test_hidden_folders_beside_flat_pictures(flat):
    save(flat / ".thumbnails" / "1.png")
    assert data.folder(str(flat)).size == 2


def test_a_hidden_folder_may_be_named_itself(tmp_path):
    save(tmp_path / ".cache" / "1.png")
    assert data.folder(str(tmp_path / ".cache")).size == 1


@each_kind
def test_what_is_passed_over_is_counted(classes, resident_bytes):
    for i in range(3):
        (classes / "cats" / f"{i}.psd").write_bytes(b"8BPS")
    (classes / "labels.csv").write_text("1,cats")
    (classes / "LICENSE").write_text("free")
    save(classes / "dogs" / "more" / "2.png")
    os.symlink(classes / "nowhere.png", classes / "dogs" / "gone.png")
    dataset = data.folder(str(classes), resident_bytes=resident_bytes)
    assert dataset.size == 2
    assert dataset.note == (
        "passed over: 3 .psd, 1 .csv, 1 broken link or special file, "
        "1 file without suffix, 1 subfolder of a class"
    )
    noted = data.unpaired(dataset, dataset).note
    assert noted.count("3 .psd") == 2


def test_a_long_note_is_cut(flat):
    for i in range(9):
        (flat / f"a.x{i}").write_text("")
    note = data.folder(str(flat)).note
    assert note == "passed over: 1 .x0, 1 .x1, 1 .x2, 1 .x3, 1 .x4, 4 others"


def test_a_subfolder_without_pictures_beside_flat_pictures(flat):
    (flat / "notes").mkdir()
    assert data.folder(str(flat)).note == "passed over: 1 subfolder"


def test_pictures_that_lie_deeper_are_pointed_at(tmp_path):
    save(*(tmp_path / "sets" / "train" / kind / "1.png" for kind in ("a", "b")))
    line = told(tmp_path)
    assert "holds no pictures" in line
    assert f"is it {tmp_path / 'sets' / 'train'}" in line
    assert data.folder(str(tmp_path / "sets" / "train")).classes == ("a", "b")


def test_a_class_whose_pictures_lie_deeper(classes):
    save(classes / "birds" / "more" / "1.png")
    line = told(classes)
    assert "birds holds no pictures, but" in line
    assert f"{classes / 'birds' / 'more' / '1.png'} lies deeper" in line


def test_no_pictures_but_something(tmp_path):
    (tmp_path / "a.psd").write_bytes(b"8BPS")
    line = told(tmp_path)
    assert "holds no pictures (passed over: 1 .psd)" in line
    assert ".png" in line


def test_links_that_lead_in_circles(flat):
    os.symlink(flat / "loop.png", flat / "loop.png")
    os.symlink(flat, flat / "again")
    assert "again" in told(flat)
    (flat / "again").unlink()
    assert data.folder(str(flat)).note.startswith("passed over: 1 broken link")
    os.symlink(flat / "self", flat / "self")
    assert "is not a folder" in told(flat / "self")
    deep = flat / "deep"
    deep.mkdir()
    os.symlink(deep, deep / "deeper")
    assert "holds no pictures" in told(deep)


def test_things_that_are_called_pictures(flat):
    (flat / "folder.png").mkdir()
    os.mkfifo(flat / "pipe.png")
    dataset = data.folder(str(flat))
    assert dataset.size == 2
    assert "1 broken link or special file, 1 subfolder" in dataset.note
    (flat / "empty.png").write_bytes(b"")
    assert "empty.png: not a picture" in told(flat)
    assert "empty.png: not a picture" in told(flat, resident_bytes=0, size=3)


def test_paths_that_no_system_knows(tmp_path, monkeypatch):
    assert "File name too long" in told("x" * 5000)
    assert "is not a folder" in told("a\0b")
    line = told("~nobody_of_this_name/pictures")
    assert line.startswith("~nobody_of_this_name/pictures: ")
    save(tmp_path / "home" / "pictures" / "1.png")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert data.folder("~/pictures").size == 1


@contextlib.contextmanager
def as_nobody():
    if os.geteuid() != 0:  # then chmod alone is enough
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def reachable(tmp_path):
    """A folder that another user can reach, by its whole path."""
    for parent in (tmp_path, *list(tmp_path.parents)[:4]):
        if parent.stat().st_uid == os.getuid():
            parent.chmod(parent.stat().st_mode | 0o055)
    return tmp_path


@pytest.mark.parametrize("kind", ["root", "class", "picture", "above"])
@each_kind
def test_what_may_not_be_read_is_named(reachable, kind, resident_bytes):
    root = reachable / "set"
    save(root / "cats" / "1.png", root / "cats" / "2.png")
    closed = {
        "root": root,
        "class": root / "cats",
        "picture": root / "cats" / "2.png",
        "above": reachable,
    }[kind]
    mode = closed.stat().st_mode
    data.folder(str(root))  # whatever is imported late is imported now
    closed.chmod(0)
    try:
        with as_nobody():
            line = told(root, resident_bytes=resident_bytes, size=4)
    finally:
        closed.chmod(mode)
    named = root if kind == "above" else closed
    assert line.startswith(f"cannot read {named}: Permission denied")


@each_kind
def test_names_that_are_no_text(tmp_path, resident_bytes):
    parent = os.fsencode(tmp_path) + b"/caf\xe9"
    os.mkdir(parent)
    save(tmp_path / "a.png")
    shutil.move(tmp_path / "a.png", parent + b"/\xff1.png")
    dataset = data.folder(str(tmp_path), resident_bytes=resident_bytes)
    assert dataset.classes == ("caf\\xe9",)
    inner = os.fsdecode(parent)
    assert data.folder(inner, resident_bytes=resident_bytes).name == "caf\\xe9"
    with open(parent + b"/\xff1\n.png", "wb"):
        pass
    line = told(inner, resident_bytes=resident_bytes)
    assert "caf\\xe9/\\xff1\\n.png: not a picture" in line


def test_the_digest_of_streamed_names_stays_what_it_was(tmp_path):
    names = ["1.png", "zwei ü.png", "三.png"]
    save(*(tmp_path / name for name in names))
    total = hashlib.sha256()
    for name in names:  # as it was first written down
        content = (tmp_path / name).read_bytes()
        total.update(f"{name} {len(content)}\n".encode())
        total.update(content)
    assert data.folder(str(tmp_path), resident_bytes=0).digest == total.hexdigest()


@pytest.mark.parametrize(
    "wrong",
    [
        {"size": 0},
        {"size": (4, -1)},
        {"size": 10**9},
        {"resident_bytes": -1},
    ],
)
def test_numbers_that_cannot_be(flat, wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        data.folder(str(flat), **wrong)


def test_a_common_size_is_asked_for_by_its_names(flat):
    Image.fromarray(np.zeros((5, 5, 3), np.uint8)).save(flat / "3.png")
    line = told(flat)
    assert "config.data.size" in line
    assert "--size" in line
