"""Every config: its tiny variant trains, all other variants build."""

import importlib.util
import pathlib

import pytest

from gan_jax.data import Facts
from gan_jax.errors import BadInput
from gan_jax.run import assemble, config_file, open_run
from gan_jax.training import train

ROOT = pathlib.Path(__file__).parents[1]
FILES = sorted(p for p in (ROOT / "configs").glob("*.py") if p.stem != "__init__")


def variants(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return list(module.VARIANTS)


CASES = [(path, variant) for path in FILES for variant in variants(path)]
SHAPES = {
    "points": (2,),
    "dcgan64": (64, 64, 3),
    "cifar10": (32, 32, 3),
    "cifar10_cond": (32, 32, 3),
    "paper256": (256, 256, 3),
    "ffhq256": (256, 256, 3),
    "cnn": (32, 32, 3),
    "cnn48": (48, 48, 3),
    "res64": (64, 64, 3),
    "res128": (128, 128, 3),
    "stacked_mnist": (28, 28, 3),
    "ffhq64": (64, 64, 3),
}
CLASSES = ("one", "two", "three")


@pytest.mark.parametrize(("path", "variant"), CASES)
def test_every_variant_binds_and_builds_its_game(path, variant):
    plan = assemble.bind(config_file.load(f"{path}:{variant}"))
    classes = tuple("0123456789")
    facts = Facts(SHAPES.get(variant, (28, 28, 1)), classes, (1,) * len(classes))
    game = plan.game(facts)
    assert set(game.players) >= {"gen"}
    assert game.slots()["real"] >= 1


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES)
def test_tiny_trains_in_seconds_and_samples(path, tmp_path):
    assert "tiny" in variants(path)
    train(config_file.load(f"{path}:tiny"), tmp_path / "run")
    run = open_run(tmp_path / "run")
    assert len(run.sample(3)) == 3


@pytest.mark.parametrize("path", FILES)
def test_every_file_documents_its_command_and_source(path):
    doc = path.read_text().split('"""')[1]
    assert f"--config=configs/{path.name}" in doc
    assert "arXiv" in doc or "et al." in doc


def test_a_missing_data_set_says_how_to_get_it():
    config = config_file.load(
        f"{ROOT}/configs/wgan_gp.py:cifar10", ["data.data_dir=/nowhere"]
    )
    with pytest.raises(BadInput, match=r"python -m gan_jax\.data\.prepare cifar10"):
        assemble.bind(config).open_data()
