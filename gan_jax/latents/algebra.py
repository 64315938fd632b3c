"""Directions from numbers alone: matrices and labelled vectors in, unit vectors out.

All in float64. The sign of an eigenvector is arbitrary; here its largest entry is
positive.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

Matrix = Float[np.ndarray, "_ _"]
Vector = Float[np.ndarray, "d"]


class Directions(NamedTuple):
    """Unit vectors, most important first.

    Attributes:
        vectors: [k, d].
        sizes: [k], what each is ranked by: an eigenvalue, a standard deviation.
    """

    vectors: Matrix
    sizes: Vector


def sefa(matrix: Matrix) -> Directions:
    """The directions that a linear map changes most: eigenvectors of A^T A.

    Shen & Zhou 2021 (arXiv:2007.06600), equation 5.

    Args:
        matrix: A [outputs, d].

    Returns:
        All d of them, with their eigenvalues.
    """
    values, vectors = np.linalg.eigh(matrix.T @ matrix)
    return Directions(_signed(vectors.T[::-1]), np.maximum(values[::-1], 0.0))


def principal(rows: Matrix, most: int | None = None) -> Directions:
    """Principal components of samples [n, d], with their standard deviations.

    Args:
        rows: one a sample.
        most: components wanted; by default as many as there are, min(n - 1, d).

    Raises:
        ValueError: fewer than two samples.
    """
    if len(rows) < 2:
        raise ValueError(f"{len(rows)} samples have no principal components")
    _, sizes, vectors = np.linalg.svd(rows - rows.mean(0), full_matrices=False)
    count = min(len(rows) - 1, rows.shape[1], most or len(sizes))
    deviations = sizes[:count] / np.sqrt(len(rows) - 1)
    return Directions(_signed(vectors[:count]), deviations)


def pulled_back(latents: Matrix, activations: Matrix, most: int) -> Directions:
    """Latent directions whose samples move along principal components of activations.

    Haerkoenen et al. 2020 (GANSpace, arXiv:2004.02546), section 2.3: the least squares
    of latents on the activations' coordinates.

    Args:
        latents: [n, d].
        activations: [n, f], of the same samples.
        most: directions wanted.

    Returns:
        Unit vectors [k, d], and the deviations of the components.
    """
    found = principal(activations, min(most, latents.shape[1]))
    real = found.sizes > 1e-6 * found.sizes[0]
    vectors, sizes = found.vectors[real], found.sizes[real]
    coordinates = (activations - activations.mean(0)) @ vectors.T
    centred = latents - latents.mean(0)
    slopes = np.linalg.lstsq(coordinates, centred, rcond=None)[0]
    return Directions(slopes / np.linalg.norm(slopes, axis=1, keepdims=True), sizes)


def mean_difference(rows: Matrix, of: Bool[np.ndarray, "n"]) -> Vector:
    """From the mean of the others to the mean of those labelled, as a unit vector.

    Raises:
        ValueError: only one of the two is there.
    """
    _both(of)
    return _unit(rows[of].mean(0) - rows[~of].mean(0))


def linear_classifier(
    rows: Matrix, of: Bool[np.ndarray, "n"], penalty: float = 1.0
) -> Vector:
    """The normal of logistic regression's border, towards those labelled.

    As InterFaceGAN's border (Shen et al. 2020, arXiv:1907.10786), which is a support
    vector machine's. Minimises the sum of losses + penalty / 2 * |w|^2 by Newton's steps,
    without penalty on the offset.

    Args:
        rows: [n, d].
        of: labels.
        penalty: on the squared length of the normal.

    Raises:
        ValueError: only one of the two is there, or a penalty of 0 or less.
    """
    _both(of)
    if not penalty > 0:
        raise ValueError(f"penalty={penalty} must be above 0")
    x = np.concatenate([rows, np.ones((len(rows), 1))], axis=1)
    ridge = penalty * np.diag([*np.ones(rows.shape[1]), 1e-9])
    w = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -500, 500)))
        slope = x.T @ (p - of) + ridge @ w
        step = np.linalg.solve((x.T * (p * (1 - p))) @ x + ridge, slope)
        w -= _shortened(x, of, penalty, w, step) * step
        if np.abs(step).max() < 1e-10:
            break
    return _unit(w[:-1])


def _shortened(
    x: Matrix, of: Bool[np.ndarray, "n"], penalty: float, w: Vector, step: Vector
) -> float:
    """The part of a Newton step, halved until the loss falls."""

    def loss(w: Vector) -> float:
        margins = np.where(of, 1, -1) * (x @ w)
        return np.logaddexp(0, -margins).sum() + penalty / 2 * (w[:-1] @ w[:-1])

    share = 1.0
    while share > 1e-6 and loss(w - share * step) > loss(w) + 1e-12:
        share /= 2
    return share


def _both(of: Bool[np.ndarray, "n"]) -> None:
    if not 0 < of.sum() < len(of):
        raise ValueError(f"{int(of.sum())} of {len(of)} samples are labelled")


def _unit(vector: Vector) -> Vector:
    length = np.linalg.norm(vector)
    if not length > 0:
        raise ValueError("the two means are the same")
    return vector / length


def _signed(vectors: Matrix) -> Matrix:
    largest = np.abs(vectors).argmax(1)
    return vectors * np.sign(vectors[np.arange(len(vectors)), largest])[:, None]
