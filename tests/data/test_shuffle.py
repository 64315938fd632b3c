import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax.data import shuffle

KEY = jax.random.key(5)
order = jax.jit(shuffle.order, static_argnums=2)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 64, 65, 1797, 5000])
def test_every_epoch_shows_every_example_once_and_host_agrees(size):
    positions = np.arange(3 * size)
    indices = shuffle.order_on_host(KEY, positions, size)
    assert indices.dtype == np.int32
    for epoch in indices.reshape(3, size):
        np.testing.assert_array_equal(np.sort(epoch), np.arange(size))
    on_device = order(KEY, jnp.asarray(positions), size)
    assert on_device.dtype == jnp.int32
    np.testing.assert_array_equal(on_device, indices)


def test_a_large_set_and_late_positions():
    size, late = 2**31 - 1, 2**31 - 1 - 1000
    positions = np.arange(late, late + 1000)
    indices = shuffle.order_on_host(KEY, positions, size)
    assert len(set(indices.tolist())) == 1000
    assert 0 <= indices.min() <= indices.max() < size
    on_device = order(KEY, jnp.asarray(positions, jnp.int32), size)
    np.testing.assert_array_equal(on_device, indices)
    far = shuffle.order_on_host(KEY, np.arange(10**12, 10**12 + 64), 64)
    assert len(set(far.tolist())) <= 64


def test_epochs_and_keys_differ():
    epochs = shuffle.order_on_host(KEY, np.arange(200 * 64), 64).reshape(200, 64)
    assert len({tuple(epoch) for epoch in epochs}) == 200
    other = shuffle.order_on_host(jax.random.key(6), np.arange(64), 64)
    assert 0 <= (other == epochs[0]).sum() < 16


def test_batches_cross_epochs_in_any_shape():
    whole = shuffle.order_on_host(KEY, np.arange(20), 5)
    part = shuffle.order_on_host(KEY, np.arange(3, 15).reshape(3, 2, 2), 5)
    np.testing.assert_array_equal(part.reshape(-1), whole[3:15])
    square = shuffle.order(KEY, jnp.arange(3, 15).reshape(3, 2, 2), 5)
    np.testing.assert_array_equal(square, part)
    one = shuffle.order_on_host(KEY, np.asarray(7), 5)
    assert one.shape == ()
    assert one == whole[7]


@pytest.mark.parametrize("size", [2, 3, 4])
def test_small_sets_take_every_order_equally_often(size):
    epochs = 12_000
    indices = shuffle.order_on_host(KEY, np.arange(epochs * size), size)
    _, counts = np.unique(indices.reshape(-1, size), axis=0, return_counts=True)
    orders = {2: 2, 3: 6, 4: 24}[size]
    assert len(counts) == orders
    expected = epochs / orders
    chi2 = ((counts - expected) ** 2 / expected).sum()
    # Mean orders - 1, standard deviation sqrt(2 (orders - 1)): five of them.
    assert chi2 < orders - 1 + 5 * np.sqrt(2 * (orders - 1))


def test_every_place_takes_every_example_equally_often():
    size, epochs = 10, 10_000
    indices = shuffle.order_on_host(KEY, np.arange(epochs * size), size)
    indices = indices.reshape(epochs, size)
    table = np.array([np.bincount(place, minlength=size) for place in indices.T])
    expected = epochs / size
    chi2 = ((table - expected) ** 2 / expected).sum()
    free = (size - 1) ** 2
    assert free - 5 * np.sqrt(2 * free) < chi2 < free + 5 * np.sqrt(2 * free)


def test_neighbours_do_not_stay_together():
    indices = shuffle.order_on_host(KEY, np.arange(5000), 5000).astype(float)
    assert abs(np.corrcoef(indices[:-1], indices[1:])[0, 1]) < 0.08
    assert abs(np.corrcoef(indices, np.arange(5000))[0, 1]) < 0.08


def test_mapped_over_keys():
    keys = jax.random.split(KEY, 3)
    mapped = jax.vmap(lambda k: shuffle.order(k, jnp.arange(12), 12))(keys)
    for key, row in zip(keys, mapped, strict=True):
        np.testing.assert_array_equal(row, order(key, jnp.arange(12), 12))


def test_words_stand_for_the_key():
    words = shuffle.words(KEY)
    assert shuffle.words(words) is words
    np.testing.assert_array_equal(
        shuffle.order_on_host(words, np.arange(9), 9),
        shuffle.order_on_host(KEY, np.arange(9), 9),
    )


def test_nothing_cannot_be_shuffled():
    with pytest.raises(ValueError, match="cannot shuffle 0"):
        shuffle.order_on_host(KEY, np.arange(1), 0)


@pytest.mark.parametrize("sizes", [(1,), (4,), (1, 1, 1), (2, 3, 5, 7), (1, 200)])
def test_a_balanced_order_is_the_same_on_the_host_and_in_the_graph(sizes):
    labels = np.repeat(range(len(sizes)), sizes)[::-1]
    groups = shuffle.groups(labels, len(sizes))
    positions = np.arange(600).reshape(2, 300)
    host = shuffle.balanced_on_host(KEY, positions, groups)
    graph = jax.jit(shuffle.balanced)(KEY, jnp.asarray(positions), groups)
    assert host.dtype == graph.dtype == np.int32
    np.testing.assert_array_equal(graph, host)
    late = np.arange(2**31 - 1000, 2**31)
    np.testing.assert_array_equal(
        jax.jit(shuffle.balanced)(KEY, jnp.asarray(late, jnp.int32), groups),
        shuffle.balanced_on_host(KEY, late, groups),
    )


def test_balanced_places_take_every_class_and_every_example_equally_often():
    groups = shuffle.groups(np.array([0, 1, 1, 2, 2, 2, 2]), 3)
    indices = shuffle.balanced_on_host(KEY, np.arange(3 * 12_000), groups)
    label = np.array([0, 1, 1, 2, 2, 2, 2])[indices].reshape(-1, 3)
    _, orders = np.unique(label, axis=0, return_counts=True)
    assert len(orders) == 6
    assert ((orders - 2000) ** 2 / 2000).sum() < 5 + 5 * np.sqrt(10)
    epochs = indices[label.reshape(-1) == 2].reshape(-1, 4)
    _, orders = np.unique(epochs, axis=0, return_counts=True)
    assert len(orders) == 24
    assert ((orders - 125) ** 2 / 125).sum() < 23 + 5 * np.sqrt(46)
    assert orders.sum() == 3000


def test_a_class_without_examples_has_no_order():
    with pytest.raises(ValueError, match="class 1 has no examples"):
        shuffle.groups(np.array([0, 2]), 3)
