"""The streaming form: once, with hysteresis, a function of the lines alone."""

import numpy as np
import pytest

from gan_jax.doctor import Doctor, Thresholds, diagnose
from tests.doctor.logs import CASES, LINES, X, log

ALL = dict(
    accuracy=np.where(X < 30, 0.75, 1.0),
    gen_norm=np.where(X < 30, 0.5, 1e-3),
    spread=np.where((X > 15) & (X < 25) | (X > 40), 0.3, 0.95),
    lead=1.0 + 0.1 * X,
)


def test_said_once_and_named_with_its_evidence():
    lines = log(**CASES["collapse"][0])
    (finding,) = diagnose(lines).findings
    # The median of 5 turns at the third collapsed line; confirmed two lines later.
    assert (finding.since, finding.step) == (20 * 28, 20 * 30)
    assert finding.name == "mode_collapse"
    assert finding.severity == "critical"
    assert finding.evidence["spread"] == pytest.approx(0.3, abs=0.02)
    assert "30%" in finding.why or "29%" in finding.why or "31%" in finding.why
    assert "--config." in finding.remedy
    assert "still so" in str(diagnose(lines))


def test_reported_anew_only_after_it_was_away():
    away = log(spread=np.where((X // 20) % 2, 0.3, 0.95))  # 20 lines each
    steps = [f.step for f in diagnose(away).findings]
    assert steps == [20 * 25]
    twice = log(lines=LINES, spread=np.where((X > 15) & (X < 25) | (X > 40), 0.3, 0.95))
    assert [f.name for f in diagnose(twice).findings] == ["mode_collapse"] * 2
    blinking = np.where((X > 15) & (X % 12 > 2), 0.3, 0.95)
    assert len(diagnose(log(spread=blinking)).findings) == 1
    over = diagnose(log(spread=np.where((X > 15) & (X < 25), 0.3, 0.95)))
    assert over.active == frozenset()
    assert "over at the last line" in str(over)


def test_one_odd_line_is_no_finding():
    assert diagnose(log(spread=np.where(X == 30, 0.01, 0.95))).findings == ()
    assert diagnose(log(disc_norm=np.where(X == 30, 1e4, 0.8))).findings == ()


def test_rebuilt_from_lines_it_goes_on_as_if_never_stopped():
    lines = log(**ALL)
    whole = Doctor()
    said = [whole.see(line) for line in lines]
    assert sum(map(len, said)) == 4
    for stop in range(0, LINES, 7):
        resumed = Doctor(lines[:stop])
        assert [resumed.see(line) for line in lines[stop:]] == said[stop:]
        assert resumed.active == whole.active
        assert resumed.readings == whole.readings
    assert diagnose(lines).findings == tuple(f for found in said for f in found)


def test_lines_are_not_touched():
    lines = log(**ALL)
    copies = [dict(line) for line in lines]
    diagnose(lines)
    assert lines == copies


def test_only_so_many_lines_are_remembered():
    lines = log(**ALL)
    short = Thresholds(memory=32)
    doctor = Doctor(lines, thresholds=short)
    seen = Doctor(lines[-32:], thresholds=short)
    assert doctor.readings == seen.readings


def test_a_broken_line_or_two_does_not_stop_the_doctor():
    lines = log(**CASES["collapse"][0])
    lines[7] = {"step": lines[7]["step"], "disc/accuracy": None, "note": "by hand"}
    lines[9] |= {"disc/fake_spread": "wide", "tags": ["a"]}
    assert [f.name for f in diagnose(lines).findings] == ["mode_collapse"]
