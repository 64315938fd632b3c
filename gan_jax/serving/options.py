"""What a service is told: where it listens, how it batches, what it refuses."""

from dataclasses import dataclass

from gan_jax import ranges


@dataclass(frozen=True)
class Options:
    """Of a service.

    Attributes:
        host: where it listens; this machine alone unless told.
        port: there; 0 takes a free one.
        replicas: processes that the model is computed in at a time.
        spares: processes beside these that hold it, compiled: whichever dies, as many
            are there at once. Ray spreads the work over all of them.
        batch: samples of one device call, whoever asked for them.
        wait: milliseconds that the first of a batch waits for others.
        queue: samples that may wait; while so many do, requests are refused at once.
        most: samples of one request.
        job_most: samples of one job.
        timeout: seconds after which a request is given up.
        body: bytes of a request.
        address: of a Ray cluster to join; "" starts one here.
        token: that every request must bear; "" for none.

    Raises:
        ValueError: a number out of range.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    replicas: int = 1
    spares: int = 1
    batch: int = 16
    wait: float = 2.0
    queue: int = 32
    most: int = 64
    job_most: int = 1_000_000
    timeout: float = 30.0
    body: int = 1 << 20
    address: str = ""
    token: str = ""

    def __post_init__(self) -> None:
        """Refuse what no service can be."""
        ranges.whole(
            replicas=self.replicas,
            batch=self.batch,
            queue=self.queue,
            most=self.most,
            job_most=self.job_most,
            body=self.body,
        )
        ranges.whole(0, port=self.port, spares=self.spares)
        ranges.at_least(0, wait=self.wait)
        ranges.above(0, timeout=self.timeout)
        if self.port > 65535:
            raise ValueError(f"port={self.port} is above 65535")
