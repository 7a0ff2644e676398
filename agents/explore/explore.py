"""explore: one command line over one state of a memory, in a child process that can do nothing else."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from ...storage.snapshot import Snapshot
from .address import Address, Answer, Request
from .interpreter import interpreted
from .wall import Wall

_wall = Wall()


@dataclass(frozen=True, slots=True)
class Explored:
    """What a command line said: safe text, its exit code, how long it took, the bytes left out."""

    output: str
    exit_code: int
    elapsed_ms: int
    cut: int = 0

    def __str__(self) -> str:
        end = "" if not self.output or self.output.endswith("\n") else "\n"
        return f"{self.output}{end}[exit:{self.exit_code} | {self.elapsed_ms}ms]"


@dataclass(frozen=True, slots=True)
class Walls:
    """Which walls stand between a command and the machine."""

    process: bool
    limits: bool
    memory: bool
    landlock: int

    def __str__(self) -> str:
        told = ["interpreter over git objects"]
        told += ["a child process per command"] * self.process
        told += ["limits on time" + " and memory" * self.memory] * self.limits
        told += [f"Landlock {self.landlock}"] * bool(self.landlock)
        missing = [] if self.process else ["no child process here"]
        missing += [] if self.landlock else ["no Landlock here"]
        return ", ".join(told) + (f" ({'; '.join(missing)})" if missing else "")


def explore(snapshot: Snapshot, command: str, *, now: datetime | None = None) -> Explored:
    """Carry out a command line over what a snapshot shows.

    It never raises for what the command holds: errors are part of the output. `now` is what
    "2 weeks ago" counts from, with its zone; by default this moment in UTC.
    """
    start = time.monotonic()
    address = Address(snapshot.repository.path, snapshot.commit)
    request = Request(address, _storable(command), now or datetime.now(UTC))
    answer = _wall.answer(request) or interpreted(request)
    return _explored(answer, start)


def walls() -> Walls:
    """Which walls stand on this machine; starts the fork server to find out."""
    stands = _wall.stands()
    bars = _wall.bars if stands else {}
    return Walls(stands, bool(bars.get("limits")), bool(bars.get("memory")), int(bars.get("landlock", 0)))


def close() -> None:
    """End the fork server; the next command starts another."""
    _wall.close()


def _storable(command: str) -> str:
    # A lone surrogate cannot be sent; the grammar refuses what stands for it.
    return command.encode("utf-8", "replace").decode() if not command.isascii() else command


def _explored(answer: Answer, start: float) -> Explored:
    return Explored(answer.output, answer.code, int((time.monotonic() - start) * 1000), answer.cut)
