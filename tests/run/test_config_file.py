import os

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
        ("{}:broken", [], r"fails in line 5: AssertionError"),
        ("{}", ["tarin.steps=1"], r"config\.tarin .*did you mean train"),
        ("{}", ["evl.every=1"], r"config\.evl .*did you mean eval"),
        ("{}", ["train=1"], "train is a group of fields"),
        ("{}", ["train.steps"], "has no value"),
        ("{}", ["train.steps.more=1"], r"config\.train\.steps .*does not exist"),
        ("{}", [".=1"], "does not exist"),
        ("{}", ["train.steps=" + "-" * 50_000 + "1"], "too deep to be read"),
    ],
    ids=range(9),
)
def test_mistakes(path, spec, overrides, message):
    with pytest.raises(BadInput, match=message) as caught:
        config_file.load(spec.format(path), overrides)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    "text",
    ["[" * 5000, "9" * 5000, "{[]: 1}", "(" * 300 + ")" * 300, "\0", "1e999"],
    ids=range(6),
)
def test_values_that_are_no_literals_are_words_and_end_nobody(path, text):
    value = config_file.load(path, [f"train.steps={text}"])["train"]["steps"]
    assert value == (float("inf") if text == "1e999" else text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x =", "fails: SyntaxError"),
        ("x = 1", "no get_config"),
        ("get_config = 3", "no get_config"),
        ("\n1/0", "fails in line 2: ZeroDivisionError"),
        ("raise SystemExit(3)", "fails in line 1: SystemExit: 3"),
        (
            "class E(Exception):\n    __str__ = __repr__ = None\nraise E",
            "fails in line 3: E: E",
        ),
        ("raise KeyboardInterrupt", "fails in line 1: KeyboardInterrupt"),
        ("import not_there_at_all", "fails in line 1: ModuleNotFoundError"),
        ("x = " + "-" * 50_000 + "1", "fails: (RecursionError|MemoryError)"),
        ("x = '\0'", "fails: (ValueError|SyntaxError)"),
        ("def get_config():\n    raise SystemExit", "fails in line 2: SystemExit"),
        ("def get_config():\n    return get_config()", "fails in line 2: Recursion"),
        (
            "def get_config():\n    pass",
            r"get_config\(\) in .* gives None, not a config",
        ),
        ("async def get_config():\n    pass", "gives <coroutine .*, not a config"),
        ("def get_config():\n    return [1]", r"gives \[1\], not a config"),
        ("class get_config:\n    pass", "gives <gan_jax_config_bad.get_config"),
        ("def get_config():\n    return dict", "gives <class 'dict'>, not a config"),
        ("get_config = len", "no usual variant"),
        ("get_config = print", "gives None"),
        ("def get_config(variant):\n    return {}", "no usual variant; .*:VARIANT"),
        (
            "def get_config():\n    a = {}\n    a['a'] = a\n    return a",
            "does it hold itself",
        ),
    ],
    ids=range(21),
)
def test_files_that_give_no_config(tmp_path, text, message):
    file = tmp_path / "bad.py"
    file.write_text(text)
    with pytest.raises(BadInput, match=message) as caught:
        config_file.load(str(file))
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_without_variants(tmp_path):
    file = tmp_path / "one.py"
    file.write_text("def get_config():\n    return {'train': {}}")
    assert config_file.load(str(file)) == {"train": {}}
    with pytest.raises(BadInput, match="has no variants"):
        config_file.load(f"{file}:tiny")


def test_a_builtin_may_make_configs(tmp_path):
    file = tmp_path / "builtin.py"
    file.write_text("get_config = dict")
    assert config_file.load(str(file)) == {}


def test_nested_config_dicts_become_dicts(tmp_path):
    file = tmp_path / "nested.py"
    file.write_text(
        "from ml_collections import ConfigDict\n"
        "def get_config():\n"
        "    return dict(train=ConfigDict(dict(steps=3, more=(1, ConfigDict()))))"
    )
    config = config_file.load(str(file))
    assert config == {"train": {"steps": 3, "more": (1, {})}}
    assert type(config["train"]) is dict


def test_places_a_file_can_be(tmp_path, monkeypatch):
    home = tmp_path / "a:b"
    home.mkdir()
    (home / "some.py").write_text(FILE)
    assert config_file.load(f"{home}/some.py:other")["game"]["name"] == "other"
    assert config_file.load(f"{home}/some.py")["game"]["name"] == "plain"
    (home / "odd:name.py").write_text(FILE)
    assert config_file.load(f"{home}/odd:name.py")["game"]["name"] == "plain"
    monkeypatch.setenv("HOME", str(home))
    assert config_file.load("~/some.py:x")["game"]["name"] == "x"
    with pytest.raises(BadInput, match="is a folder; name a file in it"):
        config_file.load(str(home))
    for nowhere in ("x" * 300, f"{home}/{'y' * 300}.py", "a/" * 3000, "\0", ":", ""):
        with pytest.raises(BadInput, match="there is no config file") as caught:
            config_file.load(nowhere)
        assert len(str(caught.value)) < 500
    (home / "x.txt").write_text(FILE)
    with pytest.raises(BadInput, match="a config file ends in .py"):
        config_file.load(f"{home}/x.txt")


def test_an_edited_file_is_read_anew(tmp_path):
    """Python's own cache would serve an old file of the same size and second."""
    file = tmp_path / "edited.py"
    for steps in (3, 4):
        file.write_text(f"def get_config():\n    return dict(steps={steps})")
        os.utime(file, (1e9, 1e9))
        assert config_file.load(str(file)) == {"steps": steps}


def test_a_file_may_define_dataclasses(tmp_path):
    file = tmp_path / "data.py"
    file.write_text(
        "from __future__ import annotations\n"
        "from dataclasses import asdict, dataclass\n"
        "@dataclass\nclass A:\n    x: int = 1\n"
        "def get_config():\n    return asdict(A())"
    )
    assert config_file.load(str(file)) == {"x": 1}


def test_configs_of_the_package_are_found_by_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "wgan_gp" in config_file.names()
    assert config_file.load("wgan_gp:tiny")["train"]["steps"] == 4
    with pytest.raises(BadInput, match="wgan_pg; did you mean wgan_gp"):
        config_file.load("wgan_pg:tiny")
    with pytest.raises(BadInput, match="did you mean wgan_gp"):
        config_file.load("configs/wgan_gp.py:tiny")
