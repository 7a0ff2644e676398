"""What recall can find: one turn, statement, timeline entry or section, with where and when."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["turn", "statement", "timeline", "section"]


@dataclass(frozen=True, slots=True)
class Unit:
    """One findable piece of a memory at one commit."""

    kind: Kind
    path: str
    first_line: int
    last_line: int
    text: str
    speaker: str = ""
    date: str = ""
    """The event's or the session's day, ISO; empty when unknown."""
    session_key: str = ""
    session_id: str = ""
    turns: tuple[int, ...] = ()
    subject: str = ""
    """The entity a statement or section is about."""
    learned: str = ""
    """When it was remembered, ISO; orders what happened on one day."""
    former: bool = False
    """It held once and no longer does."""
    was: str = ""
    """What it replaced, and until when that held: `"I work at Acme." until 2023-06-08`."""

    @property
    def marks(self) -> tuple[tuple[str, int], ...]:
        """What it was said in: equal marks are the same words."""
        return tuple((self.session_key, turn) for turn in self.turns) if self.session_key else ()


Load = Callable[[str, str], Sequence[Unit]]
"""Blob id and path to the units of that file, neighbours in order."""
