"""Filters against NumPy and SciPy's facts, the nonlinearity against a plain computation."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import nn
from gan_jax.nn import alias_free
from gan_jax.nn.alias_free import _by_channel, _by_matrices, separated

RNG = np.random.default_rng(0)
ROUND = nn.radial()(6, 4.0, 6.0, 16.0)
FILTERS = {
    "of a row": RNG.normal(size=4),
    "round": ROUND,
    "any": RNG.normal(size=(5, 5)),
}


def direct(x, taps, up=1, down=1, padding=((0, 0), (0, 0)), gain=1.0):
    """In float64, sample by sample: zeros, padding or cropping, convolution, stride."""
    b, h, w, c = x.shape
    spread = np.zeros((b, h * up, w * up, c))
    spread[:, ::up, ::up] = x
    for axis, (low, high) in zip((1, 2), padding, strict=True):
        edges = [(0, 0)] * 4
        edges[axis] = (max(low, 0), max(high, 0))
        spread = np.pad(spread, edges)
        size = spread.shape[axis]
        spread = spread.take(range(max(-low, 0), size - max(-high, 0)), axis)
    taps = np.outer(taps, taps) if np.ndim(taps) == 1 else np.asarray(taps)
    k = len(taps)
    m, n = (size - k + 1 for size in spread.shape[1:3])
    full = np.zeros((b, m, n, c))
    for i in range(k):
        for j in range(k):
            full += taps[k - 1 - i, k - 1 - j] * spread[:, i : i + m, j : j + n]
    return gain * full[:, ::down, ::down]


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_is_the_sum_of_its_rows_and_columns(name):
    taps = FILTERS[name]
    rows, columns = separated(taps)
    whole = np.outer(taps, taps) if taps.ndim == 1 else taps
    np.testing.assert_allclose(rows.T @ columns, whole, atol=1e-6)


@pytest.mark.parametrize("coarser", FILTERS)
@pytest.mark.parametrize(("up", "way"), [(2, _by_matrices), (4, _by_channel)])
def test_the_nonlinearity_is_the_direct_one_and_so_is_its_slope(
    coarser, up, way, monkeypatch
):
    """Both ways of computing it; the first is what runs on a CPU, here in many strips."""
    x, finer, behind = (
        RNG.normal(size=(2, 6, 5, 3)),
        RNG.normal(size=6),
        FILTERS[coarser],
    )
    padding = ((4, -1), (3, 5))
    fine = direct(x, finer, up, 1, padding, up * up)
    slopes = np.where(fine >= 0, 1, 0.3)
    sizes = np.sort(np.abs(slopes * fine), axis=None)[-200:-20]
    gap = np.argmax(np.diff(sizes))  # so that rounding moves no number across
    clamp = float(sizes[gap : gap + 2].mean())

    def bent(y):
        return np.clip(slopes * y, -clamp, clamp)

    monkeypatch.setattr(alias_free, "_by_matrices", way)
    monkeypatch.setattr(alias_free, "STRIP", 2)

    def run(x):
        told = (nn.leaky_relu(0.3), finer, behind, up, 2, padding, clamp)
        return nn.filtered_activation(x, *told)

    wanted = direct(bent(fine), behind, 1, 2)
    found = jax.jit(run)(jnp.float32(x))
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)
    towards, way = RNG.normal(size=wanted.shape), RNG.normal(size=x.shape)
    slope = jax.jit(jax.grad(lambda x: (run(x) * towards).sum()))(jnp.float32(x))
    inside = slopes * (np.abs(slopes * fine) <= clamp)
    step = inside * direct(way, finer, up, 1, padding, up * up)
    expected = (direct(step, behind, 1, 2) * towards).sum()
    np.testing.assert_allclose((slope * way).sum(), expected, rtol=1e-3)


def test_a_filter_lets_low_frequencies_pass_and_no_high_ones():
    """At 48 taps: 1 up to the transition, -60 dB behind it, in every direction if round."""
    cutoff, width, rate = 4.0, 3.0, 32.0
    for made, turned in ((nn.kaiser(), 0.0), (nn.radial(), 0.7)):
        taps = made(48, cutoff, width, rate)
        taps = np.outer(taps, taps) if taps.ndim == 1 else taps
        at = (np.arange(48) - 23.5) / rate
        for frequency, wanted in ((cutoff - width / 2, 1.0), (cutoff + width / 2, 0.0)):
            fx, fy = frequency * np.cos(turned), frequency * np.sin(turned)
            wave = np.cos(2 * np.pi * (fx * at[:, None] + fy * at))
            np.testing.assert_allclose((taps * wave).sum(), wanted, atol=0.02)
