"""What the memory answers, laid out for a person to read."""

import re
from collections.abc import Iterator, Sequence

from ..memory import Listing, Uncited
from .answers import Entry, Forgot, Past, PutBack, Recalled, Remembered, Trace
from .console import Console, visible

_GONE = {"archive": "archived", "retract": "retracted", "erase": "erased"}


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
        yield answer.note or "nothing found"
    note = f"; {answer.note}" if answer.note and answer.blocks else ""
    yield console.paint(f"as of commit {answer.commit[:12]}, confidence {answer.confidence:.2f}{note}", "dim")


def remembered(answer: Remembered, console: Console) -> Iterator[str]:
    """A receipt in two lines."""
    yield f"{console.paint(visible(answer.session_id), 'bold')} {answer.state}"
    if answer.state == "retracted":
        yield console.paint(answer.note, "yellow")
    else:
        yield console.paint(f"commit {answer.commit[:12]}  {visible(answer.path)}", "dim")


def past(answer: Past, console: Console) -> Iterator[str]:
    """A history as a readable diff, newest first; or where one line comes from."""
    if answer.why:
        yield from trace(answer.why, answer.note, console)
        return
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
    yield console.paint(f"  learned {_moment(entry.learned)}{happened}", "dim")
    for change in entry.changes:
        section = f" > {change.section}" if change.section else ""
        yield f"  {console.paint(visible(change.path + section), 'cyan')}"
        yield from (f"    {console.paint(f'- {_plain(line)}', 'red')}" for line in change.removed)
        yield from (f"    {console.paint(f'+ {_plain(line)}', 'green')}" for line in change.added)
    yield ""


def trace(found: Trace, note: str, console: Console) -> Iterator[str]:
    """A line, the words it was made of with who said them when, and the commit that learned it."""
    yield f"{console.paint(visible(found.place), 'bold', 'cyan')}  {visible(found.text.strip())}"
    if found.session_id:
        speaker = f"{visible(found.speaker)}: " if found.speaker else ""
        quote = "\n    ".join(visible(found.quote).split("\n"))
        yield f"  {console.paint(speaker, 'bold')}{console.paint(quote, 'green')}"
        said = f"said {_moment(found.said)}, turn {found.turn} of {visible(found.session_id)}"
        yield console.paint(f"  {said} ({visible(found.source)}, lines {found.lines})", "dim")
    if note:
        yield f"  {note}"
    if found.commit:
        learned = f"  learned {_moment(found.learned)} in commit "
        yield console.paint(learned, "dim") + console.paint(found.commit[:12], "yellow")


def put_back(answer: PutBack, console: Console) -> Iterator[str]:
    """The commit that put something back, and the files it changed."""
    yield f"{console.paint(answer.commit[:12], 'yellow')} {console.paint(visible(answer.subject), 'bold')}"
    yield from (f"  {console.paint(visible(path), 'cyan')}" for path in answer.files)


def forgot(answer: Forgot, console: Console) -> Iterator[str]:
    """What is gone or would go, file by file, and of an erase the proof."""
    how = _GONE[answer.how] if answer.done else answer.how
    what = f"{how} {visible(' '.join(answer.target.split()))}"
    yield console.paint(what, "bold") + console.paint("" if answer.done else "  would take", "dim")
    for loss in answer.losses:
        lines = f"{loss.lines} {'line' if loss.lines == 1 else 'lines'}"
        told = "the whole file" if loss.whole else lines
        yield f"  {console.paint('-', 'red')} {console.paint(visible(loss.path), 'cyan')}  {told}"
    if answer.done and answer.how == "erase":
        gone, read = f"{answer.removed} objects are gone", f"{answer.scanned} objects were read"
        sought = f" in search of {answer.sought} texts" if answer.sought else ""
        yield console.paint(f"  {gone}; {read} afterwards{sought}; epoch {answer.epoch}", "dim")
        yield from (console.paint(f"  still found in {visible(where)}", "red") for where in answer.found)
    if answer.commit:
        yield console.paint(f"  commit {answer.commit[:12]}", "dim")
    if answer.note:
        yield console.paint(f"  {answer.note}", "yellow")


def uncited(found: Sequence[Uncited], console: Console) -> Iterator[str]:
    """The lines that lead nowhere, each with its reason."""
    for one in found:
        place = console.paint(visible(f"{one.path}:{one.line}"), "cyan")
        yield f"{place}  {visible(one.text)}  {console.paint(one.reason, 'yellow')}"
    if not found:
        yield console.paint("every line leads to a session or a person", "green")


def listing(files: Listing, console: Console) -> Iterator[str]:
    """Every file and its size."""
    width = max((len(str(file.size)) for file in files.files), default=0)
    for file in files.files:
        yield f"{console.paint(f'{file.size:>{width}}', 'dim')}  {visible(file.path)}"
    yield console.paint(f"as of commit {files.commit[:12]}", "dim")


def _moment(told: str) -> str:
    return told[:19].replace("T", " ").removesuffix(" 00:00:00")


def _plain(line: str) -> str:
    """A line without the dash of its list, which reads like a second sign of a diff."""
    return visible(re.sub(r"^(\s*)- ", r"\1", line))
