"""Every config: its tiny variant trains, all other variants build."""

import importlib.util
import pathlib

import numpy as np
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
    "colour32": (32, 32, 3),
    "auto": (256, 256, 3),
    "paper256": (256, 256, 3),
    "grid256": (256, 256, 3),
    **{f"{size}256": (256, 256, 3) for size in ("s", "b", "l", "xl")},
    **{f"config_{x}": (1024, 1024, 3) for x in "abcd"},
    "config_e": (1024, 1024, 3),
    "config_f": (1024, 1024, 3),
    "ffhq256": (256, 256, 3),
    "ffhqu256_t": (256, 256, 3),
    "ffhqu256_r": (256, 256, 3),
    "ffhqu1024_t": (1024, 1024, 3),
    "afhqv2_t": (512, 512, 3),
    "afhqv2_r": (512, 512, 3),
    "cnn": (32, 32, 3),
    "cnn48": (48, 48, 3),
    "res64": (64, 64, 3),
    "res128": (128, 128, 3),
    "stacked_mnist": (28, 28, 3),
    "ffhq64": (64, 64, 3),
    "imagenet32": (32, 32, 3),
    "imagenet64": (64, 64, 3),
    "digits32": (32, 32, 1),
    "digits32_fixed": (32, 32, 1),
    "celebahq256": (256, 256, 3),
    "celebahq1024": (1024, 1024, 3),
    "ffhq1024": (1024, 1024, 3),
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
    shown = {  # what must be given, as by a person: pictures of the data's shape
        name: np.zeros((3, *run.record["data"]["shape"]), np.uint8)
        for name, ask in run.asks.items()
        if ask.drawn is None
    }
    assert len(run.sample(3, **shown)) == 3


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


# StyleGAN2-ADA's launcher on one device, with its batch or with one given.
AUTO = {  # -> batch, gamma, half-life of the average, learning rate, widths of G
    "auto-32": (32, 0.0064, 10_000, 2.5e-3, (512,) * 4),
    "auto-128-32": (32, 0.1024, 10_000, 2.5e-3, (512,) * 4 + (256, 128)),
    "auto": (16, 0.8192, 5_000, 2.5e-3, (512,) * 4 + (256, 128, 64)),
    "auto-512-64": (64, 0.8192, 20_000, 2.5e-3, (512,) * 5 + (256, 128, 64)),
    "auto-1024": (4, 52.4288, 1_250, 2e-3, (512,) * 5 + (256, 128, 64, 32)),
}


@pytest.mark.parametrize("variant", AUTO)
def test_auto_is_a_function_of_size_and_batch(variant):
    batch, gamma, half_life, rate, widths = AUTO[variant]
    config = config_file.load(f"stylegan2:{variant}")
    game, models = config["game"], config["models"]
    assert config["train"]["batch_size"] == batch
    assert game["regularizers"]["r1"]["gamma"] == pytest.approx(gamma)
    average = dict(name="half_life", images=half_life, per_round=batch, rampup=0.05)
    assert game["ema"] == average
    assert {node["learning_rate"] for node in config["optim"].values()} == {rate}
    assert models["gen"]["widths"] == widths == models["disc"]["widths"][::-1]
    assert models["gen"]["depth"] == 2
    assert models["disc"]["minibatch"]["group"] == 4


@pytest.mark.parametrize("variant", ["auto-96", "auto-64-0", "auto-x", "auto-64-8-8"])
def test_auto_of_no_size_is_refused_in_a_line(variant):
    with pytest.raises(BadInput, match="auto"):
        config_file.load(f"stylegan2:{variant}")
