"""Sets made of sets, held against what numpy makes of their parts one by one."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import asks, data, resolve, rng
from gan_jax.data import shuffle
from gan_jax.data.dataset import resident
from gan_jax.errors import BadInput
from gan_jax.evaluation.references import examples
from tests.data.test_conformance import reader

KEY = jax.random.key(21)


def numbered(count: int, offset: int = 0, side: int = 4, **kwargs) -> data.Dataset:
    """Pictures that hold their own number, the left half brighter by 100."""
    number = np.arange(count, dtype=np.uint8)[:, None, None, None] + np.uint8(offset)
    sample = np.tile(number, (1, side, side, 1))
    sample[:, :, : side // 2] += 100
    return resident("numbered", {"sample": sample}, **kwargs)


def labelled(labels, side: int = 2) -> data.Dataset:
    """Pictures that hold their own number, of the classes that are told."""
    sample = numbered(len(labels), side=side).source.arrays["sample"]
    names = tuple(f"class {i}" for i in range(max(labels) + 1))
    arrays = {"sample": sample, "label": np.asarray(labels, np.int32)}
    return resident("labelled", arrays, names)


def streamed(of: data.Dataset) -> data.Dataset:
    arrays = of.source.arrays
    source = data.Streamed(
        lambda i: {k: x[i] for k, x in arrays.items()}, arrays.get("label")
    )
    return dataclasses.replace(of, source=source)


def numbers(array) -> np.ndarray:
    """The numbers of the pictures, whether mirrored or not."""
    return np.asarray(array)[:, 0].min(axis=(1, 2)).astype(int)


def mirrored(array) -> np.ndarray:
    return np.asarray(array[:, 0, 0, 0] < array[:, 0, -1, 0])


PLACES = np.arange(5, 45)


@pytest.mark.parametrize("source", [numbered, lambda *a: streamed(numbered(*a))])
@pytest.mark.parametrize("target", [numbered, lambda *a: streamed(numbered(*a))])
def test_pairs_stay_together_wherever_they_live(source, target):
    pairs = data.paired(source(10, 50), target(10, 0))
    batch = reader(pairs)(PLACES, KEY)
    alone = reader(numbered(10))(PLACES, KEY)
    np.testing.assert_array_equal(batch["sample"], alone["sample"])
    np.testing.assert_array_equal(
        numbers(batch["source"]), numbers(batch["sample"]) + 50
    )
    assert sorted(numbers(batch["sample"])[5:15]) == list(range(10))


def test_pairs_are_mirrored_together():
    # Dequantised, so that the two draw different amounts of numbers besides.
    source = numbered(10, 50, side=6, preprocess=data.flip(data.dequantize()))
    pairs = data.paired(source, numbered(10, preprocess=data.flip()))
    batch = reader(pairs)(np.arange(64))
    turned = mirrored(batch["sample"])
    assert 16 < turned.sum() < 48
    np.testing.assert_array_equal(mirrored(batch["source"]), turned)


def test_pairs_of_which_one_is_mirrored_are_refused():
    plain, flipped = numbered(10), numbered(10, preprocess=data.flip())
    with pytest.raises(ValueError, match="sample and source are not mirrored alike"):
        data.paired(plain, flipped)
    with pytest.raises(ValueError, match="not mirrored alike"):
        data.paired(data.paired(plain, plain).source.parts["sample"], flipped)
    data.unpaired(plain, flipped)


def test_preprocessing_reads_every_array_named_by_the_same_keys():
    arrays = {name: numbered(10).source.arrays["sample"] for name in ("sample", "mask")}
    both = resident("masked", arrays, preprocess=data.flip())
    assert both.facts.arrays == {"mask": data.Spec((4, 4, 1), "uint8")}
    both = dataclasses.replace(both, pictures=("sample", "mask"))
    batch = reader(both)(np.arange(32))
    np.testing.assert_array_equal(batch["sample"], batch["mask"])
    assert 0 < mirrored(batch["mask"]).sum() < 32


@pytest.mark.parametrize("wrap", [lambda d: d, streamed])
def test_unpaired_sets_have_orders_of_their_own(wrap):
    both = data.unpaired(wrap(numbered(7, 50)), wrap(numbered(10)))
    assert both.size == 10
    batch = reader(both)(np.arange(70), KEY)
    alone = reader(numbered(10))(np.arange(70), KEY)
    np.testing.assert_array_equal(batch["sample"], alone["sample"])
    own = rng.stream(KEY, "source")
    np.testing.assert_array_equal(
        numbers(batch["source"]) - 50, shuffle.order_on_host(own, np.arange(70), 7)
    )


def test_unpaired_sets_of_one_size_do_not_move_together():
    batch = reader(data.unpaired(numbered(64, 64), numbered(64)))(np.arange(64))
    met = numbers(batch["sample"]) == numbers(batch["source"]) - 64
    assert met.sum() < 8


def test_the_words_of_the_key_stand_for_the_key():
    both = data.unpaired(streamed(numbered(7)), streamed(numbered(5)))
    feed, places = data.make_feed(both), PLACES.reshape(2, 4, 5)
    a, b = feed.fetch(KEY, places), feed.fetch(shuffle.words(KEY), places)
    assert a["source"]["sample"].shape == (2, 4, 5, 4, 4, 1)
    jax.tree.map(np.testing.assert_array_equal, a, b)


def test_nested_sets():
    depth = {"sample": labelled([0, 1] * 4), "depth": numbered(8, 20)}
    whole = data.joint(depth)
    both = data.unpaired(numbered(5, 70), whole)
    assert set(both.facts.arrays) == {"depth", "source"}
    batch = reader(data.balanced(both))(np.arange(16))
    np.testing.assert_array_equal(batch["label"].reshape(-1, 2).sum(1), np.ones(8))
    np.testing.assert_array_equal(
        numbers(batch["depth"]), numbers(batch["sample"]) + 20
    )
    np.testing.assert_array_equal(numbers(batch["sample"]) % 2, batch["label"])


def test_fakes_take_each_class_equally_often_from_balanced_reals():
    dataset = data.balanced(labelled([0, 1, 1, 2, 2, 2, 2]))
    condition = asks.from_reals(asks.class_labels())(dataset.facts)
    told = condition.of_data(reader(dataset)(np.arange(12)))
    np.testing.assert_array_equal(told.reshape(4, 3, 3).sum(1), np.ones((4, 3)))
    assert condition.shared


@pytest.mark.parametrize("wrap", [lambda d: d, streamed])
@pytest.mark.parametrize("sizes", [(1, 2), (3, 3, 3), (1, 7, 64), (5,)])
def test_balanced_order_by_brute_force(wrap, sizes):
    labels = np.random.default_rng(0).permutation(np.repeat(range(len(sizes)), sizes))
    dataset = data.balanced(wrap(labelled(labels.tolist())))
    assert dataset.facts.frequencies == (1,) * len(sizes)
    blocks = 3 * max(sizes)
    batch = reader(dataset)(np.arange(blocks * len(sizes)))
    shown, label = numbers(batch["sample"]), np.asarray(batch["label"])
    np.testing.assert_array_equal(labels[shown], label)
    for block in label.reshape(blocks, -1):
        assert sorted(block) == list(range(len(sizes)))
    for i, size in enumerate(sizes):
        mine, members = shown[label == i], np.flatnonzero(labels == i)
        epochs = mine[: blocks // size * size].reshape(-1, size)
        for epoch in epochs:
            np.testing.assert_array_equal(np.sort(epoch), members)
        if size > 20:  # of so many orders no two are the same
            assert len(np.unique(epochs, axis=0)) == len(epochs)


def test_balanced_resident_equals_streamed():
    of = labelled([0, 1, 1, 2, 2, 2])
    here, there = reader(data.balanced(of)), reader(data.balanced(streamed(of)))
    jax.tree.map(np.testing.assert_array_equal, here(PLACES, KEY), there(PLACES, KEY))


def test_balanced_pairs():
    pairs = data.paired(streamed(numbered(6, 50, 2)), labelled([0, 1, 1, 1, 1, 1]))
    batch = reader(data.balanced(pairs))(np.arange(20))
    assert (batch["label"] == 0).sum() == 10
    np.testing.assert_array_equal(
        numbers(batch["source"]), numbers(batch["sample"]) + 50
    )


def test_digests_cover_the_parts_and_how_they_stand():
    a, b = numbered(5), numbered(5, 1)
    made = [
        data.paired(a, b),
        data.paired(b, a),
        data.paired(a, a),
        data.unpaired(a, b),
    ]
    assert len({d.digest for d in made}) == 4
    assert data.paired(numbered(5), numbered(5, 1)).digest == made[0].digest


def test_what_cannot_stand_side_by_side():
    ten, seven, flat = numbered(10), numbered(7), labelled([0, 1])
    for call, said in [
        (lambda: data.joint({"source": ten, "target": ten}), "a part called sample"),
        (lambda: data.joint({"sample": ten}), "at least one beside it"),
        (lambda: data.joint({"sample": ten, "label": ten}), "label is taken"),
        (lambda: data.paired(seven, ten), "sample has 10, source has 7"),
        (lambda: data.paired(data.ring(), data.ring()), "endless"),
        (lambda: data.paired(data.balanced(flat), flat), "balance the whole"),
        (lambda: data.paired(flat, data.unpaired(flat, flat)), "source is taken"),
        (lambda: data.unpaired(data.paired(flat, flat), flat), "side by side here"),
        (lambda: data.balanced(ten), "no labels"),
        (lambda: data.balanced(data.ring()), "endless"),
        (lambda: data.balanced(labelled([0, 2])), "no example of class 1"),
    ]:
        with pytest.raises(ValueError, match=said):
            call()
    joint = {"sample": data.unpaired(flat, flat), "depth": flat}
    with pytest.raises(ValueError, match="order of its own"):
        data.joint(joint)


def test_labels_that_are_not_known_before_reading(stand_ins):
    unread = data.tfds(
        "fashion_mnist", data_dir=str(stand_ins / "tfds"), resident_bytes=0
    )
    with pytest.raises(ValueError, match="raise its resident_bytes"):
        data.balanced(unread)


def test_a_config_can_say_it(stand_ins):
    def built(**node):
        return resolve.bind(node, [data], "config.data")()

    one = {"name": "folder", "path": str(stand_ins / "pictures")}
    pairs = built(name="paired", source={**one, "channels": 1}, target=one)
    assert pairs.facts.arrays == {"source": data.Spec((10, 12, 1), "float32")}
    parts = {"sample": one, "small": {**one, "size": 4}}
    assert built(name="joint", parts=parts).facts.arrays["small"].shape == (4, 4, 3)
    assert built(name="balanced", of=one).facts.frequencies == (1, 1)
    with pytest.raises(BadInput, match=r"^config\.data: sets side by side"):
        built(name="paired", source={"name": "digits8"}, target=one)


def test_examples_by_index():
    index = np.array([9, 0, 8])
    for both in (data.paired, data.unpaired):
        found = examples(both(streamed(numbered(10, 50)), numbered(10)), index)
        assert numbers(found["sample"]).tolist() == [9, 0, 8]
        assert numbers(found["source"]).tolist() == [59, 50, 58]
    found = examples(data.unpaired(numbered(7, 50), numbered(10)), index)
    assert numbers(found["source"]).tolist() == [52, 50, 51]
    endless = examples(data.unpaired(data.ring(), numbered(10)), index)
    assert endless["source"].shape == (3, 2)


def test_feeds_are_functions_of_the_key_under_jit_and_vmap():
    feed = data.make_feed(data.balanced(labelled([0, 1, 1, 1])))
    arrays = jax.tree.map(jnp.asarray, feed.arrays)

    @jax.jit
    def batch(key):
        return feed.batch(arrays, None, key, jnp.arange(12))

    keys = jax.random.split(KEY, 3)
    mapped = jax.jit(jax.vmap(batch))(keys)
    for i, key in enumerate(keys):
        np.testing.assert_array_equal(mapped["sample"][i], batch(key)["sample"])
