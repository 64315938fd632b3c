"""A scan that knows its platform.

On GPU and TPU a rolled `lax.scan` compiles once and runs at full speed. On CPU a loop
body that holds convolutions runs about five times slower rolled than unrolled (XLA runs
such bodies single-threaded); dense bodies do not suffer. So the body is looked into
once, while tracing, and the loop is unrolled only where that pays.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from gan_jax.traces import holds_convolution
from gan_jax.typing import Tree


def scan(
    body: Callable[[Any, Any], tuple[Any, Any]], carry: Tree, xs: Tree, in_line: int = 1
) -> tuple[Any, Any]:
    """`jax.lax.scan`, unrolled where the platform wants it. Same numbers either way.

    Args:
        body: (carry, x) -> (carry, y).
        carry: initial carry.
        xs: tree of arrays with a common leading axis, looped over.
        in_line: turns up to which there is no loop on any platform.

    Returns:
        The last carry, and the ys stacked.
    """
    length = jax.tree.leaves(xs)[0].shape[0]
    if length == 1:  # a loop of one turn would still be a loop to XLA
        carry, y = body(carry, jax.tree.map(_first, xs))
        return carry, jax.tree.map(lambda leaf: jnp.asarray(leaf)[None], y)
    # Looked into here and looped over there, it is traced once; loops stand in loops.
    body = jax.jit(body, inline=True)
    unroll = length <= in_line or (
        jax.default_backend() == "cpu"
        and holds_convolution(body, carry, jax.tree.map(_first, xs))
    )
    return jax.lax.scan(body, carry, xs, unroll=length if unroll else 1)


def _first(x: jax.Array) -> jax.Array:
    return x[0]
