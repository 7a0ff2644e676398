"""What lies at a pointer: lines, a section, the last change or the log of a file, as blocks."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from ...ontologies import entity, frontmatter, session
from ...ontologies.statement import mark_at_end, parse_line
from ...storage.history import Commit, History
from ...storage.names import SessionId, session_key
from ...storage.snapshot import Snapshot
from ..context import Block
from ..reading import plain, units
from ..recall import Within
from ..retrospect import happened, section_of_line
from ..scout.pack import CHARACTERS_PER_TOKEN, Hit, line_of
from ..scout.recall import ended
from ..scout.units import Unit

if TYPE_CHECKING:
    from .plan import Pointer

_COMMIT = re.compile(r"[0-9a-f]{7,40}")
_LINES = re.compile(r"\s*([0-9]{1,7})\s*(?:-\s*([0-9]{1,7})\s*)?")
_MOST_CHANGED_LINES, _MOST_COMMITS = 120, 30
_LONGEST_LINE = 400
_SILENT = ("#", "/END", "[ALWAYS_LOAD]", "[/ALWAYS_LOAD]", "---", "**Links**:")
_KEPT_BY_US = ("updated:", "created:")


class Nowhere(Exception):
    """A pointer that leads to nothing of this memory; says why in a few words."""


class Places:
    """Looks up pointers in what leads to one snapshot; no line is given out twice.

    `within` are the first and last day of what may have happened.
    """

    def __init__(self, snapshot: Snapshot, within: Within = (None, None)) -> None:
        self.snapshot = snapshot
        self._within = within
        self._given: set[tuple[str, str, int]] = set()
        self._words: dict[tuple[str, str], str] = {}
        self._ids: dict[str, str] = {}

    def blocks(self, pointer: "Pointer") -> list[Block]:
        """What a pointer shows that was not given out before, in the order of the file.

        Raises:
            Nowhere: it shows nothing: no such file, section, lines or commit here.
        """
        state = self._state(pointer.at)
        if state.blob(pointer.path) is None:
            raise Nowhere("no such file")
        if pointer.kind in ("diff", "log"):
            told = self._change if pointer.kind == "diff" else self._log
            block = told(state, pointer.path)
            return [block] if happened(block.date, *self._within) else []
        first, last = self._span(state, pointer)
        kind = "section" if pointer.kind == "section" else "lines"
        return [replace(block, kind=kind) for block in self.lines(state, pointer.path, first, last)]

    def lines(self, state: Snapshot, path: str, first: int, last: int) -> list[Block]:
        """Lines of a file that were not given out before, a turn, statement or run of other lines a block."""
        text, blob = state.read(path), state.blob(path) or ""
        rows = text.split("\n")
        cells = {
            at: unit
            for unit in units(path, text)
            if unit.kind != "section"
            for at in range(unit.first_line, unit.last_line + 1)
        }
        spoken = (at for at in range(first, min(last, len(rows)) + 1) if _speaks(rows[at - 1], cells.get(at)))
        free = [at for at in spoken if self._free(path, blob, at, rows[at - 1].strip())]
        runs = ((run, cells.get(run[0])) for run in _runs(free, cells))
        timely = ((run, unit) for run, unit in runs if happened(unit.date if unit else "", *self._within))
        found = [self._block(rows, run, unit, path) for run, unit in timely]
        if state.commit == self.snapshot.commit:
            return found
        known = f"(as of {state.time.date().isoformat()}) "
        return [_weighed(block, f"{known}{block.text}", state.commit) for block in found]

    def _state(self, at: str) -> Snapshot:
        if not at:
            return self.snapshot
        # Only what leads to this commit is compared: whatever else the repository holds has no name.
        wanted = at.lower() if _COMMIT.fullmatch(at.lower()) else "-"
        found = [identity for identity in self._line if identity.startswith(wanted)]
        if len(found) != 1:
            raise Nowhere("no such commit")
        return Snapshot(self.snapshot.repository, found[0])

    @cached_property
    def _line(self) -> list[str]:
        walk = self.snapshot.repository.walk(self.snapshot.commit)
        return [str(commit.id) for commit in walk]

    def _span(self, state: Snapshot, pointer: "Pointer") -> tuple[int, int]:
        text = state.read(pointer.path)
        if pointer.kind == "section" and pointer.section:
            title = pointer.section.strip("# ").casefold()
            for section in entity.parse(text).sections:
                if section.title.casefold() == title:
                    return section.first_line, section.last_line
            raise Nowhere("no such section")
        every = len(text.splitlines())
        if not pointer.lines:
            # What stands above the words of a file is told by its citation.
            return frontmatter.split(text)[0].count("\n") + 1, every
        found = _LINES.fullmatch(pointer.lines)
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
        if not 1 <= first <= min(last, every):
            raise Nowhere("no such lines")
        return first, last

    def _free(self, path: str, blob: str, at: int, row: str) -> bool:
        """Whether a line was not given out before, also not as a line of another state of its file."""
        if (path, blob, at) in self._given:
            return False
        if row and self._words.setdefault((path, row), blob) != blob:
            return False
        self._given.add((path, blob, at))
        return True

    def _block(self, rows: Sequence[str], run: Sequence[int], unit: Unit | None, path: str) -> Block:
        raw = [_bare(rows[at - 1]) for at in run]
        if unit is None:
            return _new(path, run, "\n".join(raw))
        text = _told(unit, run, raw)
        identity = unit.session_id or self._session_of(unit.session_key)
        block = _new(path, run, text, unit.date, identity, unit.turns)
        return replace(block, former=unit.former)

    def _session_of(self, key: str) -> str:
        if key and not self._ids:
            files = self.snapshot.files("sessions")
            self._ids = {found: file.path for file in files if (found := session.path_key(file.path))}
        path = self._ids.get(key, "")
        fields = frontmatter.parse(frontmatter.split(self.snapshot.text(path))[0]) if path else {}
        return str(fields.get("session_id", ""))

    def _change(self, state: Snapshot, path: str) -> Block:
        """The last change of a file, up to a state."""
        history = History(state)
        paths = history.paths_of(path)
        commit = next(history.commits(paths), None)
        if commit is None:
            raise Nowhere("no such change")
        told = [f"changed {_day(commit)} in commit {commit.id[:7]} ({commit.subject}):"]
        key = session_key(SessionId(commit.session)) if commit.session else ""
        turns: set[int] = set()
        for change in history.changes(commit, section_of_line, paths):
            told += [f"[{change.section}]"] * bool(change.section)
            told += [f"- {line}" for line in _changed(change.removed)]
            told += [f"+ {line}" for line in _changed(change.added)]
            marks = filter(None, map(mark_at_end, change.added))
            turns |= {mark.turn for mark in marks if mark.session_key == key}
        if len(told) > _MOST_CHANGED_LINES:
            told = [*told[:_MOST_CHANGED_LINES], f"({len(told) - _MOST_CHANGED_LINES:,} more lines)"]
        block = _new(path, (), "\n".join(told), _day(commit), commit.session, tuple(sorted(turns)))
        return replace(block, kind="diff", commit=commit.id)

    def _log(self, state: Snapshot, path: str) -> Block:
        """The commits that changed a file, up to a state, newest first."""
        history = History(state)
        commits = list(history.commits(history.paths_of(path)))
        if not commits:
            raise Nowhere("no such change")
        told = [f"{_day(commit)} {commit.id[:7]} {commit.subject}" for commit in commits[:_MOST_COMMITS]]
        told += [f"({len(commits) - _MOST_COMMITS:,} earlier ones)"] * (len(commits) > _MOST_COMMITS)
        sessions = {commit.session for commit in commits}
        only = sessions.pop() if len(sessions) == 1 else ""
        block = _new(path, (), "\n".join(told), _day(commits[0]), only)
        return replace(block, kind="log", commit=commits[0].id)


def _speaks(row: str, unit: Unit | None) -> bool:
    """Whether a line is shown at all: what was said always is, headings and marks of structure are not."""
    if unit and unit.kind == "turn":
        return True
    return bool(row.strip()) and not row.lstrip().startswith(_SILENT)


def _runs(free: Sequence[int], cells: dict[int, Unit]) -> Iterator[list[int]]:
    """Lines next to each other that belong to one unit, or to none."""
    run: list[int] = []
    for at in free:
        if run and (at != run[-1] + 1 or cells.get(at) is not cells.get(run[-1])):
            yield run
            run = []
        run.append(at)
    if run:
        yield run


def _told(unit: Unit, run: Sequence[int], raw: Sequence[str]) -> str:
    """A unit as the scout shows it; of one that is asked for in part, those lines."""
    if unit.kind == "timeline":
        return "\n".join(raw)
    if (run[0], run[-1]) == (unit.first_line, unit.last_line):
        return line_of(Hit(unit, 0.0, until=ended(unit), was=unit.was), unit.text.strip())
    before, after = "… " * (run[0] > unit.first_line), " …" * (run[-1] < unit.last_line)
    shown = f"{before}{' '.join(raw)}{after}"
    return f"[{unit.turns[0]}] {shown}" if unit.turns else shown


def _changed(lines: Sequence[str]) -> Iterator[str]:
    """Changed lines as they are shown, without those that change with every edit."""
    return (_bare(line)[:_LONGEST_LINE] for line in lines if not line.startswith(_KEPT_BY_US))


def _bare(line: str) -> str:
    """A line as it is shown: links as names, no mark."""
    statement = parse_line(line)
    if statement:
        text = plain(statement.text)
        return f"{statement.when} | {text}" if statement.when != "-" else text
    mark = mark_at_end(line)
    return plain((line.rstrip()[: -len(f"^{mark}")] if mark else line).strip())


def _new(
    path: str,
    run: Sequence[int],
    text: str,
    date: str = "",
    session_id: str = "",
    turns: tuple[int, ...] = (),
) -> Block:
    lines = f"{run[0]}-{run[-1]}" if run else ""
    return _weighed(Block(path, lines, date[:10], session_id, turns, text, "", 0), text)


def _weighed(block: Block, text: str, commit: str = "") -> Block:
    return replace(block, text=text, tokens=-(-len(text) // CHARACTERS_PER_TOKEN), commit=commit)


def _day(commit: Commit) -> str:
    return commit.happened[:10] or commit.learned.date().isoformat()
