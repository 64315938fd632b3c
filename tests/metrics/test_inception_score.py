import numpy as np
import pytest

from gan_jax.metrics import (
    fidelity_order,
    inception_score,
    inception_score_from_logits,
)
from tests.oracles import torchvision_stub

LOGITS = 2 * np.random.default_rng(0).normal(size=(1003, 12)).astype(np.float32)


def softmax(logits):
    p = np.exp(logits.astype(np.float64))
    return p / p.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("splits", [1, 10])
@pytest.mark.parametrize("shuffle", [True, False])
def test_agrees_with_torch_fidelity(splits, shuffle):
    torch = pytest.importorskip("torch", reason="the reference is written in torch")
    torchvision_stub.install()
    reference = pytest.importorskip("torch_fidelity.metric_isc", reason="reference")
    expected = reference.isc_features_to_metric(
        torch.from_numpy(LOGITS), splits=splits, shuffle=shuffle
    )
    order = fidelity_order(len(LOGITS)) if shuffle else None
    for found in (
        inception_score_from_logits(LOGITS, splits, order),
        inception_score(softmax(LOGITS), splits, order),
    ):
        mean, std = expected.values()
        assert found.mean == pytest.approx(mean, rel=1e-9)
        assert found.std == pytest.approx(std, rel=1e-7, abs=1e-12)


def test_ends_of_the_scale():
    sure = np.eye(10, dtype=np.float32)[np.arange(500) % 10]
    assert inception_score(sure).mean == pytest.approx(10)
    assert inception_score(np.full((500, 10), 0.1)).mean == pytest.approx(1)
    assert inception_score(sure[:10] * 0 + sure[0]).mean == pytest.approx(1)


def test_sorted_samples_fall_apart_unless_mixed():
    sure = np.repeat(np.eye(10), 50, axis=0)
    assert inception_score(sure).mean == pytest.approx(1)
    mixed = inception_score(sure, order=np.random.default_rng(0).permutation(500))
    assert 8 < mixed.mean < 10


def test_logits_reach_where_probabilities_underflow():
    extreme = np.where(np.eye(4)[np.arange(40) % 4], 2000.0, -2000.0)
    assert inception_score_from_logits(extreme).mean == pytest.approx(4)


def test_a_bias_of_the_last_layer_is_the_callers_choice():
    bias = np.linspace(-2, 2, 12)
    with_bias, without = (
        inception_score_from_logits(LOGITS + b).mean for b in (bias, 0 * bias)
    )
    assert abs(with_bias - without) > 0.1


def test_bad_input():
    with pytest.raises(ValueError, match="not probabilities.*from_logits"):
        inception_score(LOGITS)
    with pytest.raises(ValueError, match="5 probability samples, at least 10"):
        inception_score(softmax(LOGITS[:5]))
    with pytest.raises(ValueError, match="splits=0"):
        inception_score_from_logits(LOGITS, splits=0)
