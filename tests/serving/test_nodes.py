"""A service on a cluster of two nodes, both on this machine: one of them may go."""

import pathlib
import socket
import subprocess
import sys
import time

import pytest

from experiments.serving.clients import one
from tests.serving.conftest import WORDS, launch

pytestmark = [pytest.mark.slow, pytest.mark.optimised]


@pytest.fixture
def nodes():
    """The address of a head with room for one replica, and a second node as large."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    port = address.rpartition(":")[2]
    head = node("--head", f"--port={port}", "--include-dashboard=false")
    end = time.monotonic() + 120
    while socket.socket().connect_ex(("127.0.0.1", int(port))):
        assert time.monotonic() < end
        time.sleep(0.2)
    second = node(f"--address={address}")
    yield address, second
    for started in (second, head):
        leave(started)


def node(*words):
    """`ray start`, which stays until it is told to leave."""
    return subprocess.Popen(
        [sys.executable, "-m", "ray.scripts.scripts", "start", *words]
        + ["--num-cpus=1", "--block", "--disable-usage-stats"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def leave(started):
    started.terminate()
    started.wait(timeout=60)


def parent(pid):
    stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    return int(stat.rpartition(")")[2].split()[1])


def test_two_nodes_answer_as_one_and_one_may_go(bundle, nodes, tmp_path):
    address, second = nodes
    words = (*WORDS, f"--address={address}", f"--jobs={tmp_path}")
    service = launch(*bundle, *words)
    assert len({parent(pid) for pid in service.replicas()}) == 2
    body = {"num": 5, "seed": 3, "label": 1, "format": "npz"}
    whole = [one(service.port, "POST", "/v1/samples", body) for _ in range(6)]
    leave(second)
    whole += [one(service.port, "POST", "/v1/samples", body) for _ in range(6)]
    assert {status for status, *_ in whole} == {200}
    assert len({content for *_, content in whole}) == 1
    service.end()
    assert service.process.returncode == 0
