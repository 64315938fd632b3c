import numpy as np
import pytest

from gan_jax.metrics import Moments
from gan_jax.metrics.moments import CHUNK

ROWS = (np.random.default_rng(0).normal(size=(2 * CHUNK + 100, 5)) + 1e4).astype(
    np.float32
)


def streamed(rows, batch_size):
    moments = Moments(rows.shape[1])
    for start in range(0, len(rows), batch_size):
        moments.add(rows[start : start + batch_size])
    return moments


def test_agrees_with_numpy_far_from_the_origin():
    # Sums of squares in float32 would have no digit left: mean 1e4, variance 1.
    moments, exact = Moments.of(ROWS), ROWS.astype(np.float64)
    np.testing.assert_allclose(moments.mean, exact.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(
        moments.covariance, np.cov(exact, rowvar=False), rtol=0, atol=1e-11
    )


@pytest.mark.parametrize("batch_size", [1, 37, 1000, 5000])
def test_same_bits_for_every_batch_size(batch_size):
    rows = ROWS[: CHUNK + 50]
    whole, parts = Moments.of(rows), streamed(rows, batch_size)
    assert parts.count == len(rows)
    np.testing.assert_array_equal(parts.mean, whole.mean)
    np.testing.assert_array_equal(parts.covariance, whole.covariance)


def test_reading_in_between_changes_nothing():
    moments = Moments(5)
    moments.add(ROWS[:70])
    assert np.isfinite(moments.covariance).all()
    moments.add(ROWS[70:300])
    whole = Moments.of(ROWS[:300])
    np.testing.assert_array_equal(moments.covariance, whole.covariance)


def test_merging_devices_is_the_whole_stream():
    parts = [Moments.of(ROWS[i::3]) for i in range(3)]
    merged = parts[0].merge(parts[1]).merge(parts[2]).merge(Moments(5))
    whole = Moments.of(ROWS)
    assert merged.count == whole.count
    np.testing.assert_allclose(merged.mean, whole.mean, rtol=1e-14)
    np.testing.assert_allclose(merged.covariance, whole.covariance, atol=1e-11)


def test_stored_statistics_can_be_restored_and_added_to():
    moments = Moments.of(ROWS[:500])
    restored = Moments.restore(moments.count, moments.mean, moments.covariance)
    restored.add(ROWS[500:900])
    whole = Moments.of(ROWS[:900])
    np.testing.assert_allclose(restored.covariance, whole.covariance, atol=1e-11)


def test_bad_input():
    with pytest.raises(ValueError, match="4 dimensions.* 5"):
        Moments(5).add(ROWS[:3, :4])
    with pytest.raises(ValueError, match="5 and of 4"):
        Moments(5).merge(Moments(4))
    with pytest.raises(ValueError, match="1 samples, at least 2"):
        _ = Moments.of(ROWS[:1]).covariance
