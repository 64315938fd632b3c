"""Programs of StableHLO by `jax.export`: any batch, weights as arguments."""

from collections.abc import Mapping
from pathlib import Path

import jax
import numpy as np

from gan_jax.bundle.files import PROGRAM, WEIGHTS
from gan_jax.export.portable import Portable
from gan_jax.metrics.extractors import state_dict

PLATFORMS = ("cpu", "cuda", "tpu")


def write(made: Portable, folder: Path) -> None:
    """A file a function, `NAME.stablehlo`: what `jax.export.deserialize` reads."""
    from jax import export

    weights = {
        name: jax.ShapeDtypeStruct(x.shape, x.dtype) for name, x in made.weights.items()
    }
    for name, function in made.functions.items():
        (batch,) = export.symbolic_shape("b")
        inputs = {
            key: jax.ShapeDtypeStruct((batch, *spec.shape), spec.dtype)
            for key, spec in made.signatures[name].inputs.items()
        }
        exported = export.export(jax.jit(function), platforms=PLATFORMS)
        (folder / f"{name}{PROGRAM}").write_bytes(exported(weights, inputs).serialize())


def drawn(
    made: Portable, folder: Path, name: str, inputs: Mapping[str, np.ndarray]
) -> np.ndarray:
    """What the written program gives."""
    from jax import export

    del made
    program = export.deserialize(bytearray((folder / f"{name}{PROGRAM}").read_bytes()))
    weights = state_dict.load(folder / WEIGHTS)[0]
    return np.asarray(jax.jit(program.call)(weights, dict(inputs)))
