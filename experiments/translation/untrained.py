"""How well a StyleGAN3-T moves that was never trained, and what keeps it from more.

    python -m experiments.translation.untrained [--width 64] [--seeds 0,1,2]

Its weights are our initialisation. A row: the precision that it computes in, and the
samples around the picture that its maps have (10 in the paper). EQ-T over shifts of a few
whole pixels, in decibels, of the whole picture and of its middle, half as wide.
"""

import argparse
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from gan_jax.metrics.equivariance import decibels, shifted
from gan_jax.models import stylegan3
from gan_jax.nn.fourier import Place

SIZE, STYLE, COUNT = 32, 64, 2
SHIFTS = ((2, 1), (-3, 2))
MIDDLE = slice(SIZE // 4, -SIZE // 4)
ROWS = (("float32", 10), ("float64", 10), ("float32", 20))


def made(width: int, precision: str, margin: int) -> Callable[..., jax.Array]:
    """Pictures [samples, h, w, c] of new weights: (key of the weights, shift) -> them.

    Args:
        width: channels of the first layers; fewer where the cutoff is high.
        precision: of everything but the picture itself.
        margin: see `stylegan3.Generator`.
    """
    gen = stylegan3.Generator(
        (SIZE, SIZE, 3),
        style=STYLE,
        channel_base=16 * width,
        channel_max=width,
        margin=margin,
        dtype=jnp.dtype(precision),
    )
    z = jax.random.normal(jax.random.key(1), (COUNT, STYLE))

    def pictures(key: jax.Array, shift: jax.Array) -> jax.Array:
        variables = gen.init(key, z, train=True)
        place = Place(jnp.tile(shift, (COUNT, 1)), jnp.zeros(COUNT))
        return gen.apply(variables, z, train=False, place=place)

    return jax.jit(pictures)


def errors(pictures: Callable[..., jax.Array], seed: int) -> np.ndarray:
    """Squared differences [shifts, samples, h, w, c]; nan where none can be taken."""
    key, found = jax.random.key(seed), []
    still = np.float64(pictures(key, jnp.zeros(2)))
    for shift in SHIFTS:
        wanted = shifted(still, *shift)
        moved = np.float64(pictures(key, jnp.array(shift) / SIZE))
        squares = np.square(wanted.pictures - moved)
        found.append(np.where(wanted.trusted[..., None], squares, np.nan))
    return np.stack(found)


def main() -> None:
    """Print a row for each precision and margin, a pair of numbers for each seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--seeds", default="0,1,2")
    flags = parser.parse_args()
    print("| precision | margin | EQ-T (of the middle), by seed |\n|---|--:|---|")
    for precision, margin in ROWS:
        jax.config.update("jax_enable_x64", precision == "float64")
        pictures, cells = made(flags.width, precision, margin), []
        for seed in map(int, flags.seeds.split(",")):
            found = errors(pictures, seed)
            parts = found, found[:, :, MIDDLE, MIDDLE]
            whole, middle = (decibels(np.nanmean(part), 1) for part in parts)
            cells.append(f"{whole:.1f} ({middle:.1f})")
        print(f"| {precision} | {margin} | {', '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
