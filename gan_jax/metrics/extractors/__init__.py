"""Extractors: uint8 images in, features and class probabilities out."""

from gan_jax.metrics.extractors.base import Extractor, Features
from gan_jax.metrics.extractors.digit_classifier import digits
from gan_jax.metrics.extractors.efficientnet_lite import lite0
from gan_jax.metrics.extractors.inception_v3 import inception
from gan_jax.metrics.extractors.lpips import lpips
from gan_jax.metrics.extractors.random_network import random
from gan_jax.metrics.extractors.stacked_digits import stacked_digits

__all__ = [
    "Extractor",
    "Features",
    "digits",
    "inception",
    "lite0",
    "lpips",
    "random",
    "stacked_digits",
]
