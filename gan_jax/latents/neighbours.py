"""The reals nearest to samples: what a generator learnt by heart shows here."""

import numpy as np

from gan_jax.errors import BadInput
from gan_jax.evaluation.references import read, some
from gan_jax.latents.trained import Shown, Trained

MOST = 20_000
"""Reals that are looked through."""


def neighbours(trained: Trained, rows: int, steps: int) -> Shown:
    """Samples, and the reals nearest to them by root mean square of their pixels.

    Args:
        trained: the generator, its data opened.
        rows: samples 0, 1, ...
        steps: pictures a row: the sample, then its nearest reals, nearest first.

    Raises:
        BadInput: the data are not there; fewer than two steps, or more than reals.
    """
    dataset = trained.reals()
    reals = read(dataset, some(dataset, MOST))
    if not 2 <= steps <= len(reals) + 1:
        raise BadInput(f"steps={steps}", f"wanted 2 to {len(reals) + 1}")
    z = np.asarray(trained.latents(rows))
    made = trained.rows(z[:, None], trained.answers(rows))[:, 0]
    flat = reals.reshape(len(reals), -1).astype(np.float32)
    found, said = [], []
    for i, sample in enumerate(made):
        apart = np.sqrt(np.mean((flat - sample.reshape(-1)) ** 2, axis=1))
        order = np.argsort(apart, kind="stable")[: steps - 1]
        found.append(np.concatenate([sample[None], reals[order]]))
        said.append(f"sample {i}: nearest real {apart[order[0]]:.1f} of 255 away")
    return Shown(np.stack(found), tuple(said))
