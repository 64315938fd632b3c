import hashlib
import json
from importlib import resources

import numpy as np
import pytest

from gan_jax import errors, metrics
from gan_jax.data import mnist5k
from gan_jax.metrics import extractors
from gan_jax.metrics.extractors import digit_classifier

WEIGHTS = resources.files(extractors) / "weights"
DATASETS = ("mnist", "fashion_mnist")


@pytest.fixture(scope="module")
def held_out():
    return mnist5k(split="test").source.arrays


def test_knows_the_held_out_digits(held_out):
    found = extractors.digits()(held_out["sample"])
    right = (found.probabilities.argmax(axis=1) == held_out["label"]).sum()
    recorded = json.loads((WEIGHTS / "mnist.json").read_text())["correct"]
    assert recorded >= 0.98 * 500
    assert abs(right - recorded) <= 1  # a tie may fall otherwise on another machine


def test_says_how_well_it_knows_the_clothes():
    record = json.loads((WEIGHTS / "fashion_mnist.json").read_text())
    assert record["tested_on"] == 10_000
    assert 0.91 <= record["accuracy"] < 0.97


@pytest.mark.parametrize("dataset", DATASETS)
def test_weights_are_small_and_those_recorded(dataset):
    stored = (WEIGHTS / f"{dataset}.safetensors").read_bytes()
    digest = hashlib.sha256(stored).hexdigest()
    record = json.loads((WEIGHTS / f"{dataset}.json").read_text())
    assert len(stored) < 400_000
    assert extractors.digits(dataset).weights == digest == record["sha256"]


def test_the_two_sets_have_their_own_names_and_weights():
    digits, clothes = map(extractors.digits, DATASETS)
    assert digits.name != clothes.name
    assert digits.weights != clothes.weights


def test_refuses_weights_that_are_not_those_recorded(monkeypatch):
    tensors, _, record = digit_classifier._stored("mnist")
    monkeypatch.setattr(
        digit_classifier, "_stored", lambda dataset: (tensors, "0" * 64, record)
    )
    with pytest.raises(errors.BadInput, match="not those that were trained"):
        extractors.digits()


def test_distance_grows_with_damage(held_out):
    images = held_out["sample"]
    clean = extractors.digits()(images).features
    noise = np.random.default_rng(0).normal(size=images.shape)
    distances = [
        metrics.frechet_distance(
            clean,
            extractors.digits()(
                np.clip(images + scale * noise, 0, 255).astype(np.uint8)
            ).features,
        )
        for scale in (8, 32, 128, 1000)
    ]
    assert distances == sorted(distances)
    assert distances[0] < 0.1 * distances[-1]


def test_stacked_digits_are_the_digits_of_the_channels(held_out):
    grey = held_out["sample"][..., 0]
    images = np.stack([grey[:100], grey[200:300], grey[400:]], axis=-1)
    whole = extractors.stacked_digits()(images)
    apart = [extractors.digits()(images[..., c : c + 1]) for c in range(3)]
    scale = np.abs(whole.features).max()
    np.testing.assert_allclose(
        whole.features, np.hstack([x.features for x in apart]), atol=1e-6 * scale
    )
    product = np.einsum("na,nb,nc->nabc", *(x.probabilities for x in apart))
    np.testing.assert_allclose(
        whole.probabilities, product.reshape(-1, 1000), atol=1e-5
    )
    triples = np.stack([x.probabilities.argmax(1) for x in apart], 1) @ [100, 10, 1]
    np.testing.assert_array_equal(whole.probabilities.argmax(1), triples)
