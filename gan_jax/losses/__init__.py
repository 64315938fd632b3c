"""Losses: what each side of the game minimises, given logits."""

from gan_jax.losses.adversarial import hinge, minimax, non_saturating, wasserstein
from gan_jax.losses.base import Adversarial

__all__ = ["Adversarial", "hinge", "minimax", "non_saturating", "wasserstein"]
