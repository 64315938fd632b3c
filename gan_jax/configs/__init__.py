"""The configs that come with the package: `from gan_jax.configs import common`.

In a clone they lie at its top, in `configs/`; a wheel carries them here, in `families/`
(see `setup.py`), so that no other package can take their name.
"""

from pathlib import Path

_HERE = Path(__file__).parent
FOLDER = next(
    folder
    for folder in (_HERE / "families", _HERE.parents[1] / "configs")
    if (folder / "common").is_dir()
)
"""Where the config files are."""
__path__ = [str(FOLDER)]
