"""Every family's networks leave the house, in every format, and give the same samples."""

import json
import pathlib
import subprocess
import sys

import pytest

from gan_jax import export
from gan_jax.run import config_file
from tests.export.bundles import untrained

ROOT = pathlib.Path(__file__).parents[2]
FAMILIES = sorted(
    p.stem for p in (ROOT / "configs").glob("*.py") if p.stem != "__init__"
)
SOME = ("stylegan2", "biggan", "mdgan")
"""Styles and noise; classes and truncation; an encoder. Others with --exhaustive."""
EXTRA = {"stylegan2": {"map", "paint"}, "mdgan": {"encode", "decode"}}


@pytest.fixture(scope="module")
def folder(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundles")
    formats = [name for name, form in export.FORMATS.items() if not form.missing()[0]]
    exhaustive = request.config.getoption("exhaustive")
    for family in FAMILIES if exhaustive else SOME:
        config = config_file.load(f"{ROOT}/configs/{family}.py:tiny")
        run = untrained(config, folder / "none")
        for name in formats:
            card = export.write(run, "last", folder / f"{family}-{name}", name)
            assert EXTRA.get(family, set()) <= card["functions"].keys()
            assert "synthesize" in card["functions"]
    return folder


def test_onnx_is_among_them(folder):
    missing, todo = export.FORMATS["onnx"].missing()
    if missing:
        pytest.skip(f"{missing} not installed: {todo}")
    assert {f"{family}-onnx" for family in SOME} <= {p.name for p in folder.iterdir()}


def test_in_a_fresh_process_they_give_the_runs_samples(folder):
    done = subprocess.run(
        [sys.executable, "-m", "tests.export.bundles", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert len(found) == len(list(folder.iterdir())) >= 2 * len(SOME)
    assert {name: far for name, far in found.items() if not far <= 1e-5} == {}
