"""The service as an ASGI application: paths, limits, answers."""

import asyncio
import contextlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gan_jax.bundle.opening import SAMPLE, pixels
from gan_jax.errors import BadInput, one_line
from gan_jax.serving import requests, schema
from gan_jax.serving.answers import TYPES, encoded
from gan_jax.serving.batcher import Full, Gone, steadily
from gan_jax.serving.jobs import Crowded
from gan_jax.serving.service import Service

PAGE = Path(__file__).with_name("page.html")
SAMPLES = "/v1/samples"
OPEN = ("/healthz", "/")
"""Paths that need no token; the page asks for it."""

Handler = Callable[[Service, Request], Awaitable[Response]]


class Refused(Exception):
    """An answer that is a message.

    Args:
        status: of HTTP.
        message: for the client.
        headers: besides.
    """

    def __init__(
        self, status: int, message: str, headers: dict[str, str] | None = None
    ):
        self.status, self.message, self.headers = status, message, headers
        super().__init__(message)


class Door:
    """In front of the application: while the queue is full, samples are refused here.

    Nothing of such a request is read, so that refusing many takes little from the few
    that are answered.

    Args:
        service: whose queue it is.
        inside: the application.
    """

    def __init__(self, service: Service, inside: ASGIApp):
        self._service, self._inside = service, inside

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] == "http" and scope["path"] == SAMPLES:
            try:
                self._service.batcher.check()
            except Full as error:
                self._service.counts.answered(SAMPLES, 503, 0.0)
                return await _full(error)(scope, receive, send)
        return await self._inside(scope, receive, send)


def application(service: Service) -> ASGIApp:
    """The application of a service."""

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        del app
        async with service.running():
            yield

    paths: list[tuple[str, str, Handler]] = [
        ("GET", "/", page),
        ("GET", "/healthz", health),
        ("GET", "/metrics", metrics),
        ("GET", "/openapi.json", openapi),
        ("GET", "/v1/model", model),
        ("POST", SAMPLES, samples),
        ("POST", "/v1/functions/{name}", function),
        ("GET", "/v1/jobs", jobs),
        ("POST", "/v1/jobs", new_job),
        ("GET", "/v1/jobs/{job}", job),
        ("GET", "/v1/jobs/{job}/samples", job_samples),
    ]
    routes = [
        Route(path, _guarded(service, path, handler), methods=[method])
        for method, path, handler in paths
    ]
    handlers = {
        404: _plain(404, "no such path"),
        405: _plain(405, "no such method here"),
    }
    inside = Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers)
    return Door(service, inside)


async def page(service: Service, request: Request) -> Response:
    """The explorer."""
    del service, request
    return Response(PAGE.read_bytes(), media_type="text/html; charset=utf-8")


async def health(service: Service, request: Request) -> Response:
    """Whether it answers: 200, or 503 while it leaves or no replica is there."""
    del request
    well = not service.leaving and await service.alive()
    return JSONResponse({"ready": well}, 200 if well else 503)


async def metrics(service: Service, request: Request) -> Response:
    """Counters."""
    del request
    return Response(
        service.counts.text(service.batcher.waiting),
        media_type="text/plain; version=0.0.4",
    )


async def openapi(service: Service, request: Request) -> Response:
    """The schema of all of this."""
    del request
    return JSONResponse(schema.openapi(service.bundle, service.options))


async def model(service: Service, request: Request) -> Response:
    """What can be asked, and the card."""
    del request
    return JSONResponse(
        {
            "request": schema.of_samples(service.bundle, service.options.most),
            "replica": service.about,
            "card": service.bundle.card,
        }
    )


async def samples(service: Service, request: Request) -> Response:
    """Draw samples."""
    told = requests.body(await _body(service, request))
    if "format" not in told:
        told |= _accepted(request)
    wanted = requests.wanted(service.bundle, told, service.options.most)
    drawn = pixels(await service.batcher.draw(wanted.inputs, service.options.timeout))
    content = encoded(drawn, wanted.format)
    return Response(content, media_type=TYPES[wanted.format])


async def function(service: Service, request: Request) -> Response:
    """Run another function of the model; of pictures, a PNG where one is accepted."""
    name = request.path_params["name"]
    told = requests.body(await _body(service, request))
    form = {"format": "json", **_accepted(request), **told}["format"]
    if form not in TYPES:
        raise BadInput(f"format={form!r:.40}", f"wanted {', '.join(TYPES)}")
    inputs = requests.named_inputs(service.bundle, name, told, service.options.batch)
    if name == SAMPLE:
        out = await service.batcher.draw(inputs, service.options.timeout)
    else:
        async with service.room():
            out = await asyncio.wait_for(
                steadily(service.call, name, inputs, service.counts),
                service.options.timeout,
            )
    if form == "png":
        if out.ndim != 4:
            raise BadInput(f"{name} makes no pictures", "format=json or npz")
        out = pixels(out)
    return Response(encoded(out, form), media_type=TYPES[form])


async def jobs(service: Service, request: Request) -> Response:
    """All jobs."""
    del request
    return JSONResponse({"jobs": service.jobs.every()})


async def new_job(service: Service, request: Request) -> Response:
    """Begin bulk work."""
    told = requests.body(await _body(service, request))
    return JSONResponse(service.jobs.add(told), 202)


async def job(service: Service, request: Request) -> Response:
    """How far a job is."""
    return JSONResponse(service.jobs.state(request.path_params["job"]))


async def job_samples(service: Service, request: Request) -> Response:
    """What a job made."""
    name = request.path_params["job"]
    file = service.jobs.result(name)
    if not file.is_file():
        raise Refused(409, f"not done: {service.jobs.state(name)['state']}")
    return FileResponse(file, filename=f"{name}.npz")


def _guarded(
    service: Service, path: str, handler: Handler
) -> Callable[[Request], Awaitable[Response]]:
    """A handler that answers whatever happens, and is counted."""

    async def answer(request: Request) -> Response:
        begun = time.monotonic()
        try:
            _check_token(service, path, request)
            if service.leaving and request.method == "POST":
                raise Refused(503, "the service is leaving", {"Retry-After": "5"})
            response = await handler(service, request)
        except Refused as error:
            response = _said(error.status, error.message, error.headers)
        except BadInput as error:
            response = _said(422, one_line(str(error), 400))
        except Full as error:
            response = _full(error)
        except Crowded:
            response = _said(503, "too many jobs are open", {"Retry-After": "60"})
        except KeyError:
            response = _said(404, "no such job")
        except TimeoutError:
            response = _said(504, f"not done in {service.options.timeout:g} s")
        except Gone:
            response = _said(503, "no replica is there", {"Retry-After": "5"})
        except ClientDisconnect:
            response = _said(499, "the client has gone")
        except Exception as error:  # told to whoever runs it, not to the client
            service.report(error)
            response = _said(500, "an error of the service; see its log")
        service.counts.answered(path, response.status_code, time.monotonic() - begun)
        return response

    return answer


def _check_token(service: Service, path: str, request: Request) -> None:
    if not service.options.token or path in OPEN:
        return
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), service.options.token.encode()):
        raise Refused(
            401, "wanted Authorization: Bearer TOKEN", {"WWW-Authenticate": "Bearer"}
        )


async def _body(service: Service, request: Request) -> bytes:
    """The body, as long as it may be and no longer."""
    most, parts, size = service.options.body, [], 0
    if int(request.headers.get("content-length") or 0) > most:
        raise Refused(413, f"a body may have {most:,} bytes")
    try:
        async with asyncio.timeout(service.options.timeout):
            async for part in request.stream():
                size += len(part)
                if size > most:
                    raise Refused(413, f"a body may have {most:,} bytes")
                parts.append(part)
    except TimeoutError as error:
        raise Refused(408, "the body did not come in time") from error
    return b"".join(parts)


def _accepted(request: Request) -> dict[str, str]:
    """The format that the headers ask for, where they ask for one of ours."""
    accepts = request.headers.get("accept", "")
    for form, kind in TYPES.items():
        if kind in accepts:
            return {"format": form}
    return {}


def _full(error: Full) -> Response:
    return _said(503, str(error), {"Retry-After": str(error.seconds)})


def _said(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return Response(
        json.dumps({"error": message}), status, headers, media_type="application/json"
    )


def _plain(status: int, message: str) -> Callable[[Request, Any], Awaitable[Response]]:
    async def answer(request: Request, error: Any) -> Response:
        del request
        return _said(status, message, getattr(error, "headers", None))

    return answer
