"""A real service on 127.0.0.1: answers, refusals, load, deaths, jobs."""

import asyncio
import io
import json
import os
import re
import signal
import time

import numpy as np
import pytest
from PIL import Image

from experiments.serving.clients import Client, closed_loop, one, open_loop, quantile
from gan_jax import serving
from gan_jax.main import main
from tests.serving.conftest import WORDS, launch
from tests.training.runs import ROOT

DOC = (ROOT / "docs" / "serving.md").read_text()
pytestmark = [pytest.mark.slow, pytest.mark.optimised]

JSON = {"format": "json"}


def drawn(content):
    return np.array(json.loads(content)["samples"], np.uint8)


def test_samples_come_as_picture_array_and_json(served, ask):
    told = {"num": 5, "seed": 3, "label": 1, "truncation": 0.7}
    wanted = served.run.sample(5, seed=3, label=1, truncation=0.7)
    status, headers, content = ask("POST", "/v1/samples", {**told, **JSON})
    assert (status, headers["content-type"]) == (200, "application/json")
    ours = drawn(content)
    assert np.abs(ours.astype(int) - wanted).max() <= 1
    status, headers, content = ask("POST", "/v1/samples", {**told, "format": "npz"})
    np.testing.assert_array_equal(np.load(io.BytesIO(content))["samples"], ours)
    status, headers, content = ask("POST", "/v1/samples", {"seed": 3, "start": 4})
    assert headers["content-type"] == "image/png"
    picture = np.asarray(Image.open(io.BytesIO(content)))
    assert picture.shape == wanted.shape[1:3]
    accepts = {"Accept": "application/octet-stream"}
    content = ask("POST", "/v1/samples", {"seed": 3, "num": 5}, accepts)[2]
    last = np.load(io.BytesIO(content))["samples"][4, ..., 0]
    np.testing.assert_array_equal(picture, last)


def test_what_the_model_is_stands_in_two_schemas(served, ask):
    model = json.loads(ask("GET", "/v1/model")[2])
    assert set(model["request"]["properties"]) == {
        *("num", "seed", "start", "format", "label", "truncation")
    }
    assert model["card"]["format"] == "stablehlo"
    assert model["replica"]["shapes"][-1] == 16
    assert model["replica"]["steady"]
    paths = json.loads(ask("GET", "/openapi.json")[2])["paths"]
    assert {"/v1/samples", "/v1/jobs", "/v1/functions/synthesize"} <= set(paths)
    assert ask("GET", "/healthz")[::2] == (200, b'{"ready":true}')
    assert b"gan_jax_samples_total" in ask("GET", "/metrics")[2]
    assert ask("GET", "/")[1]["content-type"].startswith("text/html")


def test_functions_take_and_give_rows(served, ask):
    content = ask("POST", "/v1/functions/latents", {"seed": 3, "index": [0, 1]})[2]
    z = json.loads(content)["samples"]
    told = {"z": z, "label": 1, "format": "json"}
    made = np.array(
        json.loads(ask("POST", "/v1/functions/synthesize", told)[2])["samples"]
    )
    whole = drawn(
        ask("POST", "/v1/samples", {"num": 2, "seed": 3, "label": 1, **JSON})[2]
    )
    assert np.abs(np.clip((made + 1) * 127.5, 0, 255) - whole).max() <= 1
    picture = ask("POST", "/v1/functions/synthesize", {**told, "format": "png"})[2]
    assert picture.startswith(b"\x89PNG")


def test_the_same_seed_gives_the_same_bytes_whoever_shares_the_batch(served):
    """200 clients at once, of all sizes; each request again alone."""
    told = [
        {"num": 1 + i % 7, "seed": i % 50, "label": i % 3, "format": "json"}
        for i in range(200)
    ]

    async def together():
        async def patiently(body):
            client = Client(served.port)
            for _ in range(400):
                status, headers, content = await client.send(
                    "POST", "/v1/samples", body
                )
                if status != 503:
                    client.close()
                    return status, content
                assert int(headers["retry-after"]) >= 1
                await asyncio.sleep(0.05)
            raise AssertionError("never accepted")

        return await asyncio.gather(*(patiently(body) for body in told))

    found = asyncio.run(together())
    assert {status for status, _ in found} == {200}
    for body, (_, content) in list(zip(told, found, strict=True))[::9]:
        assert one(served.port, "POST", "/v1/samples", body)[2] == content


BAD = [
    b"",  # the picture of all that is usual: fine
    *(b"{", b"[]", b"3", b"null", b'"x"', b"\xff\xfe", b"{'num': 1}", b'{"num": NaN}'),
    *(b'{"num": Infinity}', b"[" * 5000, b'{"num": 1' + b" " * 100),
    *({"num": x} for x in (0, -1, 41, 10**12, 1.5, "3", None, True, [1], {})),
    *({"seed": x} for x in (-1, 2**32, 1e3, "a", None, [0, 1], False)),
    *({"start": x} for x in (-1, 2**31, "x", 0.5)),
    *({"format": x} for x in ("gif", "", 3, None, ["png"], "../../etc/passwd")),
    *({"label": x} for x in (-1, 99, 1.5, "nobody", [0, 1], [[0]], {}, True, "é")),
    *({"truncation": x} for x in ("a", [], [[1.0]], {}, "1.0", [1, "b"])),
    *({"colour": 1}, {"labels": 77}, {"Num": 1}, {"__class__": 1}, {"z": [1, 2]}),
    *({"num": 2, "label": [0, 1, 2]}, {"num": 2, "truncation": [0.5]}),
]


def test_bad_requests_are_one_clear_message(served, ask):
    assert len(BAD) > 60
    for body in BAD[1:]:
        status, headers, content = ask("POST", "/v1/samples", body)
        told = json.loads(content)
        assert status == 422, (body, content)
        assert set(told) == {"error"}
        assert "\n" not in told["error"]
        assert len(told["error"]) < 500
        for word in (
            os.getcwd(),
            "site-packages",
            "Traceback",
            "/root",
            "/home",
            "/tmp",
        ):
            assert word not in told["error"]
    assert ask("POST", "/v1/samples", b"")[0] == 200
    assert ask("POST", "/v1/functions/synthesize", {"z": [[1]]})[0] == 422
    assert ask("POST", "/v1/functions/nothing", {"z": [[1]]})[0] == 422
    assert ask("POST", "/v1/functions/synthesize", {})[0] == 422
    assert ask("GET", "/v1/samples")[0] == 405
    assert ask("GET", "/../../etc/passwd")[0] == 404
    assert ask("GET", "/v1/jobs/../../x")[0] == 404
    large = b'{"num": 1, "x": "' + b"x" * (2 << 20) + b'"}'
    assert ask("POST", "/v1/samples", large)[0] == 413
    garbage = one(served.port, "POST", "/", raw=b"\0\1\2\3 nonsense\r\n\r\n")
    assert garbage[0] == 400
    assert ask("POST", "/v1/samples", {})[0] == 200


def test_overload_is_refused_and_the_accepted_are_quick(served):
    def body(number, turn):
        return {"num": 4, "seed": number, "format": "npz"}

    async def measure():
        alone = await closed_loop(served.port, 1, 2, body)
        full = await closed_loop(served.port, 12, 3, body)
        peak = sum(status == 200 for status, *_ in full) / 3
        over = await open_loop(served.port, 3 * peak, 3, body, 200)
        return alone, peak, over

    alone, peak, over = asyncio.run(measure())
    accepted = [seconds for status, seconds, *_ in over if status == 200]
    refused = [headers for status, _, headers, *_ in over if status == 503]
    assert {status for status, *_ in over} <= {200, 503}
    assert all("retry-after" in headers for headers in refused)
    p99 = quantile([s for _, s, *_ in alone], 0.99), quantile(accepted, 0.99)
    print(
        f"peak {peak:.0f}/s; of 3 x that, {len(accepted)} accepted, {len(refused)} "
        f"refused; p99 alone {p99[0]:.3f} s, accepted {p99[1]:.3f} s"
    )
    assert refused
    assert accepted  # how many and how fast is measured: docs/measured.md


def test_a_killed_replica_comes_back_and_nothing_accepted_is_lost(served):
    def body(number, turn):
        return {"num": 2, "seed": 100 * number + turn, "format": "json"}

    async def under_load():
        load = asyncio.create_task(closed_loop(served.port, 6, 6, body))
        await asyncio.sleep(1.5)
        os.kill(served.replicas()[0], signal.SIGKILL)
        return await load

    found = asyncio.run(under_load())
    assert {status for status, *_ in found} <= {200, 503}
    answered = [x for x in found if x[0] == 200]
    longest = max(seconds for _, seconds, *_ in found)
    print(f"{len(answered)} answered, the longest pause {longest:.1f} s")
    assert longest < 30  # it came back; how fast is measured: docs/measured.md
    for _, _, _, told, content in answered[:: max(1, len(answered) // 10)]:
        assert one(served.port, "POST", "/v1/samples", told)[2] == content


def test_the_client_of_the_documents_runs(served):
    (code,) = re.findall(r"```python\n(.*?)```", DOC, re.DOTALL)
    held = {"SERVICE": f"http://127.0.0.1:{served.port}"}
    exec(compile(code, "docs/serving.md", "exec"), held)
    assert held["found"]["samples"].shape == (8, *served.run.facts.shape)
    assert held["row"].startswith(b"\x89PNG")


def test_a_job_survives_a_killed_worker_and_a_restart(bundle, served):
    """The service of all these tests ends here: it drains when it is told to leave.

    The one that takes its place has a token.
    """
    words, env = (*WORDS, f"--jobs={served.jobs}"), {"GAN_JAX_TOKEN": "sesame"}
    first, token = served, {"Authorization": "Bearer sesame"}
    told = {"num": 8_000, "seed": 9, "label": 1}
    status, _, content = one(first.port, "POST", "/v1/jobs", told, token)
    assert status == 202
    path = f"/v1/jobs/{json.loads(content)['job']}"
    for bad in ({}, {"num": 0}, {"num": 10**9}, {"num": 5, "label": 99}):
        assert one(first.port, "POST", "/v1/jobs", bad, token)[0] == 422
    assert one(first.port, "GET", f"{path}/samples", headers=token)[0] == 409

    def done(service):
        return json.loads(one(service.port, "GET", path, headers=token)[2])["done"]

    def until(holds, seconds=120):
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end
            time.sleep(0.05)

    until(lambda: done(first) >= 500)
    os.kill(first.replicas()[0], signal.SIGKILL)
    at = done(first)
    until(lambda: done(first) > at)
    statuses, said = asyncio.run(leaving(first, token))
    assert statuses.count(200) + statuses.count(503) == len(statuses), statuses
    assert statuses.count(200) >= 1
    assert first.process.returncode == 0, said
    assert "all that was accepted is answered" in said[0]
    second = launch(*bundle, *words, env=env)
    assert one(second.port, "POST", "/v1/samples", {})[0] == 401
    assert one(second.port, "GET", "/healthz")[0] == 200
    assert done(second) >= 500
    until(lambda: one(second.port, "GET", f"{path}/samples", headers=token)[0] == 200)
    content = one(second.port, "GET", f"{path}/samples", headers=token)[2]
    samples = np.load(io.BytesIO(content))["samples"]
    assert len(samples) == 8_000
    for start in (0, 2300, 7_970):
        body = {"num": 30, "seed": 9, "label": 1, "start": start, "format": "npz"}
        part = one(second.port, "POST", "/v1/samples", body, token)[2]
        part = np.load(io.BytesIO(part))["samples"]
        np.testing.assert_array_equal(samples[start : start + 30], part)
    second.end()


async def leaving(service, token):
    """Requests in the moment of a SIGTERM: how each ended, and what the command said."""
    clients = [Client(service.port) for _ in range(40)]
    asked = [
        asyncio.create_task(
            c.send("POST", "/v1/samples", {"seed": i, "format": "json"}, token)
        )
        for i, c in enumerate(clients)
    ]
    await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
    service.process.send_signal(signal.SIGTERM)
    answers = await asyncio.gather(*asked, return_exceptions=True)
    said = await asyncio.to_thread(service.process.communicate, timeout=60)
    return [a[0] if isinstance(a, tuple) else repr(a) for a in answers], said


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--batch=0"], "batch=0"),
        (["--spares=-1"], "spares=-1"),
        (["--port=99999"], "port=99999"),
        (["--host=198.51.100.7"], "cannot listen"),
        (["--seed=3"], "--seed is of"),
    ],
)
def test_what_cannot_be_served_is_one_line(bundle, capsys, flags, message):
    assert main(["--mode=serve", f"--workdir={bundle[0]}", *flags]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1


def test_every_public_name_is_tried_here():
    assert set(serving.__all__) == {"Options", "missing", "serve"}
