import shutil
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import data
from gan_jax.data import store
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


def test_other_names_and_classes(tmp_path):
    splits = {"night": (blocks(3, (5, 6, 3)), np.array([0, 1, 1]))}
    store.store("own_set", "1.2.3", splits, ("a", "b"), str(tmp_path))
    dataset = data.tfds("own_set:1.2.3", "night", str(tmp_path))
    assert (dataset.shape, dataset.classes) == ((5, 6, 3), ("a", "b"))
