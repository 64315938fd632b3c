"""Rows of pictures along paths of latents."""

import numpy as np

from gan_jax.errors import BadInput
from gan_jax.latents.spaces import Space
from gan_jax.latents.trained import Shown, Trained
from gan_jax.sampling import lerp, slerp

REACH = 3.0
"""Standard deviations to which a walk goes, either way."""


def interpolate(trained: Trained, rows: int, steps: int, space: str = "z") -> Shown:
    """From each sample to the next, along a great circle (White 2016).

    In w and w+ the same straight lines.

    Args:
        trained: the generator.
        rows: pairs: (0, 1), (1, 2), ...; a row is asked for what its first sample is.
        steps: pictures a row, both ends among them.
        space: see `Space`.

    Raises:
        BadInput: a generator without this space; fewer than two steps.
    """
    _at_least_two(steps)
    within, answers = Space(trained, space), trained.answers(rows + 1)
    points = within.points(trained.latents(rows + 1), answers)
    line = slerp if space == "z" else lerp
    share = np.linspace(0.0, 1.0, steps).tolist()
    along = np.stack([line(points[:-1], points[1:], t) for t in share], axis=1)
    first = {name: x[:-1] for name, x in answers.items()}
    return Shown(trained.rows(along, first, within.make))


def walk(trained: Trained, rows: int, steps: int) -> Shown:
    """One number of sample 0's latents from -3 to 3; the others stay.

    Args:
        trained: the generator.
        rows: numbers 0, 1, ... of the latents, at most as many as there are.
        steps: pictures a row.

    Raises:
        BadInput: fewer than two steps.
    """
    _at_least_two(steps)
    z = np.asarray(trained.latents(1))
    rows = min(rows, z.size)
    moved = np.broadcast_to(z.reshape(-1), (rows, steps, z.size)).copy()
    moved[np.arange(rows), :, np.arange(rows)] = np.linspace(-REACH, REACH, steps)
    answers = {name: x.repeat(rows, 0) for name, x in trained.answers(1).items()}
    return Shown(trained.rows(moved.reshape(rows, steps, *z.shape[1:]), answers))


def truncate(trained: Trained, rows: int, steps: int) -> Shown:
    """Each sample at less and less variety, by the ask `truncation`.

    Args:
        trained: a generator with that ask.
        rows: samples 0, 1, ...
        steps: pictures a row, from a truncation of 0 to one of 2: standard deviations
            of a truncated prior, psi of a style-based generator.

    Raises:
        BadInput: the model has no such ask; fewer than two steps.
    """
    _at_least_two(steps)
    if "truncation" not in trained.run.asks:
        raise BadInput(
            "this model cannot be asked for less variety",
            "train with game.latents.name=truncatable",
        )
    others = {n: x for n, x in trained.answers(rows).items() if n != "truncation"}
    columns = [
        trained.run.sample(rows, trained.seed, **others, truncation=t)
        for t in np.linspace(0.0, 2.0, steps)
    ]
    return Shown(np.stack(columns, axis=1))


def _at_least_two(steps: int) -> None:
    if steps < 2:
        raise BadInput(f"steps={steps}", "a path has at least its two ends")
