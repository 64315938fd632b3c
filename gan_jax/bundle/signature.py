"""What the programs of a bundle take and give: arrays by name, the batch first.

seed, index    uint32: which sample this is; the latents hang on these two alone
NAME           the ask of this name
NAME_given     bool: whether it is asked; where not, it is drawn as in `gan.sample`
z, ws, x       latents, styles, samples in about [-1, 1]
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gan_jax.asks import Ask
from gan_jax.data import Spec
from gan_jax.errors import BadInput
from gan_jax.typing import Keys

SEED, INDEX = "seed", "index"
GIVEN = "_given"
"""Ends the name of the input that says whether an ask is asked."""


class Signature(NamedTuple):
    """Of one program.

    Attributes:
        inputs: by name, of one example.
        output: of one example.
    """

    inputs: Mapping[str, Spec]
    output: Spec

    def to_json(self) -> dict[str, Any]:
        """As dicts and lists."""
        named = {name: _to_json(spec) for name, spec in self.inputs.items()}
        return {"inputs": named, "output": _to_json(self.output)}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Signature":
        """As `to_json` made it."""
        inputs = {name: _from_json(x) for name, x in record["inputs"].items()}
        return cls(inputs, _from_json(record["output"]))


def asks_to_json(asks: Mapping[str, Ask], usual: Mapping[str, Any]) -> dict[str, Any]:
    """Asks as a card holds them.

    Args:
        asks: by name.
        usual: what stands where nobody asks, of those of which it is always the same.
    """
    return {
        name: {
            "shape": list(ask.shape),
            "dtype": ask.dtype,
            "needed": ask.drawn is None,
            "below": ask.below,
            "within": ask.within,
            "law": ask.law,
            "names": list(ask.names),
            "usual": usual.get(name),
        }
        for name, ask in asks.items()
    }


def asks_from_json(record: Mapping[str, Any]) -> dict[str, Ask]:
    """Asks of a card."""
    return {
        name: Ask(
            shape=tuple(x["shape"]),
            dtype=x["dtype"],
            drawn=None if x["needed"] else _drawn(name, x),
            data="asked",
            below=x["below"],
            within=tuple(x["within"]) if x.get("within") else None,
            law=x["law"],
            names=tuple(x["names"]),
        )
        for name, x in record.items()
    }


def _drawn(name: str, record: Mapping[str, Any]) -> Callable[[Keys], jax.Array]:
    """What stands where nobody asks: the usual value; other laws live in the programs."""

    def draw(keys: Keys) -> jax.Array:
        if record.get("usual") is None:
            raise BadInput(
                f"{name} is drawn by the programs of a bundle alone",
                f"give {name}=, or take the function `sample`",
            )
        usual = jnp.asarray(record["usual"], record["dtype"])
        return jnp.broadcast_to(usual, (keys.shape[0], *usual.shape))

    return draw


def _to_json(spec: Spec) -> dict[str, Any]:
    return {"shape": list(spec.shape), "dtype": spec.dtype}


def _from_json(record: Mapping[str, Any]) -> Spec:
    return Spec(tuple(record["shape"]), str(np.dtype(record["dtype"])))
