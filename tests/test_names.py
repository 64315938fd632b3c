"""The names that rooms share are those under which games really log."""

from gan_jax import data, names
from gan_jax.run import bind
from gan_jax.run.opening import template
from gan_jax.training import preview
from tests.training.runs import points


def test_a_game_logs_what_doctor_and_report_read():
    plan = bind(points())
    dataset = plan.open_data()
    game, feed = plan.game(dataset.facts), data.make_feed(dataset)
    logged = preview.metrics(game, template(game), feed, plan.train, 1)
    for phase, terms in {
        "disc": (*names.VERDICTS, names.LOSS, names.ADVERSARIAL, names.SKIPPED),
        "gen": (names.FAKE_LOGIT, names.LOSS, names.ADVERSARIAL, names.SKIPPED),
    }.items():
        for name in (*terms, names.grad_norm(phase)):
            assert names.term(phase, name) in logged


def test_full_names_come_apart_again():
    assert names.split(names.term("disc", names.ACCURACY)) == ("disc", "accuracy")
    assert names.split("step") == ("", "step")
    assert names.split("eval/kd_digits/spread") == ("eval/kd_digits", "spread")
