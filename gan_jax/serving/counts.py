"""What a service tells of itself at `/metrics`, in Prometheus's text."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Counts:
    """Counters of one service."""

    def __init__(self) -> None:
        own = None  # registered below, not where others' are
        self._requests = Counter(
            "gan_jax_requests", "Answers", ("path", "status"), registry=own
        )
        self._seconds = Histogram(
            "gan_jax_request_seconds",
            "Time to answer",
            ("path",),
            registry=own,
            buckets=SECONDS,
        )
        self._samples = Counter("gan_jax_samples", "Samples drawn", registry=own)
        self._batches = Counter("gan_jax_batches", "Device calls", registry=own)
        self._calls = Histogram(
            "gan_jax_batch_seconds", "Time of a call", registry=own, buckets=SECONDS
        )
        self._retries = Counter(
            "gan_jax_retries", "Calls made again, a replica having died", registry=own
        )
        self._waiting = Gauge("gan_jax_waiting", "Samples that wait", registry=own)
        self._registry = CollectorRegistry()
        for held in vars(self).copy().values():
            if held is not self._registry:
                self._registry.register(held)

    def answered(self, path: str, status: int, seconds: float) -> None:
        """A request, and how it ended."""
        self._requests.labels(path, status).inc()
        self._seconds.labels(path).observe(seconds)

    def batch(self, rows: int, seconds: float) -> None:
        """A device call."""
        self._samples.inc(rows)
        self._batches.inc()
        self._calls.observe(seconds)

    def retried(self) -> None:
        """A call that is made again."""
        self._retries.inc()

    def text(self, waiting: int) -> bytes:
        """All of it, with how many samples wait now."""
        self._waiting.set(waiting)
        return generate_latest(self._registry)
