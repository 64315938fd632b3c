"""The kinds of value a network takes as arguments."""

from collections.abc import Callable
from typing import Annotated

import jax
from flax import linen as nn

from gan_jax.typing import Kind

Init = Annotated[Callable[..., jax.Array], Kind("an initialiser")]
"""`init(key, shape, dtype)` -> array."""

Norm = Annotated[Callable[..., nn.Module], Kind("a norm")]
"""`norm(name=..., dtype=...)` -> module called `(x, cond, *, train)`, shape kept."""

Wrap = Annotated[Callable[[nn.Module], nn.Module], Kind("a wrap")]
"""Layer with a kernel -> layer with the same call."""

Layer = Annotated[Callable[..., nn.Module], Kind("a layer that changes the size")]
"""`layer(features, kernel_init=..., dtype=..., name=...)` -> convolution."""

Minibatch = Annotated[Callable[..., nn.Module], Kind("a minibatch layer")]
"""`minibatch(name=..., dtype=...)` -> module, features [b, d] to [b, d + e]; some take
maps [b, h, w, d], too."""

Head = Annotated[Callable[..., nn.Module], Kind("a head")]
"""`head(wrap=..., kernel_init=..., name=...)` -> module called `(features [b, d], cond)`,
which gives logits [b] and a dict of what the critic says besides."""
