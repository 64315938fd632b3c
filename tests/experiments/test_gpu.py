"""The queue of what waits for a GPU: names that are there, and what is played again."""

import importlib
import json
import sys

import pytest

from experiments.gpu import __main__ as gpu
from experiments.gpu.jobs import Job, jobs


@pytest.fixture
def paths(monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))


@pytest.mark.parametrize("tiny", [False, True])
def test_every_job_names_rows_that_are_there(paths, tmp_path, tiny):
    whole = jobs(tmp_path, gpu.rows_of_speed(), tiny)
    assert len({job.name for job in whole}) == len(whole) > 2
    for job in whole:
        if job.command[0] != "-m":
            continue
        told = dict(zip(job.command[2::2], job.command[3::2], strict=True))
        experiment = importlib.import_module(job.command[1]).EXPERIMENT
        (table,) = [t for t in experiment.tables if t.name == told["--tables"]]
        assert told["--rows"] in [row.name for row in table.rows]


def test_what_ended_well_is_not_played_again(monkeypatch, tmp_path, capsys):
    told = tmp_path / "told"
    tell = f"open({str(told)!r}, 'a').write('x')"
    queue = [
        Job("well", ("-c", tell), 0.0),
        Job("badly", ("-c", f"{tell}; raise SystemExit(3)"), 0.0),
        Job("long", ("-c", "import time; time.sleep(60)"), 0.0),
        Job("late", ("-c", tell), 60.0),
    ]
    monkeypatch.setattr(gpu, "jobs", lambda *_: queue)
    monkeypatch.setattr(gpu, "rows_of_speed", dict)
    arguments = ["gpu", "--folder", str(tmp_path / "out"), "--seconds", "4"]
    monkeypatch.setattr(sys, "argv", arguments)
    assert gpu.main() == 1
    first = [line.split(" after")[0] for line in capsys.readouterr().out.splitlines()]
    assert first == [
        "well: done",
        "badly: failed",
        "long: cut off",
        "late: left for another time",
    ]
    assert list(json.loads((tmp_path / "out" / "done.json").read_text())) == ["well"]
    monkeypatch.setattr(sys, "argv", [*arguments, "--list"])
    assert gpu.main() == 0
    assert capsys.readouterr().out.split() == ["badly", "long", "late"]
    assert told.read_text() == "xx"
