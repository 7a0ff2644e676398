"""The timeline: one file a month, one entry a session."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..errors import BadDate
from .statement import is_day, keep_lines, one_line
from .wikilink import Link, link, links, plain

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
BETWEEN = " · "
"""What stands between two things said in the event of one session."""

_HEAD = re.compile(r"#### ([0-9]{4}-[0-9]{2}-[0-9]{2}) \(Session: ([^\n]*)\)\s*")
_FIELD = re.compile(r"\*\*(Event|Topics|Entities Updated|Context|Links)\*\*:[ \t]*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Entry:
    """What one session was about; lines count from 1 in the month's file.

    Raises:
        BadDate: `date` is not a day.
    """

    date: str
    session_id: str
    event: str
    topics: tuple[str, ...] = ()
    entities: tuple[Link, ...] = ()
    context: str = ""
    links: tuple[Link, ...] = ()
    first_line: int = field(default=0, compare=False)
    last_line: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        _day(self.date)
        topics = (one_line(topic.replace(",", ";")) for topic in self.topics)
        set_ = object.__setattr__
        set_(self, "session_id", re.sub(r"[\r\n]", " ", self.session_id))
        set_(self, "event", one_line(self.event))
        set_(self, "topics", tuple(topic for topic in topics if topic))
        set_(self, "entities", tuple(Link(path, plain(name)) for path, name in self.entities))
        set_(self, "context", one_line(self.context))
        set_(self, "links", tuple(Link(path, plain(name)) for path, name in self.links))

    def render(self) -> str:
        """Write the entry; every value stays on its line, so none can end it or begin another."""
        values = (
            ("Event", self.event),
            ("Topics", ", ".join(self.topics)),
            ("Entities Updated", ", ".join(link(*entity) for entity in self.entities)),
            ("Context", self.context),
            ("Links", ", ".join(link(*each) for each in self.links)),
        )
        body = "".join(f"**{key}**: {value}\n" for key, value in values if value)
        return f"#### {self.date} (Session: {self.session_id})\n{body}/END {self.date}\n"


def path_for(date: str) -> str:
    """Return the file of the month of `date`.

    Raises:
        BadDate: `date` does not begin with a day.
    """
    return f"timeline/{_day(date[:10])[:7]}.md"


def parse(text: str) -> tuple[Entry, ...]:
    """Read the entries of a month, in the order of the file; all else is passed over."""
    lines = keep_lines(text)
    return tuple(_entry(lines, start, stop) for start, stop in _spans(lines))


def titles(text: str) -> dict[int, str]:
    """By each line that stands in an entry, from 1, what the heading of that says."""
    lines = keep_lines(text)
    heads = ((start, stop, lines[start].removeprefix("#### ").strip()) for start, stop in _spans(lines))
    return {number: title for start, stop, title in heads for number in range(start + 1, stop + 1)}


def with_entry(text: str, entry: Entry) -> str:
    """Put `entry` in its place by date; it replaces an earlier one of the same session."""
    lines = keep_lines(text)
    block = keep_lines(entry.render())
    if lines and lines[0].endswith("\r\n"):
        block = [f"{line[:-1]}\r\n" for line in block]
    for start, stop in _spans(lines):
        old = _entry(lines, start, stop)
        if old.session_id == entry.session_id and old.date == entry.date:
            return "".join([*lines[:start], *block, *lines[stop:]])
    lines = _without(lines, entry.session_id)
    if not "".join(lines).strip():
        month = _MONTHS[int(entry.date[5:7]) - 1]
        return f"# Timeline: {month} {entry.date[:4]}\n\n" + entry.render()
    end = "\r\n" if lines[0].endswith("\r\n") else "\n"
    for start, _ in _spans(lines):
        if _dated(lines[start]) > entry.date:
            return "".join([*lines[:start], *block, end, *lines[start:]])
    if not lines[-1].endswith("\n"):
        lines[-1] += end
    gap = [end] if lines[-1].strip() else []
    return "".join([*lines, *gap, *block])


def without_session(text: str, session_id: str) -> str:
    """Drop the entry of a session, and one of the empty lines around it."""
    return "".join(_without(keep_lines(text), session_id))


def _without(lines: Sequence[str], session_id: str) -> list[str]:
    kept = list(lines)
    for start, stop in reversed(_spans(lines)):
        if _entry(lines, start, stop).session_id != session_id:
            continue
        if stop < len(kept) and not kept[stop].strip():
            stop += 1
        elif start and not kept[start - 1].strip():
            start -= 1
        del kept[start:stop]
    return kept


def _spans(lines: Sequence[str]) -> list[tuple[int, int]]:
    """Return where entries begin and end: at the end mark, else before the next heading."""
    spans: list[tuple[int, int]] = []
    begun: int | None = None
    for index, line in enumerate([*lines, "#"]):
        ends = line.startswith("/END")
        if begun is not None and (ends or line.startswith("#")):
            stop = index + ends
            while not lines[stop - 1].strip():
                stop -= 1
            spans.append((begun, stop))
            begun = None
        if _dated(line):
            begun = index
    return spans


def _entry(lines: Sequence[str], start: int, stop: int) -> Entry:
    values: dict[str, str] = {}
    key = ""
    for line in lines[start + 1 : stop]:
        found = _FIELD.fullmatch(line.strip())
        if found:
            key = found[1]
            values[key] = found[2]
        elif key and not line.startswith("/END"):
            values[key] += f" {line}"
    head = _HEAD.fullmatch(lines[start])
    assert head is not None
    return Entry(
        head[1],
        head[2],
        values.get("Event", ""),
        tuple(values.get("Topics", "").split(",")),
        tuple(links(values.get("Entities Updated", ""))),
        values.get("Context", ""),
        tuple(links(values.get("Links", ""))),
        start + 1,
        stop,
    )


def _dated(line: str) -> str:
    found = _HEAD.fullmatch(line) if line.startswith("####") else None
    return found[1] if found and is_day(found[1]) else ""


def _day(raw: str) -> str:
    if not is_day(raw):
        raise BadDate(raw, "a day such as 2023-05-08")
    return raw
