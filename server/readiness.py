"""Whether a server takes work now."""

from collections.abc import Mapping
from pathlib import Path

from ..errors import StoreError
from ..memory import Memory
from ..storage.disk import can_be_written

GOOD = "ok"


class Readiness:
    """Not while it is being stopped, and not where nothing can be read or stored."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._stopping = False

    def stop(self) -> None:
        """Say from now on that this server takes no more work; safe in a signal handler."""
        self._stopping = True

    def checks(self) -> Mapping[str, str]:
        """What was looked at, each `ok` or what is the matter; it touches the disk."""
        store = self._memory.desk.store
        return {
            "server": "is being stopped" if self._stopping else GOOD,
            "store": _readable(self._memory),
            "disk": GOOD if can_be_written(_existing(store.home)) else "cannot be written",
        }


def _readable(memory: Memory) -> str:
    try:
        next(iter(memory.desk.store.users()), None)
    except (StoreError, OSError):
        return "cannot be read"
    return GOOD


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.is_dir())
