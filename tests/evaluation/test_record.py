"""evaluation.jsonl: what a kill tears is cut, what is broken otherwise is named."""

import dataclasses
import json

import pytest

from gan_jax.errors import BadInput
from gan_jax.evaluation import history, line, record
from gan_jax.evaluation.evaluator import protocol
from gan_jax.metrics import Score
from gan_jax.run import Workdir

STAMP = protocol(ema=True, batch_norm="none", checkpoint="last", seed=0)
SCORES = [
    Score("fd", 1.0, None, STAMP),
    Score("kd", 2.0, 0.5, dataclasses.replace(STAMP, checkpoint=record.TRAINING)),
    Score("is", float("nan"), None, STAMP),
]


@pytest.fixture
def workdir(tmp_path):
    workdir = Workdir(tmp_path)
    for step, score in enumerate(SCORES, start=1):
        record.append(workdir, step, score)
    return workdir


def file(workdir):
    return workdir.path / record.NAME


def names(workdir):
    return [(step, score.name) for step, score in history(workdir.path)]


def tear(workdir, at=40):
    text = file(workdir).read_text()
    file(workdir).write_text(text + text.splitlines()[0][:at])


def test_a_torn_last_line_is_cut_and_never_glued_to_the_next(workdir, capsys):
    tear(workdir)
    record.append(workdir, 9, SCORES[0])
    (said,) = capsys.readouterr().err.splitlines()
    assert said == f"{file(workdir)}: the last line is torn and was cut away"
    assert names(workdir) == [(1, "fd"), (2, "kd"), (3, "is"), (9, "fd")]
    assert len(file(workdir).read_text().splitlines()) == 4
    assert capsys.readouterr().err == ""


def test_a_last_line_that_only_lacks_its_end_is_kept(workdir, capsys):
    file(workdir).write_text(file(workdir).read_text()[:-1])
    record.append(workdir, 9, SCORES[0])
    assert [step for step, _ in names(workdir)] == [1, 2, 3, 9]
    assert capsys.readouterr().err == ""


def test_reading_and_resuming_pass_over_a_torn_line(workdir, capsys):
    tear(workdir)
    assert len(names(workdir)) == 3
    assert "torn and was passed over" in capsys.readouterr().err
    record.cut(workdir, 1)
    assert "torn" in capsys.readouterr().err
    assert names(workdir) == [(1, "fd"), (3, "is")]  # by command, not in training


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ("torn", "Expecting value"),
        ("[1, 2]", "it has no step"),
        ("null", "it has no step"),
        ('{"name": "fd"}', "it has no step"),
        ('{"step": "7"}', "it has no step"),
        ('{"step": 1}', "lacks or should not have name, protocol, spread, value"),
    ],
)
def test_a_broken_line_elsewhere_is_named_and_left(workdir, broken, why):
    lines = file(workdir).read_text().splitlines(True)
    text = "".join([lines[0], broken + "\n", *lines[1:]])
    file(workdir).write_text(text)
    for read in (lambda: history(workdir.path), lambda: record.cut(workdir, 1)):
        with pytest.raises(BadInput, match="line 2 is no score") as caught:
            read()
        assert why in caught.value.what
        assert str(file(workdir)) in caught.value.what
        assert file(workdir).read_text() == text


def test_scores_of_before_the_order_was_named_are_read(workdir):
    old = json.loads(file(workdir).read_text().splitlines()[0])
    del old["protocol"]["order"], old["protocol"]["pictures"]
    file(workdir).write_text(json.dumps(old) + "\n")
    record.append(workdir, 9, SCORES[0])
    (_, before), (_, now) = history(workdir.path)
    assert (before.protocol.order, now.protocol.order) == ("as given", "shuffled")


def test_no_file_holds_no_score(tmp_path):
    assert history(tmp_path) == []
    (tmp_path / record.NAME).write_text("")
    record.append(Workdir(tmp_path), 1, SCORES[0])
    assert len(history(tmp_path)) == 1


def test_what_is_unusual_is_said_for_people():
    plain = line(SCORES[0])
    assert "labels" not in plain
    assert "truncation" not in plain
    odd = dataclasses.replace(
        STAMP, labels="uniform", truncation=0.5, pictures="8 x 8 by pad"
    )
    said = line(Score("fd", 1.0, None, odd), "few")
    for part in ("labels uniform", "truncation 0.5", "8 x 8 by pad", "WARNING: few"):
        assert part in said
