import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest

from gan_jax import data
from gan_jax.data import idx, prepare
from gan_jax.errors import BadInput
from tests.data.conftest import save_clothes, save_idx

NO_TENSORFLOW = importlib.util.find_spec("tensorflow") is None


def one_line(text):
    assert text.endswith("\n")
    assert text.count("\n") == 1
    return text


def test_the_command_prepares_offline_and_again(tmp_path):
    source, place = save_clothes(tmp_path / "idx"), tmp_path / "tfds"
    command = [sys.executable, "-m", "gan_jax.data.prepare", "fashion_mnist"]
    command += [f"--from={source}", f"--data_dir={place}"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "train 40, test 10" in done.stdout
    assert data.fashion_mnist("test", str(place)).size == 10
    assert "train 40" in prepare.prepare("fashion_mnist", str(place))


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ([], "required: name"),
        (["mnist", "--form=x"], "unrecognized arguments: --form=x"),
        (["cifr10"], "did you mean cifar10"),
        (["cifar10", "--from=/"], "cifar10 does not come as idx files"),
        (["mnist", "--from=nowhere"], "train-images-idx3-ubyte.gz does not exist"),
        pytest.param(
            ["cifar10"],
            "needs TensorFlow",
            marks=pytest.mark.skipif(not NO_TENSORFLOW, reason="TensorFlow is here"),
        ),
    ],
)
def test_errors_are_one_line_and_leave_nothing(argv, said, tmp_path, capsys):
    place = tmp_path / "tfds"
    assert prepare.main([*argv, f"--data_dir={place}"]) == 2
    out, err = capsys.readouterr()
    assert said in one_line(err)
    assert not out
    assert not place.exists()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda data: data[:-5], "cannot read|not a whole idx file"),
        (lambda data: b"", "not a whole idx file|cannot read"),
        (lambda data: b"\0" * 100, "not a whole idx file|cannot read"),
        (lambda data: data[:60] + b"\xff" * 9 + data[69:], "cannot read|not a whole"),
    ],
)
def test_damaged_files_are_named(tmp_path, damage, said):
    source, place = save_clothes(tmp_path / "idx"), tmp_path / "tfds"
    for name in ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"):
        file = source / name
        whole = file.read_bytes()
        file.write_bytes(damage(whole))
        with pytest.raises(BadInput, match=said) as caught:
            prepare.prepare("fashion_mnist", str(place), str(source))
        assert name in str(caught.value)
        file.write_bytes(whole)
        assert not place.exists()


def test_a_pipe_is_not_waited_for(tmp_path, no_waiting):
    source, place = save_clothes(tmp_path / "idx"), tmp_path / "tfds"
    for name in ("train-labels-idx1-ubyte", "t10k-images-idx3-ubyte.gz"):
        whole = (source / name).read_bytes()
        (source / name).unlink()
        os.mkfifo(source / name)
        with no_waiting(), pytest.raises(BadInput, match=rf"{name} is no regular file"):
            prepare.prepare("fashion_mnist", str(place), str(source))
        (source / name).unlink()
        (source / name).write_bytes(whole)
    assert not place.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"\0\0\x08\x02" + np.array([-2, -3], ">i4").tobytes() + b"123456",
        b"\0\0\x08\x02" + np.array([2**31, 0], ">u4").tobytes() + b"1",
        b"\0\0\x08\x02\0\0",
        b"\0\0\x08\xff" + np.ones(255, ">i4").tobytes() + b"1",
        b"\0\0\x08\0",
    ],
)
def test_shapes_that_cannot_be(tmp_path, content):
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(BadInput, match="not a whole idx file"):
        idx.read(tmp_path / "a")


def test_folders_of_another_name(tmp_path, monkeypatch, capsys):
    save_clothes(tmp_path / "idx")
    monkeypatch.setenv("HOME", str(tmp_path))
    argv = ["fashion_mnist", "--from=~/idx", "--data_dir=~/made"]
    assert prepare.main(argv) == 0
    assert (tmp_path / "made" / "fashion_mnist").is_dir()
    capsys.readouterr()
    for wrong in ("--from=~nobody_of_this_name", "--from=" + "x" * 5000, "--from=/\0"):
        assert prepare.main(["mnist", wrong, f"--data_dir={tmp_path / 'new'}"]) == 2
        one_line(capsys.readouterr().err)
    assert not (tmp_path / "new").exists()


def test_images_and_labels_must_fit(tmp_path):
    source = save_clothes(tmp_path / "idx")
    labels = source / "train-labels-idx1-ubyte"
    for wrong in (np.zeros(39, np.uint8), np.full(40, 10, np.uint8)):
        save_idx(labels, wrong)
        with pytest.raises(BadInput, match="do not fit"):
            idx.read_split(source, "train")


def test_idx_round_trip(tmp_path):
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    for name in ("a", "a.gz"):
        save_idx(tmp_path / name, array)
        np.testing.assert_array_equal(idx.read(tmp_path / name), array)


def test_a_failure_midway_leaves_no_set(tmp_path, monkeypatch):
    source, place = save_clothes(tmp_path / "idx"), tmp_path / "tfds"

    def fails(*args):
        raise OSError("no space left on device\nand more")

    monkeypatch.setattr(idx, "store", fails)
    with pytest.raises(BadInput, match="no space left on device; nothing was kept"):
        prepare.prepare("fashion_mnist", str(place), str(source))
    with pytest.raises(BadInput, match="not prepared"):
        data.fashion_mnist(data_dir=str(place))
