"""The orderings table: the damage is what it says, and small runs show the same."""

import json
from pathlib import Path

import numpy as np
import pytest

from experiments.metric_orderings import render
from experiments.metric_orderings.disturbances import DISTURBANCES, halves, pick
from experiments.metric_orderings.expectations import BLIND, EXPECTED, MUST
from experiments.metric_orderings.run import measure
from gan_jax import data
from gan_jax.evaluation import references, table
from gan_jax.evaluation.kinds import KINDS

pytestmark = pytest.mark.optimised

FOLDER = Path(render.__file__).parent
RESULTS = json.loads((FOLDER / "results.json").read_text())


@pytest.fixture(scope="module")
def sides():
    arrays = data.mnist5k().source.arrays
    return halves(arrays["sample"], arrays["label"])


def made(name, sides, strength, count=400):
    return DISTURBANCES[name].make(sides, count, np.random.default_rng(3), strength)


def known(digits, side):
    those = {image.tobytes() for image in side.images}
    return np.array([image.tobytes() in those for image in digits.images])


def test_halves_and_choices_are_balanced_and_apart(sides):
    assert not known(sides.clean, sides.reference).any()
    digits = pick(sides.clean, 400, np.random.default_rng(0))
    np.testing.assert_array_equal(np.bincount(digits.labels), 40)
    assert len({image.tobytes() for image in digits.images}) == 400
    with pytest.raises(ValueError, match="2500 digits, not 2501"):
        pick(sides.clean, 2501, np.random.default_rng(0))


def test_the_damage_is_what_it_says(sides):
    assert set(made("drop", sides, 6).labels) == {0, 1, 2, 3}
    few = made("duplicate", sides, 50)
    assert len({image.tobytes() for image in few.images}) == 50
    assert len(set(few.labels)) == 10
    assert known(made("memorise", sides, 0.5), sides.reference).mean() == 0.5
    assert known(made("junk", sides, 0.1), sides.clean).mean() == 0.9
    whole = made("blur", sides, 0.0)
    assert known(whole, sides.clean).all()
    blurred = [made("blur", sides, s).images.astype(float) for s in (0, 0.5, 2)]
    sharp = [np.diff(images, axis=1).std() for images in blurred]
    assert sharp == sorted(sharp, reverse=True)
    same = made("noise", sides, 1e-9)
    np.testing.assert_array_equal(same.images, whole.images)


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([1.2, 2, 3], "sees"),
        ([0.9, 2, 2], "sees"),
        ([3, 2, 2.5], "uneven"),
        ([-4, 2, 3], "uneven"),
        ([1, 1, 1.305], "sees"),
        ([5, 5, 1.2], "blind"),
        ([1, 0, -3], "fooled"),
    ],
)
def test_verdicts(scores, expected):
    clean = [0.9, 1.0, 1.1]  # a deviation of .1
    assert render.verdict(+1, clean, scores) == expected
    mirrored = [-x for x in scores]
    assert render.verdict(-1, [-x for x in clean], mirrored) == expected


def test_a_metric_that_hardly_varies_has_not_moved_by_a_hundredth():
    assert render.verdict(+1, [1.0, 1.0, 1.0], [1.0, 1.0, 1.009]) == "blind"
    assert render.verdict(+1, [1.0, 1.0, 1.0], [1.0, 1.0, 1.011]) == "sees"


def test_every_metric_of_grey_digits_has_its_row():
    dataset = data.mnist5k()
    suited = {
        chosen.title(part)
        for name, kind in KINDS.items()
        if name not in ("is", "modes", "stacked_modes") and kind.functions is None
        for chosen in table.choose([name], dataset, labelled=True).values()
        for part in chosen.kind.parts
    }
    # What has a model make samples has nothing to say of damaged pictures. The distance's
    # interval has its value; the reals' likeness is that of the reals.
    beside = {"fd_interval_digits", "fd_low_digits", "fd_high_digits", "ms_ssim_real"}
    # Those of single classes say where the accuracy is lost, and how many were asked.
    beside |= {f"class_{x}_{y}" for x in ("accuracy", "count") for y in ("mean", "min")}
    assert suited | {"is_digits"} == set(EXPECTED) | beside


def test_the_table_is_that_of_the_results():
    assert (FOLDER / "README.md").read_text() == render.render(RESULTS)
    assert RESULTS["strengths"] == {
        name: list(row.strengths) for name, row in DISTURBANCES.items()
    }


@pytest.mark.slow
def test_fewer_pictures_tell_the_same(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("references")
    monkeypatch.setenv(references.FOLDER, str(folder))
    small = measure(count=400, seed=1, repeats=3)
    for metric, row in render.verdicts(RESULTS).items():
        clean = [scores[metric] for scores in small["clean"]]
        for name, found in row.items():
            if any(metric not in scores for scores in small["disturbed"][name]):
                continue
            last = small["disturbed"][name][-1][metric]
            moved = EXPECTED[metric].worse * (last - np.mean(clean))
            if found == "sees" and getattr(EXPECTED[metric], name) == MUST:
                assert moved > 0, (metric, name)
            if name == "memorise" and getattr(EXPECTED[metric], name) == BLIND:
                least = render.LEAST * abs(np.mean(clean))
                assert moved < 4 * np.std(clean, ddof=1) + least, (metric, name)
