import numpy as np
import pytest

from gan_jax import metrics
from gan_jax.metrics import Moments, frechet_between, frechet_distance
from tests.oracles import torchvision_stub

generator = np.random.default_rng(0)
MIX = generator.normal(size=(48, 48)) / 7
REAL = generator.normal(size=(400, 48)) @ MIX
FAKE = generator.normal(size=(600, 48)) @ (MIX + 0.3 * np.eye(48)) + 0.1

SIZES = pytest.mark.parametrize(
    ("n", "m", "tolerance"),
    # Below full rank the references carry the roots of their own rounding noise.
    [(400, 600, 1e-9), (30, 600, 1e-6), (400, 20, 1e-6), (30, 20, 1e-6)],
)


def gaussian(mean, covariance, count=1000):
    return Moments.restore(count, np.asarray(mean), np.asarray(covariance))


@pytest.fixture(scope="module")
def fidelity():
    pytest.importorskip("torch", reason="the reference is written in torch")
    torchvision_stub.install()
    return pytest.importorskip("torch_fidelity.metric_fid", reason="the reference")


@pytest.fixture(scope="module")
def pytorch_fid():
    pytest.importorskip("torch", reason="the reference is written in torch")
    torchvision_stub.install()
    return pytest.importorskip("pytorch_fid.fid_score", reason="the reference")


@SIZES
def test_agrees_with_torch_fidelity(fidelity, n, m, tolerance):
    import torch

    statistics = [
        fidelity.fid_features_to_statistics(torch.from_numpy(x))
        for x in (REAL[:n], FAKE[:m])
    ]
    expected = fidelity.fid_statistics_to_metric(*statistics, verbose=False)
    assert frechet_distance(REAL[:n], FAKE[:m]) == pytest.approx(
        expected["frechet_inception_distance"], rel=tolerance
    )


@SIZES
def test_agrees_with_pytorch_fid(pytorch_fid, n, m, tolerance):
    statistics = [
        statistic
        for x in (REAL[:n], FAKE[:m])
        for statistic in (x.mean(axis=0), np.cov(x, rowvar=False))
    ]
    expected = pytorch_fid.calculate_frechet_distance(*statistics)
    assert frechet_distance(REAL[:n], FAKE[:m]) == pytest.approx(
        expected, rel=tolerance
    )


def test_commuting_gaussians_in_closed_form():
    a, b = np.array([4.0, 1.0, 9.0]), np.array([1.0, 16.0, 9.0])
    turn = np.linalg.qr(generator.normal(size=(3, 3)))[0]
    found = frechet_between(
        gaussian([1.0, 2.0, 3.0], turn @ np.diag(a) @ turn.T),
        gaussian([1.0, 0.0, 0.0], turn @ np.diag(b) @ turn.T),
    )
    assert found.means == pytest.approx(13.0)
    assert found.covariances == pytest.approx(((a**0.5 - b**0.5) ** 2).sum())
    assert float(found) == found.value == pytest.approx(13.0 + 10.0)
    assert found.warning == ""


def test_gaussians_that_do_not_commute_in_closed_form():
    # 2 x 2: tr (C1 C2)^(1/2) = sqrt(tr(C1 C2) + 2 sqrt(det(C1 C2)))
    a, b = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([[1.0, -0.5], [-0.5, 2.0]])
    root = np.sqrt(np.trace(a @ b) + 2 * np.sqrt(np.linalg.det(a @ b)))
    found = frechet_between(gaussian([0.0, 0.0], a), gaussian([0.0, 0.0], b))
    assert found.value == pytest.approx(np.trace(a + b) - 2 * root, rel=1e-12)


def test_zero_on_itself_and_symmetric():
    assert frechet_distance(REAL, REAL) == pytest.approx(0, abs=1e-10)
    assert frechet_distance(REAL[:20], REAL[:20]) == pytest.approx(0, abs=1e-10)
    there, back = frechet_distance(REAL, FAKE), frechet_distance(FAKE, REAL)
    assert there == pytest.approx(back, rel=1e-10)


def test_collapsed_and_dead_features_are_no_trouble():
    collapsed = np.tile(REAL[:1], (100, 1))
    expected = ((REAL.mean(0) - REAL[0]) ** 2).sum() + np.trace(np.cov(REAL.T))
    assert frechet_distance(REAL, collapsed) == pytest.approx(expected, rel=1e-9)
    dead = REAL.copy()
    dead[:, :10] = 0
    assert frechet_distance(dead, dead) == pytest.approx(0, abs=1e-7)


def test_grows_with_the_disturbance():
    values = [
        frechet_distance(REAL, REAL + s * generator.normal(size=REAL.shape))
        for s in (0.0, 0.2, 0.5, 1.0)
    ]
    assert values == sorted(values)
    assert values[-1] > 10 * values[1] > 0


def test_few_samples_are_flagged_and_one_is_refused():
    found = frechet_between(Moments.of(REAL[:48]), Moments.of(FAKE))
    assert "48 samples for 48 dimensions" in found.warning
    assert frechet_between(Moments.of(REAL[:49]), Moments.of(FAKE)).warning == ""
    with pytest.raises(ValueError, match="1 real samples, at least 2"):
        frechet_distance(REAL[:1], FAKE)


def test_intra_class_is_the_mean_of_the_classes():
    labels, asked = np.arange(400) % 3, np.arange(600) % 3
    found = metrics.intra_class_frechet_distance(REAL, labels, FAKE, asked)
    by_hand = [frechet_distance(REAL[labels == c], FAKE[asked == c]) for c in range(3)]
    assert list(found.classes) == [0, 1, 2]
    assert list(found.classes.values()) == by_hand
    assert float(found) == pytest.approx(np.mean(by_hand))


def test_intra_class_sees_swapped_classes_that_the_whole_does_not():
    labels = np.arange(400) % 2
    rows = REAL + 3 * labels[:, None]
    swapped = metrics.intra_class_frechet_distance(rows, labels, rows, 1 - labels)
    assert frechet_distance(rows, rows) == pytest.approx(0, abs=1e-9)
    assert float(swapped) > 100


def test_intra_class_names_the_class_without_samples():
    labels = np.zeros(400, int)
    labels[0] = 7
    asked = np.arange(600) % 2 * 7
    with pytest.raises(ValueError, match="class 7 has 1 real and 300 fake"):
        metrics.intra_class_frechet_distance(REAL, labels, FAKE, asked)
    with pytest.raises(ValueError, match="600 fake samples with 2"):
        metrics.intra_class_frechet_distance(REAL, labels, FAKE, np.zeros(2, int))
