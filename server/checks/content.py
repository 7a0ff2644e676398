"""Checks of what a memory holds: sessions that wait, lines without a source, files out of order."""

from collections.abc import Iterator
from datetime import UTC, datetime

import anyio

from ...agents.reindexing import reindexed, stale
from ...errors import UnknownPath
from ...memory import Memory
from ...storage.branch import Branch
from .check import Case, Result, counted, fail, ok, warn

_MOST_SHOWN = 20


def sessions(case: Case, branch: Branch) -> Iterator[Result]:
    """What waits for its digest, since when, and what waits for its caller."""
    user = branch.user
    status = anyio.run(case.memory.status, user)
    free = [session for session in status.pending if session not in status.held]
    told = f"{counted(status.sessions, 'session')}, {status.entities} files of people and things"
    if status.held:
        details = (f"{session}, {_since(case.memory, user, session)}" for session in status.held)
        yield ok(
            "staged",
            f"{counted(len(status.held), 'digest')} for callers who have not committed them yet",
            user=user,
            details=details,
        )
    if free:
        yield warn(
            "pending",
            f"{counted(len(free), 'session')} stored and not filed yet, {_since(case.memory, user, free[0])}",
            "a server files them; `diffmem doctor --fix` does it now",
            user=user,
            details=(f"{session}: {status.failed[session]}" for session in free if session in status.failed),
            mend=lambda: _digested(case.memory, user),
        )
    else:
        yield ok("pending", f"{told}; none waits to be filed", user=user)


def citations(case: Case, branch: Branch) -> Iterator[Result]:
    """Every filed line leads to a session or to a person."""
    found = anyio.run(case.memory.uncited, branch.user)
    if found:
        yield fail(
            "citations",
            f"{counted(len(found), 'line')} lead to no session and to no person",
            "`diffmem doctor --citations` shows all, `diffmem history PATH` what became of their session",
            user=branch.user,
            details=_few(f"{one.path}:{one.line}: {one.reason}" for one in found),
        )
    else:
        yield ok("citations", "every line leads to a session or to a person", user=branch.user)


def conformance(case: Case, branch: Branch) -> Iterator[Result]:
    """The files are as the memory's ontology has them."""
    found = anyio.run(case.memory.findings, branch.user)
    if found:
        yield warn(
            "files",
            f"{counted(len(found), 'place')} not as the ontology has it",
            "each file stays readable as it is; edit it in the folder of `diffmem view`",
            user=branch.user,
            details=_few(f"{one.path}: {one.what}" for one in found),
        )
    else:
        yield ok("files", "every file is as its ontology has it", user=branch.user)


def index(case: Case, branch: Branch) -> Iterator[Result]:
    """The index says what the files say."""
    if branch.tip() is None:
        return
    day = datetime.now(case.settings.zone).date().isoformat()
    pages = stale(branch.snapshot(), day)
    if pages:
        yield warn(
            "index",
            f"{counted(len(pages), 'page')} of the index do not say what the files say",
            "`diffmem doctor --fix` makes them anew from the files",
            user=branch.user,
            details=_few(iter(sorted(pages))),
            mend=lambda: _reindexed(case.memory, branch, day),
        )
    else:
        yield ok("index", "the index says what the files say", user=branch.user)


def _digested(memory: Memory, user: str) -> str:
    commits = anyio.run(memory.digest, user)
    anyio.run(memory.sync_view, user)
    return f"{counted(len(commits), 'commit')} made"


def _reindexed(memory: Memory, branch: Branch, day: str) -> str:
    done = memory.desk.carry_out(branch.user, lambda snapshot: reindexed(snapshot, day))
    anyio.run(memory.sync_view, branch.user)
    return f"made anew in commit {done.commit[:12]}" if done else "it is right already"


def _since(memory: Memory, user: str, session: str) -> str:
    async def begun() -> str:
        page = await memory.history(user, session=session, stage="intake", limit=1)
        return page.entries[0].learned if page.entries else ""

    try:
        told = anyio.run(begun)
    except UnknownPath:
        told = ""
    if not told:
        return "since when is not known"
    days = (datetime.now(UTC) - datetime.fromisoformat(told)).days
    return f"since {told}" + (f" ({counted(days, 'day')})" if days else "")


def _few(details: Iterator[str]) -> list[str]:
    found = list(details)
    more = len(found) - _MOST_SHOWN
    return [*found[:_MOST_SHOWN], *([f"and {more} more"] if more > 0 else [])]
