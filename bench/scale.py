"""A user of ten years and a host of many users: what writing, reading and keeping cost against size."""

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
from baselines import PlainGit, rivals
from lifetimes import Size, copied, lived

from diffmem.errors import DiffMemError
from diffmem.memory import Memory
from diffmem.server.caring import Caring
from diffmem.server.progress import progress

USER = "alex"
REPEATS = 11
PAIRS = 31
PAIRED = "intake / git add + commit (pairs)"
SIZES = {
    "200 files": Size(90, 45, 225),
    "1,000 commits": Size(400, 200, 1_000),
    "10,000 commits": Size(4_000, 2_000, 10_000),
    "50,000 commits": Size(20_000, 10_000, 50_000),
}
SMALL = {
    "200 files": SIZES["200 files"],
    "1,000 commits": SIZES["1,000 commits"],
    "5,000 commits": Size(2_000, 1_000, 5_000),
}
BOUNDS = (
    ("intake at 200 files / durable git add + git commit", "<= 0.4"),
    ("intake, largest / smallest", "<= 2"),
    ("digest, largest / smallest", "<= 2"),
    ("history of a path, largest / at 1,000 commits", "<= 5"),
    ("disk / text after care, largest", "<= 3"),
)

Figures = dict[str, float]
Work = Callable[[], Awaitable[object]]


class Clock:
    """Wall time and the time of the processor, our own and that of the programs we start."""

    def __init__(self) -> None:
        self.wall = time.perf_counter()
        self.cpu = _cpu()

    def gone(self) -> tuple[float, float]:
        """Milliseconds of both since the start."""
        return 1000 * (time.perf_counter() - self.wall), 1000 * (_cpu() - self.cpu)


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


async def _timed(
    told: Figures, name: str, work: Callable[[int], Awaitable[object]], repeats: int = REPEATS
) -> None:
    times: list[tuple[float, float]] = []
    for number in range(repeats):
        clock = Clock()
        try:
            await work(number)
        except DiffMemError as failed:
            sys.stderr.write(f"{name}: {failed}\n")
            told[name] = told[f"{name} cpu"] = float("inf")
            return
        times.append(clock.gone())
    told[name] = statistics.median(wall for wall, _ in times)
    told[f"{name} cpu"] = statistics.median(cpu for _, cpu in times)


def _words(number: int) -> str:
    said = f"Ana Becker {number} moved to Porto, and the zebra {number} is called Zorro."
    return f"user: {said}\nuser: She likes it.\n"


def _disk(repository: Path) -> int:
    return sum(path.stat().st_size for path in repository.rglob("*") if path.is_file())


async def _measured(home: Path, erase: bool) -> Figures:
    """What one memory costs; in a process of its own."""
    told: Figures = {}
    clock = Clock()
    memory = Memory.open(home)
    await memory.recall(USER, "Who plays chess in Porto?")
    told["start to first recall"], told["start to first recall cpu"] = clock.gone()
    told["memory MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    listing = await memory.list(USER)
    told["files"] = len(listing.files)
    repository = memory.desk.store.home / "users" / f"{USER}.git"
    text = sum(file.size for file in listing.files)
    told["disk / text after care"], told["text MB"] = _disk(repository) / text, text / 1e6
    paths = [file.path for file in listing.files if file.path.startswith("memories/")][7 : 7 * 12 : 7]

    # At once after care, which the commits made below have not seen.
    await _timed(
        told, "history of a path", lambda number: memory.history(USER, path=paths[number % len(paths)])
    )

    async def intake(number: int) -> None:
        await memory.remember(USER, _words(number), f"new-{number}", "2026-02-03", wait=False)

    async def digest(number: int) -> None:
        await memory.remember(USER, _words(number), f"digested-{number}", "2026-02-04")

    # In turn, so that other load on the disk falls on both.
    plain = PlainGit(home.with_name(f"{home.name}-plain"), 200)
    pairs: list[float] = []
    for number in range(PAIRS):
        clock = Clock()
        await memory.remember(USER, _words(number), f"paired-{number}", "2026-02-02", wait=False)
        pairs.append(clock.gone()[0] / plain.durable(number))
        await memory.digest(USER)
    told[PAIRED] = statistics.median(pairs)
    await _timed(told, "intake", intake)
    await memory.digest(USER)
    await _timed(told, "intake and digest", digest)
    await _timed(
        told, "recall", lambda number: memory.recall(USER, f"Who bought a cello in {PLACES[number]}?")
    )
    await _timed(told, "history by words", lambda _: memory.history(USER, query="zebra 3"), 1)
    if erase:
        await _timed(
            told, "erase a recent session", lambda _: memory.forget(USER, how="erase", session="new-3"), 1
        )
    told["peak memory MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return told


PLACES = "Porto Berlin Lyon Turin Graz Bergen Cadiz Ghent Lund Split York".split()


def _user(folder: Path, name: str, size: Size, *, erase: bool) -> Figures:
    """Make a memory, care for it, measure it."""
    home = folder / name.replace(" ", "-").replace(",", "")
    memory = Memory.open(home, durability="relaxed")
    anyio.run(memory.onboard, USER)
    lived(memory.desk.store, USER, size)
    repository = home / "users" / f"{USER}.git"
    before, clock = _disk(repository), Clock()
    anyio.run(memory.maintain, USER)
    cared, _ = clock.gone()
    command = [sys.executable, __file__, "--measure", str(home), *(["--erase"] if erase else [])]
    told: Figures = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    shutil.rmtree(home)
    return told | {"care s": cared / 1000, "packs before care MB": before / 1e6}


def _host(folder: Path, users: int) -> Figures:
    """What many users cost whom they do not concern."""
    template, home = folder / "template", folder / f"host{users}"
    memory = Memory.open(template, durability="relaxed")
    anyio.run(memory.onboard, USER)
    lived(memory.desk.store, USER, Size(10, 5, 25))
    anyio.run(memory.maintain, USER)
    copied(template, home, users)
    shutil.rmtree(template)
    told: Figures = json.loads(
        subprocess.run(
            [sys.executable, __file__, "--measure-host", str(home)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout
    )
    told["disk per user KB"] = _disk(home) / users / 1e3
    shutil.rmtree(home)
    return told


async def _measured_host(home: Path) -> Figures:
    told: Figures = {}
    clock = Clock()
    memory = Memory.open(home)
    users = await memory.users()
    await memory.recall(users[0], "Who plays chess?")
    told["start to first recall"], told["start to first recall cpu"] = clock.gone()
    await _timed(
        told,
        "intake",
        lambda n: memory.remember(users[n % len(users)], _words(n), f"n{n}", "2026-02-03", wait=False),
    )
    await _timed(
        told, "a new user's first intake", lambda n: memory.remember(f"new{n}", _words(n), wait=False)
    )
    await _timed(
        told,
        "recall of another user",
        lambda n: memory.recall(users[-1 - n % len(users)], "Who plays chess?"),
    )
    clock = Clock()
    Caring(memory.desk.store, 1).round()
    told["a round of care"], told["a round of care cpu"] = clock.gone()
    told["memory MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return told


def _table(told: dict[str, Figures], smallest: str) -> None:
    columns = list(told)
    _say(" | ".join(["", *columns, f"last / {smallest}"]))
    _say(" | ".join(["---"] * (len(columns) + 2)))
    for row in dict.fromkeys(row for figures in told.values() for row in figures):
        values = [told[column].get(row) for column in columns]
        first, last = told[smallest].get(row), values[-1]
        ratio = f"{last / first:.2f}" if first and last is not None else ""
        _say(" | ".join([row, *("" if one is None else f"{one:.2f}" for one in values), ratio]))
    _say("")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _bounds(told: dict[str, Figures]) -> None:
    names = list(told)
    least, largest = told[names[0]], told[names[-1]]
    reached = (
        least[PAIRED],
        largest["intake"] / least["intake"],
        largest["intake and digest cpu"] / least["intake and digest cpu"],
        largest["history of a path"] / told["1,000 commits"]["history of a path"],
        largest["disk / text after care"],
    )
    for (name, bound), value in zip(BOUNDS, reached, strict=True):
        _say(f"{name}: {value:.2f} (must reach {bound})")


def main() -> None:
    """Make memories, measure them, print the tables."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--small", action="store_true", help="up to 5,000 commits and 500 users")
    given.add_argument("--folder", type=Path, help="where to work; on the disk that is to be measured")
    given.add_argument("--no-erase", action="store_true", help="leave out the erase, the longest of all")
    given.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    given.add_argument("--measure-host", type=Path, help=argparse.SUPPRESS)
    given.add_argument("--erase", action="store_true", help=argparse.SUPPRESS)
    asked = given.parse_args()
    if asked.measure:
        _say(json.dumps(anyio.run(_measured, asked.measure, asked.erase)))
        return
    if asked.measure_host:
        _say(json.dumps(anyio.run(_measured_host, asked.measure_host)))
        return
    sizes, hosts = (SMALL, (10, 500)) if asked.small else (SIZES, (10, 10_000))
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        _run(Path(folder), sizes, hosts, erase=not asked.no_erase)


def _run(folder: Path, sizes: dict[str, Size], hosts: tuple[int, int], *, erase: bool) -> None:
    told: dict[str, Figures] = {}
    with progress("scale", len(sizes) + len(hosts) + 2, "steps") as bar:
        plain = PlainGit(folder / "plain", 200).measured(REPEATS)
        others = rivals(folder / "rivals", REPEATS)
        bar.step(2)
        for name, size in sizes.items():
            told[name] = _user(folder, name, size, erase=erase)
            bar.step()
        many: dict[str, Figures] = {}
        for users in hosts:
            many[f"{users:,} users"] = _host(folder, users)
            bar.step()
    _say("\nmilliseconds (median; cpu: of the processor, ours and of programs started), one user\n")
    _table(told, next(iter(told)))
    _table(many, next(iter(many)))
    for name, value in (plain | others).items():
        _say(f"{name}: {value:.1f}")
    _say("")
    _bounds(told)


if __name__ == "__main__":
    main()
