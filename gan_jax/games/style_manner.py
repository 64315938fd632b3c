"""How a style-based generator is called: what can be asked of it, what it is told.

In training it is told noise and styles of others to mix with; for samples it can be asked
for truncation, less noise, or another place for the picture.
"""

import jax.numpy as jnp
import numpy as np

from gan_jax import rng
from gan_jax.asks import Ask, Asked, Manner
from gan_jax.models.styles import Cut, Mix, Noise, StyleBased
from gan_jax.nn.fourier import Place
from gan_jax.typing import Keys, Prior, Tree

TRUNCATION, CUTOFF, NOISE = "truncation", "cutoff", "noise"
TRANSLATE, ROTATE = "translate", "rotate"
"""Names of the asks."""
PAINTED = ("noise", "place")
"""What of a manner the synthesis is told; the rest is the mapping's."""


def manner(gen: StyleBased, latents: Prior, mixing: float) -> Manner:
    """How a style-based generator is called.

    Its asks are `truncation` psi (1 where nobody asks), and `cutoff`, the number of layers
    from the first that truncation is done to (all). One with noise has `noise`, a factor
    of that (1). One whose picture can be moved has `translate`, how far to the right and
    down, in widths and heights of the picture, and `rotate`, degrees against the clock
    about the middle, which come first. In training, noise is drawn, and some of the
    styles are mixed; nothing is moved.

    Args:
        gen: the generator.
        latents: the prior.
        mixing: share of examples whose styles are mixed; 0 for none, at no cost.
    """
    layers = gen.layers
    asks = {
        TRUNCATION: Ask(drawn=lambda keys: jnp.ones(keys.shape[0])),
        CUTOFF: Ask(
            dtype="int32",
            drawn=lambda keys: jnp.full(keys.shape[0], layers, jnp.int32),
            below=layers + 1,
        ),
    }
    if gen.noise_sizes:
        asks[NOISE] = Ask(drawn=lambda keys: jnp.ones(keys.shape[0]))
    if gen.placed:
        asks[TRANSLATE] = Ask((2,), drawn=lambda keys: jnp.zeros((keys.shape[0], 2)))
        asks[ROTATE] = Ask(drawn=lambda keys: jnp.zeros(keys.shape[0]))

    def noise(keys: Keys) -> Noise:
        # Drawn at once: a generator of random numbers for each layer takes long to compile.
        ends = np.cumsum([h * w for h, w in gen.noise_sizes])
        drawn = rng.normal(rng.stream(keys, "noise"), (int(ends[-1]),))
        parts = jnp.split(drawn, ends[:-1], axis=1)
        sizes = zip(parts, gen.noise_sizes, strict=True)
        return tuple(part.reshape(-1, *size, 1) for part, size in sizes)

    def training(keys: Keys) -> dict[str, Tree]:
        told: dict[str, Tree] = {"noise": noise(keys)} if gen.noise_sizes else {}
        if mixing:
            lots = rng.uniform(rng.stream(keys, "mixing"), (2,))
            border = 1 + jnp.floor(lots[:, 1] * (layers - 1)).astype(jnp.int32)
            border = jnp.where(lots[:, 0] < mixing, border, layers)
            told["mix"] = Mix(latents(rng.stream(keys, "others")), border)
        return told

    def sampling(keys: Keys | None, asked: Asked) -> dict[str, Tree]:
        told: dict[str, Tree] = {}
        if TRUNCATION in asked:
            psi = jnp.asarray(asked[TRUNCATION], jnp.float32)
            until = asked.get(CUTOFF, jnp.full_like(psi, layers, jnp.int32))
            told["cut"] = Cut(psi, jnp.asarray(until))
        if gen.placed and (TRANSLATE in asked or ROTATE in asked):
            told["place"] = place_of(asked)
        if keys is not None and gen.noise_sizes:
            loud = jnp.asarray(asked.get(NOISE, jnp.ones(keys.shape[0])), jnp.float32)
            told["noise"] = tuple(x * loud[:, None, None, None] for x in noise(keys))
        return told

    return Manner(asks, training, sampling)


def place_of(asked: Asked) -> Place:
    """Where a picture is to lie, of the asks `translate` and `rotate` or one of them."""
    some = jnp.asarray(asked[TRANSLATE] if TRANSLATE in asked else asked[ROTATE])
    shift = asked.get(TRANSLATE, jnp.zeros((some.shape[0], 2)))
    angle = asked.get(ROTATE, jnp.zeros(some.shape[0]))
    return Place(jnp.asarray(shift, jnp.float32), jnp.asarray(angle, jnp.float32))
