"""A margin: the pictures are in the midst, and what cannot have one is told so."""

import numpy as np
import pytest

from gan_jax import data


def test_the_pictures_stand_in_the_middle():
    small, large = data.mnist5k("test"), data.padded(data.mnist5k("test"), 32)
    x, y = (d.source.arrays["sample"] for d in (small, large))
    assert y.shape == (500, 32, 32, 1)
    np.testing.assert_array_equal(y[:, 2:30, 2:30], x)
    assert y.sum() == x.sum()
    np.testing.assert_array_equal(
        large.source.arrays["label"], small.source.arrays["label"]
    )
    assert large.facts.frequencies == small.facts.frequencies
    odd = data.padded(small, (29, 28), value=9).source.arrays["sample"]
    np.testing.assert_array_equal(odd[:, :28], x)
    assert (odd[:, 28] == 9).all()


def test_the_digest_tells_margins_apart():
    digests = {data.padded(data.digits8(), *x).digest for x in ((9,), (9, 1), (10,))}
    assert len(digests | {data.digits8().digest}) == 4


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: data.padded(data.digits8(), 7), "smaller than the pictures"),
        (lambda: data.padded(data.digits8(), 9, 256), "value=256"),
        (lambda: data.padded(data.digits8(), 0), "must be positive"),
        (lambda: data.padded(data.ring(), 9), "cannot be padded"),
        (
            lambda: data.padded(data.paired(data.digits8(), data.digits8()), 9),
            "cannot be padded",
        ),
    ],
)
def test_what_cannot_be_padded_says_so(make, message):
    with pytest.raises(ValueError, match=message):
        make()
