"""Trains the classifier behind `extractors.digits` and writes its weights.

    python experiments/digits_classifier/run.py --dataset=mnist
    python experiments/digits_classifier/run.py --dataset=fashion_mnist --source=DIR

mnist: the 4,500 training digits of `data.mnist5k`, tested on its other 500.
fashion_mnist: the 60,000 training images, tested on the other 10,000; DIR holds the four
idx files. The weights are those of the last epoch: the test images choose nothing. They
are rounded to float16 and stored with the batch statistics folded in.
"""

import argparse
import functools
import hashlib
import importlib.metadata
import json
import pathlib
import time
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import linen as nn
from flax import traverse_util

import gan_jax.metrics.extractors as extractors
from gan_jax import data, rng
from gan_jax.data import idx
from gan_jax.metrics.extractors import state_dict
from gan_jax.metrics.extractors.digit_classifier import Classifier

WEIGHTS = pathlib.Path(extractors.__file__).parent / "weights"
BATCH = 64
EPSILON = 1e-5

RECIPES = {
    "mnist": {
        "epochs": 50,
        "rate": 2e-3,
        "warp": {"turn": 0.2, "stretch": 0.1, "shift": 1.5, "elastic": 0.7},
        "mirror": False,
    },
    "fashion_mnist": {
        "epochs": 5,
        "rate": 3e-3,
        "warp": {"turn": 0.05, "stretch": 0.05, "shift": 1.0, "elastic": 0.0},
        "mirror": True,
    },
}


def warp(key, image, *, turn, stretch, shift, elastic):
    """One image, turned (radians), stretched, moved and bent (pixels), at random."""
    side = image.shape[0]
    keys = jax.random.split(key, 4)
    angle = jax.random.uniform(keys[0], minval=-turn, maxval=turn)
    linear = jnp.array(
        [[jnp.cos(angle), -jnp.sin(angle)], [jnp.sin(angle), jnp.cos(angle)]]
    )
    linear @= jnp.eye(2) + jax.random.uniform(
        keys[1], (2, 2), minval=-stretch, maxval=stretch
    )
    move = jax.random.uniform(keys[2], (2,), minval=-shift, maxval=shift)
    grid = jnp.stack(
        jnp.meshgrid(*[jnp.arange(side) - (side - 1) / 2] * 2, indexing="ij")
    )
    bend = elastic * jax.random.normal(keys[3], (2, 5, 5))
    bend = jax.image.resize(bend, (2, side, side), "bicubic")
    places = (
        jnp.tensordot(linear, grid, 1) + (side - 1) / 2 + move[:, None, None] + bend
    )
    warped = jax.scipy.ndimage.map_coordinates(image[..., 0], list(places), order=1)
    return warped[..., None]


def augment(keys, pixels, recipe):
    keys = jax.vmap(jax.random.split)(keys)
    pixels = jax.vmap(functools.partial(warp, **recipe["warp"]))(keys[:, 0], pixels)
    if recipe["mirror"]:
        flips = jax.vmap(jax.random.bernoulli)(keys[:, 1])[:, None, None, None]
        pixels = jnp.where(flips, pixels[:, :, ::-1], pixels)
    return pixels


def load(dataset: str, source: pathlib.Path):
    if dataset == "mnist":
        splits = [data.mnist5k(split=s).source.arrays for s in ("train", "test")]
        return [(split["sample"], split["label"]) for split in splits]
    pairs = [idx.read_split(source, split) for split in ("train", "test")]
    return [(images[..., None], labels.astype(np.int32)) for images, labels in pairs]


def train(images, labels, recipe, seed):
    network = Classifier(
        norm=functools.partial(nn.BatchNorm, use_running_average=False, momentum=0.98)
    )
    key = jax.random.key(seed)
    per_epoch = len(images) // BATCH
    steps = recipe["epochs"] * per_epoch
    rate = optax.warmup_cosine_decay_schedule(0.0, recipe["rate"], steps // 20, steps)
    tx = optax.adamw(rate, weight_decay=0.02)
    variables = network.init(rng.stream(key, "init"), jnp.zeros((1, 28, 28, 1)))
    state = variables["params"], variables["batch_stats"], tx.init(variables["params"])

    @functools.partial(jax.jit, donate_argnums=0)
    def step(state, pixels, classes, count):
        params, stats, opt_state = state

        def loss(params):
            keys = rng.deal(rng.stream(key, "augment", count), BATCH)
            x = augment(keys, pixels.astype(jnp.float32), recipe)
            (_, logits), moved = network.apply(
                {"params": params, "batch_stats": stats}, x, mutable=["batch_stats"]
            )
            losses = optax.softmax_cross_entropy_with_integer_labels(logits, classes)
            return losses.mean(), moved["batch_stats"]

        (value, stats), grads = jax.value_and_grad(loss, has_aux=True)(params)
        updates, opt_state = tx.update(grads, opt_state, params)
        return (optax.apply_updates(params, updates), stats, opt_state), value

    order = np.random.default_rng(seed)
    for epoch in range(recipe["epochs"]):
        begin, total = time.perf_counter(), 0.0
        places = order.permutation(len(images))[: per_epoch * BATCH]
        for i, rows in enumerate(places.reshape(per_epoch, BATCH)):
            count = jnp.int32(epoch * per_epoch + i)
            state, value = step(state, images[rows], labels[rows], count)
            total += float(value)
        took = time.perf_counter() - begin
        print(f"epoch {epoch}: loss {total / per_epoch:.4f}, {took:.1f} s", flush=True)
    return state[0], state[1]


def fold(params: Any, stats: Any) -> state_dict.Tensors:
    """Convolutions that do what they and the batch norms behind them did, float16."""
    folded = {name: params[name] for name in ("Dense_0", "Dense_1")}
    for i in range(len(stats)):
        conv, norm = params[f"Conv_{i}"], params[f"BatchNorm_{i}"]
        mean, var = stats[f"BatchNorm_{i}"]["mean"], stats[f"BatchNorm_{i}"]["var"]
        gain = norm["scale"] / jnp.sqrt(var + EPSILON)
        bias = norm["bias"] + (conv["bias"] - mean) * gain
        folded[f"Conv_{i}"] = {"kernel": conv["kernel"] * gain, "bias": bias}
    flat = traverse_util.flatten_dict(folded, sep=".")
    return {name: np.asarray(x, np.float16) for name, x in flat.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", choices=sorted(RECIPES), required=True)
    parser.add_argument("--source", type=pathlib.Path, help="folder of the idx files")
    parser.add_argument("--seed", type=int, default=0)
    flags = parser.parse_args()
    if flags.dataset == "fashion_mnist" and not flags.source:
        parser.error("fashion_mnist needs --source=DIR, the folder of the idx files")
    recipe = RECIPES[flags.dataset]
    (images, labels), (test_images, test_labels) = load(flags.dataset, flags.source)
    begin = time.perf_counter()
    weights = state_dict.to_safetensors(
        fold(*train(images, labels, recipe, flags.seed))
    )
    seconds = time.perf_counter() - begin
    record = {
        "sha256": hashlib.sha256(weights).hexdigest(),
        "command": "python experiments/digits_classifier/run.py"
        f" --dataset={flags.dataset}" + (" --source=DIR" if flags.source else ""),
        "seed": flags.seed,
        "recipe": recipe,
        "trained_on": len(images),
        "tested_on": len(test_images),
        "seconds": round(seconds),
        "versions": {
            p: importlib.metadata.version(p) for p in ("jax", "flax", "optax")
        },
    }
    WEIGHTS.mkdir(exist_ok=True)
    (WEIGHTS / f"{flags.dataset}.safetensors").write_bytes(weights)
    file = WEIGHTS / f"{flags.dataset}.json"
    file.write_text(json.dumps(record, indent=1) + "\n")
    # What is measured is what was written, through the door that everyone uses.
    found = extractors.digits(flags.dataset)(test_images).probabilities
    right = int((found.argmax(axis=1) == test_labels).sum())
    record |= {"correct": right, "accuracy": right / len(test_labels)}
    file.write_text(json.dumps(record, indent=1) + "\n")
    print(
        f"{right} of {len(test_labels)} held-out images right: {record['accuracy']:.4f}"
    )


if __name__ == "__main__":
    main()
