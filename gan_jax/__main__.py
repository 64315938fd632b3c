"""`python -m gan_jax`: the same as `python -m gan_jax.main`."""

from gan_jax.main import run

run()
