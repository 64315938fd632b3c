"""A small HTTP client on asyncio, and ways to put a service under load; 127.0.0.1 alone."""

import asyncio
import json
import time


class Client:
    """One kept connection, whose answers are taken apart without ceremony.

    Clients share the cores with the service that they measure: streams, which wake up
    for every line, cost as much as the answers.
    """

    def __init__(self, port):
        self.port, self.wire = port, None

    async def connect(self):
        loop = asyncio.get_running_loop()
        _, self.wire = await loop.create_connection(Wire, "127.0.0.1", self.port)

    async def send(self, method, path, body=b"", headers=None, raw=None):
        """Status, headers and body of an answer."""
        if self.wire is None or self.wire.lost:
            await self.connect()
        if isinstance(body, dict):
            body = json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
        kind = {"Content-Type": "application/json"} if body else {}
        named = {"Content-Length": len(body), **kind, **(headers or {})}
        lines += [f"{name}: {value}" for name, value in named.items()]
        sent = raw or ("\r\n".join(lines) + "\r\n\r\n").encode() + body
        status, found, content = await self.wire.ask(sent)
        if found.get("connection") == "close":
            self.close()
        return status, found, content

    def close(self):
        if self.wire is not None:
            self.wire.transport.close()
        self.wire = None


class Wire(asyncio.Protocol):
    """Bytes out, one answer in; its head is read once all of it is there."""

    def __init__(self):
        self.held, self.lost = bytearray(), False
        self.transport = self.answer = self.status = None
        self.head, self.size = {}, 0

    def connection_made(self, transport):
        self.transport = transport

    def ask(self, sent):
        self.answer = asyncio.get_running_loop().create_future()
        self.status = None
        self.transport.write(sent)
        return self.answer

    def data_received(self, data):
        self.held += data
        if self.status is None:
            end = self.held.find(b"\r\n\r\n")
            if end < 0:
                return
            first, *lines = self.held[:end].decode("latin-1").split("\r\n")
            self.status = int(first.split()[1])
            pairs = (line.partition(":") for line in lines)
            self.head = {name.lower(): value.strip() for name, _, value in pairs}
            del self.held[: end + 4]
            self.size = int(self.head.get("content-length", 0))
        if len(self.held) >= self.size:
            content = bytes(self.held[: self.size])
            del self.held[: self.size]
            if not self.answer.done():
                self.answer.set_result((self.status, self.head, content))

    def connection_lost(self, error):
        self.lost = True
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(error or ConnectionError("closed"))


def one(port, method, path, body=b"", headers=None, raw=None):
    """One request on a connection of its own."""

    async def send():
        client = Client(port)
        try:
            return await asyncio.wait_for(
                client.send(method, path, body, headers, raw), 60
            )
        finally:
            client.close()

    return asyncio.run(send())


async def closed_loop(port, clients, seconds, body):
    """So many clients, each asking again once it is answered: (status, seconds) of each."""
    found, end = [], time.monotonic() + seconds

    async def ask(number):
        client, turn = Client(port), 0
        while time.monotonic() < end:
            begun = time.monotonic()
            told = body(number, turn)
            status, headers, content = await client.send("POST", "/v1/samples", told)
            found.append((status, time.monotonic() - begun, headers, told, content))
            turn += 1
        client.close()

    await asyncio.gather(*(ask(i) for i in range(clients)))
    return found


async def open_loop(port, rate, seconds, body, connections=64):
    """So many requests a second, whether answered or not: (status, seconds) of each.

    As many as `connections` are under way at a time; where these are all taken, or this
    process has no more time, fewer are offered.
    """
    free, found, tasks = asyncio.Queue(), [], []
    for _ in range(connections):
        client = Client(port)
        await client.connect()
        free.put_nowait(client)

    async def ask(number):
        client = await free.get()
        try:
            told, begun = body(number, 0), time.monotonic()
            status, headers, content = await client.send("POST", "/v1/samples", told)
            found.append((status, time.monotonic() - begun, headers, told, content))
        finally:
            free.put_nowait(client)

    first = time.monotonic()
    for i in range(int(rate * seconds)):
        wait = first + i / rate - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        tasks.append(asyncio.create_task(ask(i)))
    await asyncio.gather(*tasks)
    while not free.empty():
        free.get_nowait().close()
    return found


def quantile(seconds, share):
    """Of sorted times."""
    times = sorted(seconds)
    return times[min(len(times) - 1, int(share * len(times)))]
