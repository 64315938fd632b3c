import jax
import numpy as np
import pytest

from gan_jax import schedules

CASES = [
    (
        schedules.linear(2.0, 1.0, over=100, begin=50),
        {0: 2, 50: 2, 100: 1.5, 150: 1, 999: 1},
    ),
    (
        schedules.cosine(1.0, 0.0, over=100),
        {0: 1, 50: 0.5, 25: 0.8535534, 100: 0, 101: 0},
    ),
    (schedules.exponential(1.0, 0.01, over=100), {0: 1, 50: 0.1, 100: 0.01}),
    (schedules.warmup(3.0, over=10), {0: 0, 5: 1.5, 10: 3, 20: 3}),
    (schedules.warmup(schedules.linear(2.0, 0.0, over=20), over=10), {5: 0.75, 10: 1}),
    (
        schedules.steps((1.0, 0.1, 0.01), (10, 20)),
        {0: 1, 9: 1, 10: 0.1, 19: 0.1, 20: 0.01},
    ),
    (schedules.half_life(1000.0, per_round=500), {0: 0.5**0.5}),
    (schedules.half_life(1000.0, per_round=500, rampup=0.05), {0: 0.0, 10_000: 0.5}),
]


@pytest.mark.parametrize(("schedule", "points"), CASES)
def test_values_at_known_points_traced_or_not(schedule, points):
    compiled = jax.jit(schedule)
    for seen, expected in points.items():
        np.testing.assert_allclose(schedule(seen), expected, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(compiled(seen), expected, rtol=1e-5, atol=1e-6)


def test_a_number_is_its_own_schedule():
    assert schedules.value(0.3, 17) == 0.3


def test_steps_wants_one_value_more_than_boundaries():
    with pytest.raises(ValueError, match="one value more"):
        schedules.steps((1.0,), (10,))


def test_every_schedule_is_tested():
    named = {case[0].__qualname__.partition(".")[0] for case in CASES}
    assert named == set(schedules.__all__)
