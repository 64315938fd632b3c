"""The picture of what is moved, of samples whose movement is known; tables of contests."""

import json

import numpy as np

from experiments.laboratory.contests import Contest, Contestant, beside, table
from experiments.translation.sweep import LARGER, POSITIONS, laid_out


def test_a_slice_has_a_row_for_every_shift():
    h, w = 4, 8
    shifts = LARGER * h
    column = np.arange(shifts) * w // shifts  # moves from left to right
    moved = np.zeros((2, shifts, h, w, 1), np.uint8)
    moved[0, np.arange(shifts), :, column] = 255
    shown = laid_out(moved)
    assert shown.shape == (2 * (POSITIONS + 1), LARGER * h, LARGER * w, 1)
    first, last, slice_ = shown[0], shown[POSITIONS - 1], shown[POSITIONS]
    assert (first[:, :LARGER] == 255).all()
    assert (last[:, -LARGER:] == 255).all()
    for row, at in zip(slice_[..., 0], column, strict=True):
        assert np.flatnonzero(row).tolist() == [*range(LARGER * at, LARGER * (at + 1))]
    assert not shown[POSITIONS + 1 :].any()


def test_a_table_shows_rows_that_were_run_and_pictures_that_are_there(tmp_path):
    rows = {"a": Contestant("A", "a.py", 40), "b": Contestant("B", "b.py", 40)}
    contest = Contest("things", rows, (), {"fd": "FD"})
    run = dict(scores={"fd": 3.25}, rounds=40, cpu_seconds=90)
    runs = json.loads(
        json.dumps({"a": {"0": run | dict(origin=dict(commit="c", date="d"))}})
    )
    picture = beside(tmp_path / "things_a.png", "moved far")
    assert picture.name == "things_a_moved_far.png"
    text = table(contest, runs, {picture.name: "A, moved far"})
    assert "| A | 40 | 1.5 | 3.25 | 1 |" in text
    assert "| B | not run |  |  |  |" in text
    assert "![A, moved far](things_a_moved_far.png)" in text
