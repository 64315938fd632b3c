"""What a loss is: two functions of two batches of logits, and nothing else."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Generic, ParamSpec

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gan_jax.typing import Kind

Build = ParamSpec("Build")

PerReal = Float[Array, "b"]
"""A number per real sample: its logit, or its loss."""
PerFake = Float[Array, "m"]
"""A number per generated sample; generator phases may have more of them than reals."""


@dataclasses.dataclass(frozen=True)
class Adversarial:
    """A loss for each side, both minimised. Values per example, never a mean.

    Attributes:
        disc: (real logits [b], fake logits [b]) -> [b]. The i-th value is the term of
            the i-th real plus the term of the i-th fake, so the mean over the batch is
            the published loss. ValueError unless the batches are equally large.
        gen: (real logits [b], fake logits [m]) -> [m]. Most losses ignore the reals;
            those that do not (relativistic) want b == m, and say so.
    """

    KIND = Kind("a loss")

    disc: Callable[[PerReal, PerFake], PerReal]
    gen: Callable[[PerReal, PerFake], PerFake]


class Builder(Adversarial, Generic[Build]):
    """A function that builds losses, and at once the loss it builds by default.

    So `hinge.disc(real, fake)` and `hinge().disc(real, fake)` both read well. The
    signature, annotations and docstring are the function's, for configs to bind to.
    """

    def __init__(self, build: Callable[Build, Adversarial]):
        default = build()  # pyright: ignore[reportCallIssue]
        super().__init__(default.disc, default.gen)
        functools.update_wrapper(self, build)

    def __call__(self, *args: Build.args, **kwargs: Build.kwargs) -> Adversarial:
        """The loss with the given arguments."""
        return self.__wrapped__(*args, **kwargs)  # pyright: ignore


def paired(real: jax.Array, fake: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Both, unchanged, if their shapes agree: broadcasting would hide a mistake.

    Raises:
        ValueError: they differ.
    """
    if jnp.shape(real) != jnp.shape(fake):
        raise ValueError(
            f"real logits {jnp.shape(real)} and fake logits {jnp.shape(fake)} differ "
            "in shape; this loss adds or subtracts them pairwise"
        )
    return real, fake
