import jax
import numpy as np
import pytest
from PIL import Image

from gan_jax.metrics.extractors import inception_v3, resizing
from tests.oracles import torchvision_stub

SIZES = [(28, 28), (40, 56), (299, 299), (400, 512)]
FILTERS = [resizing.legacy_bilinear, resizing.bilinear, resizing.bicubic]
each_size = pytest.mark.parametrize("size", SIZES, ids=str)


def prepared(name, images):
    prepare = inception_v3.PREPROCESSINGS[name]
    with jax.default_matmul_precision("highest"):
        return np.asarray(prepare(images.astype(np.float32)))


def noise(size):
    """Pixels without any smoothness: every tap of every filter counts."""
    return np.random.default_rng(0).integers(0, 256, (2, *size, 3)).astype(np.uint8)


@each_size
def test_torch_fidelitys_is_tensorflows_legacy_resize(size):
    torch = pytest.importorskip("torch", reason="the oracle")
    torchvision_stub.install()
    oracle = pytest.importorskip(
        "torch_fidelity.interpolate_compat_tensorflow", reason="the oracle"
    )
    images = noise(size)
    x = torch.tensor(images.transpose(0, 3, 1, 2).astype(np.float32))
    resized = oracle.interpolate_bilinear_2d_like_tensorflow1x(
        x, size=(299, 299), align_corners=False
    )
    wanted = ((resized - 128) / 128).numpy().transpose(0, 2, 3, 1)
    np.testing.assert_allclose(prepared("torch_fidelity", images), wanted, atol=1e-4)


@each_size
def test_pytorch_fids_is_torchs_bilinear(size):
    torch = pytest.importorskip("torch", reason="the oracle")
    images = noise(size)
    x = torch.tensor(images.transpose(0, 3, 1, 2).astype(np.float32) / 255)
    resized = torch.nn.functional.interpolate(
        x, size=(299, 299), mode="bilinear", align_corners=False
    )
    wanted = (2 * resized - 1).numpy().transpose(0, 2, 3, 1)
    np.testing.assert_allclose(prepared("pytorch_fid", images), wanted, atol=1e-4)


@each_size
def test_clean_fids_is_pillows_bicubic(size):
    images = noise(size)
    wanted = [
        [
            np.asarray(
                Image.fromarray(image[..., c].astype(np.float32)).resize(
                    (299, 299), Image.Resampling.BICUBIC
                )
            )
            for c in range(3)
        ]
        for image in images
    ]
    wanted = (np.clip(np.moveaxis(np.array(wanted), 1, -1), 0, 255) - 128) / 128
    np.testing.assert_allclose(prepared("clean_fid", images), wanted, atol=1e-4)


@pytest.mark.parametrize("make", FILTERS)
@pytest.mark.parametrize("size", [1, 2, 7, 299, 700])
def test_rows_sum_to_one_and_the_same_size_changes_nothing(make, size):
    np.testing.assert_allclose(make(size, 5).sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(make(size, size), np.eye(size), atol=1e-6)


def test_the_three_differ():
    images = noise((40, 56))
    found = {name: prepared(name, images) for name in inception_v3.PREPROCESSINGS}
    a, b, c = found.values()
    for first, second in ((a, b), (a, c), (b, c)):
        assert np.abs(first - second).mean() > 0.01
    names = {p.name for p in inception_v3.PREPROCESSINGS.values()}
    assert len(names) == 3
