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
SOME = ("stylegan2", "mdgan")
"""Styles and noise; an encoder. Classes are test_export's; others with --exhaustive."""
PAIR = {"sample", "latents", "synthesize"}
STYLED = PAIR | {"map", "paint"}
ENCODED = PAIR | {"encode", "decode"}
DENSITY = ENCODED | {"reconstruct"}
CODES = {"sample", "encode", "decode", "reconstruct"}
HELD = {
    **dict.fromkeys(("stylegan", "stylegan2", "stylegan3"), STYLED),
    **dict.fromkeys(("mdgan", "veegan"), ENCODED),
    **dict.fromkeys(("vae", "beta_vae", "cvae"), DENSITY),
    **dict.fromkeys(("vqvae", "vqgan"), CODES),
    "transformer": {"sample", "tokens", "picture"},
}
"""The functions of a family's programs, `PAIR` unless said; as docs/export.md has them."""
KEYED = {"sample", "latents"}
"""What draws random numbers, and is no graph of ONNX."""
FORMATS = {name: form for name, form in export.FORMATS.items() if not form.missing()[0]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("bundles")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_leaves_in_every_format(folder, family, request):
    if family not in SOME and not request.config.getoption("exhaustive"):
        pytest.skip("one of its kind is tried; --exhaustive for all")
    config = config_file.load(f"{ROOT}/configs/{family}.py:tiny")
    run, held = untrained(config, folder / "none"), HELD.get(family, PAIR)
    for name, form in FORMATS.items():
        card = export.write(run, "last", folder / f"{family}-{name}", name)
        wanted = held if form.keyed else held - KEYED
        assert card["functions"].keys() == wanted
        left = run.game.functions.keys() - wanted
        assert card["left_out"].keys() == left | ({"sample"} - wanted)


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


def test_the_documents_name_the_families_that_hold_more_or_less():
    text = (ROOT / "docs" / "export.md").read_text()
    assert HELD.keys() <= set(FAMILIES)
    for family, functions in HELD.items():
        rows = [x for x in text.splitlines() if x.startswith("|")]
        (row,) = [x for x in rows if f"`{family}`" in x.split("|")[1]]
        told = set(row.replace("`", " ").replace(",", " ").replace("|", " ").split())
        assert functions <= told
