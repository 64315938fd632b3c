"""A run exported by command, opened again, and all that can be wrong with it."""

import errno
import json
import os
import re
import subprocess
import sys

import jax.numpy as jnp
import numpy as np
import pytest

import gan_jax
from gan_jax import export, rng
from gan_jax.bundle import files
from gan_jax.errors import BadInput
from gan_jax.evaluation import record
from gan_jax.export import onnx, writing
from gan_jax.export.card import without_paths
from gan_jax.export.portable import stable_names
from gan_jax.main import main
from gan_jax.metrics import Protocol, Score
from gan_jax.run import Workdir
from gan_jax.run.sampler import sample_key
from gan_jax.training import train
from tests.training.runs import ROOT, images

DOC = (ROOT / "docs" / "export.md").read_text()
MISSING = " ".join(onnx.missing()).strip()
FORMATS = ("stablehlo", "safetensors", *(() if MISSING else ("onnx",)))
needs_onnx = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {MISSING}")


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    """A few rounds of a conditional game of pictures, scored once."""
    config = images(steps=2)
    config["game"] |= {
        "conditional": {"name": "class_labels"},
        "latents": {"name": "truncatable", "shape": (4,)},
        "n_critic": 1,
    }
    config["models"] = {
        "gen": {"name": "resnet.Generator", "widths": (4,), "norm": CLASSES},
        "disc": {"name": "mlp.Discriminator", "widths": (4,), "join": JOIN},
    }
    path = tmp_path_factory.mktemp("trained") / "run"
    train(config, path)
    record.append(Workdir(path), 2, SCORE)
    return path


SCORE = Score(
    "fd_digits",
    63.5,
    None,
    Protocol(
        extractor="digits",
        weights="dc5d",
        resize="none",
        n_real=9,
        split="train",
        n_fake=9,
        ema=True,
        batch_norm="running",
    ),
)
CLASSES, JOIN = {"name": "conditional_batch_norm"}, {"name": "concatenated"}


@pytest.fixture(scope="module")
def bundles(workdir, tmp_path_factory):
    folder = tmp_path_factory.mktemp("out")
    for name in FORMATS:
        words = ["--mode=export", f"--workdir={workdir}", f"--format={name}"]
        assert main([*words, f"--out={folder / name}"]) == 0
    return folder


@pytest.mark.parametrize("name", ["stablehlo", "safetensors"])
def test_a_bundle_is_used_as_its_run_is(workdir, bundles, name):
    run, bundle = gan_jax.load(workdir), gan_jax.load(bundles / name)
    asked = dict(labels=[1] * 40 + [0] * 30, truncation=0.5)
    for words in ({}, {"seed": 5}, {"seed": 2**32 - 1, **asked}):
        ours, theirs = run.sample(70, **words), bundle.sample(70, **words)
        assert theirs.dtype == np.uint8
        # The same arithmetic, compiled anew: a rounding may fall the other way.
        apart = np.abs(ours.astype(int) - theirs)
        assert apart.max() <= 1
        assert (apart > 0).mean() < 1e-3
    assert not np.array_equal(bundle.sample(4), bundle.sample(4, seed=1))
    np.testing.assert_array_equal(
        np.concatenate(list(bundle.stream(70))), bundle.sample(70)
    )
    for wrong in (dict(labels=99), dict(colour=1), dict(seed=-1), dict(labels="no")):
        with pytest.raises(BadInput) as ours:
            run.sample(4, **wrong)
        with pytest.raises(BadInput) as theirs:
            bundle.sample(4, **wrong)
        assert str(ours.value) == str(theirs.value)


def test_functions_are_called_by_name_and_fill_in_what_is_usual(workdir, bundles):
    run, bundle = gan_jax.load(workdir), gan_jax.load(bundles / "stablehlo")
    z = bundle.function("latents")(index=np.arange(3), seed=7)
    keys = rng.at(sample_key(7), jnp.arange(3))
    answers = run.asked(3, 7, truncation=8.0)
    np.testing.assert_allclose(
        z, run.function("latents")(keys, answers), rtol=1e-6, atol=1e-6
    )
    told = dict(label=[1, 0, 1])
    made = bundle.function("synthesize")(z=z, **told)
    wanted = run.function("synthesize")(z, {"label": np.int32([1, 0, 1])})
    np.testing.assert_allclose(made, wanted, atol=1e-5)
    whole = bundle.function("sample")(index=np.arange(3), seed=7, **told)
    np.testing.assert_allclose(made, whole, atol=1e-5)
    drawn = {name: ask.drawn for name, ask in bundle.asks.items()}
    np.testing.assert_array_equal(drawn["truncation"](keys), [8.0] * 3)
    with pytest.raises(BadInput, match="label is drawn by the programs"):
        drawn["label"](keys)
    with pytest.raises(BadInput, match="synthesize needs z"):
        bundle.function("synthesize")(label=[1, 2])
    with pytest.raises(BadInput, match="z has the shape"):
        bundle.function("synthesize")(z=np.zeros((2, 9)))
    with pytest.raises(BadInput, match="takes no w"):
        bundle.function("synthesize")(w=np.zeros((2, 9)))
    with pytest.raises(BadInput, match="no function 'paint'; it has sample, latents"):
        bundle.function("paint")


def test_a_bundle_opens_without_training_code(bundles):
    code = f"""
import sys
import gan_jax
print(gan_jax.load({str(bundles / "stablehlo")!r}).sample(2).shape)
tops = {{name.partition(".")[0] for name in sys.modules}}
print(sorted(tops & {{"optax", "orbax", "tensorflow_datasets", "clu", "grain"}}))
print([name for name in sys.modules if name.startswith("gan_jax.games")])
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout.splitlines() == ["(2, 8, 8, 1)", "[]", "[]"], done.stderr


@needs_onnx
def test_the_reader_of_the_documents_needs_no_jax(bundles, tmp_path):
    (code,) = re.findall(r"```python\n(# reader.py\n.*?)```", DOC, re.DOTALL)
    assert len(code.splitlines()) <= 40
    ending = "\nimport sys\nassert not {'jax', 'gan_jax'} & set(sys.modules)\n"
    (tmp_path / "reader.py").write_text(code + ending)
    (tmp_path / "model").symlink_to(bundles / "onnx")
    done = subprocess.run(
        [sys.executable, "reader.py"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert float(re.search(r"difference ([-+.e\d]+)", done.stdout)[1]) < 1e-5
    assert (tmp_path / "sheet.png").read_bytes().startswith(b"\x89PNG")


def test_the_other_examples_of_the_documents_run(bundles, tmp_path, monkeypatch):
    codes = re.findall(r"```python\n(?!# reader.py)(.*?)```", DOC, re.DOTALL)
    assert len(codes) >= 2
    monkeypatch.chdir(tmp_path)
    for place, name in (("model", "stablehlo"), ("weights", "safetensors")):
        (tmp_path / place).symlink_to(bundles / name)
    for code in codes:
        exec(compile(code, "docs/export.md", "exec"), {})


def test_the_card_says_all_and_nothing_of_this_machine(workdir, bundles):
    for name in FORMATS:
        text = (bundles / name / "card.json").read_text()
        card, words = json.loads(text), (bundles / name / "README.md").read_text()
        assert card["format"] == name
        assert card["checkpoint"] == {"rule": "last", "step": 2, "seen": 16}
        assert card["architecture"]["gen"]["name"] == "resnet.Generator"
        assert card["asks"]["label"]["names"] == list(card["data"]["classes"])
        assert card["asks"]["truncation"]["usual"] == 8.0
        assert "standing_statistics" in card["left_out"]
        assert card["trained_by"]["commit"]
        assert card["checked"]["largest_difference"] < 1e-5
        assert set(card["files"]) == set(os.listdir(bundles / name)) - {
            "card.json",
            "README.md",
        }
        assert "licence" in words.lower()
        assert [score["name"] for score in card["metrics"]] == ["fd_digits"]
        assert card["metrics"][0]["protocol"]["extractor"] == "digits"
        assert "`fd_digits`: 63.5, measured by" in words
        for line in (text, words):
            assert str(ROOT) not in line
            assert str(workdir.parent) not in line
    made_of = without_paths({"data": {"path": "/home/me/cats", "size": 3}})
    assert made_of == {"data": {"path": "cats", "size": 3}}


@pytest.mark.parametrize(
    "name", ["weights.safetensors", "sample.stablehlo", "card.json"]
)
def test_damage_is_named(bundles, tmp_path, name):
    for file in (bundles / "stablehlo").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    content = bytearray((tmp_path / name).read_bytes())
    content[len(content) // 2] ^= 0xFF
    (tmp_path / name).write_bytes(content)
    if name == "card.json":
        (tmp_path / name).write_text(content.decode(errors="replace")[:300])
    with pytest.raises(BadInput, match=re.escape(name)):
        gan_jax.load(tmp_path)


def test_what_a_bundle_has_not_is_said(bundles):
    with pytest.raises(BadInput, match="holds one checkpoint"):
        gan_jax.load(bundles / "stablehlo", checkpoint=2)


@needs_onnx
def test_an_onnx_bundle_is_not_opened_by_jax(bundles):
    with pytest.raises(BadInput, match="a bundle of onnx"):
        gan_jax.load(bundles / "onnx")


WRONG = [
    (["--format=stablehlo"], "--out is missing"),
    (["--out=OUT"], "--format is missing; wanted safetensors, stablehlo, onnx"),
    (["--out=OUT", "--format=tflite"], "--format=tflite; wanted safetensors"),
    (["--out=FULL", "--format=stablehlo"], "is not empty"),
    (["--out=FILE", "--format=stablehlo"], "is no folder"),
    (["--out=FILE/x", "--format=stablehlo"], "cannot be written"),
    (["--out=OUT", "--format=stablehlo", "--checkpoint=77"], "no checkpoint 77"),
    (["--out=OUT", "--format=stablehlo", "--seed=1"], "--seed is of"),
]


@pytest.mark.parametrize(("flags", "message"), WRONG)
def test_what_cannot_be_is_one_line_and_nothing_is_written(
    workdir, tmp_path, capsys, flags, message
):
    (tmp_path / "FULL").mkdir()
    (tmp_path / "FULL" / "mine").touch()
    (tmp_path / "FILE").touch()
    before = sorted(tmp_path.rglob("*"))
    flags = [flag.replace("--out=", f"--out={tmp_path}/") for flag in flags]
    assert main(["--mode=export", f"--workdir={workdir}", *flags]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_a_missing_extra_says_how_to_install_it(workdir, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(onnx, "NEEDED", ("no_such_package", "onnx"))
    words = ["--mode=export", f"--workdir={workdir}", f"--out={tmp_path}/x"]
    assert main([*words, "--format=onnx"]) == 2
    said = capsys.readouterr().err
    assert "needs no_such_package; pip install" in said
    assert "gan_jax[onnx]" in said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (TypeError("half of it cannot be traced"), "does not become safetensors: half"),
        (KeyboardInterrupt(), None),
    ],
)
def test_what_fails_half_way_leaves_nothing(
    workdir, tmp_path, monkeypatch, raised, message
):
    def write(made, folder):
        (folder / files.WEIGHTS).write_bytes(b"half")
        raise raised

    form = writing.FORMATS["safetensors"]._replace(write=write)
    monkeypatch.setitem(writing.FORMATS, "safetensors", form)
    run = gan_jax.load(workdir)
    with pytest.raises(BadInput if message else KeyboardInterrupt, match=message):
        export.write(run, "last", tmp_path / "x", "safetensors")
    assert not list(tmp_path.iterdir())


def test_what_differs_from_the_run_is_not_handed_out(workdir, tmp_path, monkeypatch):
    def drawn(made, folder, name, inputs):
        return writing._rebuilt(made, folder, name, inputs) + 0.01

    form = writing.FORMATS["safetensors"]._replace(drawn=drawn)
    monkeypatch.setitem(writing.FORMATS, "safetensors", form)
    with pytest.raises(BadInput, match="differs from the run by 0.01"):
        export.write(gan_jax.load(workdir), "last", tmp_path / "x", "safetensors")
    assert not list(tmp_path.iterdir())


def test_names_of_weights_tell_averages_apart_only_where_both_are_used():
    both = ["players/gen/ema/params/a/k", "players/gen/params/a/k", "seen"]
    assert set(stable_names(both[::2]).values()) == {
        "gen.params.a.k",
        "seen",
    }
    assert len(set(stable_names(both).values())) == 3


def test_every_public_name_is_tried_here():
    named = {"FORMATS", "Portable", "check", "portable", "rebuilt", "write"}
    assert set(export.__all__) == named
    opening = {"Bundle", "Signature", "is_bundle", "open_bundle", "read_card"}
    assert set(gan_jax.bundle.__all__) == opening
