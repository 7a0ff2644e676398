"""The numbers that workers go by; the system takes a number back when its worker dies."""

from pathlib import Path
from typing import Any, Protocol

_FAMILY = 0x6D656D6F
"""Sets our advisory locks apart from those of others in the same database."""


class Slots(Protocol):
    """Numbers from 1, each held by one live worker at most."""

    def take(self, number: int) -> bool:
        """Hold a number; False if a live worker does."""
        ...

    def give(self, number: int) -> None:
        """Let go of a number."""
        ...

    def close(self) -> None:
        """Let go of every number."""
        ...


class FileSlots:
    """Numbers for the workers of one machine: files that the system unlocks."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[int, Any] = {}

    def take(self, number: int) -> bool:
        """Hold a number; False if a live worker does."""
        from filelock import FileLock, Timeout

        self._folder.mkdir(parents=True, exist_ok=True)
        # Taken and given by whichever thread is at hand.
        lock = FileLock(self._folder / f"worker-{number}.lock", timeout=0, thread_local=False)
        try:
            lock.acquire()
        except Timeout:
            return False
        self._held[number] = lock
        return True

    def give(self, number: int) -> None:
        """Let go of a number."""
        self._held.pop(number).release()

    def close(self) -> None:
        """Let go of every number."""
        for number in list(self._held):
            self.give(number)


class PostgresSlots:
    """Numbers for workers anywhere: advisory locks that end with the connection that holds them."""

    def __init__(self, url: str) -> None:
        import psycopg

        # A machine that is gone is missed after a minute, not after two hours.
        alive = "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
        self._connection = psycopg.connect(url, autocommit=True, options=alive)

    def close(self) -> None:
        """Let go of every number."""
        self._connection.close()

    def take(self, number: int) -> bool:
        """Hold a number; False if a live worker does."""
        asked = self._connection.execute("SELECT pg_try_advisory_lock(%s, %s)", (_FAMILY, number))
        row = asked.fetchone()
        return bool(row and row[0])

    def give(self, number: int) -> None:
        """Let go of a number."""
        self._connection.execute("SELECT pg_advisory_unlock(%s, %s)", (_FAMILY, number))


def claimed(slots: Slots) -> int:
    """The lowest number that no live worker holds, held from now on."""
    number = 1
    while not slots.take(number):
        number += 1
    return number
