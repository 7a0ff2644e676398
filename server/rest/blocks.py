"""Files and finds as blocks: a source, the words, and what they cost on the wire."""

from collections.abc import Iterable
from datetime import date, timedelta

from ...errors import UnknownPath
from ...memory import Block as Hit
from ...memory import Memory
from ...ontologies import timeline
from .answers import Block, Found, Located

CHARACTERS_PER_TOKEN = 4


def cost(block: Block) -> int:
    """The tokens of a block as it is sent: characters of its JSON by four."""
    return -(-len(block.model_dump_json()) // CHARACTERS_PER_TOKEN)


async def profile(memory: Memory, user: str, as_of: str = "") -> Located:
    """The user's own file.

    Raises:
        UnknownUser, UnknownPath: there is none.
    """
    page = await memory.profile(user, as_of)
    found = Located(
        source=page.path,
        type="user_entity",
        content=page.text,
        tokens=0,
        path=page.path,
        lines=page.lines,
        date="",
        session_id="",
        commit=page.commit,
    )
    return found.model_copy(update={"tokens": cost(found)})


async def recent(memory: Memory, user: str, today: date, days_back: int, as_of: str = "") -> list[Located]:
    """The entries of the timeline of the last days, newest first."""
    first = today - timedelta(days=days_back)
    commit = as_of or (await memory.list(user)).commit
    found: list[Located] = []
    for path in _months(first, today):
        try:
            page = await memory.read(user, path, commit)
        except UnknownPath:
            continue
        entries = [one for one in timeline.parse(page.text) if first.isoformat() <= one.date]
        found += [_entry(path, entry, page.commit) for entry in entries if entry.date <= today.isoformat()]
    return sorted(found, key=lambda one: (one.date, one.path, int(one.lines.partition("-")[0])), reverse=True)


def hit(block: Hit, commit: str) -> Found:
    """A block of a recall as it is sent."""
    found = Found(
        source=block.path,
        type=block.origin if block.origin == "always_load" else block.kind,
        content=block.text,
        tokens=0,
        reason=block.reason,
        path=block.path,
        lines=block.lines,
        date=block.date,
        session_id=block.session_id,
        commit=block.commit or commit,
    )
    return found.model_copy(update={"tokens": cost(found)})


def _entry(path: str, entry: timeline.Entry, commit: str) -> Located:
    found = Located(
        source=path,
        type="timeline",
        content=entry.render(),
        tokens=0,
        path=path,
        lines=f"{entry.first_line}-{entry.last_line}",
        date=entry.date,
        session_id=entry.session_id,
        commit=commit,
    )
    return found.model_copy(update={"tokens": cost(found)})


def _months(first: date, last: date) -> Iterable[str]:
    month = last.replace(day=1)
    while month >= first.replace(day=1):
        yield timeline.path_for(month.isoformat())
        month = (month - timedelta(days=1)).replace(day=1)
