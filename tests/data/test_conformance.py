"""What holds of every data set, whatever its source."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import data, resolve
from tests.data.tables import ALL_SOURCES, NOT_SOURCES

each = pytest.mark.parametrize("row", ALL_SOURCES.values(), ids=ALL_SOURCES.keys())
KEY = jax.random.key(11)


def reader(dataset):
    """Positions to a batch, by the feed; compiled once a batch size."""
    feed = data.make_feed(dataset)
    compiled = jax.jit(feed.batch)

    def read(positions, key=KEY):
        fetched = feed.fetch(key, positions) if feed.fetch else None
        return compiled(feed.arrays, fetched, key, jnp.asarray(positions))

    return read


def assert_position_alone_decides(read):
    whole = read(np.arange(3, 19))
    parts = [read(np.arange(3, 11)), read(np.arange(11, 19))]
    for name in whole:
        joined = np.concatenate([part[name] for part in parts])
        np.testing.assert_array_equal(joined, whole[name])
    other = read(np.arange(3, 19), jax.random.key(12))
    assert not np.array_equal(other["sample"], whole["sample"])


def test_every_public_name_is_in_the_table():
    named = {name.split()[0].strip(",") for name in ALL_SOURCES}
    assert named | NOT_SOURCES == set(data.__all__)
    assert not named & NOT_SOURCES


def test_the_room_can_be_named_in_configs():
    assert {"ring", "mnist5k", "tfds", "folder", "scale"} <= set(
        resolve.catalogue(data)
    )


@each
def test_is_what_it_says_and_batches_have_the_agreed_form(row, stand_ins):
    dataset = row.open(stand_ins)
    assert dataset.shape == row.shape
    assert len(dataset.classes) == row.classes
    assert dataset.size == row.size
    assert len(bytes.fromhex(dataset.digest)) == 32
    assert dataset.digest == row.open(stand_ins).digest
    read = reader(dataset)
    batch = read(np.arange(16))
    labels = {"label"} if row.classes else set()
    assert set(batch) == {"sample", *row.arrays} | labels
    assert set(dataset.facts.arrays) == set(row.arrays)
    for name, spec in dataset.facts.arrays.items():
        assert batch[name].shape == (16, *spec.shape)
        assert batch[name].dtype == spec.dtype
    assert batch["sample"].shape == (16, *row.shape)
    assert batch["sample"].dtype == jnp.float32
    if len(row.shape) == 3:
        assert -1 <= batch["sample"].min() < batch["sample"].max() <= 1
    assert data.Facts.from_json(dataset.facts.to_json()) == dataset.facts
    if row.classes:
        assert batch["label"].shape == (16,)
        assert batch["label"].dtype == jnp.int32
        assert batch["label"].min() >= 0
        assert batch["label"].max() < row.classes
    assert_position_alone_decides(read)


@pytest.mark.parametrize("name", ["shapes", "folder streamed"])
def test_random_preprocessing_hangs_on_the_position_too(name, stand_ins):
    random = data.flip(data.dequantize())
    dataset = ALL_SOURCES[name].open(stand_ins)
    read = reader(dataclasses.replace(dataset, preprocess=random))
    assert_position_alone_decides(read)
