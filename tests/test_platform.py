"""Layers take the way of another platform where they are told to, and come to the same."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax.nn import filtered_downsample, filtered_upsample
from gan_jax.platform import platform, tracing_for


@pytest.mark.parametrize("layer", [filtered_downsample, filtered_upsample])
def test_the_ways_agree(layer):
    x = jnp.float32(np.random.default_rng(0).standard_normal((2, 6, 5, 3)))
    with tracing_for("cpu"):
        ours, steps = layer(x), str(jax.make_jaxpr(layer)(x))
    with tracing_for("onnx"):
        assert platform() == "onnx"
        theirs, plain = layer(x), str(jax.make_jaxpr(layer)(x))
    assert platform() == jax.default_backend()
    assert "conv_general_dilated" in plain
    assert "conv_general_dilated" not in steps
    np.testing.assert_allclose(ours, theirs, atol=1e-6)
