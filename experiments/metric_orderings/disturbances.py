"""What is done to the digits, from little to much."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from scipy import ndimage


class Digits(NamedTuple):
    """Pictures uint8 [n, 28, 28, 1] and the digits they are said to be, int32 [n]."""

    images: np.ndarray
    labels: np.ndarray

    def __getitem__(self, rows) -> "Digits":
        return Digits(self.images[rows], self.labels[rows])


class Sides(NamedTuple):
    """The reals that scores are taken against, and the half no metric sees as real."""

    reference: Digits
    clean: Digits


def halves(images: np.ndarray, labels: np.ndarray) -> Sides:
    """Every other digit, in the order of the set: both have as many of each class."""
    whole = Digits(images, labels)
    return Sides(whole[::2], whole[1::2])


def pick(digits: Digits, count: int, draws: np.random.Generator) -> Digits:
    """`count` different ones, of each class there is as many as of any other."""
    classes = np.unique(digits.labels)
    mixed = draws.permutation(len(digits.labels))
    rank = np.empty(len(mixed), int)  # a digit's place among those of its class
    for label in classes:
        own = mixed[digits.labels[mixed] == label]
        rank[own] = np.arange(len(own))
    chosen = np.lexsort((digits.labels, rank))[:count]
    if len(chosen) < count:
        raise ValueError(f"{len(chosen)} digits, not {count}")
    return digits[chosen]


def blur(sides: Sides, count: int, draws: np.random.Generator, sigma: float) -> Digits:
    """A Gaussian mean of `sigma` pixels."""
    images, labels = pick(sides.clean, count, draws)
    soft = ndimage.gaussian_filter(images.astype(np.float64), (0, sigma, sigma, 0))
    return Digits(np.rint(soft).astype(np.uint8), labels)


def noise(sides: Sides, count: int, draws: np.random.Generator, std: float) -> Digits:
    """Normal noise of `std` levels, clipped."""
    images, labels = pick(sides.clean, count, draws)
    loud = np.rint(images + draws.normal(0, std, images.shape))
    return Digits(np.clip(loud, 0, 255).astype(np.uint8), labels)


def junk(sides: Sides, count: int, draws: np.random.Generator, share: float) -> Digits:
    """That share of uniform noise in the digits' place."""
    images, labels = pick(sides.clean, count, draws)
    bad = draws.permutation(count) < share * count
    pixels = draws.integers(0, 256, images.shape, np.uint8)
    return Digits(np.where(bad[:, None, None, None], pixels, images), labels)


def drop(sides: Sides, count: int, draws: np.random.Generator, gone: int) -> Digits:
    """The last `gone` digits never occur."""
    kept = sides.clean[sides.clean.labels < 10 - gone]
    return pick(kept, count, draws)


def duplicate(
    sides: Sides, count: int, draws: np.random.Generator, distinct: int
) -> Digits:
    """Only `distinct` pictures, over and over; every class among them."""
    few = pick(sides.clean, distinct, draws)
    return few[np.arange(count) % distinct]


def memorise(
    sides: Sides, count: int, draws: np.random.Generator, share: float
) -> Digits:
    """That share of copies of the reals."""
    fresh, copies = (pick(side, count, draws) for side in reversed(sides))
    known = draws.permutation(count) < share * count
    images = np.where(known[:, None, None, None], copies.images, fresh.images)
    return Digits(images, np.where(known, copies.labels, fresh.labels))


def clean(sides: Sides, count: int, draws: np.random.Generator) -> Digits:
    """Nothing is done."""
    return pick(sides.clean, count, draws)


class Disturbance(NamedTuple):
    """`make(sides, count, draws, strength)`, its strengths, and how they are read."""

    make: Callable[..., Digits]
    strengths: tuple[float, ...]
    reads: str


DISTURBANCES: Mapping[str, Disturbance] = {
    "blur": Disturbance(blur, (0.5, 1.0, 2.0), "sigma {} pixels"),
    "noise": Disturbance(noise, (16, 48, 128), "std {} of 255"),
    "junk": Disturbance(junk, (0.1, 0.5, 1.0), "share {} of uniform noise"),
    "drop": Disturbance(drop, (3, 6), "{} of 10 classes"),
    "duplicate": Disturbance(duplicate, (200, 50, 10), "{} pictures repeated"),
    "memorise": Disturbance(memorise, (0.1, 0.5, 1.0), "share {} of copies"),
}
