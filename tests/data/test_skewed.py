"""A long tail: counts by the formula, the same examples always, and balanced again."""

import numpy as np
import pytest

from gan_jax import data
from gan_jax.data import shuffle


def test_counts_fall_by_a_constant_ratio():
    found = data.skewed(data.mnist5k(), imbalance=10.0)
    expected = [max(round(500 * 10 ** (-i / 9)), 1) for i in range(10)]
    assert list(found.frequencies) == expected
    assert (expected[0], expected[-1]) == (500, 50)
    labels = found.source.arrays["label"]
    assert np.bincount(labels).tolist() == expected
    assert found.size == len(found.source.arrays["sample"]) == sum(expected)
    assert found.facts.frequencies == found.frequencies


def test_the_first_of_each_class_stay_as_they_were():
    whole, part = data.mnist5k("test"), data.skewed(data.mnist5k("test"), 50.0)
    for digit in range(10):
        mine, all_of = (
            x.source.arrays["sample"][x.source.arrays["label"] == digit]
            for x in (part, whole)
        )
        np.testing.assert_array_equal(mine, all_of[: len(mine)])
    assert part.digest == data.skewed(data.mnist5k("test"), 50.0).digest
    assert part.digest != data.skewed(data.mnist5k("test"), 49.0).digest
    same = data.skewed(whole, 1.0)
    assert same.frequencies == whole.frequencies


def test_a_balanced_order_of_it_shows_all_classes_alike():
    import jax

    skewed = data.balanced(data.skewed(data.mnist5k("test"), 25.0))
    assert skewed.frequencies == (1,) * 10
    key = jax.random.key(0)
    places = np.arange(200)
    order = shuffle.balanced_on_host(key, places, skewed.groups)
    labels = skewed.source.arrays["label"][order]
    np.testing.assert_array_equal(np.bincount(labels, minlength=10), 20)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: data.skewed(data.mnist5k(), 0.5), "imbalance"),
        (lambda: data.skewed(data.balanced(data.mnist5k())), "balanced already"),
        (lambda: data.skewed(data.ring()), "cannot be skewed"),
        (lambda: data.skewed(data.swiss_roll(count=50)), "cannot be skewed"),
    ],
)
def test_what_cannot_be_skewed_says_so(make, message):
    with pytest.raises(ValueError, match=message):
        make()
