"""The real side: described once, kept where it can be, never the wrong one."""

import dataclasses
import os

import numpy as np
import pytest

from gan_jax import data
from gan_jax.errors import BadInput
from gan_jax.evaluation import evaluate_run, references, table
from gan_jax.metrics import extractors


@pytest.fixture(scope="module")
def shapes():
    return data.shapes((8, 8, 3), count=200)


def test_a_second_evaluation_reads_the_reference(pictures, cache, monkeypatch):
    names = ["fd_random", "precision_recall_random", "kd_random"]
    first = evaluate_run(pictures.workdir.path, names, num=20)
    (file,) = cache.iterdir()
    before = file.read_bytes(), file.stat().st_mtime_ns

    def never(*args):
        raise AssertionError("the reals were described again")

    with monkeypatch.context() as patch:
        patch.setattr(references, "compute", never)
        second = evaluate_run(pictures.workdir.path, names, num=20)
    assert [s.value for s in second] == [s.value for s in first]
    assert second == first
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before


def test_a_damaged_reference_is_made_again(shapes, cache, capsys):
    extractor = extractors.random(dim=4)
    first = references.reference(shapes, extractor, 64)
    (file,) = cache.iterdir()
    sound = file.read_bytes()
    for damaged in (sound[:100], sound[:400] + b"\x01" + sound[401:], b""):
        file.write_bytes(damaged)
        again = references.reference(shapes, extractor, 64)
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


def test_reference_is_that_of_the_samples(shapes, monkeypatch):
    """The same in chunks, resident, streamed; kept features are rows of the whole."""
    monkeypatch.setattr(references, "CHUNK", 7)
    monkeypatch.setattr(references, "KEPT", 9)
    network = extractors.random(dim=4)
    sample, label = shapes.source.arrays["sample"], shapes.source.arrays["label"]
    streamed = dataclasses.replace(
        shapes,
        source=data.Streamed(lambda at: {"sample": sample[at], "label": label[at]}),
    )
    whole = network(sample).features.astype(np.float64)
    for dataset in (shapes, streamed):
        found = references.compute(dataset, network, 1000)
        assert found.count == 200
        np.testing.assert_allclose(found.mean, whole.mean(0), rtol=1e-6)
        np.testing.assert_allclose(found.covariance, np.cov(whole.T), rtol=1e-5)
        assert found.features.shape == (9, 4)
        distance = abs(found.features[:, None] - whole).max(-1)
        assert (distance.min(1) < 1e-6).all()
        assert len(set(distance.argmin(1))) == 9
        np.testing.assert_array_equal(found.labels, label[distance.argmin(1)])
    part = references.compute(shapes, network, 20)
    assert part.count == 20
    endless = references.compute(data.ring(), table.Coordinates(), 500)
    assert endless.count == 500
    np.testing.assert_allclose(np.trace(endless.covariance), 4, atol=0.2)


def test_reals_that_are_not_finite_are_named():
    points = data.ring(count=64).source.arrays["sample"].copy()
    points[37] = np.nan
    dataset = data.dataset.resident("mine", {"sample": points})
    with pytest.raises(BadInput, match="example 37 of data set mine has features that"):
        references.reference(dataset, table.Coordinates(), 64)


@pytest.mark.parametrize("name", ["", "cache", None])
def test_a_cache_without_a_place_of_its_own_lies_at_home(name, tmp_path, monkeypatch):
    monkeypatch.delenv(references.FOLDER)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    if name is None:
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    else:
        monkeypatch.setenv("XDG_CACHE_HOME", name)
    assert references.folder() == tmp_path / ".cache" / "gan_jax" / "references"


def test_where_nothing_can_be_kept_it_goes_on_after_one_line(
    shapes, tmp_path, monkeypatch, capsys
):
    (tmp_path / "file").write_text("")
    networks = [extractors.random(dim=4), extractors.random(dim=4, seed=1)]
    wanted = references.compute(shapes, networks[0], 64)
    monkeypatch.setenv(references.FOLDER, str(tmp_path / "file" / "below"))
    for network in networks:  # one line, however many references there are
        found = references.reference(shapes, network, 64)
        assert found.count == wanted.count
    assert len(capsys.readouterr().err.splitlines()) == 1
    monkeypatch.delenv(references.FOLDER)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # nobody's number
    found = references.reference(shapes, networks[0], 64)
    np.testing.assert_array_equal(found.mean, wanted.mean)
    (said,) = capsys.readouterr().err.splitlines()
    assert "there is no home folder" in said
