"""The engine (`base`, `update`, `round`) and the games played on it."""

from gan_jax.games.adversarial import adversarial

__all__ = ["adversarial"]
