"""The flags of the command line, and which verb takes which."""

import argparse
import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from gan_jax.errors import BadInput, shown

HELP = "see python -m gan_jax.main --help"


@dataclass(frozen=True)
class Verb:
    """Something that the command line can do.

    Attributes:
        run: does it.
        flags: that it takes, by name.
        prefixes: of the open-ended ones it takes: `config` (any field), `ask`.
    """

    run: Callable[["Given"], Any]
    flags: tuple[str, ...]
    prefixes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Given:
    """A command line, as a verb reads it.

    Attributes:
        flags: by name; None where not given.
        fields: `--config.FIELD=VALUE`, as `FIELD=VALUE`, in order.
        asked: `--ask.NAME=VALUE`, the value as a Python literal where it is one.
    """

    flags: argparse.Namespace
    fields: tuple[str, ...]
    asked: Mapping[str, Any]

    def workdir(self) -> str:
        """The workdir.

        Raises:
            BadInput: it was not given.
        """
        if self.flags.workdir is None:
            raise BadInput("--workdir is missing", "e.g. --workdir=runs/wgan_gp")
        return self.flags.workdir

    def value(self, name: str, default: Any) -> Any:
        """A flag, or what stands where it is not given."""
        found = getattr(self.flags, name)
        return default if found is None else found


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BadInput(message, HELP)


def parser(modes: Sequence[str], about: str | None) -> argparse.ArgumentParser:
    """Every flag; none has a default, so that a verb sees what was given."""
    made = _Parser("python -m gan_jax.main", description=about, allow_abbrev=False)
    add = made.add_argument
    add("--mode", choices=sorted(modes), default="train", help="what to do (train)")
    add(
        "--config",
        metavar="FILE[:VARIANT]",
        help="what to train; any field can be set: --config.train.steps=100",
    )
    add("--workdir", metavar="DIR", help="where the run lives (runs/NAME_OF_CONFIG)")
    add("--dry-run", action="store_true", default=None, help="check all, train nothing")
    add("--num", type=int, help="samples to draw (64; 5000 to evaluate; 8 rows)")
    add("--seed", type=int, help="of the samples (0)")
    add("--do", metavar="TOOL", help="with latents: interpolate, walk, invert, ...")
    add("--space", metavar="z|w|w+", help="where latents are moved (z)")
    add(
        "--by",
        metavar="WAY",
        help="direction, edit: sefa, pca, mean, linear; mix: fine",
    )
    add("--label", metavar="CLASS", help="what a direction leads to")
    add("--component", type=int, help="edit: which direction of sefa or pca (0)")
    add("--steps", type=int, help="pictures in a row of latents (9)")
    add(
        "--out",
        metavar="FILE",
        help="a picture (grid.png), a FILE.npz, a folder DIR/ of pictures; of an export, "
        "its folder",
    )
    add("--format", metavar="KIND", help="of an export: safetensors, stablehlo, onnx")
    add("--metrics", metavar="A,B", help="what to measure; as suits the data")
    add("--checkpoint", help="to use: last, best or a step (last)")
    add("--inception", metavar="FILE", help="Inception weights, for fid, kid, is")
    add("--lpips", metavar="FILE", help="LPIPS weights, for ppl_z_lpips and the like")
    add("--data", metavar="DIR", help="where the run's data set has moved to")
    add("--real", metavar="DIR", help="evaluate --fake against it, without a model")
    add("--fake", metavar="DIR", help="pictures to evaluate")
    add("--size", metavar="H[,W]", help="of the pictures of both folders, by --fit")
    add("--fit", choices=("crop", "stretch", "pad"), help="how they get there (crop)")
    add("--host", help="where a service listens (127.0.0.1)")
    add("--port", type=int, help="there (8000); 0 takes a free one")
    add("--replicas", type=int, help="processes a service computes in at a time (1)")
    add("--spares", type=int, help="processes besides, ready where one dies (1)")
    add("--batch", type=int, help="samples of one device call of a service (16)")
    add("--wait", type=float, help="milliseconds a batch waits for more (2)")
    add("--queue", type=int, help="samples of a service that may wait (32)")
    add("--most", type=int, help="samples of one request to a service (64)")
    add("--timeout", type=float, help="seconds a request may take (30)")
    add("--address", help="of a Ray cluster to serve on; else one is started here")
    add("--jobs", metavar="DIR", help="where a service keeps bulk work (WORKDIR/jobs)")
    add(
        "--trust",
        action="store_true",
        default=None,
        help="open a run whose config names modules of other packages, and run them",
    )
    add("--distributed", action="store_true", default=None, help="join the others")
    return made


def given(verbs: Mapping[str, Verb], about: str | None, argv: Sequence[str]) -> Any:
    """The verb of a command line, and what it was given.

    Raises:
        BadInput: an unknown flag, a value of the wrong type, or a flag of another verb.
    """
    try:
        flags, rest = parser(list(verbs), about).parse_known_args(argv)
        empty = [name for name, value in vars(flags).items() if value == []]
    except IndexError:
        empty = ["mode"]
    if empty:  # argparse takes a value of `--` for none at all
        raise BadInput("-- is no value of a flag", HELP)
    verb = verbs[flags.mode]
    found: dict[str, list[str]] = {"config": [], "ask": []}
    for word in rest:
        prefix, dot, field = word.removeprefix("--").partition(".")
        if not (word.startswith("--") and dot and prefix in found):
            raise BadInput(f"unknown flag {word[:80]}", HELP)
        if prefix not in verb.prefixes:
            _refuse(verbs, flags.mode, word.partition("=")[0], prefix)
        found[prefix].append(field)
    for name, value in vars(flags).items():
        if value is not None and name not in ("mode", "distributed", *verb.flags):
            _refuse(verbs, flags.mode, f"--{name.replace('_', '-')}", name)
    asked = dict(_ask(field) for field in found["ask"])
    return verb, Given(flags, tuple(found["config"]), asked)


def _refuse(verbs: Mapping[str, Verb], mode: str, flag: str, name: str) -> NoReturn:
    """The one refusal of a flag that the verb does not take."""
    takers = [m for m, verb in verbs.items() if name in (*verb.flags, *verb.prefixes)]
    raise BadInput(
        f"{flag} is of --mode={' and '.join(takers)}, not of --mode={mode}",
        "leave it out",
    )


def _ask(field: str) -> tuple[str, Any]:
    name, equals, text = field.partition("=")
    if not equals or not name:
        raise BadInput(f"--ask.{shown(field)} has no value", "--ask.NAME=VALUE")
    try:
        return name, ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return name, text


def height_width(text: str | None) -> int | tuple[int, int] | None:
    """`64` or `64,128` as a size.

    Raises:
        BadInput: anything else.
    """
    if text is None:
        return None
    parts = text.split(",")
    if not 1 <= len(parts) <= 2 or not all(
        p.strip().isdecimal() and 0 < int(p) < 2**15 for p in parts
    ):
        raise BadInput(f"--size={text[:40]}", "wanted one number, or height,width")
    sides = tuple(int(p) for p in parts)
    return sides[0] if len(sides) == 1 else (sides[0], sides[1])
