"""What the memory answers, laid out for a person to read."""

import re
from collections.abc import Iterator

from .answers import Entry, Past, Recalled, Remembered
from .console import Console, visible


def recalled(answer: Recalled, console: Console) -> Iterator[str]:
    """The passages of a recall under their sources."""
    for block in answer.blocks:
        date = f"  {block.date}" if block.date and block.date not in block.source else ""
        yield console.paint(visible(block.source), "bold", "cyan") + console.paint(date, "dim")
        for line in visible(block.text).split("\n"):
            yield f"  {line}"
        if block.reasons:
            yield console.paint(f"  {', '.join(block.reasons)}; score {block.score:g}", "dim")
    if answer.profile:
        yield console.paint("profile", "bold", "cyan")
        yield from (f"  {line}" for line in visible(answer.profile).split("\n"))
    if not answer.blocks:
        yield "nothing found"
    note = f"; {answer.note}" if answer.note else ""
    yield console.paint(f"as of commit {answer.commit[:12]}, confidence {answer.confidence:.2f}{note}", "dim")


def remembered(answer: Remembered, console: Console) -> Iterator[str]:
    """A receipt in two lines."""
    yield f"{console.paint(visible(answer.session_id), 'bold')} {answer.state}"
    yield console.paint(f"commit {answer.commit[:12]}  {visible(answer.path)}", "dim")


def past(answer: Past, console: Console) -> Iterator[str]:
    """A history as a readable diff, newest first."""
    for entry in answer.entries:
        yield from commit(entry, console)
    if not answer.entries:
        yield "no changes found"
    if answer.next_cursor:
        yield console.paint(f"more: --cursor {answer.next_cursor}", "dim")


def commit(entry: Entry, console: Console) -> Iterator[str]:
    """One commit: its line, when it was learned and happened, and what it changed."""
    yield f"{console.paint(entry.commit[:12], 'yellow')} {console.paint(visible(entry.subject), 'bold')}"
    happened = f", happened {entry.happened[:10]}" if entry.happened else ""
    yield console.paint(f"  learned {entry.learned[:19].replace('T', ' ')}{happened}", "dim")
    for change in entry.changes:
        section = f" > {change.section}" if change.section else ""
        yield f"  {console.paint(visible(change.path + section), 'cyan')}"
        yield from (f"    {console.paint(f'- {_plain(line)}', 'red')}" for line in change.removed)
        yield from (f"    {console.paint(f'+ {_plain(line)}', 'green')}" for line in change.added)
    yield ""


def _plain(line: str) -> str:
    """A line without the dash of its list, which reads like a second sign of a diff."""
    return visible(re.sub(r"^(\s*)- ", r"\1", line))
