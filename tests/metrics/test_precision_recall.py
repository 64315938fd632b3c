import contextlib
import io

import numpy as np
import pytest

from gan_jax.metrics import density_coverage, prdc, precision_recall

generator = np.random.default_rng(0)
REAL = generator.normal(size=(300, 12)).astype(np.float32)
FAKE = (0.8 * generator.normal(size=(260, 12)) + 0.2).astype(np.float32)


def matrix(a, b):
    return np.sqrt(
        ((a[:, None].astype(np.float64) - b[None].astype(np.float64)) ** 2).sum(-1)
    )


def radii(rows, k):
    return np.sort(matrix(rows, rows), axis=1)[:, k]


@pytest.mark.parametrize("k", [3, 5])
@pytest.mark.parametrize("block", [64, 2048])
def test_agrees_with_the_prdc_package(k, block):
    reference = pytest.importorskip("prdc", reason="the reference")
    with contextlib.redirect_stdout(io.StringIO()):
        expected = reference.compute_prdc(REAL, FAKE, nearest_k=k)
    found = prdc(REAL, FAKE, k, block)
    assert found._asdict() == pytest.approx(expected, abs=1e-12)
    open_balls = density_coverage(REAL, FAKE, k, block)
    assert open_balls == pytest.approx((expected["density"], expected["coverage"]))


def test_improved_precision_recall_by_its_definition():
    far = matrix(REAL, FAKE)
    precision = (far <= radii(REAL, 3)[:, None]).any(axis=0).mean()
    recall = (far <= radii(FAKE, 3)).any(axis=1).mean()
    assert precision_recall(REAL, FAKE) == pytest.approx((precision, recall))


def test_a_point_on_the_rim():
    # k = 1 on a line: the ball of 0 reaches to 1, that of 10 to 1 as well.
    real = np.array([[0.0], [1.0], [10.0]], np.float32)
    fake = np.array([[-1.0], [40.0]], np.float32)
    assert precision_recall(real, fake, k=1).precision == 0.5
    assert prdc(real, fake, k=1).precision == 0.0
    assert density_coverage(real, fake, k=1) == (0.0, 0.0)


def test_equal_sets_score_full():
    assert precision_recall(REAL, REAL, block=100) == (1, 1)
    assert density_coverage(REAL, REAL, block=100) == (1, 1)


def test_narrow_fakes_are_precise_and_cover_little():
    found = precision_recall(REAL, 0.2 * FAKE)
    assert found.precision > 0.98
    assert found.recall < 0.1


def test_wide_fakes_are_imprecise_and_cover_much():
    found = precision_recall(REAL, 4 * FAKE)
    assert found.precision < 0.1
    assert found.recall > 0.9


def test_far_fakes_score_nothing():
    assert prdc(REAL, FAKE + 100) == (0, 0, 0, 0)


def test_dropped_half_halves_the_coverage():
    halves = np.concatenate([REAL, REAL + 50])
    found = density_coverage(halves, generator.normal(size=(600, 12)))
    assert found.coverage == pytest.approx(0.5, abs=0.03)


def test_bad_input():
    with pytest.raises(ValueError, match="3 fake samples, at least 4"):
        precision_recall(REAL, FAKE[:3])
    with pytest.raises(ValueError, match="k=0"):
        density_coverage(REAL, FAKE, k=0)
