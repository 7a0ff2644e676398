"""The second wall: what the process of one command may use and open."""

import os
import resource
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from . import landlock
from .budget import HARD_SECONDS

_MEMORY = 400 << 20
_FILES = 128
# All that reading objects and comparing them needs; a repository's settings may hold a secret.
_READABLE = ("objects", "refs", "packed-refs", "HEAD", "shallow", "info", "index")


@dataclass(frozen=True, slots=True)
class Bars:
    """What stands around a child: limits on time, memory and files, and the version of Landlock."""

    limits: bool
    memory: bool
    landlock: int


def time_is_set() -> None:
    """Let the kernel end this process at the hard limit, whatever it is doing."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, HARD_SECONDS)


def enter(repository: Path) -> Bars:
    """Give up everything but reading one repository's objects."""
    seconds = int(HARD_SECONDS)
    limits = [
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _FILES),
        (resource.RLIMIT_NPROC, 0),
    ]
    bound = [_limit(kind, most) for kind, most in limits]
    memory = _limit(resource.RLIMIT_AS, _used() + _MEMORY) if sys.platform.startswith("linux") else False
    version = landlock.restrict(repository / name for name in _READABLE)
    return Bars(all(bound), memory, version)


def _limit(kind: int, most: int) -> bool:
    with suppress(ValueError, OSError):
        _, hard = resource.getrlimit(kind)
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (least, least))
        return True
    return False


def _used() -> int:
    with suppress(OSError, ValueError):
        return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")
    return 1 << 30
