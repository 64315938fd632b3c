"""A trained generator as a service: HTTP in front, replicas on Ray Serve behind.

`serve` runs one until a signal ends it. The parts: `requests` checks bodies, `batcher`
joins them, `cluster` and `replica` compute, `jobs` does bulk work, `app` is HTTP.
"""

from gan_jax.serving.options import Options
from gan_jax.serving.running import missing, serve

__all__ = ["Options", "missing", "serve"]
