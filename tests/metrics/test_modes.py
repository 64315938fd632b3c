import numpy as np
import pytest

from gan_jax.metrics import mode_coverage, stacked_mode_coverage

ANGLES = 2 * np.pi * np.arange(8) / 8
RING = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
AXIS = np.arange(-4.0, 5.0, 2.0)
GRID = np.stack(np.meshgrid(AXIS, AXIS), axis=-1).reshape(25, 2)


def perfect(centers, std, seed, count=2500):
    generator = np.random.default_rng(seed)
    chosen = centers[generator.integers(len(centers), size=count)]
    return chosen + std * generator.normal(size=chosen.shape)


@pytest.mark.parametrize(
    ("centers", "std", "floor"), [(RING, 0.01, 0.0013), (GRID, 0.05, 0.0048)]
)
def test_floor_and_ceiling_of_a_perfect_sampler(centers, std, floor):
    repeats = 300
    found = [
        mode_coverage(perfect(centers, std, i), centers, std) for i in range(repeats)
    ]
    modes, quality, kl = map(np.array, zip(*found, strict=True))
    assert (modes == len(centers)).all()
    # One evaluation deviates by .21 points, so 300 of them by .012.
    ceiling = 1 - np.exp(-4.5)
    assert ceiling == pytest.approx(0.9889, abs=5e-5)
    assert quality.mean() == pytest.approx(ceiling, abs=4 * 0.0021 / np.sqrt(repeats))
    assert quality.std() == pytest.approx(0.0021, rel=0.2)
    # 2 n KL is chi-squared with K - 1 degrees of freedom, n counting high quality only.
    freedom, n = len(centers) - 1, 2500 * ceiling
    error = np.sqrt(2 * freedom) / (2 * n) / np.sqrt(repeats)
    assert kl.mean() == pytest.approx(freedom / (2 * n), abs=4 * error)
    assert kl.mean() == pytest.approx(floor, abs=2e-4)


def test_three_sigma_in_any_list_of_centers():
    centers = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    points = np.array([[0.29, 0.0], [0.31, 0.0], [10.2, 0.2], [10.0, 0.0], [5.0, 5.0]])
    found = mode_coverage(points, centers, std=0.1)
    assert found.modes == 2
    assert found.high_quality == pytest.approx(3 / 5)
    # Histogram (1, 2, 0) of three: sum of p log 3p, in nats.
    expected = np.log(1.0) / 3 + 2 / 3 * np.log(2.0)
    assert found.reverse_kl == pytest.approx(expected, abs=1e-12)


def test_one_mode_is_log_k_away():
    found = mode_coverage(perfect(RING[:1], 0.01, 0), RING, 0.01)
    assert found.modes == 1
    assert found.reverse_kl == pytest.approx(np.log(8))


def test_shrunken_modes_exceed_the_ceiling():
    shrunken = mode_coverage(perfect(RING, 0.005, 0), RING, 0.01)
    assert shrunken.high_quality > 0.9999


def test_ten_sigma_in_many_dimensions():
    # VEEGAN's 1200-D: the norm of the noise is 34.6 std, far outside ten.
    generator = np.random.default_rng(0)
    centers = generator.normal(size=(10, 1200))
    points = centers[np.arange(200) % 10] + 0.1 * generator.normal(size=(200, 1200))
    assert mode_coverage(points, centers, 0.1, sigmas=10.0).high_quality == 0
    assert mode_coverage(points, centers, 0.1, sigmas=40.0).high_quality == 1


def test_nothing_of_high_quality():
    found = mode_coverage(perfect(RING + 5, 0.01, 0), RING, 0.01)
    assert (found.modes, found.high_quality) == (0, 0)
    assert np.isnan(found.reverse_kl)


def test_bad_mixtures():
    with pytest.raises(ValueError, match="3 dimensions, center features 2"):
        mode_coverage(np.zeros((5, 3)), RING, 0.1)
    with pytest.raises(ValueError, match="std=0"):
        mode_coverage(RING, RING, 0.0)


def test_floor_of_a_perfect_stacked_sampler():
    repeats, n = 100, 26000
    generator = np.random.default_rng(0)
    found = [
        stacked_mode_coverage(generator.integers(10, size=(n, 3)))
        for _ in range(repeats)
    ]
    modes, kl = map(np.array, zip(*found, strict=True))
    assert (modes == 1000).all()
    error = np.sqrt(2 * 999) / (2 * n) / np.sqrt(repeats)
    # The next order of the expansion, (K^2 - 1) / 12 n^2, is .0001.
    expected = 999 / (2 * n) + (1000**2 - 1) / (12 * n**2)
    assert kl.mean() == pytest.approx(expected, abs=4 * error)
    assert kl.mean() == pytest.approx(0.0196, abs=4e-4)


def test_stacked_modes_by_hand():
    digits = np.array([[0, 0, 1], [0, 0, 1], [9, 9, 9], [1, 0, 0]])
    found = stacked_mode_coverage(digits)
    assert found.modes == 3
    p = np.array([0.5, 0.25, 0.25])
    assert found.reverse_kl == pytest.approx((p * np.log(1000 * p)).sum())


def test_stacked_modes_against_the_data():
    share = np.arange(1.0, 11.0) / 55
    reference = np.einsum("i,j,k->ijk", share, share, share).reshape(-1)
    generator = np.random.default_rng(0)
    digits = generator.choice(10, p=share, size=(200_000, 3))
    fair = stacked_mode_coverage(digits, reference=reference).reverse_kl
    uniform = stacked_mode_coverage(digits).reverse_kl
    assert fair < 0.004
    entropy = 3 * (share * np.log(10 * share)).sum()
    assert uniform == pytest.approx(entropy, rel=0.02)


def test_bad_digits():
    with pytest.raises(ValueError, match=r"0\.\.9"):
        stacked_mode_coverage(np.array([[0, 0, 10]]))
    with pytest.raises(ValueError, match="for 1000 modes"):
        stacked_mode_coverage(np.zeros((2, 3), int), reference=np.ones(10) / 10)
    with pytest.raises(ValueError, match="no probability"):
        stacked_mode_coverage(np.zeros((2, 1), int), reference=np.eye(10)[1])
