"""Two folders of pictures against each other; no model takes part."""

import re

import numpy as np
import pytest

from gan_jax import metrics
from gan_jax.errors import BadInput
from gan_jax.evaluation import evaluate_folders
from gan_jax.main import main
from gan_jax.metrics import extractors
from tests.evaluation.pictures import strokes


def test_folders(tmp_path, capsys):
    reals = strokes(tmp_path / "real")
    fakes = strokes(tmp_path / "fake", count=14, seed=1)
    folders = tmp_path / "real", tmp_path / "fake"
    score = evaluate_folders(*folders, ["fd_digits"])[0]
    describe = extractors.digits()
    expected = metrics.frechet_distance(
        *(describe(x[..., None]).features for x in (reals, fakes))
    )
    assert score.value == pytest.approx(expected, rel=1e-6)
    assert (score.protocol.n_real, score.protocol.n_fake) == (12, 14)
    assert score.protocol.checkpoint == "folder"
    assert score.protocol.pictures == "as they are"
    spreads = [evaluate_folders(*folders, ["kd"], num=n)[0].spread for n in (12, 14)]
    assert spreads[0] is None
    assert spreads[1] > 0
    assert evaluate_folders(*folders, ["fd"], num=5)[0].protocol.n_fake == 5
    flags = [f"--real={folders[0]}", f"--fake={folders[1]}"]
    assert main(["--mode=evaluate", *flags]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [
        "fd_digits",
        "is_digits",
        "precision_digits",
        "recall_digits",
        "classes_digits",
        "label_entropy_digits",
    ]
    assert re.search(r"WARNING: 12 samples for 128 dimensions", lines[0])
    assert "reals: 12 of real@" in lines[0]


def test_pictures_of_two_sizes_are_brought_to_one(tmp_path):
    strokes(tmp_path / "real", count=6, shape=(9, 8))
    strokes(tmp_path / "fake", count=6, shape=(16, 12), seed=1)
    folders = tmp_path / "real", tmp_path / "fake"
    with pytest.raises(BadInput, match=r"16 x 12 x 3; .*--size=HEIGHT"):
        evaluate_folders(*folders, ["fd_random"])
    found = {
        fit: evaluate_folders(*folders, ["fd_random"], size=8, fit=fit)[0]
        for fit in ("crop", "pad")
    }
    assert found["crop"].value != found["pad"].value
    assert found["pad"].protocol.pictures == "8 x 8 by pad"
    with pytest.raises(BadInput, match=r"pictures: '8 x 8 by crop'"):
        metrics.compare(*found.values())
    tall = evaluate_folders(*folders, ["fd_random"], size=(6, 8), fit="stretch")[0]
    assert tall.protocol.pictures == "6 x 8 by stretch"
    with pytest.raises(BadInput, match="size=0 must be positive"):
        evaluate_folders(*folders, size=0)


def test_grey_digits_are_grey_after_resizing_too(tmp_path):
    strokes(tmp_path / "real", shape=(32, 32))
    strokes(tmp_path / "fake", shape=(32, 32), seed=1)
    found = evaluate_folders(
        tmp_path / "real", tmp_path / "fake", ["fd_digits"], size=28
    )
    assert np.isfinite(found[0].value)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--real=EMPTY", "--fake=EMPTY"], "holds no pictures"),
        (["--real=SMALL", "--fake=LARGE"], "are 8 x 8 x 3, those of"),
        (["--real=SMALL", "--fake=SMALL", "--num=9"], "holds 3 pictures, not 9"),
        (["--real=SMALL", "--fake=SMALL", "--num=0"], "ask for at least one"),
        (["--real=SMALL", "--fake=SMALL", "--seed=-3"], "seed=-3 must be from 0"),
    ],
)
def test_bad_input_is_one_line_and_status_2(flags, message, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    strokes(tmp_path / "small", count=3, shape=(8, 8))
    strokes(tmp_path / "large", count=3, shape=(9, 8))
    for name in ("EMPTY", "SMALL", "LARGE"):
        flags = [x.replace(f"={name}", f"={tmp_path / name.lower()}") for x in flags]
    assert main(["--mode=evaluate", *flags]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith("gan_jax: ")
    assert message in said
