"""A bundle on disk: written beside its place, checked there, then given its name."""

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gan_jax import rng
from gan_jax.bundle import files
from gan_jax.bundle.opening import SAMPLE
from gan_jax.bundle.signature import GIVEN, INDEX, SEED
from gan_jax.data import Spec
from gan_jax.data.paths import expand
from gan_jax.errors import BadInput, told
from gan_jax.export import card, onnx, stablehlo
from gan_jax.export.portable import Portable, portable
from gan_jax.metrics.extractors import state_dict
from gan_jax.run import Run
from gan_jax.run.files import unfinished_folder
from gan_jax.run.sampler import answers, sample_key, sampler
from gan_jax.sampling import png

EXAMPLES = 8
"""Samples in a bundle whose inputs and outputs it holds."""
FARTHEST = 1e-4
"""Of a bundle's samples from the run's own; beyond, it is not handed out."""


class Format(NamedTuple):
    """A way out of the house.

    Attributes:
        keyed: whether seeds can go with it.
        missing: what must be installed first, and how; ("", "") where nothing is.
        write: the programs, into a folder.
        drawn: `(folder, function, inputs) -> array`, by what was written there.
    """

    keyed: bool
    missing: Callable[[], tuple[str, str]]
    write: Callable[[Portable, Path], None]
    drawn: Callable[[Portable, Path, str, Mapping[str, np.ndarray]], np.ndarray]


def _weights(made: Portable, folder: Path) -> None:
    held = {name: np.asarray(x) for name, x in made.weights.items()}
    (folder / files.WEIGHTS).write_bytes(state_dict.to_safetensors(held))


def _weights_and_programs(made: Portable, folder: Path) -> None:
    _weights(made, folder)
    stablehlo.write(made, folder)


def _rebuilt(
    made: Portable, folder: Path, name: str, inputs: Mapping[str, np.ndarray]
) -> np.ndarray:
    held = state_dict.load(folder / files.WEIGHTS)[0]
    return np.asarray(jax.jit(made.functions[name])(held, dict(inputs)))


FORMATS = {
    "safetensors": Format(True, lambda: ("", ""), _weights, _rebuilt),
    "stablehlo": Format(True, lambda: ("", ""), _weights_and_programs, stablehlo.drawn),
    "onnx": Format(False, onnx.missing, onnx.write, onnx.drawn),
}
"""By the word that `--format` takes."""


def check(out: str, name: str) -> tuple[Path, Format]:
    """Where a bundle is to go, and how; looked at before a run is opened.

    Args:
        out: a folder that is not there, or empty.
        name: of the format.

    Raises:
        BadInput: something lies there, or cannot; no such format; its extra is missing.
    """
    if name not in FORMATS:
        known = ", ".join(FORMATS)
        said = f"--format={name[:40]}" if name else "--format is missing"
        raise BadInput(said, f"wanted {known}")
    missing, todo = FORMATS[name].missing()
    if missing:
        raise BadInput(f"--format={name} needs {missing}", todo)
    path = expand(out)
    if not out or not path.name:
        said = f"--out={out} is no name" if out else "--out is missing"
        raise BadInput(said, "e.g. --out=model")
    try:
        if path.is_dir() and any(path.iterdir()):
            raise BadInput(
                f"--out={out} is not empty", "name a folder that is not there"
            )
        if os.path.lexists(path) and not path.is_dir():
            raise BadInput(f"--out={out} is no folder", "name another")
        above = next(p for p in path.absolute().parents if p.exists())
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise BadInput(f"--out={out}: {why}", "name another") from error
    effective = os.access in os.supports_effective_ids
    if not above.is_dir() or not os.access(
        above, os.W_OK | os.X_OK, effective_ids=effective
    ):
        raise BadInput(f"--out={out}: {above} cannot be written", "name another")
    return path, FORMATS[name]


def write(run: Run, rule: str, path: Path, name: str) -> dict[str, Any]:
    """Write a bundle of a run; its card.

    Args:
        run: opened.
        rule: by which its checkpoint was chosen, in words.
        path: from `check`.
        name: of the format.

    Raises:
        BadInput: nothing of the game can be handed out so; the disk refuses; what was
            written does not give the run's samples.
    """
    form = FORMATS[name]
    made = portable(run.game, run.state, run.facts, form.keyed)
    with _said(path), unfinished_folder(path) as part:
        try:
            form.write(made, part)
        except OSError:
            raise
        except Exception as error:
            said = f"this model does not become {name}: {told(error)[:300]}"
            raise BadInput(said, "take another format") from error
        function, example, wanted = _example(run, made)
        try:
            drawn = form.drawn(made, part, function, example)
        except Exception as error:
            said = f"this model does not run as {name}: {told(error)[:300]}"
            raise BadInput(said, "take another format") from error
        found = {"function": function, "largest_difference": _apart(drawn, wanted)}
        (part / files.EXAMPLE).write_bytes(_npz(example, wanted))
        if not any(ask.drawn is None for ask in run.asks.values()):
            (part / files.PICTURE).write_bytes(png(run.sample(16)))
        told_of = card.of(run, rule, name, made, found)
        told_of["files"] = {
            file.name: hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted(part.iterdir())
        }
        (part / files.CARD).write_text(json.dumps(told_of, indent=2) + "\n")
        (part / files.README).write_text(card.readme(told_of))
    return told_of


def _example(run: Run, made: Portable) -> tuple[str, dict[str, np.ndarray], np.ndarray]:
    """A function of the bundle, inputs of it, and what the run itself makes of them.

    What must be given, a picture say, is noise here.
    """
    asks, draw = run.game.asks, np.random.default_rng(0)
    given = {
        name: _noise(draw, Spec(ask.shape, ask.dtype))
        for name, ask in asks.items()
        if ask.drawn is None
    }
    keys = rng.at(sample_key(0), jnp.arange(EXAMPLES))
    asked = answers(asks, EXAMPLES, 0, given)
    if SAMPLE in made.functions:
        inputs = {SEED: np.zeros(EXAMPLES), INDEX: np.arange(EXAMPLES)}
        for ask in asks:
            inputs |= {ask: asked[ask], f"{ask}{GIVEN}": np.zeros(EXAMPLES)}
        name, wanted = SAMPLE, sampler(run.game)(run.state, keys, given)
    elif "synthesize" in made.functions:
        z = run.function("latents")(keys, asked)
        name, inputs = "synthesize", {"z": z, **asked}
        wanted = run.function("synthesize")(z, asked)
    else:
        name = next(iter(made.functions))
        specs = made.signatures[name].inputs
        inputs = {n: _noise(draw, spec) for n, spec in specs.items()}
        wanted = jax.jit(made.functions[name])(made.weights, inputs)
    specs = made.signatures[name].inputs
    cast = {n: np.asarray(inputs[n]).astype(spec.dtype) for n, spec in specs.items()}
    return name, cast, np.asarray(wanted)


def _noise(draw: np.random.Generator, spec: Spec) -> np.ndarray:
    """Numbers as pictures have them; of whole ones, those that every game knows."""
    shape = (EXAMPLES, *spec.shape)
    if np.issubdtype(np.dtype(spec.dtype), np.floating):
        return draw.uniform(-1, 1, shape).astype(spec.dtype)
    return draw.integers(0, 2, shape).astype(spec.dtype)


def _apart(drawn: np.ndarray, wanted: np.ndarray) -> float:
    """The largest difference.

    Raises:
        BadInput: it is too large.
    """
    largest = float(np.abs(drawn - wanted).max())
    if not largest <= FARTHEST * max(1.0, float(np.abs(wanted).max())):
        raise BadInput(
            f"what was exported differs from the run by {largest:.2g}; nothing is kept",
            "take another format",
        )
    return largest


def _npz(inputs: Mapping[str, np.ndarray], output: np.ndarray) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in {**inputs, "output": output}.items():
            with archive.open(f"{name}.npy", "w") as file:
                np.lib.format.write_array(file, array, allow_pickle=False)
    return content.getvalue()


@contextmanager
def _said(path: Path) -> Iterator[None]:
    """Turns what the disk says into one line."""
    try:
        yield
    except OSError as error:
        raise BadInput(
            f"--out={path}: {error.strerror or error}", "name another"
        ) from error
