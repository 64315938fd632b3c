"""Prepares an image set of TFDS for reading without TensorFlow.

Download it (this alone needs TensorFlow: `pip install 'gan_jax[tfds]'`):
    python -m gan_jax.data.prepare cifar10 [--data_dir=DIR]
or make it from idx files at hand, offline and without TensorFlow:
    python -m gan_jax.data.prepare fashion_mnist --from=DIR [--data_dir=DIR]

Errors are one line on stderr and exit status 2. A set appears whole or not at all: TFDS
writes it under another name and renames it when done.
"""

import argparse
import contextlib
import difflib
import importlib.util
import io
import logging
import re
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from gan_jax.data import idx
from gan_jax.data.paths import expand
from gan_jax.data.tensorflow_sets import first_line, open_files
from gan_jax.errors import BadInput


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BadInput(message, "see --help")


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = _Parser(
        "python -m gan_jax.data.prepare", description="Prepares an image set of TFDS."
    )
    parser.add_argument("name", help="of the set in the TFDS catalogue")
    parser.add_argument("--data_dir", help="where to; the default is TFDS's own")
    parser.add_argument("--from", dest="source", help="folder of local idx files")
    try:
        args = parser.parse_args(argv)
        print(prepare(args.name, args.data_dir, args.source))
    except BadInput as error:
        print(f"prepare: {error}", file=sys.stderr)
        return 2
    return 0


def prepare(name: str, data_dir: str | None = None, source: str | None = None) -> str:
    """Prepares a set as array_record, or finds it prepared; says what is there.

    Args:
        name: in the TFDS catalogue; with config and version if need be.
        data_dir: where to; the default is TFDS's own.
        source: folder of idx files to use in place of a download.

    Raises:
        BadInput: unknown set, no TensorFlow, no network, broken files.
    """
    import tensorflow_datasets as tfds

    place = None if data_dir is None else str(expand(data_dir))
    local = None if source is None else expand(source)
    _quiet(tfds)
    builder = _find(tfds, name, place)
    if builder is None:
        try:
            if local is not None:
                idx.write(name, local, place)
            else:
                _download(tfds, name, place)
        except BadInput:
            raise
        except Exception as error:  # TFDS, network and disk share no base class
            raise BadInput(
                f"could not prepare {name}: {first_line(error)}",
                "nothing was kept; try again",
            ) from error
        builder = _find(tfds, name, place)
    if builder is None or builder.info.file_format.value != "array_record":
        raise BadInput(
            f"{name} is there, but not as array_record", "give another --data_dir"
        )
    counts = ", ".join(f"{k} {v.num_examples}" for k, v in builder.info.splits.items())
    return f"{builder.info.full_name}: {counts}; in {builder.data_path}"


def _find(tfds: Any, name: str, place: str | None) -> Any:
    try:
        return open_files(name, place)
    except tfds.core.registered.DatasetNotFoundError:
        return None
    except BadInput:
        raise
    except Exception as error:  # broken metadata raise whatever parsing them raises
        raise BadInput(
            f"{name} is there, but broken: {first_line(error)}", "remove it first"
        ) from error


def _download(tfds: Any, name: str, place: str | None) -> None:
    with contextlib.redirect_stdout(io.StringIO()):  # it prints that TF is missing
        catalogue = tfds.list_builders(with_community_datasets=False)
    plain = re.split("[/:]", name)[0]
    if plain not in catalogue:
        close = difflib.get_close_matches(plain, catalogue, n=3)
        todo = f"did you mean {' or '.join(close)}?" if close else "look it up in TFDS"
        raise BadInput(f"TFDS has no set {name!r}", todo)
    if importlib.util.find_spec("tensorflow") is None:
        offline = ", or give --from=DIR with its idx files"
        raise BadInput(
            f"preparing {name} needs TensorFlow (training does not)",
            f"pip install 'gan_jax[tfds]'{offline if name in idx.CLASSES else ''}",
        )
    builder = tfds.builder(name, data_dir=place, file_format="array_record")
    builder.download_and_prepare()


def _quiet(tfds: Any) -> None:
    """No log lines, and progress bars for eyes only: an error is to be one line."""
    logging.getLogger("absl").setLevel(logging.CRITICAL)
    logging.getLogger("urllib3").setLevel(logging.CRITICAL)
    if not sys.stderr.isatty():
        tfds.disable_progress_bar()


if __name__ == "__main__":
    sys.exit(main())
