"""What a program is traced for: some layers have one way for CPUs, and one for all else."""

from contextlib import AbstractContextManager

import jax

_said = jax.make_user_context("")  # part of what JAX keeps traces by


def platform() -> str:
    """`cpu`, `gpu`, ...: where this process computes, unless it was said otherwise."""
    return _said.value or jax.default_backend()


def tracing_for(name: str) -> AbstractContextManager[None]:
    """Within, layers take the way of another platform.

    Args:
        name: of it; all that are not `cpu` have plain convolutions throughout.
    """
    return _said(name)
