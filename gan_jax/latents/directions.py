"""Directions of latent space: found, walked along, and measured by a classifier."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from gan_jax.errors import BadInput
from gan_jax.latents import algebra
from gan_jax.latents.labels import class_of, judge, labelled
from gan_jax.latents.paths import REACH
from gan_jax.latents.spaces import Space
from gan_jax.latents.trained import Shown, Trained, pixels
from gan_jax.nn.declared import heard

SAMPLES = 1024
"""Samples that directions are found from."""
MEASURED = 64
"""Samples that an edit is measured on, where fewer are shown."""
UNSUPERVISED = ("sefa", "pca")
SUPERVISED = ("mean", "linear")


class Found(NamedTuple):
    """Directions of a space.

    Attributes:
        vectors: [k, d], unit.
        spreads: [k], standard deviations of samples along them: the unit of a walk.
        said: how they were found.
    """

    vectors: Float[np.ndarray, "k d"]
    spreads: Float[np.ndarray, "k"]
    said: tuple[str, ...]


def direction(
    trained: Trained,
    rows: int,
    steps: int,
    space: str = "z",
    by: str = "sefa",
    label: Any = None,
) -> Shown:
    """Samples moved along directions, from -3 to 3 standard deviations.

    `by` says how these are found. Without labels: `sefa`, the eigenvectors of A^T A of
    the maps that read the latent (Shen & Zhou 2021); `pca`, the principal components of
    styles, or in z of what the first map makes of it (GANSpace, Haerkoenen et al. 2020).
    Then a row is a direction, and all show sample 0. With a label: `mean`, from the mean
    of other samples to that of those that show it; `linear`, across the border of a
    linear classifier. Then a row is a sample.

    Args:
        trained: the generator.
        rows: directions or samples.
        steps: pictures a row.
        space: see `Space`.
        by: see above.
        label: class, by number or name.

    Raises:
        BadInput: no such space, way or class; a generator that cannot be asked so; fewer
            than two steps.
    """
    _at_least_two(steps)
    if by in UNSUPERVISED and label is not None:
        raise BadInput(f"--by={by} wants no --label", f"{', '.join(SUPERVISED)} do")
    within = Space(trained, space)
    found = find(within, by, label, rows)
    shown = len(found.vectors) if by in UNSUPERVISED else rows
    answers = trained.answers(1 if by in UNSUPERVISED else rows)
    z = trained.latents(1 if by in UNSUPERVISED else rows)
    points = np.asarray(within.points(z, answers))
    if by in UNSUPERVISED:
        points = points.repeat(shown, 0)
        answers = {name: x.repeat(shown, 0) for name, x in answers.items()}
    along = within.moved(points, _sweep(found, steps))
    keys = trained.keys(len(z))[np.arange(shown).repeat(steps) % len(z)]
    each = {name: np.repeat(x, steps, 0) for name, x in answers.items()}
    flat = jnp.asarray(along.reshape(-1, *along.shape[2:]))
    made = pixels(trained.images(flat, each, keys, within.make))
    return Shown(made.reshape(shown, steps, *made.shape[1:]), found.said)


def edit(
    trained: Trained,
    rows: int,
    steps: int,
    space: str = "z",
    by: str = "mean",
    label: Any = None,
    component: int = 0,
) -> Shown:
    """Samples moved along one direction, and what a classifier makes of it.

    Args:
        trained: the generator.
        rows: samples shown; `MEASURED` are measured, or as many as are shown.
        steps: strengths, from -3 to 3 standard deviations.
        space: see `Space`.
        by: how the direction is found, see `direction`.
        label: the class that it leads to; by `sefa` and `pca` the one that is followed,
            by default the one whose share changes most.
        component: which of the directions by `sefa` and `pca`, from 0.

    Raises:
        BadInput: as in `direction`; no classifier knows the samples; no such component.
    """
    _at_least_two(steps)
    within, seen = Space(trained, space), judge(trained)
    if component < 0 or (component and by in SUPERVISED):
        raise BadInput(f"--component={component}", "directions by label are one")
    found = find(within, by, label, component + 1)
    if component >= len(found.vectors):
        raise BadInput(
            f"--component={component}", f"wanted 0 to {len(found.vectors) - 1}"
        )
    one = Found(found.vectors[component:], found.spreads[component:], found.said)
    count = max(rows, MEASURED)
    answers = trained.answers(count)
    points = within.points(trained.latents(count), answers)
    along = within.moved(points, _sweep(one, steps))
    made = trained.rows(along, answers, within.make)
    shares = seen.probabilities(made.reshape(-1, *made.shape[2:]))
    shares = shares.reshape(count, steps, -1).mean(0)
    given = label is not None and label != ""
    number = class_of(label, seen.names) if given else int(np.ptp(shares, 0).argmax())
    strengths = np.linspace(-REACH, REACH, steps)
    said = [
        *found.said,
        f"class {seen.names[number]} by classifier {seen.extractor.name}, mean "
        f"probability over {count} samples that the direction was not found from:",
        *(
            f"  {strength:+.2f} deviations: {share:.3f}"
            for strength, share in zip(strengths, shares[:, number], strict=True)
        ),
    ]
    return Shown(made[:rows], tuple(said))


def find(space: Space, by: str, label: Any, count: int) -> Found:
    """Directions of a space, as `direction` has them.

    Args:
        space: of a generator.
        by: in `UNSUPERVISED` or `SUPERVISED`.
        label: the class that supervised ways lead to; others leave it.
        count: how many at most; by a label there is one.

    Raises:
        BadInput: see `direction`.
    """
    ways: dict[str, Callable[..., Any]] = {
        "sefa": lambda: _sefa(space, count),
        "pca": lambda: _pca(space, count),
        "mean": lambda: _labelled(space, label, algebra.mean_difference),
        "linear": lambda: _labelled(space, label, algebra.linear_classifier),
    }
    if by not in ways:
        raise BadInput(f"--by={by[:40]}", f"wanted {', '.join(ways)}")
    try:
        return ways[by]()
    except ValueError as error:
        raise BadInput(str(error), "take another --label or --space") from error


def latent_map(space: Space) -> Float[np.ndarray, "outputs d"]:
    """A: what the linear maps that read the latent make of it, side by side.

    By differences of what `nn.OfLatent` marks, which are exact: the maps are affine. A
    normalisation of the latent's length before them multiplies A by one number.

    Raises:
        BadInput: the generator marks none of this space.
    """
    z = space.trained.latents(1)
    start = np.asarray(space.points(z, space.trained.answers(1)))
    size = space.vectors(start).shape[1]
    units = np.concatenate([np.eye(size), -np.eye(size)])[None]
    moved = space.moved(np.zeros_like(start), units)[0]
    ahead, behind = np.split(_activations(space, moved), 2)
    return (ahead - behind).T / 2


def _activations(space: Space, points: Any) -> Float[np.ndarray, "n outputs"]:
    """What the marked maps make of points, told what sample 0 is told."""
    trained, read = space.trained, "z" if space.name == "z" else "w"
    game, state = trained.run.game, trained.run.state
    answers = {n: jnp.asarray(x) for n, x in trained.answers(1).items()}

    @jax.jit
    def listen(points: jax.Array) -> jax.Array:
        told = {n: x.repeat(len(points), 0) for n, x in answers.items()}
        with heard() as marks:
            if space.name == "z":
                game.functions["synthesize"](state, points, told)
            else:
                game.functions["paint"](state, points)
        ys = [m.y.reshape(len(points), -1) for m in marks if m.read == read]
        if not ys:
            other = ", ".join({f"--space={m.read}" for m in marks})
            raise BadInput(
                f"this generator marks no linear map of {read}",
                f"take {other}" if other else "mark it with nn.OfLatent",
            )
        return jnp.concatenate(ys, 1)

    return np.asarray(trained.by_parts(listen, jnp.asarray(points)), np.float64)


def _sefa(space: Space, count: int) -> Found:
    if space.name == "w+":
        raise BadInput(
            "--by=sefa in w+", "take --space=w: its styles are of all layers"
        )
    found = algebra.sefa(latent_map(space))
    vectors = found.vectors[:count]
    _, rows = _sampled(space)
    told = ", ".join(f"{x:.3g}" for x in found.sizes[: len(vectors)])
    return Found(vectors, _spreads(rows, vectors), (f"eigenvalues of A^T A: {told}",))


def _pca(space: Space, count: int) -> Found:
    points, rows = _sampled(space)
    if space.name == "z":
        found = algebra.pulled_back(rows, _activations(space, points), count)
        of = "what the first map makes of z"
    else:
        found, of = algebra.principal(rows, count), f"{SAMPLES} samples in {space.name}"
    told = ", ".join(f"{x:.3g}" for x in found.sizes)
    said = f"standard deviations of the principal components of {of}: {told}"
    return Found(found.vectors, _spreads(rows, found.vectors), (said,))


def _labelled(space: Space, label: Any, way: Callable[..., Any]) -> Found:
    points, of, said = labelled(space, label, SAMPLES)
    rows = space.vectors(points)
    vectors = way(rows, of)[None]
    return Found(vectors, _spreads(rows, vectors), (said,))


def _sampled(space: Space) -> tuple[np.ndarray, Float[np.ndarray, "n d"]]:
    """Points of samples that are not shown, and these as vectors."""
    trained = space.trained.of_next_seed()
    z, answers = trained.latents(SAMPLES), trained.answers(SAMPLES)
    points = trained.by_parts(space.points, z, answers)
    return points, space.vectors(points)


def _spreads(
    rows: Float[np.ndarray, "n d"], vectors: Float[np.ndarray, "k d"]
) -> Float[np.ndarray, "k"]:
    return (rows @ vectors.T).std(0)


def _sweep(found: Found, steps: int) -> Float[np.ndarray, "k steps d"]:
    """What to add to points: from -3 to 3 deviations along each direction."""
    strengths = np.linspace(-REACH, REACH, steps)[:, None]
    return strengths * (found.spreads[:, None] * found.vectors)[:, None]


def _at_least_two(steps: int) -> None:
    if steps < 2:
        raise BadInput(f"--steps={steps}", "a sweep has at least its two ends")


__all__ = ["Found", "direction", "edit", "find", "latent_map"]
