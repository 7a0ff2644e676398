"""Many users at once over HTTP: 90 % recall, 10 % remember; what breaks, how long it takes, what is lost."""

import argparse
import asyncio
import gc
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio

from diffmem.memory import Memory
from diffmem.server.auth.access import tokens
from diffmem.server.auth.principal import scopes_of
from diffmem.server.settings import Settings

PEOPLE = "Ana Bruno Carla Dario Elena Felix Greta Hugo Irene Jonas Klara Luis Marta Nuno Olga Pavel".split()
PLACES = "Porto Berlin Lyon Turin Graz Bergen Cadiz Ghent Lund Split".split()
THINGS = (
    "paints; bought a red bicycle; plays the cello; moved house; started a new job; likes green tea".split(
        "; "
    )
)


class Line:
    """One connection, kept open: a client that costs little beside the server it measures."""

    def __init__(self, port: int, token: str) -> None:
        self._port, self._token = port, token
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def post(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and answer; the connection is made anew where the server closed it meanwhile."""
        for last in (False, True):
            try:
                return await self._post(path, json.dumps(body).encode())
            except (OSError, asyncio.IncompleteReadError):
                self.close()
                if last:
                    return 0, {}
        raise AssertionError

    async def _post(self, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        head = (
            f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {self._token}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        self._writer.write(head.encode() + body)
        told = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = re.search(r"content-length: (\d+)", told)
        content = await self._reader.readexactly(int(length[1]) if length else 0)
        if "connection: close" in told:
            self.close()
        return int(told.split(" ", 2)[1]), json.loads(content or b"{}")

    def close(self) -> None:
        """Hang up."""
        if self._writer:
            self._writer.close()
        self._reader = self._writer = None


@dataclass
class Tally:
    """What came of all requests."""

    statuses: Counter[int] = field(default_factory=Counter[int])
    recalls: list[float] = field(default_factory=list[float])
    remembers: list[float] = field(default_factory=list[float])
    acknowledged: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    late: list[float] = field(default_factory=list[float])
    memory: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])


def words(dice: random.Random) -> str:
    """A few turns of a conversation."""
    people = [dice.choice(PEOPLE) for _ in range(6)]
    return "\n".join(f"user: {one} {dice.choice(THINGS)} in {dice.choice(PLACES)}." for one in people)


def prepare(home: Path, users: list[str], sessions: int, dice: random.Random) -> dict[str, str]:
    """Memories with something in them, and a token for each."""
    memory = Memory.open(home, durability="relaxed")

    async def fill() -> None:
        for user in users:
            for number in range(sessions):
                last, day = number == sessions - 1, f"2025-{1 + number % 12:02}-03"
                await memory.remember(user, words(dice), f"s{number}", day, wait=last)

    anyio.run(fill)
    issued = tokens(Settings(home=home))
    return {user: issued.create(user, scopes_of(["read", "write"]), None)[0] for user in users}


async def recall(line: Line, user: str, dice: random.Random, tally: Tally) -> None:
    """Ask once."""
    asked = {"query": f"What did {dice.choice(PEOPLE)} do in {dice.choice(PLACES)}?"}
    began = time.perf_counter()
    status, _ = await line.post(f"/memory/{user}/recall", asked)
    tally.statuses[status] += 1
    if status == 200:
        tally.recalls.append(time.perf_counter() - began)


async def remember(line: Line, user: str, dice: random.Random, tally: Tally) -> None:
    """Tell something once."""
    body = {"content": words(dice), "session_id": f"load-{dice.getrandbits(48):x}"}
    began = time.perf_counter()
    status, told = await line.post(f"/memory/{user}/remember", body)
    tally.statuses[status] += 1
    if status == 200:
        tally.remembers.append(time.perf_counter() - began)
        tally.acknowledged.append((user, told["path"]))


async def live(line: Line, user: str, pause: float, until: float, dice: random.Random, tally: Tally) -> None:
    """One user: something now and then, until the time is over."""
    await asyncio.sleep(dice.random() * pause)
    while time.perf_counter() < until:
        act = recall if dice.random() < 0.9 else remember
        await act(line, user, dice, tally)
        await asyncio.sleep(dice.expovariate(1 / pause))
    line.close()


async def sample(pid: int, until: float, tally: Tally) -> None:
    """The server's memory, once a second."""
    began = time.perf_counter()
    while time.perf_counter() < until:
        resident = int((await anyio.Path(f"/proc/{pid}/statm").read_text()).split()[1])
        tally.memory.append((time.perf_counter() - began, resident * os.sysconf("SC_PAGE_SIZE") / 1e6))
        await asyncio.sleep(1)


async def late(until: float, tally: Tally) -> None:
    """How long the load itself waits for its turn on the processor: nobody answers it sooner."""
    while (began := time.perf_counter()) < until:
        await asyncio.sleep(0.01)
        tally.late.append(time.perf_counter() - began - 0.01)


async def load(port: int, pid: int, keys: dict[str, str], asked: argparse.Namespace) -> tuple[float, Tally]:
    """The median without load, every user having asked once before, and what came of the load."""
    dice, alone, tally = random.Random(asked.seed), Tally(), Tally()
    lines = {user: Line(port, key) for user, key in keys.items()}
    for _ in range(2):
        for user in keys:
            await recall(lines[user], user, dice, alone)
    # What the load costs itself is not to be taken for the server's.
    gc.collect()
    gc.disable()
    until = time.perf_counter() + asked.seconds
    await asyncio.gather(
        sample(pid, until, tally),
        late(until, tally),
        *(
            live(line, user, asked.pause, until, random.Random(f"{asked.seed} {user}"), tally)
            for user, line in lines.items()
        ),
    )
    return statistics.median(alone.recalls[len(keys) :]), tally


def report(alone: float, tally: Tally, lost: int, asked: argparse.Namespace) -> None:
    """The figures, as lines."""

    def ms(times: list[float], share: float) -> float:
        return 1000 * sorted(times)[min(len(times) - 1, int(share * len(times)))] if times else 0.0

    total = sum(tally.statuses.values())
    p99 = ms(tally.recalls, 0.99)
    print(f"users {asked.users}, {asked.seconds} s, {total} requests, {total / asked.seconds:.0f}/s")  # noqa: T201
    print(f"answers by status: {dict(sorted(tally.statuses.items()))}")  # noqa: T201
    print(f"recall alone p50 {1000 * alone:.1f} ms")  # noqa: T201
    print(  # noqa: T201
        f"recall p50 {ms(tally.recalls, 0.5):.1f} ms, p99 {p99:.1f} ms = {p99 / alone / 1000:.1f} x alone"
    )
    print(f"the load itself came late by p99 {ms(tally.late, 0.99):.1f} ms")  # noqa: T201
    print(f"remember p50 {ms(tally.remembers, 0.5):.1f} ms, p99 {ms(tally.remembers, 0.99):.1f} ms")  # noqa: T201
    print(f"acknowledged {len(tally.acknowledged)}, lost {lost}")  # noqa: T201
    first, last, most = tally.memory[0][1], tally.memory[-1][1], max(size for _, size in tally.memory)
    print(f"server memory {first:.0f} -> {last:.0f} MB, at most {most:.0f} MB")  # noqa: T201
    whole, half = slope(tally.memory, 0), slope(tally.memory, asked.seconds / 2)
    print(f"slope {whole:+.2f} MB a minute over it all, {half:+.2f} over the last half")  # noqa: T201
    failed = total - tally.statuses[200] - tally.statuses[429]
    print(f"errors {failed}, refused as too many {tally.statuses[429]}, lost {lost}")  # noqa: T201


def slope(memory: list[tuple[float, float]], since: float) -> float:
    """By how much it grows in a minute, by least squares over the time that is left."""
    part = [one for one in memory if one[0] >= since]
    return statistics.linear_regression(*zip(*part, strict=True)).slope * 60 if len(part) > 2 else 0.0


def missing(home: Path, tally: Tally) -> int:
    """How many acknowledged sessions are not in the memory."""
    memory = Memory.open(home)

    async def count() -> int:
        paths: dict[str, set[str]] = {}
        for user in {user for user, _ in tally.acknowledged}:
            paths[user] = {file.path for file in (await memory.list(user)).files}
        return sum(path not in paths[user] for user, path in tally.acknowledged)

    return anyio.run(count)


def main() -> None:
    """Fill a home, serve it, load it, and tell."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--users", type=int, default=200)
    given.add_argument("--seconds", type=int, default=60)
    given.add_argument("--minutes", type=float, help="the same in minutes")
    given.add_argument("--pause", type=float, default=5.0, help="seconds between a user's requests")
    given.add_argument("--sessions", type=int, default=4, help="sessions in each memory at the start")
    given.add_argument("--seed", type=int, default=7)
    asked = given.parse_args()
    if asked.minutes:
        asked.seconds = int(asked.minutes * 60)
    users = [f"user{number}" for number in range(asked.users)]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        keys = prepare(home, users, asked.sessions, random.Random(asked.seed))
        command = [sys.executable, "-m", "diffmem.server.cli", "serve", "--port", "0", "--home", str(home)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=folder) as server:
            assert server.stderr is not None
            found = re.search(r":(\d+)/mcp", server.stderr.readline())
            assert found is not None
            alone, tally = asyncio.run(load(int(found[1]), server.pid, keys, asked))
            server.terminate()
            server.wait(30)
        report(alone, tally, missing(home, tally), asked)


if __name__ == "__main__":
    main()
