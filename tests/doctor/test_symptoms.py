"""Each symptom on drawn logs: where it must be found, and where it must not."""

import numpy as np
import pytest

from gan_jax.doctor import SYMPTOMS, Thresholds, diagnose
from gan_jax.doctor.series import detrended, level, peak, turns
from tests.doctor.logs import CASES, HEALTHY, log


@pytest.mark.parametrize("case", CASES)
def test_sick_logs_are_found_out(case):
    terms, wanted = CASES[case]
    found = {finding.name for finding in diagnose(log(**terms)).findings}
    assert found == wanted


@pytest.mark.parametrize("case", HEALTHY)
@pytest.mark.parametrize("seed", range(3))
def test_healthy_logs_are_left_alone(case, seed):
    diagnosis = diagnose(log(seed=seed, **HEALTHY[case]))
    assert diagnosis.findings == ()
    assert str(diagnosis).startswith("healthy")
    known = {name for name, s in SYMPTOMS.items() if not s.of or s.of in HEALTHY[case]}
    assert set(diagnosis.readings) == known
    assert "not judged" not in str(diagnosis)


def test_every_symptom_has_a_case():
    assert set().union(*(wanted for _, wanted in CASES.values())) == set(SYMPTOMS)


@pytest.mark.parametrize(
    ("symptom", "terms", "missing"),
    [
        ("vanishing_gradient", CASES["vanishing"][0], "disc/accuracy"),
        ("vanishing_gradient", CASES["vanishing"][0], "gen/gen_grad_norm"),
        ("mode_collapse", CASES["collapse"][0], "disc/fake_spread"),
        ("oscillation", CASES["oscillation"][0], "disc/wasserstein"),
    ],
)
def test_what_is_not_logged_is_not_judged(symptom, terms, missing):
    lines = [{k: v for k, v in line.items() if k != missing} for line in log(**terms)]
    diagnosis = diagnose(lines)
    assert symptom not in {finding.name for finding in diagnosis.findings}
    assert symptom not in diagnosis.readings
    assert diagnosis.unjudged[symptom] == f"no {missing.partition('/')[2]}"
    assert symptom in str(diagnosis).rpartition("not judged")[2]
    assert "healthy" not in str(diagnosis)


def test_thresholds_decide():
    terms, _ = CASES["collapse"]
    assert diagnose(log(**terms), thresholds=Thresholds(collapsed=0.1)).findings == ()
    for wrong in (dict(window=0), dict(cycle=1000), dict(warmup=5)):
        with pytest.raises(ValueError, match="must"):
            Thresholds(**wrong)


def test_a_spread_on_its_way_up_is_no_collapse():
    rising = np.minimum(1.0, 0.05 * 1.12 ** np.arange(60))
    assert diagnose(log(spread=rising)).findings == ()


def test_the_strong_critic_that_loses_its_lead_is_none_too_strong():
    lead = 20.0 * np.exp(-np.arange(60) / 15) + 0.5
    assert diagnose(log(accuracy=0.995, lead=lead)).findings == ()


def test_level_and_peak():
    values = np.array([1.0, 9.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    assert level(values, 3) == 5.0
    assert level(values, 3, back=1) == 3.0
    assert np.isnan(level(values, 3, back=3))
    assert peak(values, 3) == 5.0
    assert peak(values[:2], 3) == 5.0


def test_turns():
    x = np.arange(64)
    assert turns(np.sin(2 * np.pi * (x + 0.5) / 16)) == 7
    assert turns(np.array([1.0, 0.0, -1.0, 0.0, 0.0, -2.0, 3.0])) == 2
    assert turns(np.zeros(8)) == 0


def test_noise_about_nothing_is_no_oscillation():
    draws = np.random.default_rng(0).normal(size=60)
    settled = 5 * np.exp(-np.arange(60) / 4) + 0.03 * draws
    assert diagnose(log(lead=settled, accuracy=0.52)).findings == ()
    swinging = 5 * np.exp(-np.arange(60) / 4) + 1.5 * draws
    found = diagnose(log(lead=swinging, accuracy=0.52)).findings
    assert [f.name for f in found] == ["oscillation"]


def test_detrended_takes_the_line_away():
    x = np.arange(9.0)
    bump = np.eye(9)[4]
    np.testing.assert_allclose(detrended(3 - 2 * x), 0.0, atol=1e-12)
    wanted = bump + 5 * x - np.polyval(np.polyfit(x, bump + 5 * x, 1), x)
    np.testing.assert_allclose(detrended(bump + 5 * x), wanted, atol=1e-12)
