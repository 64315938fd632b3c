import numpy as np
import pytest

from gan_jax.metrics import (
    accuracy_by_class,
    classes_covered,
    conditional_accuracy,
    label_entropy,
)

P = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.5, 0.4, 0.1], [0.6, 0.3, 0.1]])


def test_accuracy_counts_the_largest():
    assert conditional_accuracy(P, np.array([0, 1, 1, 2])) == 0.5
    assert conditional_accuracy(P, np.array([0, 1, 0, 0])) == 1


def test_accuracy_of_each_class_that_was_asked_for():
    assert accuracy_by_class(P, np.array([0, 1, 1, 1])) == {0: 1.0, 1: 1 / 3}
    assert accuracy_by_class(P, np.array([2, 2, 2, 2])) == {2: 0.0}


def test_entropy_of_the_mean():
    p = np.array([0.475, 0.425, 0.1])
    assert label_entropy(P) == pytest.approx(-(p * np.log(p)).sum())
    assert label_entropy(np.eye(10)) == pytest.approx(np.log(10))
    assert label_entropy(np.eye(10)[:1]) == 0


def test_classes_that_are_ever_the_likeliest():
    assert classes_covered(P) == 2
    assert classes_covered(P, least=2) == 1
    assert classes_covered(np.eye(10)) == 10


def test_bad_labels():
    with pytest.raises(ValueError, match="4 samples with 3 labels"):
        conditional_accuracy(P, np.zeros(3, int))
    with pytest.raises(ValueError, match=r"labels 0\.\.3, 3 classes"):
        conditional_accuracy(P, np.arange(4))
