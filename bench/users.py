"""Many users on one machine: what the last one costs beside the first, and how long a start takes."""

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import anyio

from diffmem.memory import Memory
from diffmem.server.settings import Settings

COMPARED = 100


async def onboarded(memory: Memory, users: Sequence[str]) -> list[float]:
    """Begin a memory for each; the seconds that each took."""
    took: list[float] = []
    for user in users:
        began = time.perf_counter()
        await memory.onboard(user)
        took.append(time.perf_counter() - began)
    return took


def started(home: Path) -> float:
    """Seconds from the start of a server to its first answer at /health."""
    command = [sys.executable, "-m", "diffmem.server.cli", "serve", "--port", "0", "--home", str(home)]
    began = time.perf_counter()
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=home) as server:
        assert server.stderr is not None
        found = re.search(r"http://[^/\s]+", server.stderr.readline())
        assert found is not None
        urllib.request.urlopen(f"{found[0]}/health", timeout=60).read()
        took = time.perf_counter() - began
        server.terminate()
        server.wait(60)
    return took


def main() -> None:
    """Fill a home, comparing its first users with its last."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--users", type=int, default=10_000)
    asked = given.parse_args()
    names = [f"user{number:06}" for number in range(asked.users)]
    with tempfile.TemporaryDirectory() as folder:
        home = Settings(home=Path(folder) / "home").home
        full, relaxed = Memory.open(home), Memory.open(home, durability="relaxed")
        anyio.run(onboarded, full, ["warm"])
        first = anyio.run(onboarded, full, names[:COMPARED])
        alone = min(started(home) for _ in range(3))
        between = anyio.run(onboarded, relaxed, names[COMPARED:-COMPARED])
        last = anyio.run(onboarded, full, names[-COMPARED:])
        start = min(started(home) for _ in range(3))
    few, many = (1000 * statistics.median(some) for some in (first, last))
    print(f"users {asked.users}; those between took {sum(between):.0f} s")  # noqa: T201
    print(f"onboard: the first {COMPARED} {few:.1f} ms, the last {many:.1f} ms = {many / few:.2f} x")  # noqa: T201
    print(f"start to /health: {alone:.2f} s with {COMPARED + 1} users, {start:.2f} s with all")  # noqa: T201


if __name__ == "__main__":
    main()
