"""Bulk work: jobs with their state on disk, that neither death nor restart undoes.

A job is a folder: `job.json`, a part for every so many samples, and at the end
`samples.npz`. A part is named by its place and written whole or not at all, and what is in
it hangs on the job alone: done twice, it is the same; missing, it is done again.
"""

import asyncio
import json
import re
import time
import uuid
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np

from gan_jax.bundle import Bundle
from gan_jax.errors import BadInput
from gan_jax.run.files import PART, unfinished, write
from gan_jax.serving import requests

PER_PART = 256
"""Samples of a part."""
MOST_OPEN = 16
"""Jobs that may wait; beyond, new ones are refused."""
NAME = re.compile(r"[0-9a-f]{32}")

Draw = Callable[[requests.Wanted], Awaitable[np.ndarray]]
"""A request's samples, drawn when nobody else waits."""


class Crowded(Exception):
    """Too many jobs are open."""


class Jobs:
    """The jobs of a service.

    Args:
        folder: where they lie.
        bundle: whose samples they want.
        most: samples of one.
        digest: of the model; a job of another one is not gone on with.
    """

    def __init__(self, folder: Path, bundle: Bundle, most: int, digest: str):
        self._folder, self._bundle = folder, bundle
        self._most, self._digest = most, digest
        self._stir = asyncio.Event()
        folder.mkdir(parents=True, exist_ok=True)
        for part in folder.glob(f"*/*{PART}"):
            part.unlink()

    def add(self, told: dict[str, Any]) -> dict[str, Any]:
        """A new job; what `state` tells of it.

        Raises:
            BadInput: no such request.
            Crowded: too many are open.
        """
        if "format" in told:
            raise BadInput("a job gives an npz", "leave format out")
        asked = {n: x for n, x in told.items() if n not in ("num", "start")}
        if any(isinstance(x, list) for x in asked.values()):
            raise BadInput("a job asks the same of all its samples", "give one value")
        num = told.get("num")
        if type(num) is not int or not 1 <= num <= self._most:
            raise BadInput(
                f"num={num!r:.40}", f"wanted a whole number, 1 to {self._most}"
            )
        self._part(told, 0, 1)  # refused now, not when its turn comes
        if len(self._open()) >= MOST_OPEN:
            raise Crowded
        name = uuid.uuid4().hex
        (self._folder / name).mkdir()
        record = {"told": told, "model": self._digest, "at": time.time()}
        write(self._folder / name / "job.json", json.dumps(record))
        self._stir.set()
        return self.state(name)

    def state(self, name: str) -> dict[str, Any]:
        """Of a job: `state`, `num`, `done`.

        Raises:
            KeyError: there is none.
        """
        record, num = self._record(name), 0
        num = record["told"]["num"]
        if self.result(name).is_file():
            done = num
        else:
            parts = self._parts(name)
            done = sum(min(PER_PART, num - start) for start in parts)
        words = (
            "done" if self.result(name).is_file() else "running" if done else "waiting"
        )
        if record["model"] != self._digest:
            words = "of another model"
        if (self._folder / name / "error.txt").is_file():
            words = (self._folder / name / "error.txt").read_text()
        return {"job": name, "state": words, "num": num, "done": done}

    def every(self) -> list[dict[str, Any]]:
        """The states of all, oldest first."""
        return [self.state(name) for name in self._names()]

    def result(self, name: str) -> Path:
        """Where the samples of a job are, once it is done."""
        self._record(name)
        return self._folder / name / "samples.npz"

    async def run(self, draw: Draw) -> None:
        """Do one job after the other, for as long as it is not cancelled."""
        while True:
            self._stir.clear()
            for name in self._open():
                try:
                    await self._do(name, draw)
                except BadInput as error:
                    write(self._folder / name / "error.txt", f"failed: {error}")
            if not self._open():
                await self._stir.wait()

    async def _do(self, name: str, draw: Draw) -> None:
        told = self._record(name)["told"]
        num, there = told["num"], set(self._parts(name))
        for start in range(0, num, PER_PART):
            if start not in there:
                request = self._part(told, start, min(PER_PART, num - start))
                samples = await draw(request)
                with (
                    unfinished(self._file(name, start)) as part,
                    part.open("wb") as file,
                ):
                    np.save(file, samples)
        await asyncio.to_thread(self._joined, name, num)

    def _part(self, told: dict[str, Any], start: int, count: int) -> requests.Wanted:
        body = {**told, "num": count, "start": start + told.get("start", 0)}
        return requests.wanted(self._bundle, {**body, "format": "npz"}, PER_PART)

    def _joined(self, name: str, num: int) -> None:
        """The parts as one array, read and written one at a time."""
        files = [self._file(name, start) for start in range(0, num, PER_PART)]
        first = np.load(files[0])
        head = {
            "descr": np.lib.format.dtype_to_descr(first.dtype),
            "fortran_order": False,
            "shape": (num, *first.shape[1:]),
        }
        with (
            unfinished(self.result(name)) as part,
            zipfile.ZipFile(part, "w") as archive,
            archive.open("samples.npy", "w", force_zip64=True) as out,
        ):
            np.lib.format.write_array_header_2_0(out, head)
            for file in files:
                out.write(np.load(file).tobytes())
        for file in files:
            file.unlink()

    def _record(self, name: str) -> dict[str, Any]:
        file = self._folder / name / "job.json"
        if not NAME.fullmatch(name) or not file.is_file():
            raise KeyError(name)
        return json.loads(file.read_text())

    def _names(self) -> list[str]:
        held = [p.parent.name for p in self._folder.glob("*/job.json")]
        known = [name for name in held if NAME.fullmatch(name)]
        return sorted(known, key=lambda name: self._record(name)["at"])

    def _open(self) -> list[str]:
        return [
            name
            for name in self._names()
            if not self.result(name).is_file()
            and not (self._folder / name / "error.txt").is_file()
            and self._record(name)["model"] == self._digest
        ]

    def _file(self, name: str, start: int) -> Path:
        return self._folder / name / f"{start:010d}.npy"

    def _parts(self, name: str) -> list[int]:
        return [int(p.stem) for p in (self._folder / name).glob("*.npy")]
