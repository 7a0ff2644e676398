"""Named points of every write, at each of which a test may end or hinder the process to see what is left."""

import errno
import os
import signal
import time
from collections.abc import Callable
from enum import StrEnum

from ..errors import BadInput

POINTS = frozenset(
    """
    adopt.decided adopt.written
    archive.kept
    arrival.fetched
    care.begun care.graph care.packed care.prune care.pruning care.trails
    commit.blob commit.logged commit.made commit.moved commit.synced commit.tree
    consolidate.planned
    departure.aside departure.begun departure.emptied departure.folder departure.purged departure.reference
    departure.removed departure.renamed
    digest.planned
    erase.begun erase.closed erase.decided erase.moved erase.shown erase.written
    mirror.fetched mirror.pushed mirror.recorded mirror.taken
    migrate.copied migrate.moved migrate.reference
    onboard.begun
    purge.aids purge.former purge.loose purge.object purge.packed
    remember.begun
    restore.copied
    staged.committed staged.kept staged.made
    store.made store.named
    token.named token.written
    trails.written
    view.dated view.file view.linked view.pointed view.removed
    write.begun
    """.split()
)
"""Every point there is, as `what.happened`; the names are stable."""

_SLEEP_SECONDS = 60.0


class Action(StrEnum):
    """What happens at a point: the process is killed, an error is raised, or nothing goes on for a while."""

    KILL = "kill"
    RAISE = "raise"
    ENOSPC = "enospc"
    EIO = "eio"
    SLEEP = "sleep"


class Hindered(RuntimeError):
    """The error that a point raises where a test wants any error; no part of the product catches it."""


_hook: Callable[[str], None] | None = None


def failpoint(name: str) -> None:
    """Say that a point was reached; nothing happens unless `on_reaching` was called in this process."""
    if _hook is not None:
        _hook(name)


def on_reaching(hook: Callable[[str], None] | None) -> None:
    """Have `hook` called with the name of each point that is reached from now on; None ends that."""
    global _hook
    _hook = hook


def hindrance(told: str) -> Callable[[str], None]:
    """A hook out of "name:n:action": the action happens when the point is reached for the n-th time.

    The name `any` means whichever point is the n-th.

    Raises:
        BadInput: there is no such point or action, or n is no number from 1.
    """
    name, _, rest = told.partition(":")
    number, _, action = rest.partition(":")
    known = name == "any" or name in POINTS
    if not known or not number.isdecimal() or number == "0" or action not in set(Action):
        raise BadInput(f"{told[:60]!r} is no point, number and action, such as commit.made:1:kill")
    passed = iter(range(1, 1 << 31))

    def hook(reached: str) -> None:
        if name in ("any", reached) and next(passed) == int(number):
            hinder(Action(action), reached)

    return hook


def hinder(action: Action, name: str) -> None:
    """Have an action happen at a point, now."""
    if action is Action.KILL:
        os.kill(os.getpid(), signal.SIGKILL)
    elif action is Action.SLEEP:
        time.sleep(_SLEEP_SECONDS)
    elif action is Action.RAISE:
        raise Hindered(name)
    else:
        raise OSError(getattr(errno, action.name), os.strerror(getattr(errno, action.name)), name)
