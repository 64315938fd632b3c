"""One service for all of these tests: a game of small pictures that nobody trained."""

import os
import pathlib
import re
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

import pytest

from experiments.serving.clients import one
from gan_jax import export, serving
from gan_jax.run import config_file
from tests.export.bundles import untrained
from tests.training.runs import ROOT, images

WORDS = ("--batch=16", "--queue=48", "--most=40", "--wait=2")


@dataclass
class Served:
    """A service in a process of its own.

    Attributes:
        process: its command.
        port: where it listens.
        run: what it serves, untrained.
        jobs: where it keeps them.
    """

    process: subprocess.Popen
    port: int
    run: object
    jobs: pathlib.Path | None = None

    def replicas(self):
        """Process ids of what holds the model."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                words = pathlib.Path(f"/proc/{pid}/cmdline").read_text()
            except OSError:
                continue
            if words.startswith("ray::ServeReplica:gan_jax:replica"):
                found.append(int(pid))
        return found

    def end(self, seconds=30):
        """SIGTERM; what it said, and its status."""
        self.process.send_signal(signal.SIGTERM)
        said = self.process.communicate(timeout=seconds)
        return said[0], said[1], self.process.returncode


def launch(workdir, run=None, *words, env=None):
    """A service, once it says that it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-m", "gan_jax.main", "--mode=serve", f"--workdir={workdir}"]
        + ["--port=0", *words],
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    line, end = "", time.monotonic() + 180
    while "ready" not in line:
        assert time.monotonic() < end
        if select.select([process.stdout], [], [], 1)[0]:
            line = process.stdout.readline()
            assert line, process.stderr.read()
    return Served(process, int(re.search(r":(\d+)/", line)[1]), run)


def served_once(family, tmp_path_factory):
    """A service of a family's tiny networks, untrained."""
    folder = tmp_path_factory.mktemp(family)
    run = untrained(config_file.load(f"{ROOT}/configs/{family}.py:tiny"), folder)
    export.write(run, "last", folder / "model", "stablehlo")
    service = launch(folder / "model", run, "--spares=0", "--queue=512")
    yield service
    service.end()


@pytest.fixture(scope="session")
def bundle(tmp_path_factory):
    missing, todo = serving.missing()
    if missing:
        pytest.skip(f"{missing} not installed: {todo}")
    config = images()
    config["game"] |= {
        "conditional": {"name": "class_labels"},
        "latents": {"name": "truncatable", "shape": (4,)},
    }
    config["models"] = {
        "gen": {
            "name": "resnet.Generator",
            "widths": (8, 8),
            "norm": {"name": "conditional_batch_norm"},
        },
        "disc": {
            "name": "mlp.Discriminator",
            "widths": (4,),
            "join": {"name": "concatenated"},
        },
    }
    path = tmp_path_factory.mktemp("served")
    run = untrained(config, path / "none")
    export.write(run, "last", path / "model", "stablehlo")
    return path / "model", run


@pytest.fixture(scope="module")
def served(bundle, tmp_path_factory):
    jobs = tmp_path_factory.mktemp("jobs")
    service = launch(*bundle, *WORDS, f"--jobs={jobs}")
    service.jobs = jobs
    yield service
    if service.process.poll() is None:
        service.end()


@pytest.fixture
def ask(served):
    """`(method, path, body, headers)` -> status, headers, content."""

    def send(*words, **named):
        return one(served.port, *words, **named)

    return send
