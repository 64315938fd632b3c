import pytest

from gan_jax.errors import BadInput
from gan_jax.run import config_file

FILE = """
from ml_collections import ConfigDict

def get_config(variant="plain"):
    assert variant != "broken"
    return ConfigDict(dict(train=dict(steps=3, rate=0.5), game=dict(name=variant)))
"""


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "some.py"
    file.write_text(FILE)
    return str(file)


def test_variants_and_overrides(path):
    assert config_file.load(path)["game"]["name"] == "plain"
    config = config_file.load(
        f"{path}:other",
        [
            "train.steps=7",
            "train.rate=1e-4",
            "train.best=disc/loss",
            "train.epochs=(1,2)",
            "game.name=3",
            "game.ema=None",
            "game.penalties.r1.name=r1",
            "game.penalties.r1.gamma=0.1",
        ],
    )
    assert config["train"] == {
        "steps": 7,
        "rate": 1e-4,
        "best": "disc/loss",
        "epochs": (1, 2),
    }
    penalties = {"r1": {"name": "r1", "gamma": 0.1}}
    assert config["game"] == {"name": "3", "ema": None, "penalties": penalties}


def test_a_group_that_is_optional_may_be_added(path):
    config = config_file.load(path, ["eval.every=5", "eval.metrics=fd,modes"])
    assert config["eval"] == {"every": 5, "metrics": "fd,modes"}
    assert "eval" not in config_file.load(path)


@pytest.mark.parametrize(
    ("spec", "overrides", "message"),
    [
        ("{}x", [], "there is no config file .*did you mean"),
        ("{}:broken", [], "fails"),
        ("{}", ["tarin.steps=1"], r"config\.tarin .*did you mean train"),
        ("{}", ["evl.every=1"], r"config\.evl .*did you mean eval"),
        ("{}", ["train=1"], "train is a group of fields"),
        ("{}", ["train.steps"], "has no value"),
        ("{}", ["train.steps.more=1"], r"config\.train\.steps .*does not exist"),
    ],
)
def test_mistakes(path, spec, overrides, message):
    with pytest.raises(BadInput, match=message):
        config_file.load(spec.format(path), overrides)


def test_files_that_are_no_configs(tmp_path):
    for text, message in (
        ("x =", "fails"),
        ("x = 1", "no get_config"),
        ("1/0", "fails"),
    ):
        file = tmp_path / "bad.py"
        file.write_text(text)
        with pytest.raises(BadInput, match=message):
            config_file.load(str(file))
    file.write_text("def get_config():\n    return {'train': {}}")
    assert config_file.load(str(file)) == {"train": {}}
    with pytest.raises(BadInput, match="has no variants"):
        config_file.load(f"{file}:tiny")
