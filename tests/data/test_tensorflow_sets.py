import json
import os
import shutil
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from PIL import EpsImagePlugin

from gan_jax import data
from gan_jax.data import prepare, store
from gan_jax.errors import BadInput
from tests.data.conftest import blocks
from tests.data.tables import clothes


def by_content(sample, label):
    return sorted(zip([x.tobytes() for x in sample], label.tolist(), strict=True))


def test_holds_what_was_stored(stand_ins):
    dataset = clothes(stand_ins)
    assert dataset.classes[0] == "T-shirt/top"
    assert dataset.classes[9] == "Ankle boot"
    arrays = dataset.source.arrays
    expected = by_content(blocks(40, (28, 28, 1), 1), np.arange(40) * 3 % 10)
    assert by_content(arrays["sample"], arrays["label"]) == expected
    assert "tensorflow" not in sys.modules


def test_colour(stand_ins):
    arrays = data.cifar10(data_dir=str(stand_ins / "tfds")).source.arrays
    expected = by_content(blocks(12, (32, 32, 3)), np.arange(12) % 10)
    assert by_content(arrays["sample"], arrays["label"]) == expected


def test_streamed_equals_resident(stand_ins):
    key, positions = jax.random.key(4), np.arange(30, 90)
    here = data.make_feed(clothes(stand_ins))
    there = data.make_feed(clothes(stand_ins, resident_bytes=0))
    a = here.batch(here.arrays, None, key, jnp.asarray(positions))
    b = there.batch({}, there.fetch(key, positions), key, jnp.asarray(positions))
    for name in a:
        np.testing.assert_array_equal(a[name], b[name])


def test_splits_and_sizes(stand_ins):
    assert clothes(stand_ins, split="test").size == 10
    assert clothes(stand_ins, split="train[:25%]").size == 10
    assert clothes(stand_ins, size=(14, 10), fit="stretch").shape == (14, 10, 1)
    digests = {
        clothes(stand_ins, split=split, resident_bytes=resident_bytes).digest
        for split in ("train", "test")
        for resident_bytes in (0, 2**30)
    }
    assert len(digests) == 4


def test_what_is_not_there_is_said(stand_ins, tmp_path):
    command = rf"gan_jax\.data\.prepare fashion_mnist --data_dir={tmp_path}"
    with pytest.raises(BadInput, match=command):
        data.fashion_mnist(data_dir=str(tmp_path))
    with pytest.raises(BadInput, match=r"in split 'val'; there is train, test"):
        clothes(stand_ins, split="val")
    with pytest.raises(BadInput, match=r"in split 'train\[:0\]'"):
        clothes(stand_ins, split="train[:0]")


def test_damage_is_said(stand_ins, tmp_path):
    for name, damage in (("files", "array_record"), ("features", "features.json")):
        place = tmp_path / name
        shutil.copytree(stand_ins / "tfds", place)
        for file in (place / "fashion_mnist").rglob(f"*{damage}*"):
            file.write_bytes(file.read_bytes()[:70])
        with pytest.raises(BadInput, match="prepare it again"):
            data.fashion_mnist(data_dir=str(place))


FOREIGN = "gan_jax_test_sneaky.Feature"


@pytest.mark.parametrize(
    "damage",
    [
        lambda d: d.update(pythonClassName=FOREIGN),
        lambda d: d["featuresDict"]["features"]["label"].update(
            pythonClassName=FOREIGN
        ),
        lambda d: d["featuresDict"]["features"].update(
            extra={"python_class_name": FOREIGN}
        ),
        lambda d: (d.clear(), d.update(type=FOREIGN, content={})),
        lambda d: d["featuresDict"]["features"].update(
            extra={
                "sequence": {"feature": {"pythonClassName": FOREIGN}},
                "pythonClassName": "tensorflow_datasets.core.features."
                "sequence_feature.Sequence",
            }
        ),
    ],
)
@pytest.mark.parametrize("opens", [data.tfds, lambda *a: prepare.prepare(a[0], a[2])])
def test_what_files_name_is_not_imported(
    stand_ins, tmp_path, monkeypatch, damage, opens
):
    (tmp_path / "gan_jax_test_sneaky.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(str(tmp_path))
    place = tmp_path / "tfds"
    shutil.copytree(stand_ins / "tfds", place)
    (file,) = (place / "fashion_mnist").rglob("features.json")
    content = json.loads(file.read_text())
    damage(content)
    file.write_text(json.dumps(content))
    with pytest.raises(BadInput, match=rf"features\.json names '{FOREIGN}'"):
        opens("fashion_mnist", "train", str(place))
    assert "gan_jax_test_sneaky" not in sys.modules


def test_the_set_s_own_description_names_nothing_foreign_either(stand_ins, tmp_path):
    place = tmp_path / "tfds"
    shutil.copytree(stand_ins / "tfds", place)
    (file,) = (place / "fashion_mnist").rglob("dataset_info.json")
    content = json.loads(file.read_text())
    for name in (FOREIGN, "tensorflow_datasets.core.features.video_feature_test.X"):
        content["features"] = {"pythonClassName": name}
        file.write_text(json.dumps(content))
        with pytest.raises(BadInput, match=r"dataset_info\.json names"):
            data.fashion_mnist(data_dir=str(place))
    assert "tensorflow_datasets.core.features.video_feature_test" not in sys.modules


def test_a_pipe_among_the_files_is_not_waited_for(stand_ins, tmp_path, no_waiting):
    place = tmp_path / "tfds"
    shutil.copytree(stand_ins / "tfds", place)
    (file,) = (place / "fashion_mnist").rglob("dataset_info.json")
    file.unlink()
    os.mkfifo(file)
    with no_waiting(), pytest.raises(BadInput, match="no regular file"):
        data.fashion_mnist(data_dir=str(place))


def test_a_stored_postscript_file_is_not_opened(tmp_path, monkeypatch):
    def called(*args, **kwargs):
        raise AssertionError("Ghostscript was called")

    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", called)
    monkeypatch.setattr(store, "_examples", lambda images, labels: [(0, POSTSCRIPT)])
    splits = {"train": (blocks(1, (8, 8, 3)), np.array([0]))}
    store.store("own_set", "1.0.0", splits, ("a",), str(tmp_path))
    with pytest.raises(BadInput, match="cannot read"):
        data.tfds("own_set", "train", str(tmp_path))


POSTSCRIPT = {
    "image": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\n",
    "label": 0,
}


def test_home_is_known_by_its_sign(stand_ins, monkeypatch):
    monkeypatch.setenv("HOME", str(stand_ins))
    assert data.fashion_mnist("test", "~/tfds").size == 10
    with pytest.raises(BadInput, match=r"^~nobody_of_this_name: "):
        data.fashion_mnist("test", "~nobody_of_this_name")
    assert "train 40" in prepare.prepare("fashion_mnist", "~/tfds")


def test_numbers_that_cannot_be(stand_ins):
    for wrong in ({"size": 0}, {"size": 10**9}, {"resident_bytes": -1}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            clothes(stand_ins, **wrong)


def test_other_names_and_classes(tmp_path):
    splits = {"night": (blocks(3, (5, 6, 3)), np.array([0, 1, 1]))}
    store.store("own_set", "1.2.3", splits, ("a", "b"), str(tmp_path))
    dataset = data.tfds("own_set:1.2.3", "night", str(tmp_path))
    assert (dataset.shape, dataset.classes) == ((5, 6, 3), ("a", "b"))
