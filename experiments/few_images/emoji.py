"""Emoji for the colour table: all of them, and 500 evenly spread over them.

npm pack emoji-datasource-google
tar xzf emoji-datasource-google-*.tgz package/img/google/64
python -m experiments.few_images.emoji package/img/google/64
"""

import shutil
import sys
from pathlib import Path

import numpy as np

from gan_jax.errors import BadInput

ALL, FEW = Path("runs/emoji/all"), Path("runs/emoji/500")
COUNT = 500


def divide(folder: Path) -> None:
    """Copy the pictures of a folder to `ALL`, and `COUNT` of them to `FEW`.

    Raises:
        BadInput: there are fewer.
    """
    files = sorted(folder.glob("*.png"))
    if len(files) < COUNT:
        raise BadInput(f"{folder} holds {len(files)} PNGs", "name the emoji's folder")
    spread = set(np.linspace(0, len(files) - 1, COUNT).round().astype(int).tolist())
    for place in (ALL, FEW):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
    for i, file in enumerate(files):
        for place in (ALL, FEW) if i in spread else (ALL,):
            shutil.copy(file, place / file.name)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit((__doc__ or "").strip())
    try:
        divide(Path(sys.argv[1]))
    except BadInput as error:
        print(error, file=sys.stderr)
        sys.exit(2)
