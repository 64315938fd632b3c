"""`python -m gan_jax`: the same as `python -m gan_jax.main`."""

import os
import sys

if not __package__:
    # Run as a folder: it must not stand before Python's own, for its typing.py.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from gan_jax.main import run  # noqa: E402

run()
