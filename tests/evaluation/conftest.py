"""References lie in a folder of each test's own; runs that tests share."""

import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import data, rng
from gan_jax.asks import Ask
from gan_jax.evaluation import evaluate, references
from gan_jax.games.base import Game, GameState, PlayerState
from gan_jax.run import Run, Workdir
from gan_jax.training import train
from tests.training.runs import points


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv(references.FOLDER, str(tmp_path / "references"))
    return tmp_path / "references"


@pytest.fixture(scope="module")  # files differ in how their programs are compiled
def ring(tmp_path_factory):
    """A trained run that knows its modes; who changes its folder copies it first."""
    path = tmp_path_factory.mktemp("ring") / "run"
    config = points(best="gen/adversarial")
    config["game"]["conditional"] = {"name": "class_labels"}
    train(config, path)
    return path


def by_heart(path, source, collections=(), asks=None):
    """A run that needs no training: its generator draws examples of its data.

    Asked for labels it draws examples of these; asked for a truncation, darker ones.
    """
    config = points() | {"data": source}
    fields = {name: x for name, x in source.items() if name != "name"}
    dataset = getattr(data, source["name"])(**fields)
    examples, labels = (dataset.source.arrays[x] for x in ("sample", "label"))
    own = [np.flatnonzero(labels == x) for x in range(len(dataset.classes))]
    places = jnp.asarray([x[: min(map(len, own))] for x in own])

    def sample(state, keys, asked):
        u = rng.uniform(rng.stream(keys, "z"), (2,))
        drawn = (u[:, 0] * len(places)).astype(int)
        label = asked.get("label", drawn)
        pick = places[label, (u[:, 1] * places.shape[1]).astype(int)]
        x = jnp.asarray(examples)[pick] / 127.5 - 1
        psi = asked.get("truncation", jnp.ones(len(x)))
        return (x + 1) * psi[:, None, None, None] - 1

    gen = PlayerState({}, dict.fromkeys(collections), (), None)
    path.mkdir()
    return Run(
        workdir=Workdir(path),
        game=Game({}, (), sample=sample, asks=asks or {}),
        state=GameState(2, 0, None, {"gen": gen}, {}),
        record={"config": config, "data": {"digest": dataset.digest}},
        facts=dataset.facts,
    )


def label(count, law="uniform"):
    """The ask of a class, drawn in turn."""

    def drawn(keys):
        return jnp.arange(len(keys)) % count

    return Ask(dtype="int32", drawn=drawn, data="label", below=count, law=law)


@pytest.fixture
def learnt(tmp_path, monkeypatch):
    """Makes runs `by_heart`, and has them opened in the place of trained ones."""
    made, real = {}, evaluate.open_checkpoint

    def opened(path, checkpoint="last", *rest):
        run = made.get(str(path))
        return (run, checkpoint) if run else real(path, checkpoint, *rest)

    def make(name, *args, **kwargs):
        run = by_heart(tmp_path / name, *args, **kwargs)
        made[str(run.workdir.path)] = run
        return run

    monkeypatch.setattr(evaluate, "open_checkpoint", opened)
    return make


@pytest.fixture
def pictures(learnt):
    """Of 28 x 28 grey pixels, by a generator with batch norm and no average."""
    source = {"name": "shapes", "shape": (28, 28, 1), "count": 60}
    return learnt("pictures", source, ("batch_stats",))
