"""The layers of the FID's Inception-v3, as a table: `STAGES`.

Szegedy et al. (2016), "Rethinking the Inception Architecture for Computer Vision",
figures 5 to 7 and 10, under the names of the PyTorch port.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

Images = Float[Array, "b _ _ _"]


class Conv(NamedTuple):
    """A convolution, its batch norm and a ReLU; padded to keep its size, or not."""

    name: str
    features: int
    kernel: tuple[int, int] = (1, 1)
    stride: int = 1
    padding: str = "SAME"

    def __call__(self, x: jax.Array) -> jax.Array:
        """To be called in a compact module, whose child it makes."""
        steps = (self.stride, self.stride)
        conv = nn.Conv(self.features, self.kernel, steps, self.padding, name=self.name)
        return nn.relu(conv(x))


Branch = tuple[Conv | tuple[Conv, Conv], ...]
"""Convolutions in turn; a pair stands side by side on the same input."""


def mean_pool(x: jax.Array) -> jax.Array:
    """Mean of 3x3; the padding is not counted."""
    return nn.avg_pool(x, (3, 3), padding="SAME", count_include_pad=False)


def max_pool(x: jax.Array) -> jax.Array:
    """Maximum of 3x3, the size kept."""
    return nn.max_pool(x, (3, 3), padding="SAME")


def half_pool(x: jax.Array) -> jax.Array:
    """Maximum of 3x3, every second place."""
    return nn.max_pool(x, (3, 3), strides=(2, 2))


class Mixed(nn.Module):
    """Branches side by side, the last of them behind a pool."""

    branches: tuple[Branch, ...]
    pool: Callable[[jax.Array], jax.Array]
    pooled: int | None
    """Channels of the 1x1 convolution behind the pool; None for none."""

    @nn.compact
    def __call__(self, x: Images) -> Images:
        """All branches' channels, one after the other."""
        outputs = [_run(branch, x) for branch in self.branches]
        last = self.pool(x)
        if self.pooled:
            last = Conv("branch_pool", self.pooled)(last)
        return jnp.concatenate([*outputs, last], axis=-1)


def _run(branch: Branch, x: jax.Array) -> jax.Array:
    for layer in branch:
        if isinstance(layer, Conv):
            x = layer(x)
        else:
            x = jnp.concatenate([conv(x) for conv in layer], axis=-1)
    return x


def _block_a(name: str, pooled: int) -> Mixed:
    return Mixed(
        (
            (Conv("branch1x1", 64),),
            (Conv("branch5x5_1", 48), Conv("branch5x5_2", 64, (5, 5))),
            (
                Conv("branch3x3dbl_1", 64),
                Conv("branch3x3dbl_2", 96, (3, 3)),
                Conv("branch3x3dbl_3", 96, (3, 3)),
            ),
        ),
        mean_pool,
        pooled,
        name=name,
    )


def _block_b(name: str) -> Mixed:
    return Mixed(
        (
            (Conv("branch3x3", 384, (3, 3), 2, "VALID"),),
            (
                Conv("branch3x3dbl_1", 64),
                Conv("branch3x3dbl_2", 96, (3, 3)),
                Conv("branch3x3dbl_3", 96, (3, 3), 2, "VALID"),
            ),
        ),
        half_pool,
        None,
        name=name,
    )


def _block_c(name: str, inner: int) -> Mixed:
    return Mixed(
        (
            (Conv("branch1x1", 192),),
            (
                Conv("branch7x7_1", inner),
                Conv("branch7x7_2", inner, (1, 7)),
                Conv("branch7x7_3", 192, (7, 1)),
            ),
            (
                Conv("branch7x7dbl_1", inner),
                Conv("branch7x7dbl_2", inner, (7, 1)),
                Conv("branch7x7dbl_3", inner, (1, 7)),
                Conv("branch7x7dbl_4", inner, (7, 1)),
                Conv("branch7x7dbl_5", 192, (1, 7)),
            ),
        ),
        mean_pool,
        192,
        name=name,
    )


def _block_d(name: str) -> Mixed:
    return Mixed(
        (
            (
                Conv("branch3x3_1", 192),
                Conv("branch3x3_2", 320, (3, 3), 2, "VALID"),
            ),
            (
                Conv("branch7x7x3_1", 192),
                Conv("branch7x7x3_2", 192, (1, 7)),
                Conv("branch7x7x3_3", 192, (7, 1)),
                Conv("branch7x7x3_4", 192, (3, 3), 2, "VALID"),
            ),
        ),
        half_pool,
        None,
        name=name,
    )


def _block_e(name: str, pool: Callable[[jax.Array], jax.Array]) -> Mixed:
    def fork(stem: str) -> tuple[Conv, Conv]:
        return Conv(f"{stem}a", 384, (1, 3)), Conv(f"{stem}b", 384, (3, 1))

    return Mixed(
        (
            (Conv("branch1x1", 320),),
            (Conv("branch3x3_1", 384), fork("branch3x3_2")),
            (
                Conv("branch3x3dbl_1", 448),
                Conv("branch3x3dbl_2", 384, (3, 3)),
                fork("branch3x3dbl_3"),
            ),
        ),
        pool,
        192,
        name=name,
    )


STAGES = {
    64: (
        Conv("Conv2d_1a_3x3", 32, (3, 3), 2, "VALID"),
        Conv("Conv2d_2a_3x3", 32, (3, 3), 1, "VALID"),
        Conv("Conv2d_2b_3x3", 64, (3, 3)),
        half_pool,
    ),
    192: (
        Conv("Conv2d_3b_1x1", 80),
        Conv("Conv2d_4a_3x3", 192, (3, 3), 1, "VALID"),
        half_pool,
    ),
    768: (
        _block_a("Mixed_5b", pooled=32),
        _block_a("Mixed_5c", pooled=64),
        _block_a("Mixed_5d", pooled=64),
        _block_b("Mixed_6a"),
        _block_c("Mixed_6b", inner=128),
        _block_c("Mixed_6c", inner=160),
        _block_c("Mixed_6d", inner=160),
        _block_c("Mixed_6e", inner=192),
    ),
    2048: (
        _block_d("Mixed_7a"),
        _block_e("Mixed_7b", mean_pool),
        _block_e("Mixed_7c", max_pool),
    ),
}
"""Layers up to each tap, by its count of channels."""
