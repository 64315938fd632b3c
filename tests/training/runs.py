"""Small runs for the tests, as configs; and how to start them in a process of its own."""

import json
import os
import pathlib
import socket
import subprocess
import sys

from gan_jax.run.checkpoints import Checkpoints
from gan_jax.run.workdir import Workdir

ROOT = pathlib.Path(__file__).parents[2]


NOT_NUMBERS = {"wall", "images_per_second"}


class Killed(BaseException):
    """Stands in for a death that runs no handler of ours."""


def final(path, step=None):
    """The leaves of a checkpoint, the last one by default."""
    checkpoints = Checkpoints(path / "checkpoints")
    flat, _ = checkpoints.read(checkpoints.steps()[0] if step is None else step)
    checkpoints.close()
    return flat


def lines(path):
    """Its metrics, without what the clock says."""
    return [
        {k: v for k, v in line.items() if k not in NOT_NUMBERS}
        for line in Workdir(path).lines()
    ]


def assert_same_run(a, b):
    """Weights, lines and pictures of two workdirs are the same to the bit."""
    left, right = final(a), final(b)
    assert left.keys() == right.keys()
    for name in left:
        assert left[name].tobytes() == right[name].tobytes(), name
    assert lines(a) == lines(b)
    for picture in (a / "samples").iterdir():
        assert picture.read_bytes() == (b / "samples" / picture.name).read_bytes()


def points(**train):
    """A dense game on a ring: compiles in a second or two."""
    small = {"widths": (6,)}
    adam = {"name": "adam", "learning_rate": 1e-2}
    return {
        "data": {"name": "ring", "std": 0.1, "count": 100},
        "models": {
            "gen": {"name": "mlp.Generator", **small},
            "disc": {"name": "mlp.Discriminator", **small},
        },
        "game": {
            "name": "adversarial",
            "loss": {"name": "wasserstein"},
            "regularizers": {"gp": {"name": "gradient_penalty", "weight": 0.1}},
            "latents": {"name": "normal", "shape": (2,)},
            "n_critic": 2,
            "ema": 0.9,
        },
        "optim": {"gen": adam, "disc": adam},
        "train": {
            "steps": 12,
            "batch_size": 8,
            "steps_per_call": 2,
            "log_every": 4,
            "checkpoint_every": 6,
            "samples": 8,
            "keep": 3,
            **train,
        },
    }


def images(norm=None, **train):
    """A convolutional game on drawn shapes."""
    config = points(**{"steps": 4, "steps_per_call": 1, "log_every": 2, **train})
    config["data"] = {"name": "shapes", "shape": (8, 8, 1), "count": 20}
    config["models"] = {
        "gen": {"name": "dcgan.Generator", "width": 2, "norm": norm},
        "disc": {"name": "dcgan.Discriminator", "width": 2},
    }
    return config


def main(*flags, env=None, **kwargs):
    """`python -m gan_jax.main *flags`, finished."""
    return subprocess.run(
        [sys.executable, "-m", "gan_jax.main", *flags],
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=600,
        **kwargs,
    )


def python(code, devices=1, **values):
    """Run a snippet in a fresh process with that many host devices; its JSON answer."""
    env = {
        **os.environ,
        "XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}",
        "VALUES": json.dumps(values),
    }
    head = "import json, os\nvalues = json.loads(os.environ['VALUES'])\n"
    done = subprocess.run(
        [sys.executable, "-c", head + code],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def two_processes(config, path):
    """Train a config as two processes of one device each; what each said."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = f"""
import json, os, sys
import jax
jax.config.update("jax_cpu_collectives_implementation", "gloo")
jax.distributed.initialize("127.0.0.1:{port}", 2, int(sys.argv[1]))
from gan_jax.training import train
train(json.loads(os.environ["CONFIG"]), sys.argv[2])
"""
    env = {**os.environ, "CONFIG": json.dumps(config), "XLA_FLAGS": ""}
    both = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(i), str(path)],
            cwd=ROOT,
            env=env,
            stderr=subprocess.PIPE,
            text=True,
        )
        for i in range(2)
    ]
    said = [process.communicate(timeout=300)[1] for process in both]
    assert [p.returncode for p in both] == [0, 0], said[0][-2000:] + said[1][-2000:]
    return said
