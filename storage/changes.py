"""A change set: what to write and delete, why, and for whom; plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Stage(StrEnum):
    """What a commit is a step of."""

    INTAKE = "intake"
    DIGEST = "digest"
    EDIT = "edit"
    CONSOLIDATE = "consolidate"
    RESTORE = "restore"
    UNDO = "undo"
    FORGET = "forget"
    ONBOARD = "onboard"
    MIGRATE = "migrate"
    MERGE = "merge"


class Actor(StrEnum):
    """Who made a commit."""

    USER = "user"
    WRITER = "writer"
    CONSOLIDATOR = "consolidator"
    PERSON = "person"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Paths to write and delete on top of one commit, with the words for its message.

    `write` maps a path in the tree to its whole new content. `when` is the session's time; it
    becomes the author time of the commit, clamped to what git can hold. `waiting` is how many more (or
    fewer) sessions wait for their digest after it, `rests_on` what must not have changed meanwhile.
    """

    subject: str
    stage: Stage
    actor: Actor
    write: Mapping[str, str | bytes] = field(default_factory=dict[str, str | bytes])
    delete: frozenset[str] = frozenset()
    trailers: Mapping[str, str] = field(default_factory=dict[str, str])
    when: datetime | None = None
    waiting: int = 0
    rests_on: frozenset[str] = frozenset()

    def all_trailers(self) -> dict[str, str]:
        """The trailers of the commit, stage and actor first."""
        return {"Stage": self.stage.value, "Actor": self.actor.value, **self.trailers}
