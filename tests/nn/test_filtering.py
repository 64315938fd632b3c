"""upfirdn against NVlabs' (golden numbers), and the resizers against plain ones."""

import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import nn
from gan_jax.nn.filtering import FIR, _by_channel, _by_shifts

GOLDEN = pathlib.Path(__file__).with_name("upfirdn.npz")
CASES = {  # the golden name -> ours
    "up1_down1_pad1_1_1_1_gain1": (1, 1, ((1, 1), (1, 1)), 1.0),
    "up2_down1_pad2_1_2_1_gain4": (2, 1, ((2, 1), (2, 1)), 4.0),
    "up1_down2_pad1_1_1_1_gain1": (1, 2, ((1, 1), (1, 1)), 1.0),
    "up2_down2_pad-1_2_0_-1_gain2": (2, 2, ((0, -1), (-1, 2)), 2.0),
    "up4_down2_pad3_-1_2_5_gain1": (4, 2, ((2, 5), (3, -1)), 1.0),
}


@pytest.fixture(scope="module")
def golden():
    with np.load(GOLDEN) as file:
        return {name: file[name] for name in file.files}


def test_all_golden_cases_are_tried(golden):
    assert set(CASES) == set(golden) - {"x", "f"}
    np.testing.assert_allclose(np.outer(FIR, FIR), golden["f"], rtol=1e-6)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("way", [nn.upfirdn, _by_shifts, _by_channel])
def test_it_is_the_reference(golden, name, way):
    x = jnp.asarray(golden["x"].transpose(0, 2, 3, 1))
    found = way(x, FIR, *CASES[name])
    wanted = golden[name].transpose(0, 2, 3, 1)
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_filters_are_convolutions_not_correlations():
    x = jnp.zeros((1, 1, 1, 1)).at[0].set(1)
    found = nn.upfirdn(x, (1.0, 2.0, 5.0), padding=((2, 2), (2, 2)))
    np.testing.assert_allclose(found[0, 0, :, 0], [1, 2, 5])


def test_a_filter_larger_than_the_map_is_refused():
    with pytest.raises(ValueError, match="4 taps does not fit into 3"):
        nn.upfirdn(jnp.ones((1, 3, 5, 1)), FIR)


def arrays(k):
    x = jax.random.normal(jax.random.key(0), (2, 6, 8, 3))
    return x, jax.random.normal(jax.random.key(1), (k, k, 3, 4))


def zeros_between(x):
    b, h, w, c = x.shape
    return jnp.zeros((b, 2 * h, 2 * w, c)).at[:, ::2, ::2].set(x)


def plain(x, kernel, padding, stride=1):
    return jax.lax.conv_general_dilated(
        *(x, kernel, (stride, stride), padding),
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
    )


def depthwise(x, padding):
    taps = jnp.tile(jnp.outer(jnp.array(FIR), jnp.array(FIR))[:, :, None, None], 4)
    return jax.lax.conv_general_dilated(
        *(x, taps, (1, 1), padding),
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        feature_group_count=4,
    )


@pytest.mark.parametrize("k", [1, 3, 5])
def test_doubling_is_zeros_a_mirrored_kernel_and_the_filter(k):
    x, kernel = arrays(k)
    laid = jnp.flip(kernel, (0, 1))
    r = k // 2
    spread = plain(zeros_between(x), laid, ((r, r), (r, r)))
    if k == 1:
        wanted = 4 * depthwise(spread, ((2, 1), (2, 1)))
    else:  # the filter sees what the kernel lays down beyond the edge
        wide = plain(zeros_between(x), laid, ((r + 2, r + 1), (r + 2, r + 1)))
        wanted = 4 * depthwise(wide, ((0, 0), (0, 0)))
    found = nn.filtered_upsample_conv(x, kernel)
    assert found.shape == (2, 12, 16, 4)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("k", [1, 3, 5])
def test_halving_keeps_every_second_of_the_filtered(k):
    x, kernel = arrays(k)
    found = nn.filtered_conv_downsample(x, kernel)
    edges = ((k + 1) // 2,) * 2
    whole = plain(nn.upfirdn(x, FIR, padding=(edges, edges)), kernel, "VALID")
    assert found.shape == (2, 3, 4, 4)
    np.testing.assert_allclose(found, whole[:, ::2, ::2], rtol=1e-4, atol=1e-4)


def test_constants_stay_and_nothing_moves():
    """A ramp keeps its slope: doubled samples lie a quarter of a pixel from the old."""
    ramp = jnp.arange(12.0)[None, :, None, None] * jnp.ones((1, 12, 12, 1))
    up = nn.filtered_upsample(ramp)[0, 4:-4, 12, 0]
    np.testing.assert_allclose(up, np.arange(4, 20) / 2 - 0.25, atol=1e-5)
    down = nn.filtered_downsample(ramp)[0, 1:-1, 3, 0]
    np.testing.assert_allclose(down, np.arange(1, 5) * 2 + 0.5, atol=1e-5)
