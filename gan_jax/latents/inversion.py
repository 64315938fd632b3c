"""Latents of given pictures, by gradient descent."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float

from gan_jax.errors import BadInput
from gan_jax.evaluation.evaluator import LABEL
from gan_jax.evaluation.references import examples, some
from gan_jax.latents.spaces import Space
from gan_jax.latents.trained import Make, Shown, Trained
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


def inverted(trained: Trained, rows: int, steps: int, space: str = "z") -> Shown:
    """Reals, and the samples that came nearest to each.

    In w one style is looked for (Karras et al. 2020, section 5), in w+ one for each layer
    (Abdal et al. 2019), both from mapped latents on and without noise.

    Args:
        trained: the generator, its data opened.
        rows: reals.
        steps: pictures a row: the real, then the ends of its best starts, best first.
        space: see `Space`.

    Raises:
        BadInput: a generator without this space; the data are not there; steps not from
            2 to one more than the starts.
    """
    within, dataset = Space(trained, space), trained.reals()
    if not 2 <= steps <= STARTS + 1:
        raise BadInput(f"steps={steps}", f"wanted 2 to {STARTS + 1}")
    shown = examples(dataset, some(dataset, rows))
    reals = shown["sample"]
    rows = len(reals)
    answers = trained.answers(rows)
    if LABEL in answers and LABEL in shown and LABEL not in trained.asked:
        answers[LABEL] = shown[LABEL]
    every = {
        name: np.tile(x, (STARTS, *(1,) * (x.ndim - 1))) for name, x in answers.items()
    }
    points = within.points(trained.latents(STARTS * rows), every)
    starts = within.free(points).reshape(STARTS, rows, *within.free(points).shape[1:])
    make = _still(within, points.shape[1])

    def synthesize(found: Latents) -> Array:
        return make(found, answers, trained.keys(rows))

    target = jnp.asarray(reals, jnp.float32) / 127.5 - 1.0
    ends, errors = invert(synthesize, starts, target)
    best = np.asarray(jnp.swapaxes(ends[: steps - 1], 0, 1))
    said = [
        f"real {i}: {apart[0]:.1f} of 255 away in {space}, best of {STARTS} starts "
        f"(the worst: {apart[-1]:.1f})"
        for i, apart in enumerate(np.sqrt(np.asarray(errors)).T * 127.5)
    ]
    made = trained.rows(best, answers, jax.jit(make))
    return Shown(np.concatenate([reals[:, None], made], axis=1), tuple(said))


def _still(space: Space, layers: int) -> Make:
    """What was found, told every ask, to samples; those of styles have no noise."""
    run = space.trained.run
    if space.name == "z":
        return partial(run.game.functions["synthesize"], run.state)

    def paint(found: Latents, answers: Any, keys: Any) -> Array:
        del answers, keys
        return run.game.functions["paint"](run.state, space.fixed(found, layers))

    return paint
