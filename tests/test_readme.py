"""What the README tells people to type, and to read, is there and works."""

import inspect
import json
import pathlib
import re
import shlex
import tomllib

import numpy as np
import pytest
from PIL import Image

from gan_jax import games, main, models
from gan_jax.main import main as run
from gan_jax.training import preview

ROOT = pathlib.Path(__file__).parents[1]
README = (ROOT / "README.md").read_text().replace("\\\n", "")
MEASURED = (ROOT / "docs" / "measured.md").read_text()
COMMANDS = [
    line.split(" #")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
]


def flags(command):
    """What stands behind `python -m gan_jax.main`."""
    words = shlex.split(command.partition("python -m gan_jax.main")[2])
    return [word for word in words if word != "--dry-run"]


TRAIN = [c for c in COMMANDS if "gan_jax.main --config" in c]


def test_there_are_two_commands_to_begin_with():
    assert COMMANDS[0] == (
        "pip install -e . && python -m gan_jax.main --config=configs/wgan_gp.py"
    )
    assert COMMANDS[1] == 'pip install -e ".[test]" && python -m pytest'
    assert (ROOT / ".ci" / "run").read_text().rstrip().endswith("python -m pytest")
    assert len(TRAIN) >= 5


@pytest.mark.parametrize("command", [c for c in TRAIN if "config.weights" not in c])
def test_training_commands_build(command, tmp_path, monkeypatch, capsys):
    """Everything but the training itself, and but the memory estimate's compilation."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(preview, "memory", lambda *args: "")
    folder = tmp_path / "pictures"
    folder.mkdir()
    for i in range(4):
        pixels = np.full((64, 64, 3), 60 * i, np.uint8)
        Image.fromarray(pixels).save(folder / f"{i}.png")
    made = [f.replace("FOLDER", str(folder)) for f in flags(command)]
    assert run([*made, "--dry-run"]) == 0, capsys.readouterr().err
    assert "steps:" in capsys.readouterr().out


def test_the_ring_table_is_that_of_the_results():
    file = ROOT / "experiments" / "ring8_remedies" / "results.json"
    found = json.loads(file.read_text())["tables"]["std05"]["rows"]
    measured = set()
    for row in found.values():
        ends = [
            f"{scale * row['final'][name]['mean']:.{digits}f} ± "
            f"{scale * row['final'][name]['std']:.{digits}f}"
            for name, scale, digits in (
                ("modes", 1, 1),
                ("high_quality", 100, 1),
                ("reverse_kl", 1, 3),
            )
        ]
        share = f"{len(row['failed'])}/{len(row['seeds'])}"
        measured.add((*ends, share, f"{row['seconds']['relative']:.2f}"))
    table = re.search(r"\| \*real samples\*.*\n((?:\|.*\n)+)", MEASURED)
    assert table
    printed = [line.strip("| ").split(" | ")[1:] for line in table[1].splitlines()]
    assert {tuple(cells) for cells in printed} == measured


def test_named_models_and_verbs_exist():
    for family in re.findall(r"`models\.(\w+)`", README):
        assert hasattr(models, family)
    for mode in re.findall(r"--mode=(\w+)", README):
        assert mode in main.VERBS


def test_every_config_is_in_the_table_of_families():
    shown = set(re.findall(r"\| \[`(\w+)`\]\(configs/\1\.py\) \|", README))
    assert shown == {p.stem for p in (ROOT / "configs").glob("*.py")} - {"__init__"}


def test_the_layers_are_those_that_imports_are_held_to():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (contract,) = project["tool"]["importlinter"]["contracts"]
    (drawn,) = re.findall(r"```\n(__main__ .*?)```", README, re.DOTALL)
    layers = [" ".join(layer.split()) for layer in drawn.split(">")]
    assert layers == contract["layers"]


def test_the_table_of_how_to_add_is_true():
    (table,) = re.findall(r"\| new thing \| files touched \|\n((?:\|.*\n)+)", README)
    files = re.findall(r"`((?:gan_jax|tests|configs)/[^`]*)`", table)
    assert len(files) > 20
    for file in files:
        assert (ROOT / file.replace("NAME.py", "__init__.py")).exists(), file
    tested = {f.split("/")[1] for f in files if f.endswith("tables.py")}
    rooms = {path.parent.name for path in ROOT.glob("tests/*/tables.py")}
    assert tested == rooms


def test_remedies_are_options_of_every_game_with_a_critic():
    (told,) = re.findall(
        r"every game with a critic:(.*?)\. One- and", README, re.DOTALL
    )
    options = set(re.findall(r"`(\w+)`", told))
    assert len(options) >= 7
    takes = {
        n: set(inspect.signature(vars(games)[n]).parameters) for n in games.__all__
    }
    with_critic = {
        name: names for name, names in takes.items() if "disc_terms" in names
    }
    assert {"adversarial", "veegan"} <= set(with_critic)
    for name, names in with_critic.items():
        assert options <= names, name
