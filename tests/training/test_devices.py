"""One device, two, four; pmap and sharded; two processes: one set of numbers."""

import numpy as np
import pytest

from gan_jax.errors import BadInput
from gan_jax.run.options import TrainOptions
from gan_jax.training import devices
from tests.training.runs import ROOT, images, points, python, two_processes

PLAY = """
import sys
sys.argv = ["test"]
from functools import partial
import jax, jax.numpy as jnp, numpy as np
from gan_jax.games import base
from gan_jax.run.checkpoints import flatten
from gan_jax.training.entry import prepare
from gan_jax.training.program import loader, fed_round, many

def play(config, calls=3, rounds=2):
    run = prepare(config)
    mapping, options = run.mapping, run.options
    state = jax.jit(partial(base.init, run.game))(jax.random.key(0))
    step = fed_round(run.game, run.feed, options.batch_size, mapping.share)
    call = mapping.compile(many(step, rounds))
    load = loader(run.game, run.feed, state.key, options.batch_size, rounds, run.per_round)
    state, arrays = mapping.place(state), mapping.place(run.feed.arrays)
    for i in range(calls):
        fetched = load(i) if load else None
        state, metrics = call(state, arrays, mapping.feed(fetched))
    terms = {k: np.asarray(v).sum(0) for k, v in metrics.items()}
    return mapping.count, flatten(state), terms

def gap(a, b):
    return max(float(np.abs(np.float64(a[k]) - np.float64(b[k])).max()) for k in a)
"""

SAME = (
    PLAY
    + """
answers = []
for config in values["configs"]:
    base_count, one, terms = play({**config, "train": {**config["train"], "devices": 1}})
    for mapping, devices in values["on"]:
        train = {**config["train"], "devices": devices, "mapping": mapping}
        count, many_, other = play({**config, "train": train})
        assert (base_count, count) == (1, devices)
        # Every device adds its scalars, so only means compare; examples are counted.
        means, others = ({k: v[0] / v[1] for k, v in t.items()} for t in (terms, other))
        counts = bool((terms["disc/real_logit"] == other["disc/real_logit"])[1:].all())
        answers.append([mapping, devices, gap(one, many_), gap(means, others), counts])
"""
)
SAID = "print(json.dumps(answers))"
BOTH = [("pmap", 4), ("sharded", 4)]


def smooth(config):
    """Kinks make equality tests jump; smooth activations do not."""
    for player in config["models"].values():
        player["activation"] = {"name": "softplus"}
    return config


@pytest.mark.slow
@pytest.mark.multidevice
def test_points_on_one_two_and_four_devices():
    config = smooth(points())
    on = [*BOTH, ("pmap", 2), ("sharded", 2)]
    answers = python(SAME + SAID, devices=4, on=on, configs=[config])
    assert len(answers) == 4
    for mapping, count, state, terms, counts in answers:
        assert state < 1e-5, (mapping, count)
        assert terms < 1e-4, (mapping, count)
        assert counts, (mapping, count)


@pytest.mark.multidevice
@pytest.mark.slow
def test_a_loss_that_compares_the_samples_of_a_batch():
    """ReACGAN: what stands on one device is held against what stands on the others."""
    config = smooth(points())
    term = {"name": "data_to_data", "margin": 0.5}
    config["models"]["disc"]["head"] = {"name": "contrastive", "features": 4}
    config["game"] |= {
        "loss": {"name": "hinge"},
        "regularizers": {},
        "conditional": {"name": "class_labels"},
        "disc_terms": {"told": term | {"on": "real"}},
        "gen_terms": {"told": term | {"on": "fake"}},
    }
    for mapping, count, state, terms, counts in python(
        SAME + SAID, devices=4, on=BOTH, configs=[config]
    ):
        assert state < 1e-4, (mapping, count)
        assert terms < 1e-3, (mapping, count)
        assert counts, (mapping, count)


IMAGES = [
    ({"name": "batch_norm", "sync": True}, {}, BOTH),
    ({"name": "layer_norm"}, {"microbatches": 2}, BOTH[1:]),
]


@pytest.mark.multidevice
@pytest.mark.slow
@pytest.mark.parametrize(("norm", "more", "on"), IMAGES)
def test_images_with_synchronised_batch_norm_and_microbatches(norm, more, on):
    config = smooth(images(norm))
    config["game"] |= more
    for mapping, count, state, terms, counts in python(
        SAME + SAID, devices=4, on=on, configs=[config]
    ):
        assert state < 1e-4, (mapping, count)
        assert terms < 1e-3, (mapping, count)
        assert counts, (mapping, count)


@pytest.mark.multidevice
@pytest.mark.slow
def test_streamed_data_on_several_devices(tmp_path):
    from PIL import Image

    rng = np.random.default_rng(0)
    for i in range(20):
        pixels = rng.integers(0, 256, (8, 8), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{i}.png")
    config = smooth(images({"name": "layer_norm"}))
    config["data"] = {"name": "folder", "path": str(tmp_path), "channels": 1}
    streamed = {**config, "data": {**config["data"], "resident_bytes": 0}}
    resident = """
_, _, apart = play(values["resident"])
losses = ({"loss": t["disc/loss"][:1] / t["disc/loss"][1]} for t in (terms, apart))
answers.append(gap(*losses))
"""
    *answers, apart = python(
        SAME + resident + SAID, devices=4, on=BOTH, configs=[streamed], resident=config
    )
    for mapping, count, state, terms, counts in answers:
        assert state < 1e-4, (mapping, count)
        assert counts
        assert terms < 1e-3
    assert apart < 1e-5


@pytest.mark.multidevice
@pytest.mark.slow
def test_a_checkpoint_restores_on_another_number_of_devices(tmp_path):
    """Six steps on four devices, six more on one, as twelve on one."""
    code = """
from gan_jax.training import train
train(values["config"], values["path"])
from pathlib import Path
from gan_jax.run.checkpoints import Checkpoints
checkpoints = Checkpoints(Path(values["path"]) / "checkpoints")
flat, _ = checkpoints.read(values["config"]["train"]["steps"])
print(json.dumps({k: v.astype(float).ravel().tolist() for k, v in flat.items()}))
"""
    moved, straight = str(tmp_path / "moved"), str(tmp_path / "straight")
    short, long = smooth(points(steps=6)), smooth(points(steps=12))
    alone = python(code, devices=1, config=long, path=straight)
    for mapping in ("pmap", "sharded"):
        path = moved + mapping
        first = {**short, "train": {**short["train"], "mapping": mapping}}
        python(code, devices=4, config=first, path=path)
        ended = python(code, devices=1, config=long, path=path)
        for name, values in alone.items():
            np.testing.assert_allclose(ended[name], values, atol=1e-5, err_msg=name)


@pytest.mark.multidevice
@pytest.mark.slow
def test_two_processes_are_one_run(tmp_path):
    config = smooth(points())
    two_processes(config, tmp_path / "two")
    from gan_jax.run.checkpoints import Checkpoints
    from gan_jax.training import train

    train(config, tmp_path / "one")
    states = []
    for name in ("one", "two"):
        checkpoints = Checkpoints(tmp_path / name / "checkpoints")
        states.append(checkpoints.read(12)[0])
        checkpoints.close()
    for name, value in states[0].items():
        np.testing.assert_allclose(
            value.astype(float), states[1][name].astype(float), atol=1e-5, err_msg=name
        )


def test_a_batch_that_does_not_divide_is_refused():
    import jax

    count = len(jax.devices())
    options = TrainOptions(steps=1, batch_size=count * 4 + 1, devices=count)
    if count == 1:
        assert devices.choose(options).count == 1
    with pytest.raises(BadInput, match="but there are"):
        devices.choose(TrainOptions(steps=1, batch_size=8, devices=count + 1))
    answer = python(
        "from gan_jax.run.options import TrainOptions\n"
        "from gan_jax.training import devices\n"
        "try:\n    devices.choose(TrainOptions(steps=1, batch_size=9))\n"
        "except Exception as error:\n    print(json.dumps(str(error)))",
        devices=2,
    )
    assert "batch_size=9 is not divisible by 2 devices" in answer


TINY = (
    PLAY
    + """
import gan_jax.run.config_file as config_file
answers = {}
for name in values["names"]:
    config = config_file.load(f"configs/{name}.py:tiny")
    norms = []
    for devices in (1, 2):
        train = {**config["train"], "devices": devices}
        count, _, terms = play({**config, "train": train}, calls=2, rounds=1)
        assert count == devices
        # (disc, gen, ...): of the last round, whose weights have been moved once.
        kept = {k: float(v[0] / v[1]) for k, v in terms.items() if "grad_norm" in k}
        norms.append(kept)
    answers[name] = max(
        abs(a / norms[1][k] - 1) for k, a in norms[0].items() if norms[1][k]
    )
print(json.dumps(answers))
"""
)
NAMES = sorted(p.stem for p in (ROOT / "configs").glob("*.py") if p.stem != "__init__")


@pytest.mark.multidevice
@pytest.mark.slow
def test_every_familys_gradients_are_the_same_on_two_devices(part_of):
    """Batch normalisation made them differ by half a percent."""
    answers = python(TINY, devices=2, names=part_of(NAMES, 4))
    assert {name: gap for name, gap in answers.items() if gap > 1e-3} == {}
