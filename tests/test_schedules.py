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
    (
        schedules.cyclical(0.0, 2.0, period=100, share=0.5),
        {0: 0, 25: 1, 50: 2, 99: 2, 100: 0, 125: 1},
    ),
    (schedules.half_life(1000.0, per_round=500), {0: 0.5**0.5}),
    (schedules.half_life(1000.0, per_round=500, rampup=0.05), {0: 0.0, 10_000: 0.5}),
    (
        schedules.half_life(schedules.cosine(0.0, 1000.0, over=100), per_round=500),
        {0: 0.0, 50: 0.5, 100: 0.5**0.5, 200: 0.5**0.5},
    ),
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


def wgan_code(generator_updates):
    """Whether each round of five critic steps ends in a generator update."""
    plays = []
    for g in range(generator_updates):
        steps = 100 if g < 25 or g % 500 == 0 else 5
        plays += [False] * (steps // 5 - 1) + [True]
    return plays


ROUNDS = {
    "EVERY_ROUND": (schedules.EVERY_ROUND, [True] * 20),
    "one_in": (schedules.one_in(3), [True, False, False] * 7),
    "one_in 1": (schedules.one_in(1), [True] * 20),
    "critic_bursts": (schedules.critic_bursts(), wgan_code(1600)),
    "critic_bursts of one": (schedules.critic_bursts(length=1), [True] * 600),
    "critic_bursts throughout": (
        schedules.critic_bursts(length=2, first=3, period=3),
        [False, True] * 3 + [False, True, True, True] * 5,
    ),
}


@pytest.mark.parametrize("name", ROUNDS)
def test_rounds_play_when_they_should_and_count(name):
    rounds, expected = ROUNDS[name]
    steps = np.arange(len(expected))
    plays = [bool(rounds.plays(int(step))) for step in steps]
    assert plays == expected
    before = np.concatenate([[0], np.cumsum(expected)[:-1]])
    assert [int(rounds.before(int(step))) for step in steps] == before.tolist()
    traced = jax.jit(lambda step: (rounds.plays(step), rounds.before(step)))
    last = len(expected) - 1
    assert (bool(traced(last)[0]), int(traced(last)[1])) == (expected[-1], before[-1])


@pytest.mark.parametrize(
    "make",
    [
        lambda: schedules.one_in(0),
        lambda: schedules.critic_bursts(length=0),
        lambda: schedules.critic_bursts(first=501),
    ],
)
def test_rounds_refuse_what_makes_no_sense(make):
    with pytest.raises(ValueError, match="want|must be"):
        make()


def test_every_schedule_is_tested():
    named = {case[0].__qualname__.partition(".")[0] for case in CASES}
    rounds = {name.split()[0] for name in ROUNDS}
    assert named | rounds | {"Rounds"} == set(schedules.__all__)
