"""Bad input: a seeded part of the experiment, and a judge that sees what is wrong."""

import json
from pathlib import Path

import pytest

from experiments.bad_input import judge, run
from experiments.bad_input.inputs import GROUPS, Input, inputs
from experiments.bad_input.judge import Answer, verdict
from tests.training.runs import python

FOLDER = Path(run.__file__).parent
RESULTS = json.loads((FOLDER / "results.json").read_text())

ASK = """
import contextlib, io
from experiments.bad_input import run
said = io.StringIO()
with contextlib.redirect_stdout(said):
    status = run.main(["--show", *values["words"]])
print(json.dumps([status, said.getvalue()]))
"""


@pytest.mark.slow
def test_a_part_is_answered_as_promised():
    status, said = python(ASK, words=["--seed=5", "--scale=0.06"])
    assert status == 0, said


def test_the_results_are_of_todays_rules():
    parts = RESULTS["inputs"]
    assert parts.keys() == {*GROUPS, "in processes of their own"}
    faults, total = run.tally(RESULTS)
    assert faults == 0
    assert total >= 800
    assert sum(parts["in processes of their own"].values()) >= 40
    assert (FOLDER / "README.md").read_text() == run.render(RESULTS)
    assert "/work" not in json.dumps(RESULTS)


def test_inputs_are_a_function_of_the_seed():
    first, again, other = (inputs(seed, 0.2) for seed in (3, 3, 4))
    assert first == again
    assert first != other
    assert len(inputs(0)) >= 800


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(2, "gan_jax: no\n", (), 1), judge.ANSWERED),
        (Answer(0, "", (), 1), judge.ACCEPTED),
        (Answer(0, "notes\n", (), 1), judge.ACCEPTED),
        (Answer(2, "", (), 1), "no one line"),
        (Answer(2, "no\n", (), 1), "no one line"),
        (Answer(2, "x\ngan_jax: no\n", (), 1), "no one line"),
        (Answer(2, "gan_jax: no\ngan_jax: no\n", (), 1), "no one line"),
        (Answer(2, "gan_jax: \x1b[31m\n", (), 1), "no one line"),
        (Answer(2, "gan_jax: no\n", ("begun",), 1), "left behind"),
        (Answer(0, "", ("x.npz.part",), 1), "left behind"),
        (Answer(1, "", (), 1), "status"),
        (Answer(-11, "", (), 1), "death"),
        (Answer(None, "", (), 1), "death"),
        (Answer(None, "", (), 1e9), "hang"),
        (Answer(1, "Traceback (most recent call last)\n", (), 1), "traceback"),
    ],
)
def test_the_judge_sees_what_is_wrong(answer, expected):
    assert verdict(Input("x", ()), answer) == expected


def test_the_judge_holds_what_was_expected():
    refused, accepted = Answer(2, "gan_jax: no\n", (), 1), Answer(0, "", (), 1)
    good, bad = (Input("x", (), expect=e) for e in ("good", "bad"))
    assert verdict(good, refused) == "refused what is good"
    assert verdict(bad, accepted) == "accepted what is bad"
    chatty = Answer(2, "what it is\ngan_jax: no\n", (), 1)
    assert verdict(Input("x", (), chatty=True), chatty) == judge.ANSWERED
    text = "it\ngan_jax: training diverged at step 3: x not finite\n"
    diverged = Answer(2, text, ("begun",), 1)
    assert verdict(Input("x", (), chatty=True), diverged) == judge.STOPPED
    assert verdict(Input("x", ()), diverged) == "left behind"
