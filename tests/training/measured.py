"""Small runs that are evaluated while they train, and what is read off them."""

import dataclasses
import json

from gan_jax import evaluation
from tests.training.runs import points

FILE = "evaluation.jsonl"


def measured(train=None, **options):
    """Points, evaluated every four rounds by a distance and by modes."""
    config = points(**{"best": "eval/fd", "log_every": 6, "keep": 1} | (train or {}))
    chosen = {"every": 4, "samples": 40, "metrics": ("fd", "modes"), "seed": 5}
    return config | {"eval": chosen | options}


def standing(**options):
    """A game that learns nothing: no evaluation is better than the first."""
    config = measured({"steps": 16, "checkpoint_every": 16, "log_every": 8}, **options)
    for adam in config["optim"].values():
        adam["learning_rate"] = 0.0
    return config


def kept(path):
    """Every score with all of its stamp but the commit, which may move meanwhile."""
    return [
        (step, json.loads(score.to_json()) | {"protocol": None}, stamp(score))
        for step, score in evaluation.history(path)
    ]


def stamp(score):
    return dataclasses.asdict(score.protocol) | {"commit": ""}


def fd_by_step(path):
    return {s: x.value for s, x in evaluation.history(path) if x.name == "fd"}
