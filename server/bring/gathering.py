"""All that is to be imported, from every path, the oldest first."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ...errors import BadInput
from .conversation import Conversation, Found, Skipped
from .documents import documents
from .sources import AUTO, SOURCES, source_of
from .wishes import Wishes


@dataclass(frozen=True, slots=True)
class Gathered:
    """The conversations by their beginning, what could not be read, and what each path was taken for."""

    conversations: tuple[Conversation, ...]
    skipped: tuple[Skipped, ...]
    sources: dict[str, str]


def gathered(
    paths: Sequence[Path], source: str, wishes: Wishes, since: datetime | None, step: Callable[[], None]
) -> Gathered:
    """Read every path; `step` is called for each conversation.

    Raises:
        BadInput: a path is not there, or nothing in it is known.
    """
    conversations: list[Conversation] = []
    skipped: list[Skipped] = []
    taken_for: dict[str, str] = {}
    for path in paths:
        for found in _read(path, source, wishes, taken_for):
            step()
            if isinstance(found, Skipped):
                skipped.append(found)
            elif since is None or found.started >= since:
                conversations.append(found)
    conversations.sort(key=lambda one: (one.started, one.id))
    return Gathered(tuple(conversations), tuple(skipped), taken_for)


def _read(path: Path, source: str, wishes: Wishes, taken_for: dict[str, str]) -> Iterator[Found]:
    with documents(path) as found:
        kind = source if source != AUTO else source_of(path, found)
        taken_for[str(path)] = kind
        empty = True
        for one in SOURCES[kind](found, wishes):
            empty = False
            yield one
        if empty:
            raise BadInput(f"{path}: there is nothing of {kind} in it")
