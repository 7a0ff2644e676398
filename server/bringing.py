"""The verb of the command line that brings conversations from other programs into a memory."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .console import Console, visible

if TYPE_CHECKING:
    from .bring.conversation import Skipped
    from .bring.gathering import Gathered
    from .bring.importing import Report
    from .bring.parts import Session
    from .bring.standing import Standing
    from .settings import Settings

Verb = Callable[[str, str], argparse.ArgumentParser]

INTERRUPTED = 130
_SOURCES = (
    "chatgpt", "claude", "claude-code", "codex", "whatsapp", "markdown", "obsidian", "basic-memory", "mem0",
    "server-memory", "diffmem-jsonl",
)  # fmt: skip
_TITLES = 10
_EXAMPLES = 3


def arguments(verb: Verb, _: Callable[[argparse.ArgumentParser], None]) -> None:
    """Add the verb and what can be asked of it."""
    made = verb("import", "bring conversations and notes from other programs; see docs/import.md")
    made.add_argument("paths", nargs="+", metavar="PATH", help="an export, a zip of one, a file or a folder")
    made.add_argument(
        "--from", dest="source", default="auto", choices=("auto", *_SOURCES), metavar="SOURCE",
        help=f"what it is: {', '.join(_SOURCES)}; auto (the default) finds out",
    )  # fmt: skip
    made.add_argument("--dry-run", action="store_true", help="tell what would be imported, write nothing")
    made.add_argument("--since", default="", metavar="DATE", help="only what began on or after this date")
    made.add_argument("--limit", type=int, default=0, metavar="N", help="store at most N sessions this time")
    made.add_argument(
        "--no-digest", action="store_true", help="store the words only; the server digests them later"
    )
    made.add_argument(
        "--date-order", default="", choices=("dmy", "mdy", "ymd"), help="of WhatsApp, if it is taken wrong"
    )
    made.add_argument(
        "--silence", type=float, default=0.0, metavar="HOURS",
        help="part WhatsApp chats where nobody writes for so long; by default, at midnight",
    )  # fmt: skip
    made.add_argument("--me", default="", metavar="NAME", help="your own name in WhatsApp chats")


def bring(asked: argparse.Namespace, settings: Settings) -> int:
    """Import what is new; answers 1 if nothing could be read, 130 if it was interrupted."""
    import anyio

    from ..storage.moment import moment
    from .bring.gathering import gathered
    from .bring.importing import Import
    from .bring.wishes import Wishes
    from .one_shot import written
    from .progress import progress

    wishes = Wishes(settings.zone, asked.date_order, max(asked.silence, 0.0), asked.me)
    since = moment(asked.since, settings.zone) if asked.since else None
    with progress("read", None, "conversations") as bar:
        found = gathered([Path(path) for path in asked.paths], asked.source, wishes, since, bar.step)
    if asked.dry_run:
        return _foreseen(asked, settings, found)
    with written(asked.verb, settings) as memory:
        run = Import(memory, settings.user, settings.ontology, settings.zone)
        limit = max(asked.limit, 0)
        report = anyio.run(lambda: run.run(found.conversations, limit, digest=not asked.no_digest))
    report.skipped[:0] = found.skipped
    console = Console.here(settings.no_color)
    console.answer(
        {"sources": found.sources, **report.table()}, _done(report, console), as_json=_as_json(asked)
    )
    if report.stopped:
        return INTERRUPTED
    return 0 if found.conversations or not report.skipped else 1


def _foreseen(asked: argparse.Namespace, settings: Settings, found: Gathered) -> int:
    from . import build
    from .bring.importing import Import

    run = Import(build.memory(settings), settings.user, settings.ontology, settings.zone)
    planned = run.foresee(found.conversations, max(asked.limit, 0))
    report = run.report
    report.skipped[:0] = found.skipped
    console = Console.here(settings.no_color)
    told = {"sources": found.sources, "dry_run": True, **report.table()} | _planned(planned)
    console.answer(told, _plan(found, planned, report, console), as_json=_as_json(asked))
    return 0 if found.conversations or not report.skipped else 1


def _planned(planned: Sequence[tuple[Standing, Session]]) -> dict[str, object]:
    counts = Counter(str(standing) for standing, _ in planned)
    days = [session.date[:10] for _, session in planned]
    listed = [
        {"id": session.id, "date": session.date, "title": session.conversation.title}
        for _, session in planned
    ]
    first_last = {"first": min(days, default=""), "last": max(days, default="")}
    return {"imported": counts["new"], "grown": counts["grown"], **first_last, "sessions": listed}


def _plan(
    found: Gathered, planned: Sequence[tuple[Standing, Session]], report: Report, console: Console
) -> Iterator[str]:
    for path, source in found.sources.items():
        yield f"{visible(path)}: {source}"
    counts = _planned(planned)
    yield console.paint(
        f"would import {counts['imported']} sessions, {counts['grown']} have grown, "
        f"{report.counts['unchanged']} are here already",
        "bold",
    )
    if planned:
        yield f"from {counts['first']} to {counts['last']}"
    for _, session in planned[:_TITLES]:
        yield f"  {console.paint(session.date[:10], 'cyan')}  {visible(session.conversation.title)}"
    if len(planned) > _TITLES:
        yield f"  and {len(planned) - _TITLES} more"
    yield from _left_out(report.skipped, console)
    yield "nothing was written"


def _done(report: Report, console: Console) -> Iterator[str]:
    counts = report.counts
    yield console.paint(
        f"imported {counts['new']} sessions, {counts['grown']} grown, {counts['unchanged']} unchanged, "
        f"{len(report.skipped)} skipped",
        "bold",
    )
    yield from _left_out(report.skipped, console)
    if report.note:
        yield console.paint(visible(report.note), "yellow")
    if report.waiting:
        yield f"{report.waiting} wait for their digest; the server makes it, or this command once more"
    if report.stopped:
        yield "stopped; run it again to go on"


def _left_out(skipped: Sequence[Skipped], console: Console) -> Iterator[str]:
    """The reasons, each with how many and the first few places."""
    reasons: dict[str, list[Skipped]] = {}
    for each in skipped:
        reasons.setdefault(each.why, []).append(each)
    for why, those in reasons.items():
        yield console.paint(visible(f"skipped {len(those)}: {why}"), "yellow")
        yield from (visible(f"  {each.id or each.place}") for each in those[:_EXAMPLES])
        if len(those) > _EXAMPLES:
            yield f"  and {len(those) - _EXAMPLES} more"


def _as_json(asked: argparse.Namespace) -> bool:
    return getattr(asked, "json", False)
