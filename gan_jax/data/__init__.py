"""Data: sources, preprocessing, and the stream of batches.

A source is a function that opens a `Dataset`; `make_feed` turns it into batches.
"""

from gan_jax.data import shuffle
from gan_jax.data.dataset import (
    Dataset,
    Modes,
    Resident,
    Sampled,
    Several,
    Streamed,
)
from gan_jax.data.embedded import digits8, mnist5k
from gan_jax.data.facts import Facts, Spec
from gan_jax.data.image_folder import folder
from gan_jax.data.padded import padded
from gan_jax.data.preprocess import Preprocess, dequantize, flip, scale, to_pixels
from gan_jax.data.several import balanced, joint, paired, unpaired
from gan_jax.data.skewed import skewed
from gan_jax.data.stacked import stacked_mnist
from gan_jax.data.stream import Feed, make_feed, prefetch
from gan_jax.data.synthetic import grid, points, ring, shapes, swiss_roll
from gan_jax.data.tensorflow_sets import cifar10, fashion_mnist, tfds

__all__ = [
    "Dataset",
    "Facts",
    "Feed",
    "Modes",
    "Preprocess",
    "Resident",
    "Sampled",
    "Several",
    "Spec",
    "Streamed",
    "balanced",
    "cifar10",
    "dequantize",
    "digits8",
    "fashion_mnist",
    "flip",
    "folder",
    "grid",
    "joint",
    "make_feed",
    "mnist5k",
    "padded",
    "paired",
    "points",
    "prefetch",
    "ring",
    "scale",
    "shapes",
    "shuffle",
    "skewed",
    "stacked_mnist",
    "swiss_roll",
    "tfds",
    "to_pixels",
    "unpaired",
]
