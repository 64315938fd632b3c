"""Where things lie that can be made again: compiled programs, statistics of reals.

A cache is a convenience: where there is no place for one, everything works without.
"""

import os
from pathlib import Path

import jax


def cache_folder() -> Path | None:
    """The user's cache of this package; None where there is no place for one.

    A name that is no absolute path counts as absent (the XDG base directory
    specification): nothing is ever kept in the folder one happens to stand in.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not cache.is_absolute():
        try:
            cache = Path.home() / ".cache"
        except RuntimeError:  # no HOME, and nobody by that number in the user table
            return None
    return cache / "gan_jax" if cache.is_absolute() else None


def keep_programs() -> None:
    """What JAX compiles is kept, for this process and later ones, unless it is already."""
    cache = cache_folder()
    if cache and not jax.config.values.get("jax_compilation_cache_dir"):
        jax.config.update("jax_compilation_cache_dir", str(cache))
