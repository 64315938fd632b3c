"""The idx files of MNIST and its kin (LeCun et al. 1998): read, and prepared for TFDS.

`write` makes the set that TFDS itself would make, from local files.
"""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

from gan_jax.data.paths import readable, shown
from gan_jax.data.store import store
from gan_jax.errors import BadInput

_DIGITS = tuple("0123456789")
_CLOTHES = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)
_KANA = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
CLASSES = {"mnist": _DIGITS, "fashion_mnist": _CLOTHES, "kmnist": _KANA}
VERSION = "3.0.1"  # of all three in the TFDS catalogue
_MOST_AXES = 32
_SPLITS = {"train": "train", "test": "t10k"}


def read(file: Path) -> np.ndarray:
    """The uint8 array of an idx file, plain or gzipped (by its suffix .gz).

    Raises:
        BadInput: no such file, or not an idx file of bytes, whole.
    """
    try:
        if file.exists() and not file.is_file():  # a pipe would be waited on for ever
            raise BadInput(f"{shown(file)} is no regular file", "put the file there")
        data = file.read_bytes()
        data = gzip.decompress(data) if file.suffix == ".gz" else data
    except FileNotFoundError as error:
        raise BadInput(
            f"{shown(file)} does not exist", "name the folder that has it"
        ) from error
    except (OSError, EOFError, zlib.error) as error:
        why = getattr(error, "strerror", None) or error
        raise BadInput(f"cannot read {shown(file)}: {why}", "fetch it again") from error
    rank = data[3] if data[:3] == b"\0\0\x08" and len(data) > 3 else 0
    sizes = data[4 : 4 + 4 * rank]
    body = data[4 + 4 * rank :]
    shape = np.frombuffer(sizes[: len(sizes) // 4 * 4], ">u4").tolist()
    whole = len(shape) == rank and len(body) == math.prod(shape)
    if not 1 <= rank <= _MOST_AXES or not whole:
        raise BadInput(
            f"{shown(file)} is not a whole idx file of bytes", "fetch it again"
        )
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
            f"{shown(stem)}-*: images {images.shape} and labels {labels.shape} do not fit",
            "wanted [n, 28, 28] and n labels of 0 to 9",
        )
    return images, labels


def _plain_or_gz(stem: str) -> Path:
    plain, packed = Path(stem), Path(stem + ".gz")
    with readable(plain):
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
    splits = {k: (images[..., None], label) for k, (images, label) in arrays.items()}
    store(name, VERSION, splits, CLASSES[name], data_dir)
