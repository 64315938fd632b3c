"""Opening a bundle, and drawing from it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gan_jax import data
from gan_jax.asks import Ask
from gan_jax.asks.requests import CHUNK, Askable, filled_up
from gan_jax.bundle import files
from gan_jax.bundle.signature import GIVEN, INDEX, SEED, Signature, asks_from_json
from gan_jax.data import Facts
from gan_jax.data.paths import expand
from gan_jax.errors import BadInput, told
from gan_jax.metrics.extractors import state_dict

Arrays = Mapping[str, jax.Array | np.ndarray]
Program = Callable[[Arrays, Arrays], jax.Array]
"""`(weights, inputs) -> array`, of any batch; see `signature`."""
SAMPLE = "sample"
"""The program that `Bundle.sample` runs."""
NOT_FINITE = "the generator makes numbers that are not finite"


@dataclass(frozen=True)
class Bundle(Askable):
    """A model as a bundle holds it; used as `gan_jax.load` of a workdir is.

    Attributes:
        path: its folder.
        card: what it says of itself.
        asks: what it can be asked for, by name.
        facts: of the data it was trained on.
        weights: by name.
        programs: by name, compiled when first called.
        signatures: of the programs.
    """

    path: Path
    card: Mapping[str, Any]
    asks: Mapping[str, Ask]
    facts: Facts
    weights: Arrays
    programs: Mapping[str, Program]
    signatures: Mapping[str, Signature]

    def function(self, name: str) -> Callable[..., np.ndarray]:
        """A part of the model by name (`synthesize`, `encode`), compiled.

        It takes arrays [n, ...] by the names of its signature. What may be left out: an
        ask that is drawn or has a usual value; `seed` (0); `index` (0, 1, ...).

        Raises:
            BadInput: the bundle has none of that name; once called, something missing,
                unknown or of another shape.
        """
        if name not in self.programs:
            known = ", ".join(self.programs) or "none"
            raise BadInput(f"this bundle has no function {name!r}", f"it has {known}")

        def call(**given: Any) -> np.ndarray:
            inputs = self.inputs(name, given)
            return np.asarray(self.programs[name](self.weights, inputs))

        return call

    def inputs(self, name: str, given: Mapping[str, Any]) -> dict[str, np.ndarray]:
        """All inputs of a program, from those that are given; errors as `function`."""
        wanted = self.signatures[name].inputs
        for odd in given:
            if odd not in wanted:
                raise BadInput(
                    f"{name} takes no {odd}", f"it takes {', '.join(wanted)}"
                )
        rows = [x for n, x in given.items() if np.ndim(x) > len(wanted[n].shape)]
        count = max((len(x) for x in rows), default=1)
        whole = {}
        for key, spec in wanted.items():
            shape = (count, *spec.shape)
            x = given.get(key)
            x = self._left_out(name, key, given, count) if x is None else x
            array = np.asarray(x).astype(spec.dtype)
            if array.shape in ((), spec.shape):
                array = np.broadcast_to(array, shape)
            if array.shape != shape:
                raise BadInput(f"{key} has the shape {array.shape}", f"wanted {shape}")
            whole[key] = array
        return whole

    def _left_out(self, name: str, key: str, given: Any, count: int) -> Any:
        """What stands in the place of an input that is not given."""
        if key == SEED:
            return 0
        if key == INDEX:
            return np.arange(count)
        if key.endswith(GIVEN):
            return key.removesuffix(GIVEN) in given
        ask = self.asks.get(key)
        if ask is not None and f"{key}{GIVEN}" in self.signatures[name].inputs:
            return np.zeros(ask.shape)
        usual = self.card["asks"].get(key, {}).get("usual")
        if usual is None:
            raise BadInput(f"{name} needs {key}", f"give {key}=")
        return usual

    def _drawn(
        self, num: int, seed: int, given: Mapping[str, np.ndarray]
    ) -> Iterator[np.ndarray]:
        wanted = self.signatures[SAMPLE].inputs
        known = {name: x for name, x in given.items() if name in wanted}
        for start in range(0, num, CHUNK):
            part = {
                name: filled_up(x[start : start + CHUNK]) for name, x in known.items()
            }
            places = np.arange(start, start + CHUNK)
            each = {SEED: np.full(CHUNK, seed), INDEX: places}
            part |= {name: x for name, x in each.items() if name in wanted}
            drawn = self.function(SAMPLE)(**part)[: num - start]
            yield pixels(drawn)


def pixels(samples: np.ndarray) -> np.ndarray:
    """Samples as they are handed out: pictures as uint8, points as they are.

    Raises:
        BadInput: one is not finite.
    """
    if not np.isfinite(samples).all():
        raise BadInput(NOT_FINITE, "export an earlier checkpoint")
    return data.to_pixels(samples) if samples.ndim == 4 else samples


def open_bundle(path: str | Path) -> Bundle:
    """The bundle of a folder, with programs of StableHLO; nothing is compiled yet.

    Raises:
        BadInput: none there, of another format, damaged, or of another version.
    """
    folder, card = expand(path), files.read_card(path)
    if card["format"] != "stablehlo":
        raise BadInput(
            f"{folder} is a bundle of {card['format']}, without programs for JAX",
            f"its {files.README} says how to open it; or export with --format=stablehlo",
        )
    try:
        signatures = {
            name: Signature.from_json(x) for name, x in card["functions"].items()
        }
        asks = asks_from_json(card["asks"])
        facts = Facts.from_json(card["data"])
        weights = weights_of(folder, card)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(
            f"{folder / files.CARD} is damaged ({told(error)})", "export it again"
        ) from error
    programs = {name: _program(folder, name, card) for name in signatures}
    return Bundle(folder, card, asks, facts, weights, programs, signatures)


def weights_of(folder: Path, card: dict[str, Any]) -> dict[str, jax.Array]:
    """The weights of a bundle, verified; errors as `open_bundle`."""
    flat = state_dict.from_safetensors(files.read(folder, files.WEIGHTS, card))
    return {name: jnp.asarray(x) for name, x in flat.items()}


def _program(folder: Path, name: str, card: dict[str, Any]) -> Program:
    from jax import export

    content = files.read(folder, f"{name}{files.PROGRAM}", card)
    try:
        return jax.jit(export.deserialize(bytearray(content)).call)
    except Exception as error:  # a reader of a binary format raises almost anything
        raise BadInput(
            f"{folder / name}{files.PROGRAM} is not understood by jax {jax.__version__} "
            f"({told(error)[:200]})",
            "export it again with this one",
        ) from error
