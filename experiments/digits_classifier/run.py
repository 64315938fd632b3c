"""Trains the classifier behind `extractors.digits` and writes its weights.

    python experiments/digits_classifier/run.py --dataset=mnist
    python experiments/digits_classifier/run.py --dataset=fashion_mnist --source=DIR
    python experiments/digits_classifier/run.py --dataset=mnist --fold=0

mnist: the 4,500 training digits of `data.mnist5k`, tested on its other 500.
fashion_mnist: the 60,000 training images, tested on the other 10,000; DIR holds the four
idx files. The weights are the average at the end: the test images choose nothing. They
are rounded to float16 and stored with the batch statistics folded in.

--fold=K of five trains on four fifths of all 5,000 digits and tests on the rest, the
K-th hundred of every class; it writes folds.json and leaves the weights alone.

A ninth of what it is trained on is junk (noise, and digits with their pixels mixed),
for which the right answer is that all classes are equally likely: a classifier that is
sure of noise gives noise a high inception score.
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
from scipy import ndimage

import gan_jax.metrics.extractors as extractors
from gan_jax import data, rng
from gan_jax.data import idx
from gan_jax.metrics.extractors import state_dict
from gan_jax.metrics.extractors.digit_classifier import Classifier

WEIGHTS = pathlib.Path(extractors.__file__).parent / "weights"
BATCH = 64
EPSILON = 1e-5

JUNK = 8
"""Pictures of no class beside a batch."""

RECIPES = {
    "mnist": {
        "epochs": 80,
        "rate": 2e-3,
        "average": 0.99,
        "warp": {"turn": 0.25, "stretch": 0.15, "shift": 2.0, "elastic": 1.0},
        "mirror": False,
    },
    "fashion_mnist": {
        "epochs": 9,
        "rate": 3e-3,
        "average": 0.99,
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


def junk(key, pixels):
    """Uniform noise, noise about grey of some strength, pictures with pixels mixed."""
    keys = jax.random.split(key, 4)
    uniform = 255 * jax.random.uniform(keys[0], pixels.shape)
    strength = jax.random.uniform(keys[1], (len(pixels), 1, 1, 1), maxval=127.5)
    grey = 127.5 + strength * jax.random.normal(keys[2], pixels.shape)
    mixed = jax.vmap(jax.random.permutation)(
        jax.random.split(keys[3], len(pixels)), pixels.reshape(len(pixels), -1)
    )
    sorts = [uniform, jnp.clip(grey, 0, 255), mixed.reshape(pixels.shape)]
    which = jnp.arange(len(pixels))[:, None, None, None] % len(sorts)
    return jnp.select([which == i for i in range(len(sorts))], sorts)


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
    params = variables["params"]
    average = jax.tree.map(jnp.copy, params)
    state = params, variables["batch_stats"], tx.init(params), average

    @functools.partial(jax.jit, donate_argnums=0)
    def step(state, pixels, classes, count):
        params, stats, opt_state, average = state

        def loss(params):
            keys = rng.deal(rng.stream(key, "augment", count), BATCH)
            x = augment(keys, pixels.astype(jnp.float32), recipe)
            bad = junk(rng.stream(key, "junk", count), x[:JUNK])
            x = jnp.concatenate([x, bad])
            targets = jax.nn.one_hot(classes, 10)
            targets = jnp.concatenate([targets, jnp.full((JUNK, 10), 0.1)])
            (_, logits), moved = network.apply(
                {"params": params, "batch_stats": stats}, x, mutable=["batch_stats"]
            )
            losses = optax.softmax_cross_entropy(logits, targets)
            return losses.mean(), moved["batch_stats"]

        (value, stats), grads = jax.value_and_grad(loss, has_aux=True)(params)
        updates, opt_state = tx.update(grads, opt_state, params)
        params = optax.apply_updates(params, updates)
        average = optax.incremental_update(params, average, 1 - recipe["average"])
        return (params, stats, opt_state, average), value

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
    return state[3], state[1]


def fold_in(params: Any, stats: Any) -> state_dict.Tensors:
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


def fold_accuracy(fold: int, recipe: Any, seed: int) -> None:
    """Trains without a fifth of all digits, tests on it, and keeps the figure."""
    source = data.mnist5k().source
    assert isinstance(source, data.Resident)
    images, labels = source.arrays["sample"], source.arrays["label"]
    out = np.arange(len(labels)) % 500 // 100 == fold
    params, stats = train(images[~out], labels[~out], recipe, seed)
    tensors = {n: x.astype("float32") for n, x in fold_in(params, stats).items()}
    variables = {"params": traverse_util.unflatten_dict(tensors, sep=".")}
    logits = Classifier().apply(variables, images[out].astype(np.float32))[1]
    right = int((np.asarray(logits).argmax(axis=1) == labels[out]).sum())
    file = pathlib.Path(__file__).with_name("folds.json")
    found = json.loads(file.read_text()) if file.exists() else {}
    found[str(fold)] = {"right": right, "of": int(out.sum()), "recipe": recipe}
    file.write_text(json.dumps(dict(sorted(found.items())), indent=1) + "\n")
    print(f"fold {fold}: {right} of {out.sum()} right")


def sure_of_noise(extractor: extractors.Extractor) -> dict[str, float]:
    """Mean probability of the likeliest class of pictures that have none: .1 is right."""
    draws = np.random.default_rng(0)
    uniform = draws.integers(0, 256, (500, 28, 28, 1), np.uint8)
    dots = np.where(draws.uniform(size=uniform.shape) < 0.2, 255, 0).astype(np.uint8)
    blobs = ndimage.gaussian_filter(uniform.astype(float), (0, 2, 2, 0)) - 127.5
    blobs = np.clip(127.5 + 6 * blobs, 0, 255).astype(np.uint8)
    junk = {"uniform": uniform, "dots": dots, "blobs": blobs}
    return {
        name: round(float(extractor(x).probabilities.max(axis=1).mean()), 4)
        for name, x in junk.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", choices=sorted(RECIPES), required=True)
    parser.add_argument("--source", type=pathlib.Path, help="folder of the idx files")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fold", type=int, choices=range(5), help="of mnist")
    flags = parser.parse_args()
    if flags.dataset == "fashion_mnist" and not flags.source:
        parser.error("fashion_mnist needs --source=DIR, the folder of the idx files")
    recipe = RECIPES[flags.dataset]
    if flags.fold is not None:
        fold_accuracy(flags.fold, recipe, flags.seed)
        return
    (images, labels), (test_images, test_labels) = load(flags.dataset, flags.source)
    begin = time.perf_counter()
    weights = state_dict.to_safetensors(
        fold_in(*train(images, labels, recipe, flags.seed))
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
    record["sure_of_noise"] = sure_of_noise(extractors.digits(flags.dataset))
    file.write_text(json.dumps(record, indent=1) + "\n")
    print(
        f"{right} of {len(test_labels)} held-out images right: {record['accuracy']:.4f}"
    )


if __name__ == "__main__":
    main()
