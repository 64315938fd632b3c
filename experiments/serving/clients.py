"""A small HTTP client on asyncio, and ways to put a service under load; 127.0.0.1 alone."""

import asyncio
import json
import time

PARTIAL = (asyncio.IncompleteReadError, ConnectionError, OSError)


class Client:
    """One kept connection."""

    def __init__(self, port):
        self.port, self.reader, self.writer = port, None, None

    async def send(self, method, path, body=b"", headers=None, raw=None):
        """Status, headers and body of an answer."""
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(
                "127.0.0.1", self.port
            )
        if isinstance(body, dict):
            body = json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
        named = {"Content-Length": len(body), **(headers or {})}
        lines += [f"{name}: {value}" for name, value in named.items()]
        self.writer.write(raw or ("\r\n".join(lines) + "\r\n\r\n").encode() + body)
        await self.writer.drain()
        status = int((await self.reader.readline()).split()[1])
        found = {}
        while (line := (await self.reader.readline()).strip()) != b"":
            name, _, value = line.decode().partition(":")
            found[name.lower()] = value.strip()
        content = await self.reader.readexactly(int(found.get("content-length", 0)))
        if found.get("connection") == "close":
            self.close()
        return status, found, content

    def close(self):
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


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
        free.put_nowait(Client(port))

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
