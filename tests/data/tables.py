"""Every source of the room: a new one adds a row and is held to the conformance."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from gan_jax import data


class Row(NamedTuple):
    open: Callable[[Path], data.Dataset]  # given the stand-ins' folder
    shape: tuple[int, ...]
    classes: int
    size: int | None
    arrays: tuple[str, ...] = ()  # besides sample and label


def pictures(root: Path, **kwargs) -> data.Dataset:
    return data.folder(str(root / "pictures"), **kwargs)


def clothes(root: Path, **kwargs) -> data.Dataset:
    return data.tfds("fashion_mnist", data_dir=str(root / "tfds"), **kwargs)


ALL_SOURCES = {
    "ring": Row(lambda _: data.ring(), (2,), 8, None),
    "ring fixed": Row(lambda _: data.ring(modes=5, count=100), (2,), 5, 100),
    "grid": Row(lambda _: data.grid(side=3, count=90), (2,), 9, 90),
    "grid endless": Row(lambda _: data.grid(side=3, count=None), (2,), 9, None),
    "points": Row(lambda _: data.points(((0.0, 0.5), (1.0, 0.0)), 0.1), (2,), 2, None),
    "swiss_roll": Row(lambda _: data.swiss_roll(), (2,), 0, None),
    "swiss_roll fixed": Row(lambda _: data.swiss_roll(count=50), (2,), 0, 50),
    "shapes": Row(lambda _: data.shapes(), (16, 16, 1), 4, 256),
    "shapes colour": Row(
        lambda _: data.shapes((8, 12, 3), count=10, classes=2), (8, 12, 3), 2, 10
    ),
    "mnist5k": Row(lambda _: data.mnist5k(), (28, 28, 1), 10, 5000),
    "mnist5k train": Row(lambda _: data.mnist5k("train"), (28, 28, 1), 10, 4500),
    "mnist5k test": Row(lambda _: data.mnist5k("test"), (28, 28, 1), 10, 500),
    "mnist5k few": Row(
        lambda _: data.mnist5k("test", per_class=3), (28, 28, 1), 10, 30
    ),
    "digits8": Row(lambda _: data.digits8(), (8, 8, 1), 10, 1797),
    "stacked_mnist": Row(lambda _: data.stacked_mnist(), (28, 28, 3), 1000, None),
    "folder": Row(pictures, (10, 12, 3), 2, 7),
    "folder streamed": Row(
        lambda root: pictures(root, resident_bytes=0), (10, 12, 3), 2, 7
    ),
    "tfds": Row(clothes, (28, 28, 1), 10, 40),
    "tfds streamed": Row(
        lambda root: clothes(root, resident_bytes=0), (28, 28, 1), 10, 40
    ),
    "fashion_mnist": Row(
        lambda root: data.fashion_mnist("test", str(root / "tfds")),
        (28, 28, 1),
        10,
        10,
    ),
    "cifar10": Row(
        lambda root: data.cifar10(data_dir=str(root / "tfds")), (32, 32, 3), 10, 12
    ),
    "joint": Row(
        lambda root: data.joint(
            {"sample": pictures(root), "small": pictures(root, size=4)}
        ),
        *((10, 12, 3), 2, 7, ("small",)),
    ),
    "paired": Row(
        lambda root: data.paired(pictures(root, channels=1), pictures(root)),
        *((10, 12, 3), 2, 7, ("source",)),
    ),
    "paired, half streamed": Row(
        lambda root: data.paired(pictures(root, resident_bytes=0), pictures(root)),
        *((10, 12, 3), 2, 7, ("source",)),
    ),
    "unpaired": Row(
        lambda root: data.unpaired(data.shapes(), pictures(root)),
        *((10, 12, 3), 2, 7, ("source",)),
    ),
    "unpaired streamed": Row(
        lambda root: data.unpaired(
            clothes(root, resident_bytes=0), pictures(root, resident_bytes=0)
        ),
        *((10, 12, 3), 2, 7, ("source",)),
    ),
    "balanced": Row(lambda root: data.balanced(pictures(root)), (10, 12, 3), 2, 7),
    "balanced streamed": Row(
        lambda root: data.balanced(pictures(root, resident_bytes=0)),
        *((10, 12, 3), 2, 7),
    ),
    "padded": Row(
        lambda _: data.padded(data.mnist5k("test"), 32), (32, 32, 1), 10, 500
    ),
    "padded streamed": Row(
        lambda root: data.padded(pictures(root, resident_bytes=0), (11, 16), 255),
        *((11, 16, 3), 2, 7),
    ),
    "skewed": Row(lambda _: data.skewed(data.mnist5k()), (28, 28, 1), 10, 2044),
    "skewed streamed": Row(
        lambda root: data.skewed(pictures(root, resident_bytes=0), 4.0),
        *((10, 12, 3), 2, 4),
    ),
    "skewed balanced": Row(
        lambda _: data.balanced(data.skewed(data.shapes(), 8.0)), (16, 16, 1), 4, 120
    ),
}

NOT_SOURCES = {
    *("Dataset", "Feed", "Modes", "Preprocess", "Resident", "Sampled", "Streamed"),
    *("Facts", "Several", "Spec"),
    *("dequantize", "flip", "scale", "to_pixels"),
    *("make_feed", "prefetch", "shuffle"),
}
