"""Reals as an autoencoder gives them back."""

import jax.numpy as jnp
import numpy as np

from gan_jax import data
from gan_jax.errors import BadInput
from gan_jax.evaluation.evaluator import LABEL
from gan_jax.evaluation.references import examples, some
from gan_jax.latents.trained import Shown, Trained, pixels


def reconstruct(trained: Trained, rows: int, steps: int) -> Shown:
    """Reals, and what their latents are decoded to.

    Args:
        trained: a run whose game has a function `reconstruct`, its data opened.
        rows: reals.
        steps: pictures a row: the real, its reconstruction, the reconstruction of that.

    Raises:
        BadInput: the model has no such function; the data are not there; fewer than two
            steps.
    """
    again = trained.run.function("reconstruct")
    dataset = trained.reals()
    if steps < 2:
        raise BadInput(f"steps={steps}", "wanted the real and its reconstruction")
    shown = examples(dataset, some(dataset, rows))
    reals = shown["sample"]
    keys, count, run = trained.keys(len(reals)), len(reals), trained.run
    x, found = data.scale()(jnp.asarray(reals), keys), [reals]
    # What must be given of every sample is given of these; a label is their own.
    own = {n: x for n, ask in run.asks.items() if ask.drawn is None}
    own |= {LABEL: shown[LABEL]} if LABEL in run.asks and LABEL in shown else {}
    answers = run.asked(count, trained.seed, **own | dict(trained.asked))
    asked = {name: jnp.asarray(x) for name, x in answers.items()}
    for _ in range(steps - 1):
        x = again(x, asked)
        found.append(pixels(np.asarray(x)))
    apart = [
        np.sqrt(np.mean((real.astype(float) - first) ** 2))
        for real, first in zip(reals, found[1], strict=True)
    ]
    said = (f"reconstructions: {np.mean(apart):.1f} of 255 away, root mean square",)
    return Shown(np.stack(found, axis=1), said)
