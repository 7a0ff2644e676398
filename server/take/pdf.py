"""A memory as a PDF: title, contents, profile, people and the rest, timeline, what changed, sessions."""

from collections.abc import Callable, Mapping, Sequence
from math import ceil
from pathlib import Path

from fpdf import FPDF
from fpdf.outline import OutlineSection

from .book import Book, Chapter, Leaf, Line, book
from .edition import Edition
from .fonts import Letters, letters
from .paper import ACCENT, BODY, INK, SOFT, Paper, Run
from .recent import Change

_CONTENTS_A_PAGE = 40
_CITED = "A number after a line, such as 3:4, says where it comes from: session 3, turn 4."


def write(edition: Edition, file: Path, step: Callable[[], None], fonts: Sequence[Path] = ()) -> str:
    """Write the book of a memory; answers what could not be shown as it is, "" if nothing.

    Raises:
        BadInput: one of `fonts` is no font.
    """
    bound = book(edition)
    with letters(bound.characters, fonts) as found:
        paper = Paper(found, f"The memory of {bound.name}, {bound.known}")
        paper.set_creation_date(edition.snapshot.time)
        _Printer(paper, bound, step).print()
        paper.output(str(file))
        return _unshown(found)


def _unshown(found: Letters) -> str:
    if not found.missing:
        return ""
    some = " ".join(sorted(found.missing)[:5])
    return (
        f"no font here has {len(found.missing)} of the characters ({some}); they are spelt in Latin letters. "
        "Install a font such as Noto Sans CJK, or name one with --font FILE"
    )


class _Printer:
    """Lays a book out on paper."""

    def __init__(self, paper: Paper, bound: Book, step: Callable[[], None]) -> None:
        leaves = [leaf.path for chapter in bound.chapters for leaf in chapter.leaves]
        self._paper = paper
        self._book = bound
        self._step = step
        self._places: Mapping[str, int] = {path: paper.add_link(page=1) for path in leaves}
        self._sessions: Mapping[str, int] = {told.key: paper.add_link(page=1) for told in bound.sessions}

    def print(self) -> None:
        """Write every page."""
        self._title()
        self._contents()
        for chapter in self._book.chapters:
            self._chapter(chapter)
        self._changes()
        self._told()

    def _title(self) -> None:
        paper, bound = self._paper, self._book
        paper.set_title(f"The memory of {bound.name}")
        paper.set_author(bound.user)
        paper.set_creator("DiffMem")
        paper.leaf()
        paper.set_y(92)
        paper.paragraph("The memory of", 13, SOFT, 8)
        paper.paragraph(bound.name, 34, ACCENT, 15, "B")
        paper.ln(6)
        span = bound.first if bound.first == bound.last else f"{bound.first} to {bound.last}"
        facts = {
            "User": bound.user,
            "Sessions": f"{len(bound.sessions)}{f', {span}' if span else ''}",
            "Holds": f"{bound.entities} people and other things, {bound.lines} lines",
            "As of": bound.known,
            "Commit": bound.commit,
        }
        for name, value in facts.items():
            paper.fact(name, value)

    def _contents(self) -> None:
        """Leave room for the contents; how many pages they take is known before they are."""
        bound = self._book
        chapters = [*bound.chapters, *filter(None, (bound.changes, bound.sessions))]
        rows = sum(1 + (len(one.leaves) if isinstance(one, Chapter) else 0) for one in chapters)
        self._paper.leaf()
        pages = max(1, ceil((rows + 4) / _CONTENTS_A_PAGE))
        self._paper.insert_toc_placeholder(_contents, pages=pages, reset_page_indices=False)

    def _chapter(self, chapter: Chapter) -> None:
        self._paper.chapter(chapter.title)
        for leaf in chapter.leaves:
            self._leaf(leaf)
            self._step()

    def _leaf(self, leaf: Leaf) -> None:
        self._paper.heading(leaf.name, leaf.told, self._places[leaf.path])
        for part in leaf.parts:
            if part.title:
                self._paper.part(part.title)
            for line in part.lines:
                self._line(line)
        self._paper.ln(4)

    def _line(self, line: Line) -> None:
        ink = SOFT if line.former else INK
        runs = [
            Run(word.text, ink if link is None else ACCENT, link)
            for word in line.words
            for link in (self._places.get(word.path),)
        ]
        if line.source:
            runs.append(Run(f"  {line.source}", SOFT, self._sessions.get(line.session), small=True))
        self._paper.dated(span(line.when), runs, italic=line.former)

    def _changes(self) -> None:
        if not self._book.changes:
            return
        self._paper.chapter("What changed of late")
        self._paper.paragraph(
            "The newest first. A line in italics no longer held after that.", BODY, SOFT, 5.5
        )
        self._paper.ln(3)
        for change in self._book.changes:
            self._change(change)

    def _change(self, change: Change) -> None:
        paper = self._paper
        paper.event(change.what, f"{change.when} · {change.commit[:12]}")
        last = ""
        for line in change.lines:
            name = [Run(f"{line.name}  ", ACCENT, self._places.get(line.path))] if line.path != last else []
            last = line.path
            runs = [*name, Run(line.text, SOFT if line.former else INK)]
            paper.dated(span(line.when), runs, italic=line.former)
        left = [f"{change.more} more lines came"] if change.more else []
        left += [f"{change.gone} lines went"] if change.gone else []
        if left:
            paper.dated("", [Run(", ".join(left), SOFT)])
        paper.ln(2.5)

    def _told(self) -> None:
        if not self._book.sessions:
            return
        paper = self._paper
        paper.chapter("Sessions")
        paper.paragraph(_CITED, BODY, SOFT, 5.5)
        paper.ln(3)
        for told in self._book.sessions:
            paper.anchor(self._sessions[told.key])
            cells = [(str(told.number), 12.0, "R"), ("", 4.0, "L"), (told.date, 28.0, "L")]
            turns = f"{told.turns} turn{'' if told.turns == 1 else 's'}"
            paper.row([*cells, (told.session_id, 92.0, "L"), (turns, 26.0, "R")], INK)
            self._step()


def _contents(paper: FPDF, sections: Sequence[OutlineSection]) -> None:
    assert isinstance(paper, Paper)
    paper.paragraph("Contents", 22, ACCENT, 11, "B")
    paper.ln(4)
    for section in sections:
        paper.entry(section.name, section.page_number, section.level)


def span(when: str) -> str:
    """A date or a span as it is read: what the end shares with the beginning is not told twice."""
    first, _, last = when.partition("/")
    if not last or first == last:
        return first
    shared = first.split("-")[:-1] if len(first) == len(last) else []
    while shared and last.split("-")[: len(shared)] != shared:
        shared = shared[:-1]
    end = "-".join(last.split("-")[len(shared) :])
    return f"{first}–{end}"
