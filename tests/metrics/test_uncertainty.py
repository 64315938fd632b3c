import numpy as np
import pytest

from gan_jax.metrics import (
    Moments,
    frechet_distance,
    frechet_infinity,
    frechet_interval,
)

D = 4
MIX = np.diag([1.0, 0.5, 2.0, 1.5]) + 0.2
SHIFT = 0.3
COVARIANCE = MIX @ MIX.T
VALUES = np.linalg.eigvalsh(COVARIANCE)
# Real is standard normal, so the roots of the product are those of the fake's own.
TRUE = D * SHIFT**2 + D + VALUES.sum() - 2 * np.sqrt(VALUES).sum()


def draw(seed, n=800, m=1200):
    generator = np.random.default_rng(seed)
    return generator.normal(size=(n, D)), generator.normal(size=(m, D)) @ MIX.T + SHIFT


def test_deviation_is_that_of_repeated_draws():
    repeats = 200
    spread = np.std([frechet_distance(*draw(i)) for i in range(repeats)])
    claimed = frechet_interval(*draw(1000))
    # A deviation from 200 draws is itself good to 5 %; the claim varies a little too.
    assert np.hypot(claimed.std_real, claimed.std_fake) == pytest.approx(
        spread, rel=0.25
    )


def test_each_side_deviates_as_it_does_alone():
    real, fake = draw(0)
    claimed = frechet_interval(real, fake)
    fakes = [frechet_distance(real, draw(i)[1]) for i in range(1, 151)]
    reals = [frechet_distance(draw(i)[0], fake) for i in range(1, 151)]
    assert claimed.std_fake == pytest.approx(np.std(fakes), rel=0.25)
    assert claimed.std_real == pytest.approx(np.std(reals), rel=0.25)


def test_interval_covers_the_truth_about_as_often_as_it_says():
    found = [frechet_interval(*draw(i), level=0.8) for i in range(150)]
    covered = np.mean([x.low <= TRUE <= x.high for x in found])
    # Binomial deviation .033; the small upward bias of the estimate costs a little.
    assert 0.68 < covered < 0.92


def test_interval_holds_the_value_and_grows_with_the_level():
    narrow, wide = (frechet_interval(*draw(3), level=p) for p in (0.5, 0.99))
    assert narrow.value == wide.value == frechet_distance(*draw(3))
    assert wide.low < narrow.low < narrow.value < narrow.high < wide.high


def test_interval_shrinks_as_one_over_root_n():
    large = frechet_interval(*draw(5, 6400, 6400))
    small = frechet_interval(*draw(5, 400, 400))
    assert small.std_fake / large.std_fake == pytest.approx(4, rel=0.2)


def test_interval_refuses_too_few_samples():
    real, fake = draw(0)
    with pytest.raises(ValueError, match="4 samples for 4 dimensions"):
        frechet_interval(real, fake[:4])
    with pytest.raises(ValueError, match="level=95"):
        frechet_interval(real, fake, level=95.0)


def test_extrapolation_takes_away_the_bias():
    # High dimension, few samples: the plain estimate is far above the true 2.56.
    generator = np.random.default_rng(0)
    d, shift = 64, 0.2
    real = generator.normal(size=(20000, d))
    fake = generator.normal(size=(2000, d)) + shift
    plain = frechet_distance(real, fake)
    found = frechet_infinity(real, fake, smallest=300)
    truth = d * shift**2
    assert plain - truth > 0.4
    assert found.value == pytest.approx(truth, abs=0.25 * (plain - truth))
    assert found.slope > 0
    assert float(found) == found.value
    assert frechet_infinity(Moments.of(real), fake, smallest=300) == found


def test_extrapolation_of_an_exact_line():
    from gan_jax.metrics.uncertainty import _line

    x = 1 / np.linspace(100, 1000, 7)
    found = _line(x, 3 + 40 * x)
    assert found.value == pytest.approx(3)
    assert found.slope == pytest.approx(40)
    assert found.std == pytest.approx(0, abs=1e-9)


def test_extrapolation_refuses_what_is_no_line():
    real, fake = draw(0)
    with pytest.raises(ValueError, match="smallest=5000 with 1200"):
        frechet_infinity(real, fake)
    with pytest.raises(ValueError, match="2 points"):
        frechet_infinity(real, fake, points=2, smallest=100)
