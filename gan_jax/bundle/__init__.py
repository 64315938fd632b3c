"""A model out of the house: a folder that JAX and NumPy open, without training code."""

from gan_jax.bundle.files import is_bundle, read_card
from gan_jax.bundle.opening import Bundle, open_bundle
from gan_jax.bundle.signature import Signature

__all__ = ["Bundle", "Signature", "is_bundle", "open_bundle", "read_card"]
