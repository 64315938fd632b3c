"""Image sets of the TensorFlow Datasets catalogue, read without TensorFlow.

A set has to be prepared once, in the array_record format: see `gan_jax.data.prepare`.
"""

import importlib
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from gan_jax.data.dataset import Dataset, Streamed, recipe_digest, resident
from gan_jax.data.paths import expand, readable, shown
from gan_jax.data.pictures import (
    GIVE_A_SIZE,
    Channels,
    Fit,
    check_form,
    decode,
    height_width,
    open_picture,
)
from gan_jax.data.preprocess import Preprocess, scale
from gan_jax.errors import BadInput

_CHUNK = 4096
_FEATURES = "tensorflow_datasets.core.features."


def tfds(
    dataset: str = "cifar10",
    split: str = "train",
    data_dir: str | None = None,
    size: int | tuple[int, int] | None = None,
    fit: Fit = "crop",
    resident_bytes: int = 2**30,
    preprocess: Preprocess | None = None,
) -> Dataset:
    """A prepared image set of TFDS; labelled where it has one class label an image.

    Args:
        dataset: its name in the catalogue, e.g. `cifar10` or `celeb_a`; with config
            and version if need be, `name/config:1.0.0`.
        split: e.g. `train`, `test`, `train[:90%]`.
        data_dir: where it was prepared; the default is TFDS's own.
        size: (h, w), or one side of a square; None keeps the set's own size.
        fit: to another aspect ratio: `crop`, `stretch` or `pad`.
        resident_bytes: sets no larger than this, decoded, live on the device; larger
            ones are decoded as they are needed.
        preprocess: pixels to floats; the default is `scale()`.

    The digest covers the pixels and labels of a resident set; of a streamed one its
    name, version, split, and the names and sizes of its files.

    Raises:
        BadInput: it is not prepared (with the command that does it), has no such split,
            is not a set of 8-bit images, or its images differ and no `size` is given.
    """
    catalogue: Any = importlib.import_module("tensorflow_datasets")
    target = height_width(size)
    check_form(3, fit, resident_bytes)
    builder = _open(dataset, data_dir)
    image, label = _features(dataset, builder)
    shape = _shape(dataset, builder.info.features[image].shape, target)
    try:
        # Pictures are decoded here: TFDS would use OpenCV or Pillow, whichever is there.
        raw = {image: catalogue.decode.SkipDecoding()}
        rows = builder.as_data_source(split=split, decoders=raw)
    except ValueError as error:
        there = ", ".join(builder.info.splits) or "none"
        raise BadInput(
            f"{dataset} has no examples in split {split!r}", f"there is {there}"
        ) from error

    def fetch(indices: np.ndarray) -> dict[str, np.ndarray]:
        try:
            found = rows.__getitems__([int(i) for i in indices])
            pixels = [_decode(row[image], shape, fit) for row in found]
        except Exception as error:  # array_record and the decoders share no base class
            raise BadInput(
                f"cannot read {builder.data_path}: {first_line(error)}",
                "remove it and prepare it again",
            ) from error
        arrays = {"sample": np.stack(pixels)}
        if label:
            arrays["label"] = np.asarray([row[label] for row in found], np.int32)
        return arrays

    name = f"{dataset}/{split}"
    classes = tuple(builder.info.features[label].names) if label else ()
    preprocess = preprocess or scale()
    if len(rows) * int(np.prod(shape)) <= resident_bytes:
        return resident(name, _read_all(fetch, len(rows)), classes, preprocess)
    digest = _digest(builder, split)
    source = Streamed(fetch)
    return Dataset(name, shape, classes, len(rows), digest, source, preprocess)


def cifar10(
    split: str = "train",
    data_dir: str | None = None,
    preprocess: Preprocess | None = None,
) -> Dataset:
    """CIFAR-10 (Krizhevsky 2009): 50,000 + 10,000 of [32, 32, 3]; see `tfds`."""
    return tfds("cifar10", split, data_dir, preprocess=preprocess)


def fashion_mnist(
    split: str = "train",
    data_dir: str | None = None,
    preprocess: Preprocess | None = None,
) -> Dataset:
    """Fashion-MNIST (Xiao et al. 2017): 60,000 + 10,000 of [28, 28, 1]; see `tfds`."""
    return tfds("fashion_mnist", split, data_dir, preprocess=preprocess)


def open_files(dataset: str, place: str | None) -> Any:
    """A builder made of a set's files alone, once they name nothing foreign.

    The code that made the set would want TensorFlow; and what the files name, TFDS
    imports: they may name TFDS's own kinds of features only.

    Raises:
        BadInput: they name something else, or are no files.
        Exception: whatever TFDS raises of a set that is absent or broken.
    """
    catalogue: Any = importlib.import_module("tensorflow_datasets")
    maker = catalogue.core.read_only_builder
    with maker.error_utils.record_error_context():  # where it puts its advice
        found = maker._find_builder_dir(dataset, data_dir=place)
    if found is None:
        raise catalogue.core.registered.DatasetNotFoundError(dataset)
    with readable(Path(found)):
        for file in Path(found).iterdir():
            if not file.is_file() and not file.is_dir():
                raise BadInput(f"{shown(file)} is no regular file", "remove it")
            if file.suffix != ".json":
                continue
            for name in _named(json.loads(file.read_text())):
                # TFDS has imported its own by now: nothing new may come in.
                module = str(name).rpartition(".")[0]
                if not module.startswith(_FEATURES) or module not in sys.modules:
                    raise BadInput(
                        f"{shown(file)} names {name!r}, no kind of feature of TFDS",
                        "such sets are not opened",
                    )
    return maker.builder_from_directory(found)


def _named(node: Any) -> Iterator[Any]:
    """What a file of metadata names to be imported, however deep."""
    if isinstance(node, list):
        for inner in node:
            yield from _named(inner)
    if isinstance(node, dict):
        keys = ("pythonClassName", "python_class_name")
        legacy = ("type",) if "content" in node else ()
        yield from (node[key] for key in (*keys, *legacy) if key in node)
        for inner in node.values():
            yield from _named(inner)


def _open(dataset: str, data_dir: str | None) -> Any:
    catalogue = importlib.import_module("tensorflow_datasets")
    place = None if data_dir is None else str(expand(data_dir))
    command = f"python -m gan_jax.data.prepare {dataset}"
    if data_dir is not None:
        command += f" --data_dir={data_dir}"
    where = f"in {place or 'the default folder of TFDS'}"
    try:
        builder = open_files(dataset, place)
    except BadInput:
        raise
    except catalogue.core.registered.DatasetNotFoundError as error:
        raise BadInput(
            f"{dataset} is not prepared {where}", f"run: {command}"
        ) from error
    except Exception as error:  # broken metadata raise whatever parsing them raises
        raise BadInput(
            f"cannot open {dataset} {where}: {first_line(error)}",
            "remove it and prepare it again",
        ) from error
    if builder.info.file_format.value != "array_record":
        raise BadInput(
            f"{dataset} {where} is stored as {builder.info.file_format.value}",
            f"prepare it in another folder: {command.split(' --')[0]} --data_dir=DIR",
        )
    return builder


def _features(dataset: str, builder: Any) -> tuple[str, str | None]:
    """Names of the image feature and of the class label, if there is one."""
    catalogue = importlib.import_module("tensorflow_datasets")
    kinds = {key: type(feature) for key, feature in builder.info.features.items()}
    images = [k for k, kind in kinds.items() if kind is catalogue.features.Image]
    labels = [k for k, kind in kinds.items() if kind is catalogue.features.ClassLabel]
    image = "image" if "image" in images else images[0] if len(images) == 1 else None
    if image is None or builder.info.features[image].np_dtype != np.uint8:
        raise BadInput(
            f"{dataset} is not a set of 8-bit images: it holds {', '.join(kinds)}",
            "choose another",
        )
    label = "label" if "label" in labels else labels[0] if len(labels) == 1 else None
    return image, label


def _shape(
    dataset: str, stored: tuple[int | None, ...], target: tuple[int, int] | None
) -> tuple[int, int, Channels]:
    channels: Any = stored[2]
    if channels not in (1, 3, 4):
        raise BadInput(f"{dataset} has {channels} channels", "wanted 1, 3 or 4")
    height, width = target or stored[:2]
    if height is None or width is None:
        raise BadInput(f"the images of {dataset} differ in size", GIVE_A_SIZE)
    return height, width, channels


def _decode(data: bytes, shape: tuple[int, int, Channels], fit: Fit) -> np.ndarray:
    with open_picture(io.BytesIO(data)) as image:
        return decode(image, shape[2], shape[:2], fit)


def _read_all(fetch: Any, size: int) -> dict[str, np.ndarray]:
    starts = range(0, size, _CHUNK)
    parts = [fetch(np.arange(i, min(i + _CHUNK, size))) for i in starts]
    return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}


def _digest(builder: Any, split: str) -> str:
    files = sorted(Path(builder.data_path).glob("*array_record*"))
    sizes = [(file.name, file.stat().st_size) for file in files]
    return recipe_digest(builder.info.full_name, split=split, files=sizes)


def first_line(error: Exception) -> str:
    """What TFDS has to say, without the advice that follows."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
