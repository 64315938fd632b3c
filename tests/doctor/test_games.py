"""Games of all sorts: critics of other names, several of them, or none at all."""

import numpy as np
import pytest

from gan_jax.doctor import SYMPTOMS, diagnose, remedy
from gan_jax.doctor.critics import critics
from tests.doctor.logs import CASES, HEALTHY, X, log
from tests.training.runs import points


def renamed(lines, critic, generator):
    """The same lines, of players with other names."""
    parts = {"disc": critic, "gen": generator}

    def name(full):
        phase, slash, term = full.partition("/")
        term = term.replace("gen_grad", f"{generator}_grad")
        return parts.get(phase, phase) + slash + term if slash else full

    return [{name(full): x for full, x in line.items()} for line in lines]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(
    ("critic", "generator"), [("critic", "gen"), ("disc_b", "gen_b"), ("d", "gen_x")]
)
def test_illness_is_found_whatever_the_critic_is_called(case, critic, generator):
    terms, wanted = CASES[case]
    plain = log(**terms)
    found = diagnose(renamed(plain, critic, generator))
    assert {finding.name for finding in found.findings} == wanted
    for one, other in zip(found.findings, diagnose(plain).findings, strict=True):
        assert list(one.evidence.values()) == list(other.evidence.values())
    assert found.marks == diagnose(plain).marks


def both(a, b):
    """A game with two critics and two generators."""
    first = renamed(log(**a), "disc_a", "gen_a")
    second = renamed(log(seed=1, **b), "disc_b", "gen_b")
    return [x | y for x, y in zip(first, second, strict=True)]


def test_each_of_two_critics_is_judged_by_itself():
    found = diagnose(both(CASES["collapse"][0], {}))
    (finding,) = found.findings
    assert (finding.name, finding.critic) == ("mode_collapse", "disc_a")
    assert str(finding).startswith("step 600: mode_collapse of disc_a (critical)")
    assert found.marks == [(600, "mode_collapse of disc_a")]
    assert found.active == {"mode_collapse of disc_a"}
    assert "mode_collapse of disc_b" in found.readings
    whole_game = {"not_finite", "divergence"}
    of_a_critic = {name for name, symptom in SYMPTOMS.items() if symptom.needs}
    assert set(found.readings) == whole_game | {
        f"{name} of disc_{x}" for name in of_a_critic for x in "ab"
    }
    assert str(diagnose(both({}, {}))).startswith("healthy")


def test_a_generator_that_cannot_be_told_is_not_guessed():
    lines = [
        x | y
        for x, y in zip(
            renamed(log(), "left", "gen_a"),
            renamed(log(), "right", "gen_b"),
            strict=True,
        )
    ]
    found = diagnose(lines)
    assert found.unjudged == {
        f"vanishing_gradient of {x}": "no gen_grad_norm" for x in ("left", "right")
    }
    assert found.verdict == "no symptom found, but not all could be judged"


def test_the_phase_of_a_generators_own_name_is_the_one_against_the_critic():
    """Not that of a lazy penalty, or of an encoder's phase it learns in as well."""
    lines = log(**CASES["vanishing"][0])
    for line in lines:
        line |= {"path/gen_grad_norm": 9.0, "reach/gen_grad_norm": 9.0}
    assert [f.name for f in diagnose(lines).findings] == ["vanishing_gradient"]


def test_the_critic_that_is_left_has_the_generators_phase_that_is_left():
    """MDGAN's: the generator learns in `gen` against disc, in `reach` against manifold."""
    names = ["disc/accuracy", "manifold/accuracy", "gen/gen_grad_norm"]
    names += ["reach/gen_grad_norm", "reach/enc_grad_norm"]
    norms = {x.phase: x.terms["gen_grad_norm"] for x in critics([names])}
    assert norms == {"disc": "gen/gen_grad_norm", "manifold": "reach/gen_grad_norm"}


def test_a_game_without_a_critic_is_never_called_healthy():
    lines = [
        {"step": i, "gen/loss": 1.0, "gen/gen_grad_norm": 0.1} for i in range(1, 50)
    ]
    said = str(diagnose(lines)).splitlines()
    assert said[0] == "no symptom found, but not all could be judged"
    assert said[1].startswith("  not_finite: ")
    assert said[2].startswith("  divergence: ")
    assert "mode_collapse (no fake_spread, no real_spread)" in said[3]


@pytest.mark.parametrize(
    ("lines", "verdict"),
    [
        ([], "not judged: 0 lines, 10 are needed"),
        (log(lines=9), "not judged: 9 lines, 10 are needed"),
        (log(lines=10), "healthy"),
        ([{"step": i} for i in range(20)], "not judged: the lines hold no terms"),
    ],
)
def test_too_little_to_judge_is_said(lines, verdict):
    found = diagnose(lines)
    assert found.findings == ()
    assert str(found).startswith(verdict)


def test_what_has_too_few_lines_yet_is_named():
    said = str(diagnose(log(lines=12)))
    assert said.startswith("healthy")
    assert "not judged: oscillation (12 lines, 32 are needed)" in said
    lines = log(lines=3)
    lines[2]["disc/loss"] = float("nan")
    assert [f.name for f in diagnose(lines).findings] == ["not_finite"]


def test_a_term_that_is_new_is_not_held_against_its_past():
    """A stage of a growing game brings terms that earlier lines do not have."""
    lines = log(**HEALTHY["plain"])
    for line in lines[-3:]:
        line["fade/loss"] = 1e6
    assert diagnose(lines).findings == ()


def test_terms_of_lazy_phases_stand_in_some_lines_only():
    lines = log(spread=np.where(X < 25, 0.95, 0.3))
    for i, line in enumerate(lines):
        if i % 2:
            del line["disc/fake_spread"]
    assert [f.name for f in diagnose(lines).findings] == ["mode_collapse"]


def test_remedies_are_those_that_the_game_takes():
    config = points()
    assert "game.loss.name=non_saturating" in remedy("vanishing_gradient", config)
    config["models"]["enc"] = {"name": "mlp.Encoder", "latents": (2,), "widths": (6,)}
    config["optim"]["enc"] = config["optim"]["gen"]
    config["game"] = {"name": "veegan", "latents": {"name": "normal", "shape": (2,)}}
    said = remedy("vanishing_gradient", config)
    assert "game.loss" not in said  # VEEGAN's is its own
    assert "regularizers.r1" in said


def test_the_rate_that_is_lowered_is_the_critics_own():
    rates = {name: {"learning_rate": 1e-3} for name in ("gen", "disc_b", "disc_a")}
    config = {"game": {"regularizers": {"r1": {"name": "r1"}}}, "optim": rates}
    said = remedy("discriminator_too_strong", config, "disc_b")
    assert "--config.optim.disc_b.learning_rate=0.00025" in said
