"""A run is measured: against its own data, by its stamp, and the scores are kept."""

import dataclasses
import json
import shutil

import numpy as np
import pytest

from gan_jax import data, evaluation, metrics
from gan_jax.errors import BadInput
from gan_jax.evaluation import evaluate_run
from gan_jax.main import main
from gan_jax.metrics import Score, compare, extractors
from gan_jax.run import open_run

pytestmark = pytest.mark.slow


def test_a_run_on_points(ring):
    scores = evaluate_run(ring, num=50, seed=3)
    assert [s.name for s in scores] == ["modes", "high_quality", "reverse_kl"]
    stamp = scores[0].protocol
    digest = json.loads((ring / "config.json").read_text())["data"]["digest"]
    assert dataclasses.asdict(stamp) | {"commit": "", "device": ""} == {
        "extractor": "none",
        "weights": "none",
        "resize": "none",
        "n_real": 0,
        "split": f"ring8@{digest[:12]}",
        "n_fake": 50,
        "ema": True,
        "batch_norm": "none",
        "truncation": 1.0,
        "labels": "uniform",
        "checkpoint": "last",
        "order": "shuffled",
        "pictures": "as they are",
        "how": "",
        "seed": 3,
        "commit": "",
        "device": "",
    }
    assert "cpu" in stamp.device
    step, kept = evaluation.history(ring)[-3]
    assert step == 12
    assert kept == scores[0]
    # The number is that of the run's own samples.
    modes = data.ring(std=0.1, count=100).modes
    drawn = open_run(ring).sample(50, seed=3)
    expected = metrics.mode_coverage(drawn, modes.centers, modes.std)
    assert [s.value for s in scores] == pytest.approx(list(expected), nan_ok=True)


def test_a_run_on_pictures(pictures, cache):
    names = ["fd_digits", "is_digits", "precision_recall", "classes"]
    scores = evaluate_run(pictures.workdir.path, names, num=40)
    assert [s.name for s in scores] == [
        "fd_digits",
        "is_digits",
        "precision_digits",
        "recall_digits",
        "classes_digits",
        "label_entropy_digits",
    ]
    by_name = {s.name: s for s in scores}
    fd, score = by_name["fd_digits"], by_name["is_digits"]
    assert fd.protocol.batch_norm == "running"
    assert not fd.protocol.ema
    assert fd.protocol.extractor == "digits"
    assert fd.protocol.weights == extractors.digits().weights
    assert (fd.protocol.n_real, fd.protocol.n_fake) == (60, 40)
    assert by_name["recall_digits"].protocol.n_real == 40
    assert score.protocol.n_real == 0
    assert score.protocol.split == "none"
    assert score.spread is not None
    assert fd.spread is None
    # By hand, from the samples and the reals.
    describe = extractors.digits()
    reals = data.shapes((28, 28, 1), count=60).source.arrays["sample"]
    expected = metrics.frechet_distance(
        describe(reals).features, describe(pictures.sample(40)).features
    )
    assert fd.value == pytest.approx(expected, rel=1e-6)
    assert len(list(cache.iterdir())) == 1


def test_like_scores_compare_and_unlike_do_not(ring):
    a = evaluate_run(ring, ["modes"], num=40)[0]
    b = evaluate_run(ring, ["modes"], num=40, seed=1)[0]
    assert compare(a, b) == b.value - a.value
    for other, field in (
        (evaluate_run(ring, ["modes"], num=41)[0], "n_fake"),
        (evaluate_run(ring, ["modes"], num=40, checkpoint="12")[0], "checkpoint"),
    ):
        with pytest.raises(BadInput, match=field):
            compare(a, other)


def test_checkpoints(ring):
    best = evaluate_run(ring, ["modes"], num=10, checkpoint="best")[0]
    assert best.protocol.checkpoint == "best by gen/adversarial"
    assert evaluation.history(ring)[-1][0] in (6, 12)
    evaluate_run(ring, ["modes"], num=10, checkpoint="6")
    assert evaluation.history(ring)[-1][0] == 6


def test_the_step_that_was_really_used_stands_in_the_protocol(ring, tmp_path, capsys):
    path = shutil.copytree(ring, tmp_path / "run")
    for file in (path / "checkpoints" / "12").rglob("*"):
        if file.is_file() and "state" in file.parts:
            file.write_bytes(b"")
    (score,) = evaluate_run(path, ["fd"], num=10)
    assert score.protocol.checkpoint != "last"
    assert "12 is damaged" in score.protocol.checkpoint
    assert "12 is damaged" in capsys.readouterr().err
    assert evaluation.history(path)[-1][0] == 6


def test_other_data_than_the_runs_are_refused(learnt, monkeypatch):
    source = {"name": "shapes", "shape": (8, 8, 1), "count": 20}
    run = learnt("run", source)
    run.record["config"]["data"]["seed"] = 1  # as pictures at a path may change
    with pytest.raises(BadInput, match=r"shapes is not the one that .*run was trained"):
        evaluate_run(run.workdir.path, ["fd_random"], num=10)
    assert run.workdir.path.is_dir()
    assert not list(run.workdir.path.iterdir())
    (score,) = evaluate_run(run.workdir.path, ["fd_random"], num=10, place={"seed": 0})
    assert score.value > 0


def test_scores_that_cannot_be_kept_are_said_all_the_same(ring, tmp_path, capsys):
    path = shutil.copytree(ring, tmp_path / "run")
    (path / "evaluation.jsonl").unlink(missing_ok=True)
    (path / "evaluation.jsonl").mkdir()  # even root cannot write there
    flags = ["--mode=evaluate", f"--workdir={path}", "--num=20"]
    assert main(flags) == 0
    out, err = capsys.readouterr()
    names = ["modes", "high_quality", "reverse_kl"]
    assert [line.split()[0] for line in out.splitlines()] == names
    assert len(err.splitlines()) == 1
    assert "were not kept" in err
    assert "evaluation.jsonl" in err


def test_samples_that_are_not_finite_are_refused(ring):
    dataset = data.ring(count=64)
    evaluator = evaluation.Evaluator(dataset, ["modes"])
    stamp = evaluation.evaluator.protocol(
        ema=False, batch_norm="none", checkpoint="last", seed=0
    )
    points = dataset.source.arrays["sample"].copy()
    for wrong in (np.nan, np.inf):
        points[5, 1] = wrong
        with pytest.raises(
            BadInput, match="1 of 64 samples are not finite, .*sample 5"
        ):
            evaluator.measure(points, stamp)
    for labels in (np.zeros(3, int), np.full(64, 8), np.full(64, -1)):
        with pytest.raises(BadInput, match="labels"):
            evaluator.measure(dataset.source.arrays["sample"], stamp, labels=labels)


def test_the_command_prints_and_keeps_every_score(ring, capsys):
    before = len(evaluation.history(ring))
    curves = (ring / "metrics.jsonl").read_bytes()
    flags = ["--mode=evaluate", f"--workdir={ring}", "--num=30", "--seed=2"]
    assert main([*flags, "--metrics=modes,precision_recall"]) == 0
    printed = capsys.readouterr().out.splitlines()
    kept = evaluation.history(ring)[before:]
    assert [line.split()[0] for line in printed] == [score.name for _, score in kept]
    assert len(kept) == 5
    for _, score in kept:
        again = Score.from_json(score.to_json())
        assert again.protocol == score.protocol
        assert (again.name, again.value) == pytest.approx(
            (score.name, score.value), nan_ok=True
        )
    assert (ring / "metrics.jsonl").read_bytes() == curves


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ([], "--workdir is missing"),
        (["--workdir=/nowhere"], "holds no run"),
        (["--real=x"], "go together"),
        (["RING", "--real=x", "--fake=y"], "without --workdir"),
        (["RING", "--metrics=mods"], "did you mean modes"),
        (["RING", "--metrics=fid"], "fid does not suit ring8"),
        (["PICTURES", "--metrics=modes"], "does not suit shapes: it is no mixture"),
        (["PICTURES", "--metrics=accuracy"], "no classifier here knows its classes"),
        (
            ["PICTURES", "--metrics=intra_fd"],
            "the samples have no classes of their own",
        ),
        (["PICTURES", "--metrics=stacked_modes"], "not the triples of stacked MNIST"),
        (
            ["PICTURES", "--metrics=fd_infinity", "--num=300"],
            "300 samples, at least 342 are needed",
        ),
        (["PICTURES", "--metrics=fd_interval"], "60 samples for 128 dimensions"),
        (["RING", "--metrics=ms_ssim"], "ms_ssim does not suit ring8: pixels does not"),
        (["PICTURES", "--metrics=fid"], "--inception=FILE"),
        (["PICTURES", "--metrics=fid", "--inception=/no"], "no Inception weights"),
        (["PICTURES", "--metrics=fd_random", "--num=1"], "at least 2"),
        (["PICTURES", "--metrics=is_digits", "--num=9"], "at least 10"),
        (["RING", "--num=0"], "at least one"),
        (["RING", "--num=-5"], "at least one"),
        (["RING", "--num=1000000000000000"], "no memory for num=1000000000000000"),
        (["PICTURES", f"--num={10**18}"], "no memory for num=10000"),
        (["RING", "--seed=-1"], "seed=-1 must be from 0 to 4294967295"),
        (["RING", "--seed=4294967296"], "must be from 0 to 4294967295"),
        (["RING", "--checkpoint=newest"], "wanted best, last or a step"),
        (["RING", "--checkpoint=5"], "has no checkpoint 5"),
        (["RING", "--ask.label=8"], "label=8 is out of range; 0 to 7"),
        (["PICTURES", "--ask.label=3"], "cannot be asked for 'label'"),
    ],
)
def test_bad_input_is_one_line_and_status_2(flags, message, ring, pictures, capsys):
    places = {"RING": ring, "PICTURES": pictures.workdir.path}
    made = [f"--workdir={places[x]}" if x in places else x for x in flags]
    assert main(["--mode=evaluate", *made]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert said[0].startswith("gan_jax: ")
    assert message in said[0]
