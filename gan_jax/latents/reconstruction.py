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
    answers = trained.answers(len(reals))
    if LABEL in answers and LABEL in shown and LABEL not in trained.asked:
        answers[LABEL] = shown[LABEL]
    asked = {name: jnp.asarray(x) for name, x in answers.items()}
    keys = trained.keys(len(reals))
    x, found = data.scale()(jnp.asarray(reals), keys), [reals]
    for _ in range(steps - 1):
        x = again(x, asked)
        found.append(pixels(np.asarray(x)))
    apart = [
        np.sqrt(np.mean((real.astype(float) - first) ** 2))
        for real, first in zip(reals, found[1], strict=True)
    ]
    said = (f"reconstructions: {np.mean(apart):.1f} of 255 away, root mean square",)
    return Shown(np.stack(found, axis=1), said)
