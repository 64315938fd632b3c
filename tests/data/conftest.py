"""Small stand-ins for what would be a download: made once a session, read-only."""

import contextlib
import gzip
import signal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gan_jax.data import idx, store


def blocks(count: int, shape: tuple[int, int, int], seed: int = 0) -> np.ndarray:
    """Pictures whose content tells them apart, also after JPEG."""
    draws = np.random.default_rng(seed).integers(0, 256, (count, 2, 2, shape[2]))
    rows = np.arange(shape[0]) * 2 // shape[0]
    columns = np.arange(shape[1]) * 2 // shape[1]
    return draws[:, rows][:, :, columns].astype(np.uint8)


def save_idx(path: Path, array: np.ndarray) -> None:
    head = b"\0\0\x08" + bytes([array.ndim]) + np.array(array.shape, ">i4").tobytes()
    data = head + array.tobytes()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def save_clothes(root: Path, train: int = 40, test: int = 10) -> Path:
    """The four files of Fashion-MNIST, small; two plain and two gzipped."""
    root.mkdir(parents=True)
    for name, count, seed, end in (("train", train, 1, ""), ("t10k", test, 2, ".gz")):
        images = blocks(count, (28, 28, 1), seed)[..., 0]
        save_idx(root / f"{name}-images-idx3-ubyte{end}", images)
        labels = (np.arange(count) * 3 % 10).astype(np.uint8)
        save_idx(root / f"{name}-labels-idx1-ubyte{end}", labels)
    return root


@pytest.fixture
def no_waiting():
    """What takes longer than half a minute in here fails, were it to wait for ever."""

    def over(*args):
        raise TimeoutError("it waits")

    @contextlib.contextmanager
    def limited():
        before = signal.signal(signal.SIGALRM, over)
        signal.alarm(30)
        try:
            yield
        finally:
            signal.alarm(0)
            signal.signal(signal.SIGALRM, before)

    return limited


@pytest.fixture(scope="session")
def stand_ins(tmp_path_factory) -> Path:
    """`pictures/` (two classes, 7 PNGs), `tfds/` (fashion_mnist, cifar10), `idx/`."""
    root = tmp_path_factory.mktemp("stand-ins")
    for i, pixels in enumerate(blocks(7, (10, 12, 3))):
        parent = root / "pictures" / ("cats" if i < 3 else "dogs")
        parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(parent / f"{i}.png")
    place = str(root / "tfds")
    idx.write("fashion_mnist", save_clothes(root / "idx"), place)
    colours = blocks(12, (32, 32, 3)), np.arange(12) % 10
    names = tuple(f"thing {i}" for i in range(10))
    store.store("cifar10", "3.0.2", {"train": colours}, names, place)
    return root
