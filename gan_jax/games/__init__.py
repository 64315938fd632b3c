"""The engine (`base`, `update`, `round`) and the games played on it."""

from gan_jax.games.adversarial import adversarial
from gan_jax.games.autoregressive import autoregressive
from gan_jax.games.choices import Choice, logan, top_k
from gan_jax.games.in_latents import LatentSpace, in_latents, posterior
from gan_jax.games.mode_regularized import manifold_diffusion, mode_regularized
from gan_jax.games.multi_level import multi_level
from gan_jax.games.perceptual import Perceptual, digit_features, lpips
from gan_jax.games.progressive import progressive
from gan_jax.games.quantised import vq_gan, vq_vae
from gan_jax.games.style_based import style_based
from gan_jax.games.tokens import Tokeniser, codes, pixels
from gan_jax.games.variational import variational
from gan_jax.games.veegan import veegan

__all__ = [
    "Choice",
    "LatentSpace",
    "Perceptual",
    "Tokeniser",
    "adversarial",
    "autoregressive",
    "codes",
    "digit_features",
    "in_latents",
    "logan",
    "lpips",
    "manifold_diffusion",
    "mode_regularized",
    "multi_level",
    "pixels",
    "posterior",
    "progressive",
    "style_based",
    "top_k",
    "variational",
    "veegan",
    "vq_gan",
    "vq_vae",
]
