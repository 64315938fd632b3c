"""What style-based generators can be asked for besides: mixed styles, other noise."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool

from gan_jax import rng
from gan_jax.errors import BadInput
from gan_jax.latents.spaces import Space, needs_styles
from gan_jax.latents.trained import Shown, Trained, pixels
from gan_jax.models.styles import Styles

NOISE = "noise"
"""The ask by which a generator says that it draws noise."""
DRAWS = 32
"""Noises whose mean and deviation are taken."""
THIRDS = ("coarse", "middle", "fine")
"""Layers by thirds, from the first on; in StyleGAN at 1024 x 1024 the sizes 4 and 8, 16
and 32, and the rest."""


def mixed(a: Styles, b: Styles, of_b: Bool[np.ndarray, "layers"]) -> Styles:
    """Styles of a, but for the layers that have those of b.

    Args:
        a: [n, layers, d].
        b: as many.
        of_b: which layers; from a border on, `np.arange(layers) >= border`.
    """
    return jnp.where(jnp.asarray(of_b)[:, None], b, a)


def mix(trained: Trained, rows: int, steps: int, by: str = "") -> Shown:
    """Samples that have the styles of two: a row's shape and a column's texture.

    Karras et al. 2019, figure 3. All have one noise, that of sample 0.

    Args:
        trained: a style-based generator.
        rows: samples 0, 1, ..., each at the beginning of its row.
        steps: pictures a row; the samples that follow stand above the columns.
        by: which styles are the column's: `coarse`, `middle` or `fine`, or those from a
            layer on, by its number; by default the second half.

    Raises:
        BadInput: a generator without styles, no such layers, fewer than two steps.
    """
    needs_styles(trained, "mixing")
    if steps < 2:
        raise BadInput(f"--steps={steps}", "a row is a sample and at least one mixture")
    space, columns = Space(trained, "w+"), steps - 1
    count = rows + columns
    answers = trained.answers(count)
    ws = space.points(trained.latents(count), answers)
    layers = ws.shape[1]
    taken = layers_by(by or str(layers // 2), layers)
    above = np.asarray(ws[rows:])
    blocks = [np.concatenate([above[:1], above])]
    for i in range(rows):
        beside = jnp.broadcast_to(ws[i], above.shape)
        blocks.append(
            np.concatenate([ws[i : i + 1], mixed(beside, jnp.asarray(above), taken)])
        )
    flat = np.concatenate(blocks)
    told = {n: np.repeat(x[:1], len(flat), 0) for n, x in answers.items()}
    keys = trained.keys(1)[np.zeros(len(flat), int)]
    made = pixels(trained.images(jnp.asarray(flat), told, keys, space.make))
    shown = made.reshape(rows + 1, steps, *made.shape[1:])
    shown[0, 0] = 0  # the corner belongs to nobody
    numbers = ", ".join(map(str, np.flatnonzero(taken))) or "none"
    return Shown(shown, (f"of the column: the styles of layers {numbers} of {layers}",))


def layers_by(by: str, layers: int) -> Bool[np.ndarray, "layers"]:
    """Which layers are meant by a word or a number.

    Raises:
        BadInput: another word, or a number that is not from 0 to `layers`.
    """
    number = np.arange(layers)
    if by in THIRDS:
        ends = [round(layers * i / 3) for i in range(4)]
        i = THIRDS.index(by)
        return (ends[i] <= number) & (number < ends[i + 1])
    if not (by.isdecimal() and int(by) <= layers):
        raise BadInput(
            f"--by={by[:40]}",
            f"wanted {', '.join(THIRDS)}, or a layer of 0 to {layers}",
        )
    return number >= int(by)


def noise(trained: Trained, rows: int, steps: int) -> Shown:
    """What noise changes in samples: the same styles under many noises.

    Karras et al. 2019, figure 4. A row: the sample, the mean over noises, their
    deviation (white is the largest of the row), then the sample under other noises.

    Args:
        trained: a style-based generator that draws noise.
        rows: samples 0, 1, ...
        steps: pictures a row, at least three.

    Raises:
        BadInput: a generator without styles or without noise, too few or too many steps.
    """
    needs_styles(trained, "noise")
    if NOISE not in trained.run.asks:
        raise BadInput(
            "this generator draws no noise", f"it has no ask {NOISE!r}; see --do=mix"
        )
    if not 3 <= steps <= DRAWS + 3:
        raise BadInput(f"--steps={steps}", f"wanted 3 to {DRAWS + 3}")
    space, answers = Space(trained, "w+"), trained.answers(rows)
    ws = space.points(trained.latents(rows), answers)
    plain = trained.rows(np.asarray(ws)[:, None], answers, space.make)[:, 0]
    shown, said = [], []
    for i in range(rows):
        keys = rng.deal(rng.stream(trained.keys(rows)[i], "other noises"), DRAWS)
        told = {n: np.repeat(x[i : i + 1], DRAWS, 0) for n, x in answers.items()}
        same = jnp.broadcast_to(ws[i], (DRAWS, *ws.shape[1:]))
        made = trained.images(same, told, keys, space.make)
        # Cut off as pictures are, but not rounded: little noise would be lost.
        seen = 127.5 * (np.clip(made.astype(np.float64), -1, 1) + 1)
        mean, deviation = seen.mean(0), seen.std(0)
        largest = max(float(deviation.max()), 1e-9)
        maps = np.stack([mean, 255 * deviation / largest]).round().astype(np.uint8)
        shown.append(
            np.concatenate([plain[i : i + 1], maps, pixels(made[: steps - 3])])
        )
        said.append(
            f"sample {i}: noise moves a pixel by {deviation.mean():.2f} of 255 on "
            f"average, by {largest:.2f} at most (standard deviations)"
        )
    return Shown(np.stack(shown), tuple(said))


__all__ = ["layers_by", "mix", "mixed", "noise"]
