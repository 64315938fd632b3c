"""The kinds of value a network takes as arguments."""

from collections.abc import Callable

import jax
from flax import linen as nn

Init = Callable[..., jax.Array]
"""`init(key, shape, dtype)` -> array."""

Norm = Callable[..., nn.Module]
"""`norm(name=..., dtype=...)` -> module called `(x, cond, *, train)`, shape kept."""

Wrap = Callable[[nn.Module], nn.Module]
"""Layer with a kernel -> layer with the same call."""

Layer = Callable[..., nn.Module]
"""`layer(features, kernel_init=..., dtype=..., name=...)` -> convolution."""

Minibatch = Callable[..., nn.Module]
"""`minibatch(name=..., dtype=...)` -> module, features [b, d] to [b, d + e]."""
