import dataclasses
import json
import re
from functools import partial

import numpy as np
import pytest
from PIL import Image

from gan_jax import data, evaluation, metrics
from gan_jax.errors import BadInput
from gan_jax.evaluation import evaluate_folders, evaluate_run, references, table
from gan_jax.evaluation.evaluator import protocol
from gan_jax.evaluation.kinds import Evidence
from gan_jax.main import main
from gan_jax.metrics import Score, compare, extractors
from gan_jax.run import open_run
from gan_jax.training import train
from tests.evaluation.tables import METRICS, UNTRIED
from tests.training.runs import images, points


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv(references.FOLDER, str(tmp_path / "references"))
    return tmp_path / "references"


@pytest.fixture(scope="module")
def ring(tmp_path_factory):
    path = tmp_path_factory.mktemp("ring") / "run"
    train(points(best="gen/adversarial"), path)
    return path


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Of 28 x 28 grey pixels, by a generator with batch norm and no average."""
    path = tmp_path_factory.mktemp("pictures") / "run"
    config = images(norm={"name": "batch_norm"}, steps=2, checkpoint_every=2)
    config["data"] |= {"shape": (28, 28, 1), "count": 60}
    del config["game"]["ema"]
    train(config, path)
    return path


def strokes(path, count=12, shape=(28, 28), seed=0):
    """Pictures of two bars each; the digits' classifier is blind to noise."""
    path.mkdir()
    rng = np.random.default_rng(seed)
    pixels = np.zeros((count, *shape), np.uint8)
    for image in pixels:
        row, column = rng.integers(0, [side - 3 for side in shape])
        image[row : row + 4, 2:-2] = 200
        image[2:-2, column : column + 4] = 255
    for i, image in enumerate(pixels):
        Image.fromarray(image).save(path / f"{i}.png")
    return pixels


SETS = {
    "points": lambda: data.ring(count=64),
    "grey": lambda: data.shapes((28, 28, 1), count=360),
    "digits": lambda: data.mnist5k("test"),
    "colour": lambda: data.shapes((8, 8, 3), count=200),
    "stacked": data.stacked_mnist,
}
ALIKE = dict(
    **{"fd": 0, "fd_interval": 0, "fd_low": 0, "intra_fd": 0, "reverse_kl": 0},
    **{"precision": 1, "recall": 1, "coverage": 1, "modes": 8, "authenticity": 0},
)
"""What the reals score against themselves."""


def test_every_metric_is_tried():
    assert METRICS.keys() | UNTRIED == table.METRICS.keys()
    assert not METRICS.keys() & UNTRIED


@pytest.mark.parametrize("name", METRICS)
def test_metric_of_the_reals_themselves(name):
    """A data set measured against itself is as good as can be."""
    which, titles = METRICS[name]
    dataset = SETS[which]()
    count = dataset.size or 64
    chosen = table.choose([name], dataset, labelled=True)[name]
    extractor = table.SOURCES[chosen.extractor].open(None)
    reals = references.examples(dataset, np.arange(count))
    reference = partial(references.reference, dataset, extractor, count)
    evidence = Evidence(
        dataset, reals["sample"], extractor, reference, 0, reals["label"]
    )
    found = chosen.kind.compute(evidence)
    assert tuple(found.values) == chosen.kind.parts
    assert [chosen.title(part) for part in found.values] == titles
    assert found.n_fake == count
    assert found.n_real == (count if chosen.kind.about_data else 0) or name == "modes"
    for part, value in found.values.items():
        assert np.isfinite(float(value))
        if part in ALIKE:
            assert float(value) == pytest.approx(ALIKE[part], abs=2e-3)


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
        "labels": "none",
        "checkpoint": "last",
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
    scores = evaluate_run(
        pictures, ["fd_digits", "is_digits", "precision_recall", "classes"], num=40
    )
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
    fakes = open_run(pictures).sample(40)
    expected = metrics.frechet_distance(
        describe(reals).features, describe(fakes).features
    )
    assert fd.value == pytest.approx(expected, rel=1e-6)
    assert len(list(cache.iterdir())) == 1


def test_a_second_evaluation_reads_the_reference(pictures, cache, monkeypatch):
    names = ["fd_random", "precision_recall_random", "kd_random"]
    first = evaluate_run(pictures, names, num=20)
    (file,) = cache.iterdir()
    before = file.read_bytes(), file.stat().st_mtime_ns

    def never(*args):
        raise AssertionError("the reals were described again")

    with monkeypatch.context() as patch:
        patch.setattr(references, "compute", never)
        second = evaluate_run(pictures, names, num=20)
    assert [s.value for s in second] == [s.value for s in first]
    assert second == first
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before


def test_a_damaged_reference_is_made_again(cache, capsys):
    dataset, extractor = SETS["colour"](), extractors.random(dim=4)
    first = references.reference(dataset, extractor, 64)
    (file,) = cache.iterdir()
    sound = file.read_bytes()
    for damaged in (sound[:100], sound[:400] + b"\x01" + sound[401:], b""):
        file.write_bytes(damaged)
        again = references.reference(dataset, extractor, 64)
        assert all(map(np.array_equal, again, first))
        assert "is damaged" in capsys.readouterr().err
        assert file.read_bytes() == sound


def test_references_differ_by_all_they_depend_on():
    shapes = data.shapes((8, 8, 3), count=20)
    network = extractors.random(dim=4)
    keys = [
        references.key(shapes, network, 64),
        references.key(data.shapes((8, 8, 3), count=20, seed=1), network, 64),
        references.key(shapes, extractors.random(dim=4, seed=1), 64),
        references.key(shapes, network, 10),
        references.key(shapes, dataclasses.replace(network, resize="other"), 64),
    ]
    assert len(set(keys)) == len(keys)


def test_reference_is_that_of_the_samples(monkeypatch):
    """The same in chunks, resident, streamed; kept features are rows of the whole."""
    monkeypatch.setattr(references, "CHUNK", 7)
    monkeypatch.setattr(references, "KEPT", 9)
    resident, network = SETS["colour"](), extractors.random(dim=4)
    sample, label = resident.source.arrays["sample"], resident.source.arrays["label"]
    streamed = dataclasses.replace(
        resident,
        source=data.Streamed(lambda at: {"sample": sample[at], "label": label[at]}),
    )
    whole = network(sample).features.astype(np.float64)
    for dataset in (resident, streamed):
        found = references.compute(dataset, network, 1000)
        assert found.count == 200
        np.testing.assert_allclose(found.mean, whole.mean(0), rtol=1e-6)
        np.testing.assert_allclose(found.covariance, np.cov(whole.T), rtol=1e-5)
        assert found.features.shape == (9, 4)
        distance = abs(found.features[:, None] - whole).max(-1)
        assert (distance.min(1) < 1e-6).all()
        assert len(set(distance.argmin(1))) == 9
        np.testing.assert_array_equal(found.labels, label[distance.argmin(1)])
    part = references.compute(resident, network, 20)
    assert part.count == 20
    endless = references.compute(data.ring(), table.Coordinates(), 500)
    assert endless.count == 500
    np.testing.assert_allclose(np.trace(endless.covariance), 4, atol=0.2)


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


def test_checkpoints(ring, pictures):
    best = evaluate_run(ring, ["modes"], num=10, checkpoint="best")[0]
    assert best.protocol.checkpoint == "best by gen/adversarial"
    assert evaluation.history(ring)[-1][0] in (6, 12)
    evaluate_run(ring, ["modes"], num=10, checkpoint="6")
    assert evaluation.history(ring)[-1][0] == 6
    with pytest.raises(BadInput, match=r"config\.train\.best is empty"):
        evaluate_run(pictures, num=10, checkpoint="best")


def test_usual_metrics():
    grey = SETS["grey"]()
    for dataset, first in (
        (SETS["points"](), "modes"),
        (data.swiss_roll(), "precision_recall"),
        (grey, "fd_digits"),
        (dataclasses.replace(grey, name="fashion_mnist/train"), "fd_fashion"),
        (SETS["colour"](), "fd_lite0"),
    ):
        assert next(iter(table.choose([], dataset))) == first


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
        (
            ["PICTURES", "--metrics=modes"],
            "modes does not suit shapes: it is no mixture",
        ),
        (["PICTURES", "--metrics=accuracy"], "its classes are not the ten digits"),
        (
            ["PICTURES", "--metrics=intra_fd"],
            "the samples have no classes of their own",
        ),
        (["PICTURES", "--metrics=stacked_modes"], "not the triples of stacked MNIST"),
        (
            ["PICTURES", "--metrics=fd_infinity", "--num=300"],
            "too few for a line from 256 of them on",
        ),
        (["PICTURES", "--metrics=fd_interval"], "60 samples for 128 dimensions"),
        (["RING", "--metrics=ms_ssim"], "ms_ssim does not suit ring8: pixels does not"),
        (["PICTURES", "--metrics=fid"], "--inception=FILE"),
        (["PICTURES", "--metrics=fid", "--inception=/no"], "no Inception weights"),
        (["PICTURES", "--metrics=fd_random", "--num=1"], "at least 2"),
        (["PICTURES", "--metrics=is_digits", "--num=9"], "at least 10"),
        (["RING", "--num=0"], "at least one"),
        (["RING", "--checkpoint=newest"], "wanted best, last or a step"),
        (["RING", "--checkpoint=5"], "has no checkpoint 5"),
        (["RING", "--step=6"], "--checkpoint=6"),
        (["RING", "--config.train.steps=3"], "evaluated as it is"),
        (["--real=EMPTY", "--fake=EMPTY"], "holds no pictures"),
        (["--real=SMALL", "--fake=LARGE"], "are 8 x 8 x 3, those of"),
        (["--real=SMALL", "--fake=SMALL", "--num=9"], "holds 3 pictures, not 9"),
    ],
)
def test_bad_input_is_one_line_and_status_2(
    flags, message, ring, pictures, tmp_path, capsys
):
    (tmp_path / "empty").mkdir()
    strokes(tmp_path / "small", count=3, shape=(8, 8))
    strokes(tmp_path / "large", count=3, shape=(9, 8))
    names = {"RING": f"--workdir={ring}", "PICTURES": f"--workdir={pictures}"}
    places = {
        name: str(tmp_path / name.lower()) for name in ("EMPTY", "SMALL", "LARGE")
    }
    made = []
    for flag in flags:
        key, equals, value = flag.partition("=")
        made.append(names.get(flag, key + equals + places.get(value, value)))
    assert main(["--mode=evaluate", *made]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert said[0].startswith("gan_jax: ")
    assert (
        message.replace("are 8 x 8 x 3, those of", "are 8 x 8 x 3, those of") in said[0]
    )


def test_a_line_that_is_no_score_is_named(tmp_path):
    assert evaluation.history(tmp_path) == []
    (tmp_path / "evaluation.jsonl").write_text('{"step": 1}\n')
    with pytest.raises(BadInput, match="lacks"):
        evaluation.history(tmp_path)
    (tmp_path / "evaluation.jsonl").write_text("torn\n")
    with pytest.raises(BadInput, match="line 1"):
        evaluation.history(tmp_path)


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("fd", 2),
        ("kd", 2),
        ("fd_infinity", 6),
        ("fd_interval", 3),
        ("precision_recall", 4),
        ("density_coverage", 6),
    ],
)
def test_too_few_samples_are_refused_before_any_is_drawn(name, least):
    dataset = SETS["points"]()
    evaluator = evaluation.Evaluator(dataset, [name])
    stamp = protocol(ema=False, batch_norm="none", checkpoint="last", seed=0)
    evaluator.check(least)
    scores = evaluator.measure(references.read(dataset, np.arange(least)), stamp)
    assert tuple(score.name for score in scores) == evaluator.names
    few = references.read(dataset, np.arange(least - 1))
    for refused in (
        lambda: evaluator.check(least - 1),
        lambda: evaluator.measure(few, stamp),
    ):
        with pytest.raises(BadInput, match=f"metric {name}: "):
            refused()
