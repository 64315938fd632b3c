"""What a function computes, read off its trace; nothing is run."""

from collections.abc import Callable
from typing import Any

import jax
from jax.extend import core


def holds_convolution(fn: Callable[..., Any], *args: Any) -> bool:
    """Whether tracing `fn(*args)` meets a convolution, at any depth."""
    return _search(jax.make_jaxpr(fn)(*args).jaxpr)


def depends(fn: Callable[[Any], Any], x: Any) -> bool:
    """Whether any output of `fn(x)` is computed from any leaf of `x`.

    A weight that happens to be zero does not count as ignoring: what is asked is whether
    the input takes part in the computation at all.

    Args:
        fn: a function of one tree of arrays.
        x: arrays, or their shapes and types.
    """
    jaxpr = jax.make_jaxpr(fn)(x).jaxpr
    reached = set(jaxpr.invars)
    for eqn in jaxpr.eqns:
        # Whatever a call does inside, all of its outputs count as made of its inputs.
        if any(_is_variable(v) and v in reached for v in eqn.invars):
            reached |= set(eqn.outvars)
    return any(_is_variable(v) and v in reached for v in jaxpr.outvars)


def used(fn: Callable[[Any], Any], x: Any) -> list[bool]:
    """Of each leaf of `x`, in order, whether any output of `fn(x)` is computed from it.

    Args:
        fn: a function of one tree of arrays.
        x: arrays, or their shapes and types.
    """
    jaxpr = jax.make_jaxpr(fn)(x).jaxpr
    wanted = {v for v in jaxpr.outvars if _is_variable(v)}
    for eqn in reversed(jaxpr.eqns):
        if any(v in wanted for v in eqn.outvars):
            wanted |= {v for v in eqn.invars if _is_variable(v)}
    return [v in wanted for v in jaxpr.invars]


def _is_variable(atom: Any) -> bool:
    return not isinstance(atom, core.Literal)


def _search(jaxpr: core.Jaxpr) -> bool:
    return any(
        eqn.primitive.name == "conv_general_dilated"
        or any(_search(inner) for inner in _inner(eqn))
        for eqn in jaxpr.eqns
    )


def _inner(eqn: core.JaxprEqn) -> list[core.Jaxpr]:
    found = []
    for param in jax.tree.leaves(
        list(eqn.params.values()),
        is_leaf=lambda x: isinstance(x, core.Jaxpr | core.ClosedJaxpr),
    ):
        if isinstance(param, core.ClosedJaxpr):
            found.append(param.jaxpr)
        elif isinstance(param, core.Jaxpr):
            found.append(param)
    return found
