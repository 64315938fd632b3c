"""Adaptive instance norm against torch, in float64."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import nn

KEY = jax.random.key(0)


def test_it_is_torchs_instance_norm_with_a_style():
    torch = pytest.importorskip("torch", reason="the oracle")
    x = 3 * jax.random.normal(KEY, (2, 5, 6, 4)) + 7
    w = jax.random.normal(jax.random.key(1), (2, 3))
    layer = nn.AdaptiveInstanceNorm()
    params = jax.tree.map(lambda p: p + 0.2, layer.init(KEY, x, w))
    affine = {k: np.float64(v) for k, v in params["params"]["affine"].items()}
    style = np.float64(w) @ affine["kernel"] / 3**0.5 + affine["bias"]
    scale, offset = (torch.tensor(s)[..., None, None] for s in np.split(style, 2, 1))
    planes = torch.tensor(np.float64(x)).permute(0, 3, 1, 2)
    wanted = torch.nn.functional.instance_norm(planes, eps=1e-8) * (1 + scale) + offset
    found = layer.apply(params, x, w)
    np.testing.assert_allclose(found, wanted.permute(0, 2, 3, 1), rtol=1e-4, atol=1e-4)


def test_at_first_the_style_of_zero_is_the_plain_norm():
    x, w = jax.random.normal(KEY, (2, 5, 6, 4)), jnp.zeros((2, 3))
    found = nn.AdaptiveInstanceNorm().init_with_output(KEY, x, w)[0]
    np.testing.assert_allclose(found.mean((1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(found.std((1, 2)), 1, atol=1e-4)
    with pytest.raises(ValueError, match="epsilon"):
        nn.AdaptiveInstanceNorm(epsilon=0.0)
