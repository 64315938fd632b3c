import numpy as np
import pytest

from gan_jax.metrics import kernel_distance
from tests.oracles import torchvision_stub

generator = np.random.default_rng(0)
REAL = generator.normal(size=(300, 24)).astype(np.float32)
FAKE = (generator.normal(size=(400, 24)) * 1.1 + 0.05).astype(np.float32)


def by_hand(real, fake):
    """Unbiased MMD^2 in float64, one kernel entry at a time."""

    def k(x, y):
        return (x @ y / len(x) + 1) ** 3

    n, m = len(real), len(fake)
    real, fake = real.astype(float), fake.astype(float)
    within = sum(k(real[i], real[j]) for i in range(n) for j in range(n) if i != j)
    other = sum(k(fake[i], fake[j]) for i in range(m) for j in range(m) if i != j)
    across = sum(k(x, y) for x in real for y in fake)
    return within / n / (n - 1) + other / m / (m - 1) - 2 * across / n / m


def test_against_the_definition():
    found = kernel_distance(REAL[:25], FAKE[:25], subset_size=25, subsets=1)
    assert found.mean == pytest.approx(by_hand(REAL[:25], FAKE[:25]), rel=1e-5)
    assert found.std == 0
    assert float(found) == found.mean


def test_agrees_with_torch_fidelity_on_the_whole_set():
    # With subsets of everything, how they are drawn does not matter.
    torch = pytest.importorskip("torch", reason="the reference is written in torch")
    torchvision_stub.install()
    reference = pytest.importorskip("torch_fidelity.metric_kid", reason="reference")
    expected = reference.kid_features_to_metric(
        torch.from_numpy(REAL.astype(np.float64)),
        torch.from_numpy(FAKE[:300].astype(np.float64)),
        kid_subset_size=300,
        kid_subsets=1,
        verbose=False,
    )
    found = kernel_distance(REAL, FAKE[:300], subset_size=300, subsets=2)
    assert found.mean == pytest.approx(
        expected["kernel_inception_distance_mean"], rel=1e-6
    )


def test_small_differences_survive_large_features():
    # Kernels near 1e4, a distance near 1: float32 sums would lose half the digits.
    real = 5 + 0.3 * generator.normal(size=(200, 24)).astype(np.float32)
    fake = real[::-1] + np.float32(0.001)
    exact = by_hand(real[:60], fake[:60])
    found = kernel_distance(real[:60], fake[:60], subset_size=60, subsets=1)
    assert found.mean == pytest.approx(exact, rel=1e-3, abs=1e-3)


def test_subsets_are_drawn_without_replacement_and_by_seed():
    one, same, other = (
        kernel_distance(REAL, FAKE, subset_size=100, subsets=20, seed=s)
        for s in (0, 0, 1)
    )
    assert one == same
    assert one != other
    # Repeats inside a subset would put diagonal kernels, (24/24 + 1)^3, in the mean.
    whole = kernel_distance(REAL, FAKE[:300], subset_size=300, subsets=1)
    assert one.mean == pytest.approx(whole.mean, abs=4 * one.std / np.sqrt(20))


def test_unbiased_at_equal_distributions():
    generator = np.random.default_rng(1)
    values = [
        kernel_distance(*generator.normal(size=(2, 50, 8)), subset_size=50, subsets=1)
        for _ in range(60)
    ]
    means = np.array([v.mean for v in values])
    assert abs(means.mean()) < 4 * means.std() / np.sqrt(60)
    assert (means < 0).any()


def test_refuses_subsets_larger_than_the_set():
    with pytest.raises(ValueError, match="300 real samples, at least 1000"):
        kernel_distance(REAL, FAKE)
    with pytest.raises(ValueError, match="3 subsets of 1 samples"):
        kernel_distance(REAL, FAKE, subset_size=1, subsets=3)
