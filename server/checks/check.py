"""A check: what it is given, and what it answers."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

from ...memory import Memory
from ...storage.branch import Branch
from ...storage.names import UserId
from ..settings import Settings

Mend = Callable[[], str]
"""Repairs what was found and says what it did; drops nothing, and a second time has nothing to do."""


class State(StrEnum):
    """How well something stands; only `fail` makes `diffmem doctor` end with code 1."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Result:
    """One sentence on how something stands, and the way out where it does not stand well.

    `user` is whose memory it is about, "" for the machine; `details` are further lines, shown below it;
    `mend` is there where `--fix` may repair it.
    """

    name: str
    state: State
    told: str
    advice: str = ""
    user: str = ""
    details: tuple[str, ...] = ()
    mend: Mend | None = None

    def plain(self) -> dict[str, Any]:
        """The result as JSON."""
        return {
            "name": self.name,
            "state": str(self.state),
            "user": self.user,
            "told": self.told,
            "advice": self.advice,
            "details": list(self.details),
            "fixable": self.mend is not None,
        }


@dataclass(frozen=True, slots=True)
class Case:
    """What is looked at: the settings, the memories they name, and whose of them.

    `online` says whether servers elsewhere may be asked, too.
    """

    settings: Settings
    memory: Memory
    users: tuple[UserId, ...]
    online: bool = False


Check = Callable[[Case], Iterable[Result]]
"""Looks at the machine or the settings; what it raises counts as a failure of its own."""
MemoryCheck = Callable[[Case, Branch], Iterable[Result]]
"""Looks at one memory."""


def ok(name: str, told: str, *, user: str = "", details: Iterable[str] = ()) -> Result:
    """All is well."""
    return Result(name, State.OK, told, user=user, details=tuple(details))


def _amiss(
    state: State,
    name: str,
    told: str,
    advice: str,
    *,
    user: str = "",
    details: Iterable[str] = (),
    mend: Mend | None = None,
) -> Result:
    return Result(name, state, told, advice, user, tuple(details), mend)


warn = partial(_amiss, State.WARN)
"""It works, but somebody should know."""
fail = partial(_amiss, State.FAIL)
"""It does not work, or a promise is broken."""


def counted(number: int, what: str) -> str:
    """A number and a noun: "1 file", "3 files"."""
    return f"{number} {what}{'' if number == 1 else 's'}"
