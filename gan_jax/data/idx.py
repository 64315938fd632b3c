"""The idx files of MNIST and its kin (LeCun et al. 1998): read, and prepared for TFDS.

`write` makes the array_record set that TFDS itself would make, from local files and
without TensorFlow: a builder of the same name and version hands over PNG bytes.
"""

import gzip
import importlib
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from gan_jax.errors import BadInput

_DIGITS = tuple("0123456789")
_CLOTHES = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)
_KANA = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
CLASSES = {"mnist": _DIGITS, "fashion_mnist": _CLOTHES, "kmnist": _KANA}
VERSION = "3.0.1"  # of all three in the TFDS catalogue
_SPLITS = {"train": "train", "test": "t10k"}


def read(file: Path) -> np.ndarray:
    """The uint8 array of an idx file, plain or gzipped (by its suffix .gz).

    Raises:
        BadInput: no such file, or not an idx file of bytes, whole.
    """
    try:
        data = file.read_bytes()
        data = gzip.decompress(data) if file.suffix == ".gz" else data
    except FileNotFoundError as error:
        raise BadInput(f"{file} does not exist", "name the folder that has it") from (
            error
        )
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(f"cannot read {file}: {error}", "fetch it again") from error
    rank = data[3] if data[:3] == b"\0\0\x08" and len(data) > 3 else 0
    shape = tuple(np.frombuffer(data[4 : 4 + 4 * rank], ">i4").tolist())
    body = data[4 + 4 * rank :]
    if not rank or len(shape) != rank or len(body) != int(np.prod(shape)):
        raise BadInput(f"{file} is not a whole idx file of bytes", "fetch it again")
    return np.frombuffer(body, np.uint8).reshape(shape)


def read_split(source: Path, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Images [n, 28, 28] and labels [n] of `train` or `test`.

    Raises:
        BadInput: files missing, broken, or not fitting together.
    """
    stem = source / _SPLITS[split]
    images = read(_plain_or_gz(f"{stem}-images-idx3-ubyte"))
    labels = read(_plain_or_gz(f"{stem}-labels-idx1-ubyte"))
    fits = images.shape[1:] == (28, 28) and labels.shape == images.shape[:1]
    if not fits or not labels.size or labels.max() > 9:
        raise BadInput(
            f"{stem}-*: images {images.shape} and labels {labels.shape} do not fit",
            "wanted [n, 28, 28] and n labels of 0 to 9",
        )
    return images, labels


def _plain_or_gz(stem: str) -> Path:
    plain, packed = Path(stem), Path(stem + ".gz")
    return plain if plain.exists() else packed


def write(name: str, source: Path, data_dir: str | None) -> None:
    """Prepares `mnist`, `fashion_mnist` or `kmnist` from the four idx files.

    Args:
        name: which.
        source: the folder of the idx files.
        data_dir: where to; the default is TFDS's own.

    Raises:
        BadInput: unknown name, or as `read_split`; nothing is written then.
    """
    if name not in CLASSES:
        raise BadInput(
            f"{name} does not come as idx files", f"those that do: {', '.join(CLASSES)}"
        )
    arrays = {split: read_split(source, split) for split in _SPLITS}
    tfds: Any = importlib.import_module("tensorflow_datasets")
    features = tfds.features.FeaturesDict(
        {
            "image": tfds.features.Image(shape=(28, 28, 1)),
            "label": tfds.features.ClassLabel(names=list(CLASSES[name])),
        }
    )

    with tfds.core.registered.skip_registration():

        class Local(tfds.core.GeneratorBasedBuilder):
            """A set of the catalogue, made from files at hand."""

            VERSION = tfds.core.Version(VERSION)

            def _info(self) -> Any:
                return tfds.core.DatasetInfo(
                    builder=self,
                    features=features,
                    supervised_keys=("image", "label"),
                )

            def _split_generators(self, dl_manager: object) -> dict[str, Iterator]:
                del dl_manager
                return {split: _examples(*pair) for split, pair in arrays.items()}

            def _generate_examples(self) -> Iterator:
                raise NotImplementedError  # the generators are made above

    Local.name = name
    Local(data_dir=data_dir, file_format="array_record").download_and_prepare()


def _examples(images: np.ndarray, labels: np.ndarray) -> Iterator[tuple[int, dict]]:
    for i, (pixels, label) in enumerate(zip(images, labels, strict=True)):
        png = io.BytesIO()  # PNG bytes pass through; arrays would need TensorFlow
        Image.fromarray(pixels).save(png, "png")
        yield i, {"image": png.getvalue(), "label": int(label)}
