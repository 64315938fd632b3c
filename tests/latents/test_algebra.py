"""Directions from numbers, against numpy's and scikit-learn's own."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

from gan_jax import latents

numbers = np.random.default_rng(0)
ROWS = numbers.normal(size=(60, 5)) @ numbers.normal(size=(5, 5))
LABELS = ROWS @ numbers.normal(size=5) + numbers.normal(size=60) > 0


def alike(a, b):
    """Unit vectors that are the same but for their signs."""
    np.testing.assert_allclose(np.abs((a * b).sum(-1)), 1, atol=1e-6)


def test_sefa_is_the_best_unit_vector_and_the_next():
    matrix = numbers.normal(size=(40, 6))
    found = latents.sefa(matrix)
    values, vectors = np.linalg.eig(matrix.T @ matrix)
    order = np.argsort(values)[::-1]
    alike(found.vectors, vectors.T[order])
    np.testing.assert_allclose(found.sizes, values[order], rtol=1e-9)
    tried = numbers.normal(size=(2000, 6))
    tried /= np.linalg.norm(tried, axis=1, keepdims=True)
    most = np.linalg.norm(matrix @ found.vectors[0])
    assert (np.linalg.norm(tried @ matrix.T, axis=1) <= most).all()


def test_principal_components_are_scikit_learn_s():
    for rows in (ROWS, ROWS[:4]):  # more samples than numbers, and fewer
        found, oracle = latents.principal(rows), PCA().fit(rows)
        count = len(found.sizes)
        assert count == min(len(rows) - 1, 5)
        alike(found.vectors, oracle.components_[:count])
        deviations = np.sqrt(oracle.explained_variance_[:count])
        np.testing.assert_allclose(found.sizes, deviations, rtol=1e-9)
    assert len(latents.principal(ROWS, 2).vectors) == 2
    largest = np.abs(found.vectors).argmax(1)
    assert (found.vectors[np.arange(count), largest] > 0).all()
    with pytest.raises(ValueError, match="1 samples have no principal"):
        latents.principal(ROWS[:1])


def test_components_of_activations_are_pulled_back():
    """Of an orthogonal map, latents lie along what is pulled back."""
    turn = np.linalg.qr(numbers.normal(size=(9, 5)))[0]
    scaled = ROWS * [1, 2, 4, 8, 16]
    found = latents.pulled_back(scaled, scaled @ turn.T + 3, 9)
    direct = latents.principal(scaled)
    alike(found.vectors, direct.vectors)
    np.testing.assert_allclose(found.sizes, direct.sizes, rtol=1e-9)


def test_a_border_is_scikit_learn_s():
    for penalty in (0.1, 1.0, 30.0):
        found = latents.linear_classifier(ROWS, LABELS, penalty)
        oracle = LogisticRegression(C=1 / penalty, tol=1e-10, max_iter=10_000)
        normal = oracle.fit(ROWS, LABELS).coef_[0]
        np.testing.assert_allclose(found, normal / np.linalg.norm(normal), atol=1e-5)


def test_a_border_of_what_can_be_parted():
    """The plain likelihood has no maximum there; Newton's whole steps would run away."""
    rows = np.concatenate([ROWS - 50, ROWS + 50])
    of = np.arange(120) >= 60
    found = latents.linear_classifier(rows, of, 1e-3)
    assert ((rows @ found > 0) == of).all()


def test_a_mean_difference():
    found = latents.mean_difference(ROWS, LABELS)
    apart = ROWS[LABELS].mean(0) - ROWS[~LABELS].mean(0)
    np.testing.assert_allclose(found * np.linalg.norm(apart), apart)
    for way in (latents.mean_difference, latents.linear_classifier):
        with pytest.raises(ValueError, match="0 of 60 samples are labelled"):
            way(ROWS, np.zeros(60, bool))
    with pytest.raises(ValueError, match="penalty=0"):
        latents.linear_classifier(ROWS, LABELS, 0)
