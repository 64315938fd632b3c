import threading
import time

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import data
from gan_jax.data.dataset import content_digest, resident
from gan_jax.errors import BadInput

KEY = jax.random.key(1)


@pytest.fixture
def numbered():
    """Ten pictures that hold their own index, labelled by its last bit."""
    index = np.arange(10, dtype=np.uint8)
    sample = np.tile(index[:, None, None, None], (1, 4, 4, 1))
    label = (index % 2).astype(np.int32)
    return resident("numbered", {"sample": sample, "label": label}, ("even", "odd"))


def test_an_epoch_is_without_replacement_and_labels_stay_with_samples(numbered):
    feed = data.make_feed(numbered)
    batch = jax.jit(feed.batch)
    arrays = jax.device_put(feed.arrays)
    rounds = [batch(arrays, None, KEY, jnp.arange(i, i + 4)) for i in range(0, 40, 4)]
    seen = np.concatenate([r["sample"][:, 0, 0, 0] for r in rounds])
    for epoch in seen.reshape(4, 10):  # the batches of four cross the epochs
        np.testing.assert_array_equal(np.sort(epoch), np.arange(10))
    assert len({tuple(epoch) for epoch in seen.reshape(4, 10)}) == 4
    labels = np.concatenate([r["label"] for r in rounds])
    np.testing.assert_array_equal(labels, seen % 2)


def test_streamed_equals_resident(numbered):
    arrays = numbered.source.arrays
    streamed = data.Dataset(
        name="numbered",
        shape=numbered.shape,
        classes=numbered.classes,
        size=numbered.size,
        digest=numbered.digest,
        source=data.Streamed(lambda i: {k: x[i] for k, x in arrays.items()}),
    )
    positions = np.arange(7, 31)
    here, there = data.make_feed(numbered), data.make_feed(streamed)
    fetched = there.fetch(KEY, positions.reshape(2, 3, 4))
    assert fetched["sample"].shape == (2, 3, 4, 4, 4, 1)
    assert fetched["sample"].dtype == np.uint8
    assert fetched["label"].shape == (2, 3, 4)
    flat = {k: x.reshape(24, *x.shape[3:]) for k, x in fetched.items()}
    a = here.batch(here.arrays, None, KEY, jnp.asarray(positions))
    b = there.batch({}, flat, KEY, jnp.asarray(positions))
    for name in a:
        np.testing.assert_array_equal(a[name], b[name])
    same = there.fetch(data.shuffle.words(KEY), positions)
    np.testing.assert_array_equal(same["sample"], flat["sample"])


def test_preprocessing_draws_anew_in_every_epoch():
    one = np.full((1, 8, 8, 1), 100, np.uint8)
    feed = data.make_feed(
        resident("one", {"sample": one}, preprocess=data.dequantize())
    )
    batch = feed.batch(feed.arrays, None, KEY, jnp.arange(5))
    assert len(np.unique(batch["sample"], axis=0)) == 5


def test_endless_data_never_repeats():
    feed = data.make_feed(data.ring())
    a = feed.batch({}, None, KEY, jnp.arange(1000))
    assert len(np.unique(a["sample"], axis=0)) == 1000


def test_digest_covers_pixels_labels_and_shape(numbered):
    arrays = numbered.source.arrays
    assert numbered.digest == content_digest(arrays)
    digests = {numbered.digest}
    pixel = {**arrays, "sample": arrays["sample"].copy()}
    pixel["sample"][3, 2, 1, 0] ^= 1
    digests.add(content_digest(pixel))
    digests.add(content_digest({**arrays, "label": arrays["label"][::-1].copy()}))
    digests.add(content_digest({"sample": arrays["sample"]}))
    wide = arrays["sample"].reshape(10, 2, 8, 1)
    digests.add(content_digest({**arrays, "sample": wide}))
    assert len(digests) == 5


def test_labels_and_classes_must_fit():
    sample, label = np.zeros((3, 2, 2, 1), np.uint8), np.arange(3, dtype=np.int32)
    with pytest.raises(ValueError, match="class names"):
        resident("bad", {"sample": sample, "label": label})
    with pytest.raises(ValueError, match="class names"):
        resident("bad", {"sample": sample}, ("a",))
    with pytest.raises(ValueError, match="beyond its 2 classes"):
        resident("bad", {"sample": sample, "label": label}, ("a", "b"))


def test_prefetch_keeps_the_order_and_loads_ahead():
    threads = set()

    def load(i):
        threads.add(threading.get_ident())
        time.sleep(0.002 * (7 - i % 8))  # later ones are ready first
        return {"i": np.asarray(i)}

    items = list(data.prefetch(load, 5, 45, workers=4))
    assert [int(item["i"]) for item in items] == list(range(5, 45))
    assert threading.get_ident() not in threads


def test_prefetch_passes_none_on():
    assert list(data.prefetch(lambda i: None, 0, 3)) == [None] * 3


def test_prefetch_of_nothing():
    assert list(data.prefetch(lambda i: i, 4, 4)) == []


def test_an_exception_arrives_as_it_is_and_in_its_turn():
    def load(i):
        if i == 6:
            raise BadInput("cannot read cat.png", "replace it")
        return i

    items = data.prefetch(load, 0, 20)
    assert [next(items) for _ in range(6)] == list(range(6))
    with pytest.raises(BadInput, match="cat.png") as caught:
        next(items)
    assert caught.value.todo == "replace it"


def test_prefetch_can_be_left_early():
    items = data.prefetch(lambda i: i, 0, 10**6)
    assert next(items) == 0
    items.close()
