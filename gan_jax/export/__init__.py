"""Trained generators for other programs: StableHLO, ONNX, safetensors, each with a card.

`write` makes a bundle, a folder that is written whole or not at all; `gan_jax.bundle`
opens it without training code, `rebuilt` opens weights alone by building their networks.
"""

from gan_jax.export.portable import Portable, portable
from gan_jax.export.rebuild import rebuilt
from gan_jax.export.writing import FORMATS, check, write

__all__ = ["FORMATS", "Portable", "check", "portable", "rebuilt", "write"]
