"""Markdown notes: their title, their day, and their words without the front matter."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from ...errors import BadInput
from ...ontologies import frontmatter
from .conversation import Conversation, Found, Skipped, session_name, titled
from .documents import Document
from .moments import moment
from .values import clean, text
from .wishes import Wishes

MARKDOWN, OBSIDIAN = "markdown", "obsidian"

_DAY = re.compile(r"(?<!\d)(\d{4}-\d{2}-\d{2})(?!\d)")
_DATES = (
    "date",
    "created",
    "created_at",
    "date created",
    "created_date",
    "creation-date",
    "updated",
    "modified",
)
_HEADING = re.compile(r"\s*# ")
_DRAWING = ".excalidraw"


@dataclass(frozen=True, slots=True)
class Note:
    """One note; `fields` is what its front matter says."""

    title: str
    when: datetime
    fields: Mapping[str, frontmatter.Value]
    body: str

    @property
    def words(self) -> str:
        """Its words under its title."""
        told = self.body.strip("\n")
        # That a daily note is called by its day says nothing that its date does not.
        titled = _HEADING.match(told) or self.title == self.when.date().isoformat()
        return told if titled else f"# {self.title}\n\n{told}"


def documents_of(documents: Sequence[Document]) -> list[Document]:
    """The notes among files."""
    return [
        each
        for each in documents
        if each.name.suffix.lower() in (".md", ".markdown") and not each.name.stem.endswith(_DRAWING)
    ]


def read(documents: Sequence[Document], wishes: Wishes) -> Iterator[Found]:
    """Every note of a folder, a session each."""
    yield from _read(documents, wishes, MARKDOWN)


def read_vault(documents: Sequence[Document], wishes: Wishes) -> Iterator[Found]:
    """Every note of an Obsidian vault, a session each."""
    yield from _read(documents, wishes, OBSIDIAN)


def note(document: Document, zone: tzinfo) -> Note:
    """Read one note.

    Raises:
        BadInput: it is no text.
    """
    front, body = frontmatter.split(clean(document.text()).replace("\r\n", "\n"))
    fields = _fields(front)
    title = titled(fields.get("title") or document.name.stem)
    return Note(title, _when(document, fields, zone), fields, body)


def _read(documents: Sequence[Document], wishes: Wishes, source: str) -> Iterator[Found]:
    for document in documents_of(documents):
        name = session_name(source, f"{document.root}/{document.name.with_suffix('')}")
        try:
            found = note(document, wishes.zone)
        except BadInput as wrong:
            yield Skipped(document.place, str(wrong), name)
            continue
        if found.body.strip():
            yield Conversation(name, source, found.title, found.when, document.place, text=found.words)
        else:
            yield Skipped(document.place, "the note is empty", name)


def _when(document: Document, fields: Mapping[str, frontmatter.Value], zone: tzinfo) -> datetime:
    """The day of a daily note, else what the front matter tells, else when the file last changed."""
    daily = _DAY.search(document.name.stem)
    told = [daily[1] if daily else "", *(text(fields.get(name)) for name in _DATES)]
    days = (moment(each, zone) for each in told if each)
    return next((day for day in days if day), document.modified.astimezone(zone))


def _fields(front: str) -> Mapping[str, frontmatter.Value]:
    try:
        return {name.lower(): value for name, value in frontmatter.parse(front).items()} if front else {}
    except frontmatter.FrontMatterError:
        return {}
