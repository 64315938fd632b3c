"""Replicas on Ray: started, called, stopped. Ray Serve watches over them.

HTTP is not Ray's here but the command's own process: a batch, not a request, is what
crosses to a replica, and what its death interrupts is played again from there.
"""

import contextlib
import logging
import os
import secrets
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gan_jax.errors import BadInput, told
from gan_jax.serving.batcher import Gone
from gan_jax.serving.options import Options
from gan_jax.serving.replica import Replica

APP = "gan_jax"
QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing is told to anybody
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DEDUP_LOGS": "0",
    "RAY_SERVE_LOG_TO_STDERR": "0",
    # A thread of its own would wait for Python's lock at both ends of every call.
    "RAY_SERVE_RUN_ROUTER_IN_SEPARATE_LOOP": "0",
    "GLOG_minloglevel": "2",
}


class Cluster:
    """Ray, and the replicas on it.

    Args:
        folder: of the bundle.
        options: of the service.

    Raises:
        BadInput: Ray does not start, or the replicas do not.
    """

    def __init__(self, folder: Path, options: Options):
        for name, value in {**QUIET, **({} if options.address else _alone())}.items():
            os.environ.setdefault(name, value)
        import ray
        from ray import serve

        self._ray, self._serve, self._joined = ray, serve, bool(options.address)
        held = options.replicas + options.spares
        # It starts programs, of which nothing but the fork is ours.
        warnings.filterwarnings("ignore", "os.fork", RuntimeWarning)
        try:
            if options.address:
                ray.init(options.address, log_to_driver=False, namespace=APP)
            else:
                ray.init(
                    "local",  # not one that somebody else has started here
                    include_dashboard=False,
                    log_to_driver=False,
                    logging_level=logging.ERROR,
                    namespace=APP,
                    num_cpus=max(held + 1, os.cpu_count() or 1),
                )
        except Exception as error:
            raise BadInput(f"Ray does not start: {told(error)[:300]}") from error
        for name in ("ray", "ray.serve"):
            logging.getLogger(name).setLevel(logging.ERROR)
        content = ray.put(
            {
                file.name: file.read_bytes()
                for file in folder.iterdir()
                if file.is_file()
            }
        )
        deployment = serve.deployment(
            name="replica",
            num_replicas=held,
            max_ongoing_requests=8,
            ray_actor_options={"num_cpus": 1},
            health_check_period_s=1.0,
            health_check_timeout_s=10.0,
            graceful_shutdown_timeout_s=1.0,
        )(_Held)
        try:
            serve.start(
                proxy_location="Disabled", logging_config={"log_level": "ERROR"}
            )
            self._handle = serve.run(
                deployment.bind([content], options.batch), name=APP, route_prefix=None
            )
        except Exception as error:
            self.stop()
            raise BadInput(f"the replicas do not start: {told(error)[:300]}") from error

    async def about(self) -> dict[str, Any]:
        """What a replica tells of itself."""
        return await self._handle.about.remote()

    async def call(self, name: str, inputs: Mapping[str, np.ndarray]) -> np.ndarray:
        """A program on a batch, on any replica.

        Raises:
            Gone: the replica died meanwhile.
        """
        from ray.exceptions import RayActorError, RayTaskError

        try:
            return await self._handle.call.remote(name, dict(inputs))
        except RayTaskError:
            raise
        except RayActorError as error:
            raise Gone from error

    def stop(self) -> None:
        """End the replicas, and a cluster that was started here."""
        with contextlib.suppress(Exception):  # whatever else of it is left
            if self._joined:
                self._serve.delete(APP, _blocking=False)
        self._ray.shutdown()


def _alone() -> dict[str, str]:
    """Of a cluster that nobody else may reach: on the loopback, and behind a token.

    Ray's own ports unpickle what they are sent.
    """
    return {
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # so it is called; it means: one host
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
    }


class _Held(Replica):
    """A replica whose files lie in Ray's store."""

    def __init__(self, content: list[Any], batch: int):
        import ray

        super().__init__(ray.get(content[0]), batch)
