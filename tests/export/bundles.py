"""Bundles of games that nobody trained: weights and statistics at random, none degenerate.

    python -m tests.export.bundles FOLDER    # opens every bundle of a folder

In a process of its own, that says for each how far its samples are from the run's.
"""

import dataclasses
import json
import pathlib
import sys

import numpy as np


def untrained(config, path):
    """A run as its workdir would hold it, its numbers moved off what they begin as."""
    import jax
    import jax.numpy as jnp

    from gan_jax import tree
    from gan_jax.data import Facts
    from gan_jax.games.base import init
    from gan_jax.run import Run, Workdir, assemble

    plan = assemble.bind(config)
    facts = Facts.from_json(plan.open_data().facts.to_json())
    game = plan.game(facts)
    state = jax.jit(lambda key: init(game, key))(jax.random.key(1))
    draw = np.random.default_rng(0)

    def moved(path, x):
        if not tree.is_float(x):
            return x
        x = x + 0.1 * draw.standard_normal(x.shape).astype(x.dtype)
        return jnp.abs(x) if "var" in str(path[-1]) else x  # variances

    by_path = jax.tree_util.tree_map_with_path
    players = {n: by_path(moved, own) for n, own in state.players.items()}
    state = dataclasses.replace(state, players=players)
    record = {"config": config, "data": facts.to_json()}
    return Run(Workdir(path), game, state, record, facts)


def differences(folder):
    """Of every bundle in a folder, how far its example is from the run's."""
    return {path.name: difference(path) for path in sorted(folder.iterdir())}


def difference(path):
    """By the bundle alone; onnx without JAX."""
    card = json.loads((path / "card.json").read_text())
    name = card["checked"]["function"]
    held = dict(np.load(path / "example.npz"))
    wanted = held.pop("output")
    if card["format"] == "onnx":
        import onnxruntime

        session = onnxruntime.InferenceSession(str(path / f"{name}.onnx"))
        drawn = [session.run(None, {n: x[i] for n, x in held.items()}) for i in HALVES]
        drawn = np.concatenate([one for (one,) in drawn])
    else:
        import gan_jax

        drawn = gan_jax.load(path).function(name)(**held)
    return float(np.abs(drawn - wanted).max() / max(1.0, np.abs(wanted).max()))


HALVES = (slice(0, 3), slice(3, None))
"""Two batches, of different sizes."""

if __name__ == "__main__":
    print(json.dumps(differences(pathlib.Path(sys.argv[1]))))
