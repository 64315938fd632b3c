import json

import pytest

from gan_jax.errors import BadInput
from gan_jax.run.changes import differences
from gan_jax.run.workdir import Workdir, write


def test_files_are_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "file"
    write(path, "old")
    with pytest.raises(TypeError):
        write(path, 3)  # fails half-way
    assert path.read_text() == "old"
    write(path, b"new")
    assert path.read_bytes() == b"new"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file"]


def test_a_run_is_recorded_and_recognised(tmp_path):
    workdir = Workdir(tmp_path / "run")
    assert not workdir.holds_run()
    with pytest.raises(BadInput, match="holds no run"):
        workdir.record()
    workdir.create({"config": {"a": 1}, "data": {}})
    assert workdir.holds_run()
    record = workdir.record()
    assert len(record.pop("sha256")) == 64
    assert record == {"config": {"a": 1}, "data": {}}
    workdir.config.write_text("{")
    with pytest.raises(BadInput, match="damaged"):
        workdir.record()


def test_a_workdir_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="cannot be written"):
        Workdir(tmp_path / "file" / "run").create({})


def test_metrics_are_cut_back_and_torn_lines_dropped(tmp_path):
    workdir = Workdir(tmp_path)
    workdir.cut(0)
    for step in (10, 20, 30):
        workdir.append({"step": step, "x": step / 10})
    with workdir.metrics.open("a") as file:
        file.write('{"step": 40, "x"')
    assert [line["step"] for line in workdir.lines()] == [10, 20, 30]
    workdir.cut(20)
    text = workdir.metrics.read_text().splitlines()
    assert [json.loads(line)["step"] for line in text] == [10, 20]


def test_differing_fields_are_named_and_free_ones_passed_over():
    old = {
        "train": {"steps": 5, "seed": 0, "devices": 1},
        "game": {"loss": {"name": "a"}},
    }
    new = {
        "train": {"steps": 9, "seed": 1, "devices": 4},
        "game": {"loss": {"name": "b"}},
    }
    assert differences(old, new) == [
        "game.loss.name: 'a' -> 'b'",
        "train.seed: 0 -> 1",
    ]
    assert differences({"data": {"shape": [2]}}, {"data": {"shape": (2,)}}) == []
    assert differences({"a": {"x": 1}}, {"a": {"x": 1, "y": 2}}) == [
        "a.y: 'absent' -> 2"
    ]


def test_a_folder_where_config_json_is_to_be(tmp_path):
    """A folder for samples was made before it was told."""
    (tmp_path / "config.json").mkdir()
    with pytest.raises(BadInput, match="is no regular file"):
        Workdir(tmp_path).check_free()
