"""What holds of every extractor."""

import dataclasses
import re

import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import metrics, resolve
from gan_jax.errors import BadInput
from gan_jax.metrics import extractors
from tests.metrics.extractors.tables import ALL_EXTRACTORS, ELSEWHERE


@pytest.fixture(scope="module", params=ALL_EXTRACTORS.values(), ids=ALL_EXTRACTORS)
def row(request):
    if request.param.reason:
        pytest.skip(request.param.reason)
    return request.param


@pytest.fixture(scope="module")
def extract(row):
    return row.make()


@pytest.fixture(scope="module")
def images(row, extract):
    """Strokes, not noise: the classifiers find nothing at all in noise."""
    lines = np.zeros((6, row.side, row.side, extract.channels), np.uint8)
    for i, image in enumerate(lines):
        image[4 + 2 * i : 8 + 2 * i, 4:-4] = 255
        image[4:-4, 6 + i : 9 + i] = 200
    return lines


def test_every_public_name_is_in_the_table():
    named = {row.split("-")[0] for row in ALL_EXTRACTORS} | ELSEWHERE
    assert named == set(extractors.__all__)


def test_gives_what_it_says(extract, images):
    found = extract(images)
    assert found.features.shape == (6, extract.dim)
    assert found.features.dtype == np.float32
    assert np.isfinite(found.features).all()
    assert found.features.std(axis=0).max() > 0
    if extract.classes:
        assert found.probabilities.shape == (6, extract.classes)
        np.testing.assert_allclose(found.probabilities.sum(axis=1), 1, atol=1e-5)
    else:
        assert found.probabilities is None


def test_company_changes_nothing(extract, images):
    whole = extract(images).features  # a full batch and a padded one
    apart = [extract(images[i : i + 1]).features for i in range(6)]
    scale = np.abs(whole).max()
    np.testing.assert_allclose(whole, np.concatenate(apart), rtol=0, atol=1e-6 * scale)


def test_a_second_extractor_gives_the_same(row, extract, images):
    again = row.make()
    assert again.weights == extract.weights
    np.testing.assert_array_equal(again(images).features, extract(images).features)


def test_order_is_kept(extract, images):
    there, back = extract(images).features, extract(images[::-1]).features
    scale = np.abs(there).max()
    np.testing.assert_allclose(there, back[::-1], rtol=0, atol=1e-6 * scale)


def test_takes_jax_arrays(extract, images):
    np.testing.assert_array_equal(
        extract(jnp.asarray(images)).features, extract(images).features
    )


def test_no_images_give_no_features(extract, images):
    found = extract(images[:0])
    assert found.features.shape == (0, extract.dim)


def test_grey_is_colour_with_equal_channels(extract, images):
    grey = images[..., :1]
    colour = np.repeat(grey, extract.channels, axis=-1)
    np.testing.assert_array_equal(extract(grey).features, extract(colour).features)


def test_refuses_what_is_not_uint8(extract, images):
    with pytest.raises(BadInput, match="float32, wanted uint8"):
        extract(images.astype(np.float32))


@pytest.mark.parametrize("shape", [(2, 28, 28), (2, 28, 28, 2), (2, 28, 28, 4)])
def test_refuses_other_shapes(extract, shape):
    with pytest.raises(BadInput, match=re.escape(str(shape))):
        extract(np.zeros(shape, np.uint8))


def test_refuses_images_without_pixels(extract):
    with pytest.raises(BadInput, match=r"no pixels|0 x 0 pixels"):
        extract(np.zeros((2, 0, 0, 1), np.uint8))


def test_the_classifiers_take_their_own_size_only():
    with pytest.raises(BadInput, match="32 x 32 pixels; it takes 28 x 28"):
        extractors.digits()(np.zeros((2, 32, 32, 1), np.uint8))
    with pytest.raises(BadInput, match=re.escape("wanted [n, h, w, 1]")):
        extractors.digits()(np.zeros((2, 28, 28, 3), np.uint8))


def test_can_be_named_in_a_config():
    node = {"name": "extractors.random", "dim": 3, "seed": 1}
    assert resolve.bind(node, [metrics], "eval.extractor")().dim == 3
    with pytest.raises(BadInput, match="wrong type"):
        resolve.bind({"name": "digits", "dataset": "svhn"}, [extractors], "e")


def test_its_stamp_is_a_protocol(extract):
    assert re.fullmatch("[0-9a-f]{64}", extract.weights)
    stamp = metrics.Protocol(
        extractor=extract.name,
        weights=extract.weights,
        resize=extract.resize,
        **dict(n_real=6, split="test", n_fake=6, ema=True, batch_norm="none"),
    )
    assert not metrics.differences(stamp, dataclasses.replace(stamp, seed=1))


def test_the_seed_of_the_random_network_counts():
    images = np.random.default_rng(1).integers(0, 256, (4, 9, 9, 3)).astype(np.uint8)
    first, second = extractors.random(seed=0), extractors.random(seed=1)
    assert first.weights != second.weights
    difference = np.abs(first(images).features - second(images).features)
    assert difference.max() > 1e-3
    with pytest.raises(ValueError, match="dim=0"):
        extractors.random(dim=0)


def test_the_random_network_is_fixed_for_good():
    """Its weights are made, not stored: a change of JAX must not change them."""
    assert extractors.random(dim=5).weights == (
        "99ded1b43851c85d5e5839f83c8520ab7d199e2f3937ae1bb7b09c7b49638853"
    )
