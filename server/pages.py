"""Files and histories, cut to what one answer may hold."""

import re
from collections.abc import Sequence

from ..agents.indexing import is_generated
from ..memory import HistoryEntry, HistoryPage, Memory, Page
from ..storage.history import Change
from . import wire
from .answers import Edit, Entry, Past

LONGEST_PAGE = 24_000
"""Characters of a file in one answer."""
LONGEST_HISTORY = 24_000
"""Characters of changed lines in one answer."""
LONGEST_CHANGE = 8
"""Lines removed, and lines added, that are shown of one change."""
LONGEST_LINE = 240

# What frames a section, which is named beside its lines, and what front matter derives from the rest.
_FRAME = re.compile(r"---$|/END |#{3,4} |(created|updated|cues|related): ")
# What stands above the words of a session, where they are first stored.
_ABOVE = re.compile(r"---$|date: '\d{4}-|(session_id|source|received|sha256|parts): ")
_GIVEN = ("repo_guide.md", "diffmem.yaml")
"""What every memory begins with."""
_CUT = "long changes are shortened; read the file for the rest"


async def page_of(memory: Memory, user: str, path: str, as_of: str, lines: str) -> Page:
    """A file by its path, or by the short form in which recall cites a session."""
    return await memory.read(user, await path_of(memory, user, path, as_of), as_of, lines)


async def path_of(memory: Memory, user: str, named: str, as_of: str = "") -> str:
    """The path that is meant by a path, or by the short form in which recall cites a session."""
    if not wire.is_citation(named):
        return named
    listing = await memory.list(user, as_of)
    return wire.cited(named, (file.path for file in listing.files))


async def place_of(memory: Memory, user: str, named: str, as_of: str = "") -> str:
    """The same for "path:line"; any other text stays as it is."""
    path, _, line = named.rpartition(":")
    return f"{await path_of(memory, user, path, as_of)}:{line}" if wire.is_citation(path) else named


def shortened(text: str, lines: str) -> tuple[str, str, str]:
    """A page cut to one answer: its text, the lines it holds, and how to go on."""
    if len(text) <= LONGEST_PAGE:
        return text, lines, ""
    first, _, last = lines.partition("-")
    end = text.rfind("\n", 0, LONGEST_PAGE) + 1
    if not end:
        return text[:LONGEST_PAGE], f"{first}-{first}", "this line is longer than one answer; its end is cut"
    until = int(first) + text.count("\n", 0, end) - 1
    return text[:end], f"{first}-{until}", f'more follows: lines="{until + 1}-{last}"'


def past_of(page: HistoryPage, *, generated: bool = False) -> Past:
    """A history as one answer holds it: long changes shortened, the rest on the next page.

    The pages of the index repeat what other files say, and the guide is the same for all; they are left out
    unless `generated`.
    """
    entries: list[Entry] = []
    room = LONGEST_HISTORY
    cut = False
    for found in page.entries:
        entry, shortened = _lean(found, generated)
        size = len(entry.model_dump_json())
        if entries and size > room:
            return Past(entries=entries, next_cursor=entries[-1].commit, note=_CUT if cut else "")
        room -= size
        cut |= shortened
        entries.append(entry)
    return Past(entries=entries, next_cursor=page.next_cursor, note=_CUT if cut else "")


def entry_of(found: HistoryEntry, changes: Sequence[Edit]) -> Entry:
    """A commit as it is sent, with some of its changes."""
    return Entry(
        commit=found.commit,
        learned=found.learned,
        happened=found.happened,
        stage=found.stage,
        session_id=found.session_id,
        subject=found.subject,
        changes=list(changes),
    )


def edit_of(change: Change) -> Edit:
    """A change as it is sent, whole."""
    removed, added = list(change.removed), list(change.added)
    return Edit(path=change.path, section=change.section, removed=removed, added=added)


def _lean(found: HistoryEntry, generated: bool) -> tuple[Entry, bool]:
    edits: list[Edit] = []
    room = LONGEST_HISTORY
    cut = False
    for change in found.changes:
        if not generated and (is_generated(change.path) or change.path in _GIVEN):
            continue
        removed, added = (_few(lines, _frame_of(change)) for lines in (change.removed, change.added))
        size = sum(len(line) for line in (*removed, *added))
        cut |= len(removed) < len(change.removed) or len(added) < len(change.added)
        if (not removed and not added) or size > room:
            cut = cut or size > room
            continue
        room -= size
        edits.append(Edit(path=change.path, section=change.section, removed=removed, added=added))
    return entry_of(found, edits), cut


def _frame_of(change: Change) -> re.Pattern[str]:
    return _ABOVE if change.path.startswith("sessions/") else _FRAME


def _few(lines: Sequence[str], frame: re.Pattern[str]) -> list[str]:
    telling = [line for line in lines if not frame.match(line)]
    shown = [line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}..." for line in telling]
    if len(shown) <= LONGEST_CHANGE:
        return shown
    return [*shown[: LONGEST_CHANGE - 1], f"... {len(shown) - LONGEST_CHANGE + 1} more lines"]
