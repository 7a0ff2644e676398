"""What is still to be done or answered, gathered from the open items of entity files.

An open item is a line of the section `Open items` that is neither indented nor checked off with `[x]`:
`- 2023-05-07 | Send the offer, due 2023-05-20 ^k3f7qa2m-6`, or a person's own `- [ ] Book the room`. It lies
with the entity whose file it stands in, since its date, and is due when its words say so.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from ..errors import BadOntology
from ..ontologies import entity, loader
from ..ontologies.sections import in_code
from ..ontologies.statement import (
    UNKNOWN,
    Mark,
    Statement,
    first_day,
    is_day,
    keep_lines,
    mark_at_end,
    parse_line,
)
from ..ontologies.wikilink import Link, link, links
from ..storage.snapshot import Snapshot
from .places import FOLLOWUPS as PATH
from .places import is_entity

TITLE = "Open items"

_TASK = re.compile(r"[-*+] (?:\[ \] )?(\S.*)")
_DONE = re.compile(r"\[[^ \]]\](?: |\Z)")
_OPEN = "[ ] "
_DUE = re.compile(r"\bdue(?: by| on|:)? ([0-9]{4}-[0-9]{2}-[0-9]{2})\b", re.IGNORECASE)
_ITEM = re.compile(r"- due (\S+) \| since (\S+) \| (\[\[[^\[\]\n]+\]\]) \| (.+)")


@dataclass(frozen=True, slots=True)
class Item:
    """One open item: with whom it lies, since when, and until when."""

    path: str
    owner: str
    text: str
    since: str = UNKNOWN
    mark: Mark | None = None

    @property
    def due(self) -> str:
        """The day it is due, or ""."""
        found = _DUE.search(self.text)
        return found[1] if found and is_day(found[1]) else ""

    def age(self, today: str) -> int | None:
        """How many days it has been open; None if nobody said since when."""
        began = first_day(self.since.partition("/")[0])
        return max(0, (date.fromisoformat(today) - began).days) if began else None

    def is_overdue(self, today: str) -> bool:
        """Whether the day it was due has passed."""
        return bool(self.due) and self.due < today

    def line(self) -> str:
        """Write it as a line of the page."""
        mark = f" ^{self.mark}" if self.mark else ""
        words = Statement(UNKNOWN, self.text).line().removeprefix(f"- {UNKNOWN} | ")
        return f"- due {self.due or '-'} | since {self.since} | {link(self.path, self.owner)} | {words}{mark}"


def items(path: str, text: str) -> Iterator[Item]:
    """The open items of an entity file."""
    # Most files have none, and taking one apart costs more than looking for the words.
    if TITLE.casefold() not in text.casefold():
        return
    file = entity.parse(text)
    name = file.name or path.rpartition("/")[2].removesuffix(".md")
    for section in file.sections:
        if section.title.casefold() != TITLE.casefold():
            continue
        lines = keep_lines(section.text)
        code = in_code(lines)
        told = (_statement(line) for at, line in enumerate(lines) if at not in code)
        for one in told:
            if one and not one.former and not _DONE.match(one.text):
                yield Item(path, name, one.text.removeprefix(_OPEN), one.when, one.mark)


def wanted(snapshot: Snapshot) -> bool:
    """Whether this memory keeps the page, as its ontology says."""
    # Onboarding writes the first index, and so comes after this.
    from .onboarding import ontology_of

    try:
        return loader.load(ontology_of(snapshot)).followups
    except BadOntology:
        # Its ontology is on another machine; what is there is kept up all the same.
        return snapshot.blob(PATH) is not None


def of(snapshot: Snapshot) -> tuple[Item, ...]:
    """The open items as the page tells them."""
    return tuple(_parsed(snapshot.text(PATH)))


def page(files: Iterable[tuple[str, str]], today: str) -> str:
    """Write the page anew from entity files, as paths and texts."""
    return _rendered((item for path, text in files for item in items(path, text)), today)


def updated(snapshot: Snapshot, changed: Mapping[str, str | None], today: str) -> str | None:
    """The page once files have changed (None: gone), made of all files if it is not there; None: as it is."""
    old = snapshot.text(PATH)
    if not old:
        there = {file.path: snapshot.text(file.path) for file in snapshot.files() if is_entity(file.path)}
        texts = {path: text for path, text in ({**there, **changed}).items() if text is not None}
        return page(texts.items(), today)
    return replaced(old, changed, today)


def replaced(page: str, changed: Mapping[str, str | None], today: str) -> str | None:
    """The page with the lines of some files anew; None where it stays as it is."""
    before = list(_parsed(page))
    kept = [item for item in before if item.path not in changed]
    new = [item for path, text in changed.items() if text is not None for item in items(path, text)]
    if set(before) == {*kept, *new}:
        return None
    return _rendered([*kept, *new], today)


def without(text: str, is_gone: Callable[[Link], bool], drops: Callable[[Statement], bool]) -> str:
    """The page without the lines of what is gone."""
    return "".join(line for line in keep_lines(text) if not _goes(line, is_gone, drops))


def _goes(line: str, is_gone: Callable[[Link], bool], drops: Callable[[Statement], bool]) -> bool:
    item = _read(line)
    if item is None:
        return False
    said = (Statement(item.since, text, item.mark) for text in (item.text, f"{_OPEN}{item.text}"))
    return is_gone(Link(item.path, item.owner)) or any(map(drops, said))


def _statement(line: str) -> Statement | None:
    found = parse_line(line)
    if found:
        return found
    own = _TASK.fullmatch(line.rstrip("\r\n"))
    return Statement(UNKNOWN, own[1]) if own and own[1].strip() else None


def _rendered(found: Iterable[Item], today: str) -> str:
    open_items = sorted(set(found), key=_order)
    if not open_items:
        return "# Follow-ups\n\nnothing open\n"
    late = sum(item.is_overdue(today) for item in open_items)
    oldest = max((age for item in open_items if (age := item.age(today)) is not None), default=0)
    told = (
        f"{len(open_items)} open on {today}, {late} overdue, the oldest for {oldest} day{'s' * (oldest != 1)}"
    )
    return f"# Follow-ups\n\n{told}\n\n" + "".join(f"{item.line()}\n" for item in open_items)


def _order(item: Item) -> tuple[str, ...]:
    """What is due first, then what has been open longest."""
    return item.due or "9999", item.since, item.path, item.text, str(item.mark)


def _parsed(text: str) -> Iterator[Item]:
    return (item for line in keep_lines(text) if (item := _read(line)))


def _read(line: str) -> Item | None:
    found = _ITEM.fullmatch(line.rstrip("\r\n"))
    owner = next(links(found[3]), None) if found else None
    if found is None or owner is None:
        return None
    told = parse_line(f"- {UNKNOWN} | {found[4]}")
    mark = mark_at_end(found[4])
    return Item(owner.path, owner.name, told.text, found[2], mark) if told else None
