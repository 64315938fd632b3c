"""The convolution under every layer, its transpose, and a weight gradient fit for CPUs.

Three functions, each bilinear, and each the derivatives of the other two: `conv2d`
(x, kernel) -> y, `conv2d_transpose` (y, kernel) -> x, and the sum over positions of x
times y, which has the kernel's shape. So they may be differentiated in reverse mode as
often as one likes, and every derivative runs in a form that XLA does well:

- the weight gradient of a transposed convolution is that of the convolution with its
  arguments exchanged; the library's own dilates the map and is 15 to 45 times slower;
- a transposed convolution of stride 2 is one convolution of half the kernel's side that
  makes each position's 2 x 2 block in its channels; where the kernel's side is odd, it is
  four of which each makes one place of the blocks (3 x 3, 64 channels, to 64 x 64, batch
  16, one core: 21 ms, the library's 37);
- XLA unrolls the patches of the whole batch for a weight gradient, which fall out of
  every cache: on two cores 128 to 128 channels by 3 x 3 at 32 x 32 and batch 64 ran at
  46 GFLOP/s, a quarter of the forward pass. In parts of the batch it runs at 130.
- that of a kernel of one place is a matrix product, four times faster when written as one;
- where the window is larger than the map (padding counts for nothing there) XLA falls
  back on plain loops at 1 GFLOP/s, so the map is padded beforehand.

On other devices the library's derivatives are used. On CPU forward mode (`jax.jvp`) is
not defined.
"""

import functools

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gan_jax.platform import platform

Map = Float[Array, "b _ _ _"]
Kernel = Float[Array, "k l _ _"]
Size = tuple[int, int]
Padding = tuple[Size, Size]

NOWHERE = ((0, 0), (0, 0))
"""No padding."""

DENSE = 32
"""Channels that are convolved as if they were one group on CPU; see `grouped_conv2d`."""

PATCHES = 2**21
"""Elements of the unrolled patches in one part of a weight gradient: 8 MiB."""

MOST_PARTS = 8
"""Each part is compiled by itself, so their number is bounded."""


def conv2d(x: Map, kernel: Kernel, padding: Padding, stride: int = 1) -> Map:
    """Cross-correlation, NHWC with a kernel [k, l, in, out].

    Args:
        padding: zeros before and after each of the two axes.
        stride: of both axes.
    """
    on_cpu = platform() == "cpu"
    return (_conv if on_cpu else _plain_conv)(x, kernel, padding, stride)


def grouped_conv2d(x: Map, kernel: Kernel, padding: Padding) -> Map:
    """`conv2d` of groups of channels, each read by its own share of the outputs.

    On CPU the library's weight gradient of many groups is 3 to 10 times slower than that
    of one. There, neighbouring groups are taken together up to 32 channels, with zeros
    where one would read another.

    Args:
        kernel: [k, l, c / g, out], of g groups; they divide both c and `out`.
        padding: zeros before and after each of the two axes.

    Raises:
        ValueError: channels that the kernel's groups do not divide.
    """
    own, out = kernel.shape[2:]
    groups, rest = divmod(x.shape[3], own)
    if rest or not groups or out % groups:
        raise ValueError(
            f"a kernel {kernel.shape} does not divide {x.shape[3]} channels into groups"
        )
    if groups == 1:
        return conv2d(x, kernel, padding)
    if platform() != "cpu":
        return jax.lax.conv_general_dilated(
            x,
            kernel,
            (1, 1),
            padding,
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
            feature_group_count=groups,
        )
    together = max(n for n in range(1, groups + 1) if _fits(n, groups, own))
    xs, kernels = (jnp.split(a, groups // together, 3) for a in (x, kernel))
    pairs = zip(xs, kernels, strict=True)
    parts = [_part(x, k, together, padding) for x, k in pairs]
    return jnp.concatenate(parts, 3)


@functools.partial(jax.jit, static_argnums=(2, 3), inline=True)
def _part(x: jax.Array, kernel: jax.Array, groups: int, padding: Padding) -> jax.Array:
    """A few groups as one; jitted, so that of a hundred alike one is traced."""
    return conv2d(x, _block_diagonal(kernel, groups), padding)


def _fits(together: int, groups: int, own: int) -> bool:
    return groups % together == 0 and (together == 1 or together * own <= DENSE)


def _block_diagonal(kernel: jax.Array, groups: int) -> jax.Array:
    """[k, l, i, g o] of g groups -> [k, l, g i, g o] of one."""
    k, l, i, out = kernel.shape
    blocks = jnp.moveaxis(kernel.reshape(k, l, i, groups, -1), 3, 2)
    eye = jnp.eye(groups, dtype=kernel.dtype)[:, None, :, None]
    return (blocks[:, :, :, :, None] * eye).reshape(k, l, groups * i, out)


def conv2d_transpose(
    y: Map, kernel: Kernel, padding: Padding, stride: int, size: Size
) -> Map:
    """The adjoint of `conv2d` in its first argument.

    Args:
        kernel: [k, l, in, out] of that convolution; y has `out` channels.
        padding, stride: of that convolution.
        size: height and width of its input, which is this one's result.
    """
    on_cpu = platform() == "cpu"
    return (_back if on_cpu else _plain_back)(y, kernel, padding, stride, size)


def _plain_conv(
    x: jax.Array, kernel: jax.Array, padding: Padding, stride: int
) -> jax.Array:
    return jax.lax.conv_general_dilated(
        x, kernel, (stride,) * 2, padding, dimension_numbers=("NHWC", "HWIO", "NHWC")
    )


def _plain_back(
    y: jax.Array, kernel: jax.Array, padding: Padding, stride: int, size: Size
) -> jax.Array:
    sides, reach = kernel.shape[:2], [stride * (n - 1) + 1 for n in y.shape[1:3]]
    before = [k - 1 - pad[0] for k, pad in zip(sides, padding, strict=True)]
    pads = [
        (lo, n + k - 1 - r - lo)
        for lo, n, k, r in zip(before, size, sides, reach, strict=True)
    ]
    return jax.lax.conv_general_dilated(
        y,
        jnp.flip(kernel, (0, 1)).swapaxes(2, 3),
        (1, 1),
        pads,
        lhs_dilation=(stride,) * 2,
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
    )


def _phases(
    y: jax.Array, kernel: jax.Array, padding: Padding, stride: int, size: Size
) -> jax.Array:
    """`_plain_back`, for stride 2 by making 2 x 2 blocks."""
    k, l, c, d = kernel.shape
    if stride != 2 or min(k, l) < 2:
        return _plain_back(y, kernel, padding, stride, size)
    if k % 2 or l % 2:
        return _four_phases(y, kernel, padding, size)
    m, n = k // 2, l // 2
    blocks = kernel.reshape(m, 2, n, 2, c, d).transpose(0, 2, 5, 1, 3, 4)
    mirrored = jnp.flip(blocks.reshape(m, n, d, 4 * c), (0, 1))
    x = _plain_conv(y, mirrored, ((m - 1, m - 1), (n - 1, n - 1)), 1)
    b, h, w, _ = x.shape
    x = x.reshape(b, h, w, 2, 2, c).transpose(0, 1, 3, 2, 4, 5)
    x = x.reshape(b, 2 * h, 2 * w, c)
    crop = [
        (-pad[0], wanted + pad[0] - length)
        for pad, wanted, length in zip(padding, size, x.shape[1:3], strict=True)
    ]
    return jax.lax.pad(x, jnp.zeros((), x.dtype), _all_axes(crop))


def _four_phases(
    y: jax.Array, kernel: jax.Array, padding: Padding, size: Size
) -> jax.Array:
    """Blocks whose four places see kernels of different sides: each by itself."""
    blocks = [-(-n // 2) for n in size]

    def place(parities: Size) -> jax.Array:
        own, pads = jnp.flip(kernel, (0, 1)).swapaxes(2, 3), []
        for axis, parity in enumerate(parities):
            first = (parity + padding[axis][0]) % 2
            own = jax.lax.rev(own, (axis,))
            own = jax.lax.slice_in_dim(own, first, None, 2, axis)
            own, taps = jax.lax.rev(own, (axis,)), own.shape[axis]
            ahead = (parity + padding[axis][0] - first) // 2
            pads.append((taps - 1 - ahead, blocks[axis] + ahead - y.shape[1 + axis]))
        return _plain_conv(y, own, tuple(pads), 1)

    rows = [jnp.stack([place((p, q)) for q in (0, 1)], 3) for p in (0, 1)]
    x = jnp.stack(rows, 2)  # [b, h, 2, w, 2, c]
    x = x.reshape(y.shape[0], 2 * blocks[0], 2 * blocks[1], kernel.shape[2])
    x = jax.lax.slice_in_dim(x, 0, size[0], axis=1)
    return jax.lax.slice_in_dim(x, 0, size[1], axis=2)


def _plain_weight(
    x: jax.Array, y: jax.Array, padding: Padding, stride: int, sides: Size
) -> jax.Array:
    if sides == (1, 1) and stride == 1 and padding == NOWHERE:
        return jnp.einsum("bhwc,bhwd->cd", x, y)[None, None]
    reach = [stride * (n - 1) + 1 for n in y.shape[1:3]]
    pads = [
        (pad[0], k - 1 + r - n - pad[0])
        for pad, k, r, n in zip(padding, sides, reach, x.shape[1:3], strict=True)
    ]
    if reach[0] > x.shape[1] or reach[1] > x.shape[2]:
        x = jax.lax.pad(x, jnp.zeros((), x.dtype), _all_axes(pads))
        pads = [(0, 0), (0, 0)]
    patches = sides[0] * sides[1] * x.shape[3] * y.shape[1] * y.shape[2]
    parts = _parts(y.shape[0], patches)
    products = [
        jax.lax.conv_general_dilated(
            xs,
            ys,
            (1, 1),
            pads,
            rhs_dilation=(stride,) * 2,
            dimension_numbers=("CHWN", "IHWO", "HWNC"),
        )
        for xs, ys in zip(jnp.split(x, parts), jnp.split(y, parts), strict=True)
    ]
    return functools.reduce(jnp.add, products)


def _all_axes(pads: list[Size]) -> list[tuple[int, int, int]]:
    return [(0, 0, 0), *((lo, hi, 0) for lo, hi in pads), (0, 0, 0)]


def _parts(batch: int, patches: int) -> int:
    """Into how many equal parts to take a batch of so many patch elements each."""
    parts = max(1, min(batch, MOST_PARTS, batch * patches // PATCHES))
    while batch % parts:
        parts -= 1
    return parts


_conv = jax.custom_vjp(_plain_conv, nondiff_argnums=(2, 3))
_back = jax.custom_vjp(_phases, nondiff_argnums=(2, 3, 4))
_weight = jax.custom_vjp(_plain_weight, nondiff_argnums=(2, 3, 4))

Pair = tuple[jax.Array, jax.Array]


def _keep(function, a: jax.Array, b: jax.Array, *static) -> tuple[jax.Array, Pair]:
    return function(a, b, *static), (a, b)


def _conv_backward(padding: Padding, stride: int, saved: Pair, g: jax.Array) -> Pair:
    x, kernel = saved
    dx = _back(g, kernel, padding, stride, x.shape[1:3])
    return dx, _weight(x, g, padding, stride, kernel.shape[:2])


def _back_backward(
    padding: Padding, stride: int, size: Size, saved: Pair, g: jax.Array
) -> Pair:
    y, kernel = saved
    dy = _conv(g, kernel, padding, stride)
    return dy, _weight(g, y, padding, stride, kernel.shape[:2])


def _weight_backward(
    padding: Padding, stride: int, sides: Size, saved: Pair, g: jax.Array
) -> Pair:
    x, y = saved
    dx = _back(y, g, padding, stride, x.shape[1:3])
    return dx, _conv(x, g, padding, stride)


_conv.defvjp(functools.partial(_keep, _conv), _conv_backward)
_back.defvjp(functools.partial(_keep, _back), _back_backward)
_weight.defvjp(functools.partial(_keep, _weight), _weight_backward)
