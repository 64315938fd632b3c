"""ONNX graphs by jax2onnx: any batch, weights inside, latents in.

What threefry draws cannot go along, so that `sample` stays, and noise with it.
"""

import contextlib
import importlib.util
import io
import logging
from collections.abc import Mapping
from pathlib import Path

import jax
import numpy as np

from gan_jax.bundle.files import ONNX
from gan_jax.export.portable import Portable
from gan_jax.platform import tracing_for

NEEDED = ("jax2onnx", "onnx", "onnxruntime")
INSTALL = 'pip install "gan_jax[onnx]" && pip install --no-deps "jax2onnx>=0.17,<0.18"'
"""It asks for an Orbax older than ours, which its conversion does not use."""


def missing() -> tuple[str, str]:
    """Packages that are not installed, and how to install them."""
    lacks = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    return (", ".join(lacks), INSTALL) if lacks else ("", "")


def write(made: Portable, folder: Path) -> None:
    """A file a function, `NAME.onnx`; its inputs are named as in the signature."""
    for library in ("jax2onnx", "onnx_ir"):  # they tell of what does not matter here
        logging.getLogger(library).setLevel(logging.ERROR)
    with contextlib.redirect_stderr(io.StringIO()):
        import jax2onnx

    for name, function in made.functions.items():
        specs = made.signatures[name].inputs

        def call(
            *arrays: jax.Array, function=function, names=tuple(specs)
        ) -> jax.Array:
            return function(made.weights, dict(zip(names, arrays, strict=True)))

        (batch,) = jax.export.symbolic_shape("b")
        inputs = [
            jax.ShapeDtypeStruct((batch, *spec.shape), spec.dtype)
            for spec in specs.values()
        ]
        # Other runtimes know convolutions, not what makes them fast in XLA on a CPU.
        with tracing_for("onnx"):
            model = jax2onnx.to_onnx(
                call,
                inputs,
                model_name=name,
                input_names=list(specs),
                output_names=["output"],
            )
        (folder / f"{name}{ONNX}").write_bytes(model.SerializeToString())


def drawn(
    made: Portable, folder: Path, name: str, inputs: Mapping[str, np.ndarray]
) -> np.ndarray:
    """What onnxruntime makes of the written graph, in batches of one and of the rest."""
    import onnxruntime

    del made
    session = onnxruntime.InferenceSession(
        str(folder / f"{name}{ONNX}"), providers=["CPUExecutionProvider"]
    )
    first = {n: x[:1] for n, x in inputs.items()}
    rest = {n: x[1:] for n, x in inputs.items()}
    parts = [np.asarray(session.run(None, part)[0]) for part in (first, rest)]
    return np.concatenate(parts)
