"""What the README tells people to type, and to read, is there and works."""

import json
import pathlib
import re
import shlex

import numpy as np
import pytest
from PIL import Image

from gan_jax import main, models
from gan_jax.main import main as run
from gan_jax.training import preview

ROOT = pathlib.Path(__file__).parents[1]
README = (ROOT / "README.md").read_text().replace("\\\n", "")
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
    assert COMMANDS[0].startswith(
        "pip install -e . && python -m gan_jax.main --config="
    )
    assert COMMANDS[1] == 'pip install -e ".[test]" && python -m pytest'
    assert (ROOT / ".ci" / "run").read_text().rstrip().endswith("python -m pytest")
    assert len(TRAIN) >= 5


@pytest.mark.parametrize("command", TRAIN)
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


def test_named_files_exist():
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert len(links) > 5
    missing = [link for link in links if not (ROOT / link).exists()]
    assert not missing


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
    table = re.search(r"\| \*real samples\*.*\n((?:\|.*\n)+)", README)
    assert table
    printed = [line.strip("| ").split(" | ")[1:] for line in table[1].splitlines()]
    assert {tuple(cells) for cells in printed} == measured


def test_named_models_and_verbs_exist():
    for family in re.findall(r"`models\.(\w+)`", README):
        assert hasattr(models, family)
    for mode in re.findall(r"--mode=(\w+)", README):
        assert mode in main.VERBS
