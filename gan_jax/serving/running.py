"""From a bundle to a service that answers, until a signal ends it."""

import asyncio
import contextlib
import importlib.util
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from gan_jax.bundle import Bundle, open_bundle
from gan_jax.errors import BadInput
from gan_jax.serving.options import Options

if TYPE_CHECKING:
    from gan_jax.serving.cluster import Cluster

INSTALL = 'pip install "gan_jax[serve]"'
NEEDED = ("ray", "starlette", "uvicorn", "prometheus_client")


def missing() -> tuple[str, str]:
    """Packages that are not installed, and how to install them."""
    lacks = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    return (", ".join(lacks), INSTALL) if lacks else ("", "")


def serve(folder: Path, jobs: Path, options: Options) -> None:
    """Serve a bundle until SIGTERM or Ctrl-C; then what was accepted is answered first.

    Args:
        folder: of the bundle.
        jobs: where bulk work is kept.
        options: of the service.

    Raises:
        BadInput: no such bundle; the port is taken; Ray or its replicas do not start.
    """
    lacks, todo = missing()
    if lacks:
        raise BadInput(f"--mode=serve needs {lacks}", todo)
    from gan_jax.serving.cluster import Cluster

    bundle = open_bundle(folder)
    with _listening(options) as listening:
        cluster = Cluster(folder, options)
        try:
            with asyncio.Runner(loop_factory=_loop) as runner:
                runner.run(_answering(bundle, cluster, jobs, listening, options))
        finally:
            cluster.stop()
    print("stopped: all that was accepted is answered", flush=True)


@contextlib.contextmanager
def _listening(options: Options) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Else the body of an answer waits until its head is acknowledged: 40 ms.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            listening.bind((options.host, options.port))
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or error
            raise BadInput(
                f"cannot listen at {options.host}:{options.port} ({why})",
                "take another --port, or 0 for a free one",
            ) from error
        yield listening


def _loop() -> asyncio.AbstractEventLoop:
    """uvloop's, where there is one: it takes less of a core for each request."""
    if importlib.util.find_spec("uvloop") is None:
        return asyncio.new_event_loop()
    import uvloop

    return uvloop.new_event_loop()


async def _answering(
    bundle: Bundle,
    cluster: "Cluster",
    jobs: Path,
    listening: socket.socket,
    options: Options,
) -> None:
    import uvicorn

    from gan_jax.serving.app import application
    from gan_jax.serving.service import Service

    service = Service(bundle, options, cluster.call, await cluster.about(), jobs)
    server = uvicorn.Server(
        uvicorn.Config(
            application(service),
            log_level="error",
            access_log=False,
            timeout_graceful_shutdown=int(options.timeout) + 1,
            timeout_keep_alive=30,
            limit_concurrency=None,
            backlog=2048,
            server_header=False,
        )
    )
    setattr(server, "capture_signals", contextlib.nullcontext)  # noqa: B010  ours drain

    def leave() -> None:
        service.leaving = True
        server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, leave)
    listening.listen(2048)  # whoever reads "ready" may come at once
    host, port = listening.getsockname()[:2]
    print(f"ready: http://{host}:{port}/", flush=True)
    await server.serve(sockets=[listening])
