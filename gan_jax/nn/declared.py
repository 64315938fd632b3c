"""Generators say what their first linear maps make of the latent.

Directions in latent space are read off these maps: the eigenvectors of A^T A (SeFa), the
principal components of their activations (GANSpace). A network puts `OfLatent("z")` behind
the linear map that reads z first, or `OfLatent("w")` behind each that makes something of a
style w; the mark changes nothing, has no parameters, and costs nothing. Who wants to know
calls the network, or any function that does, with `heard()` around it.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple

from flax import linen as nn
from jaxtyping import Array, Shaped

Read = Literal["z", "w"]
"""The latents themselves, or the styles that a mapping network makes of them."""


class OfLatent(nn.Module):
    """The identity, behind a linear map of a latent.

    Args:
        read: which latent the map reads. With its bias, and what it reads besides, it is
            affine in that; a normalisation of its length may stand before.
    """

    read: Read = "z"

    def __call__(self, y: Shaped[Array, "*shape"]) -> Shaped[Array, "*shape"]:
        """`y` as it is."""
        return y


class Heard(NamedTuple):
    """What one linear map made of a latent.

    Attributes:
        read: which latent it reads.
        path: of the mark, names from the network on.
        y: what it made, [b, ...].
    """

    read: Read
    path: tuple[str, ...]
    y: Array


@contextlib.contextmanager
def heard() -> Iterator[list[Heard]]:
    """A list of what is marked by networks that are called within, in order.

    Under a transformation the arrays are its tracers: return them from inside it.
    """
    found: list[Heard] = []

    def listen(
        call: Callable[..., Any], args: tuple, kwargs: dict, context: Any
    ) -> Any:
        y = call(*args, **kwargs)
        if isinstance(context.module, OfLatent) and context.method_name == "__call__":
            found.append(Heard(context.module.read, context.module.path, y))
        return y

    with nn.intercept_methods(listen):
        yield found


__all__ = ["Heard", "OfLatent", "heard"]
