"""Latents of given pictures, by gradient descent."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float

from gan_jax.errors import BadInput
from gan_jax.evaluation.evaluator import LABEL
from gan_jax.evaluation.references import examples, some
from gan_jax.latents.trained import Shown, Trained
from gan_jax.typing import Latents

STARTS, STEPS, RATE = 8, 300, 0.05


def invert(
    synthesize: Callable[[Latents], Array],
    starts: Float[Array, "starts n ..."],
    target: Float[Array, "n h w c"],
    steps: int = STEPS,
    rate: float = RATE,
) -> tuple[Float[Array, "starts n ..."], Float[Array, "starts n"]]:
    """Latents whose samples come near to pictures in mean squared error.

    Adam from several starts, the rate falling to zero along a cosine.

    Args:
        synthesize: latents [n, *z] to samples [n, h, w, c].
        starts: latents to begin from, [starts, n, *z].
        target: pictures in the range of the samples.
        steps: of Adam.
        rate: its rate at the beginning.

    Returns:
        Where the starts ended, of each picture the best first, and their errors.
    """
    adam = optax.adam(optax.cosine_decay_schedule(rate, steps))

    def error(z: Latents) -> Float[Array, "n"]:
        apart = (synthesize(z) - target) ** 2
        return apart.reshape(len(z), -1).mean(1)

    def step(carry: tuple, _: None) -> tuple[tuple, None]:
        z, memory = carry
        # Of the sum: no picture's step depends on how many others there are.
        slope = jax.grad(lambda z: error(z).sum())(z)
        update, memory = adam.update(slope, memory)
        return (z + update, memory), None

    @jax.jit
    def descend(z: Latents) -> tuple[Latents, Array]:
        (z, _), _ = jax.lax.scan(step, (z, adam.init(z)), None, length=steps)
        return z, error(z)

    ends, errors = zip(*(descend(start) for start in starts), strict=True)
    found, apart = jnp.stack(ends), jnp.stack(errors)
    order = apart.argsort(0)
    return found[order, jnp.arange(len(target))], jnp.sort(apart, 0)


def inverted(trained: Trained, rows: int, steps: int) -> Shown:
    """Reals, and the samples that came nearest to each.

    Args:
        trained: the generator, its data opened.
        rows: reals.
        steps: pictures a row: the real, then the ends of its best starts, best first.

    Raises:
        BadInput: the data are not there; steps not from 2 to one more than the starts.
    """
    dataset = trained.reals()
    if not 2 <= steps <= STARTS + 1:
        raise BadInput(f"steps={steps}", f"wanted 2 to {STARTS + 1}")
    shown = examples(dataset, some(dataset, rows))
    reals = shown["sample"]
    rows, run = len(reals), trained.run
    answers = trained.answers(rows)
    if LABEL in answers and LABEL in shown and LABEL not in trained.asked:
        answers[LABEL] = shown[LABEL]
    starts, keys = trained.latents(STARTS * rows), trained.keys(rows)

    def synthesize(z: Latents) -> Array:
        return run.game.functions["synthesize"](run.state, z, answers, keys)

    target = jnp.asarray(reals, jnp.float32) / 127.5 - 1.0
    z, errors = invert(
        synthesize, starts.reshape(STARTS, rows, *starts.shape[1:]), target
    )
    best = np.asarray(jnp.swapaxes(z[: steps - 1], 0, 1))
    said = [
        f"real {i}: {apart:.1f} of 255 away, best of {STARTS} starts"
        for i, apart in enumerate(np.sqrt(np.asarray(errors[0])) * 127.5)
    ]
    pictures = np.concatenate([reals[:, None], trained.rows(best, answers)], axis=1)
    return Shown(pictures, tuple(said))
