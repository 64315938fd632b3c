"""Every flag that is prescribed is one the command line takes."""

import json

import pytest

from gan_jax import data
from gan_jax.doctor import REMEDIES, SYMPTOMS, remedy
from gan_jax.main import main
from gan_jax.run import bind, config_file
from tests.training.runs import ROOT

RING = f"{ROOT}/configs/wgan_gp.py:ring8"
VAE = f"{ROOT}/configs/vae.py:tiny"
CASES = [(name, i) for name, own in REMEDIES.items() for i in range(len(own))]


def flags_of(flags):
    return [flag.removeprefix("--config.") for flag in flags]


@pytest.fixture
def plain(request):
    """A GAN as of 2014 on a ring, without any penalty; a VAE for what is of one."""
    sick = getattr(request.node, "callspec", None)
    if sick and sick.params["symptom"] == "posterior_collapse":
        return config_file.load(VAE)
    config = config_file.load(RING, ["game.loss.name=minimax", "game.n_critic=1"])
    del config["game"]["regularizers"]
    return config


def test_every_symptom_has_a_remedy():
    assert REMEDIES.keys() == SYMPTOMS.keys()


@pytest.mark.parametrize(("symptom", "i"), CASES)
def test_flags_are_accepted_and_do_what_they_say(symptom, i, plain, tmp_path):
    prescribed = REMEDIES[symptom][i].flags(plain)
    assert prescribed
    file = tmp_path / "plain.py"
    file.write_text(f"def get_config():\n    return {plain!r}")
    treated = config_file.load(str(file), flags_of(prescribed))
    assert treated != plain
    built = bind(treated).game(data.Facts((2,))).players
    assert built.keys() == plain["models"].keys()
    assert REMEDIES[symptom][i].flags(treated) != prescribed
    assert REMEDIES[symptom][i].sentence(plain).endswith(" ".join(prescribed))


def test_flags_pass_a_dry_run(plain, tmp_path, capsys):
    file = tmp_path / "plain.py"
    file.write_text(f"def get_config():\n    return {plain!r}")
    every = {f for own in REMEDIES.values() for r in own for f in r.flags(plain)}
    last = {flag.partition("=")[0]: flag for flag in sorted(every)}
    small = [f"--config.models.{name}.widths=(8,)" for name in ("gen", "disc")]
    assert main([f"--config={file}", "--dry-run", *small, *last.values()]) == 0
    config = capsys.readouterr().out.splitlines()[0].removeprefix("config: ")
    regularizers = json.loads(config)["game"]["regularizers"]
    assert regularizers["r1"] == {"name": "r1", "gamma": 0.1}


def test_what_a_config_has_is_not_prescribed_again(plain):
    assert "r1.gamma" in remedy("mode_collapse", plain)
    plain["game"]["regularizers"] = {"r1": {"name": "r1", "gamma": 1.0}}
    assert "regularizers.r1" not in remedy("mode_collapse", plain)
    assert "n_critic=5" in remedy("generator_too_strong", plain)
    plain["game"]["n_critic"] = 5
    assert "optim.disc.learning_rate=0.0002" in remedy("generator_too_strong", plain)
    plain["optim"]["disc"]["learning_rate"] = {"name": "linear"}
    assert "in use" in remedy("generator_too_strong", plain)
    assert "--config.game" in remedy("oscillation")


@pytest.mark.parametrize(
    ("config", "path"), [("progan.py:tiny", "game.of"), ("gat.py:tiny", "game.of.of")]
)
def test_games_made_of_others_are_treated_where_their_critic_is(config, path):
    """One that grows, and one on levels of pictures among latents."""
    loaded = config_file.load(f"{ROOT}/configs/{config}")
    for symptom in ("discriminator_too_strong", "mode_collapse"):
        said = remedy(symptom, loaded)
        assert f"--config.{path}." in said or "--config.optim." in said
    packed = REMEDIES["mode_collapse"][2].how(loaded, "disc")
    assert packed == (f"--config.{path}.pack=2",)
