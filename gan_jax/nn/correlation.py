"""The convolution of stride 1 under every layer, with a weight gradient fit for CPUs.

XLA's CPU convolution takes the gradient of the kernel as one convolution whose window
is the whole feature map. Its unrolled patches fall out of every cache: on two cores a
3 x 3, 128 to 128 kernel at 32 x 32 and batch 64 ran at 46 GFLOP/s, a quarter of the
forward pass. The same sum over parts of the batch of about 2,000 positions each runs
at 150. On other devices the library's own derivative is used.

Both functions are bilinear and each other's derivatives, so they may be differentiated
in reverse mode as often as one likes. On CPU forward mode (`jax.jvp`) is not defined.
"""

import functools

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

Map = Float[Array, "b _ _ _"]
Padding = tuple[tuple[int, int], tuple[int, int]]

POSITIONS = 2048
"""Positions of a feature map, over the examples, in one part of a weight gradient."""


def conv2d(x: Map, kernel: Float[Array, "k k _ _"], padding: Padding) -> Map:
    """Cross-correlation of stride 1, NHWC with a kernel [k, k, in, out].

    Args:
        padding: zeros before and after each of the two axes.
    """
    on_cpu = jax.default_backend() == "cpu"
    return (_conv if on_cpu else _plain)(x, kernel, padding)


def _plain(x: jax.Array, kernel: jax.Array, padding: Padding) -> jax.Array:
    return jax.lax.conv_general_dilated(
        x, kernel, (1, 1), padding, dimension_numbers=("NHWC", "HWIO", "NHWC")
    )


_conv = jax.custom_vjp(_plain, nondiff_argnums=(2,))


@functools.partial(jax.custom_vjp, nondiff_argnums=(2,))
def _weight_gradient(x: jax.Array, dy: jax.Array, padding: Padding) -> jax.Array:
    """Sum over examples and positions of x, shifted, times dy: [k, k, in, out]."""
    parts = _parts(dy.shape[0], dy.shape[1] * dy.shape[2])
    return sum(
        jax.lax.conv_general_dilated(
            xs, dys, (1, 1), padding, dimension_numbers=("CHWN", "IHWO", "HWNC")
        )
        for xs, dys in zip(jnp.split(x, parts), jnp.split(dy, parts), strict=True)
    )


def _parts(batch: int, positions: int) -> int:
    """The divisor of the batch that leaves at least `POSITIONS` in each part."""
    parts = max(1, min(batch, batch * positions // POSITIONS))
    while batch % parts:
        parts -= 1
    return parts


def _input_gradient(dy: jax.Array, kernel: jax.Array, padding: Padding) -> jax.Array:
    mirrored = jnp.flip(kernel, (0, 1)).swapaxes(2, 3)
    sides = kernel.shape[:2]
    (top, bottom), (left, right) = padding
    rows = (sides[0] - 1 - top, sides[0] - 1 - bottom)
    return _conv(dy, mirrored, (rows, (sides[1] - 1 - left, sides[1] - 1 - right)))


def _conv_forward(
    x: jax.Array, kernel: jax.Array, padding: Padding
) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
    return _conv(x, kernel, padding), (x, kernel)


def _conv_backward(
    padding: Padding, saved: tuple[jax.Array, jax.Array], dy: jax.Array
) -> tuple[jax.Array, jax.Array]:
    x, kernel = saved
    return _input_gradient(dy, kernel, padding), _weight_gradient(x, dy, padding)


def _weight_forward(
    x: jax.Array, dy: jax.Array, padding: Padding
) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
    return _weight_gradient(x, dy, padding), (x, dy)


def _weight_backward(
    padding: Padding, saved: tuple[jax.Array, jax.Array], kernel: jax.Array
) -> tuple[jax.Array, jax.Array]:
    x, dy = saved
    return _input_gradient(dy, kernel, padding), _conv(x, kernel, padding)


_conv.defvjp(_conv_forward, _conv_backward)
_weight_gradient.defvjp(_weight_forward, _weight_backward)
