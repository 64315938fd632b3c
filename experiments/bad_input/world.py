"""A folder with everything that bad input can point at: runs, data, workdirs, files."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from gan_jax.main import main

ADAM = dict(name="adam", learning_rate=1e-3)
BRIEF = dict(steps=4, batch_size=4, log_every=2, checkpoint_every=2, samples=4)
POINTS: dict[str, Any] = dict(
    data=dict(name="ring", std=0.1, count=100),
    models=dict(
        gen=dict(name="mlp.Generator", widths=(6,)),
        disc=dict(name="mlp.Discriminator", widths=(6,)),
    ),
    game=dict(
        name="adversarial",
        loss=dict(name="wasserstein"),
        regularizers=dict(gp=dict(name="gradient_penalty", weight=0.1)),
        latents=dict(name="normal", shape=(2,)),
        n_critic=2,
        ema=0.9,
    ),
    optim=dict(gen=ADAM, disc=ADAM),
    train=dict(BRIEF, steps_per_call=2),
)
"""A game of points, the least there is."""
PICTURES: dict[str, Any] = dict(
    data=dict(name="folder", path="@W/pictures", size=8),
    models=dict(
        gen=dict(name="mlp.Generator", widths=(6,), activation=dict(name="tanh")),
        disc=dict(name="dcgan.Discriminator", width=2, norm=dict(name="layer_norm")),
    ),
    game=dict(
        name="adversarial",
        loss=dict(name="hinge"),
        latents=dict(name="uniform", shape=(3,)),
        regularizers=dict(r1=dict(name="r1", weight=1.0)),
        augment=dict(name="instance_noise", std=0.1),
        ema=0.5,
    ),
    optim=dict(
        gen=dict(
            name="adam",
            learning_rate=dict(name="linear", start=1e-3, end=0.0, over=99),
            b1=0.5,
        ),
        disc=dict(name="clip_norm", max_norm=1.0, of=dict(name="sgd", learning_rate=1)),
    ),
    train=dict(BRIEF, seed=1, sample_every=2, keep=1, precision="float32"),
    eval=dict(every=0, samples=8, seed=1),
    guard=dict(on=("not_finite",), act="stop", factor=0.5, most=1),
)
"""A game of pictures, with an option of every sort."""
LABELS: dict[str, Any] = dict(
    PICTURES,
    models=dict(
        gen=dict(name="mlp.Generator", widths=(6,)),
        disc=dict(name="mlp.Discriminator", widths=(6,)),
    ),
    game=dict(
        POINTS["game"],
        latents=dict(name="normal", shape=(3,)),
        conditional=dict(name="class_labels"),
    ),
    eval=dict(every=0),
)
"""A game that is told the class of each picture."""
TUNED: dict[str, Any] = dict(POINTS, weights=dict(gen=dict(workdir="@W/runs/points")))
"""A game that begins with the weights of another run."""
BASES = dict(points=POINTS, pictures=PICTURES, labels=LABELS, tuned=TUNED)


def placed(value: Any, world: Path) -> Any:
    """A config with `@W` as the world's folder."""
    if isinstance(value, dict):
        return {key: placed(inner, world) for key, inner in value.items()}
    return value.replace("@W", str(world)) if isinstance(value, str) else value


def build(world: Path) -> None:
    """Make the whole folder; trains two runs of four steps."""
    _folders(world)
    for name in ("points", "labels"):
        file = world / f"{name}.py"
        config = placed(BASES[name], world)
        file.write_text(f"def get_config():\n    return {config!r}\n")
        done = main([f"--config={file}", f"--workdir={world}/runs/{name}"])
        assert done == 0, f"the run {name} of the world failed"
    _workdirs(world)


def _picture(path: Path, seed: int, shape: tuple[int, ...] = (8, 8, 3)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    Image.fromarray(pixels).save(path, "PNG")


def _folders(world: Path) -> None:
    """Folders of pictures, of every sort."""
    for kind in ("cat", "dog"):
        for i in range(6):
            _picture(world / "pictures" / kind / f"{i}.png", i)
    for i in range(12):
        _picture(world / "flat" / f"{i}.png", i)
        _picture(world / "mixed" / f"{i}.png", i, (8 + i % 2, 8, 3))
        _picture(world / "deep" / "one" / "two" / "three" / f"{i}.png", i)
        _picture(world / "hidden" / ".a" / f"{i}.png", i)
    _picture(world / "single" / "0.png", 0)
    for name in ("home", "empty_folder", "empty_classes/a", "empty_classes/b"):
        (world / name).mkdir(parents=True)
    shutil.copytree(world / "flat", world / "broken")
    (world / "broken" / "5.png").write_bytes(b"no picture")
    shutil.copytree(world / "flat", world / "torn")
    whole = (world / "torn" / "5.png").read_bytes()
    (world / "torn" / "5.png").write_bytes(whole[: len(whole) // 2])
    (world / "texts").mkdir()
    (world / "texts" / "a.txt").write_text("no picture")
    (world / "postscript").mkdir()
    (world / "postscript" / "a.png").write_text("%!PS-Adobe-3.0\nshowpage\n")
    (world / "tree").mkdir()
    (world / "tree" / "a.png").mkdir()
    (world / "links").mkdir()
    (world / "links" / "a.png").symlink_to("nowhere.png")
    (world / "links" / "self").symlink_to(".")
    (world / "pipes").mkdir()
    os.mkfifo(world / "pipes" / "a.png")
    shutil.copytree(world / "flat", world / "Größe 名")
    (world / "file").write_text("a file")
    (world / "no_weights.safetensors").write_bytes(b"\xff" * 64)
    os.mkfifo(world / "fifo")


def _workdirs(world: Path) -> None:
    """Workdirs of every sort beside the two runs."""
    runs = world / "runs"
    texts = dict(
        list="[]",
        nothing="{}",
        null="null",
        number="3",
        half='{"config": 3, "data": {}}',
        torn='{"config": {',
        empty="",
        other=json.dumps({"model_type": "gpt2", "architectures": ["GPT2"]}),
        inner=json.dumps({"config": {"train": []}, "data": {"shape": "x"}}),
        deep="[" * 5000,
        bytes="\udcff",
    )
    for name, text in texts.items():
        (runs / name).mkdir()
        content = text.encode("utf-8", "surrogateescape")
        (runs / name / "config.json").write_bytes(content)
    (runs / "folder" / "config.json").mkdir(parents=True)
    (runs / "bare").mkdir()
    shutil.copytree(runs / "points", runs / "no_checkpoints")
    shutil.rmtree(runs / "no_checkpoints" / "checkpoints")
    shutil.copytree(runs / "points", runs / "no_metrics")
    (runs / "no_metrics" / "metrics.jsonl").unlink()
    shutil.copytree(runs / "points", runs / "checkpoints_a_file")
    shutil.rmtree(runs / "checkpoints_a_file" / "checkpoints")
    (runs / "checkpoints_a_file" / "checkpoints").write_text("x")
    # Fields of a run's config.json that were mended by hand.
    record = json.loads((runs / "points" / "config.json").read_text())
    for group, node in record.items():
        for value in (None, 3, "x", [], {}, {"name": "x"}):
            name = f"{group}_{json.dumps(value)}".replace('"', "")
            shutil.copytree(runs / "points", runs / name)
            text = json.dumps({**record, group: value})
            (runs / name / "config.json").write_text(text)
        if isinstance(node, dict):
            for field in node:
                shutil.copytree(runs / "points", runs / f"{group}_{field}")
                text = json.dumps({**record, group: {**node, field: [{}]}})
                (runs / f"{group}_{field}" / "config.json").write_text(text)
