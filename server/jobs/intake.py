"""What must be done before a job is queued: the words are committed, the arguments checked."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ...errors import BadInput
from ...memory import CONSOLIDATION_TOOLS, Memory
from .job import JSON
from .work import LIMITS, receipt

Given = Mapping[str, Any]
Arguments = dict[str, JSON]
Intake = Callable[[Memory, str, Given], Awaitable[Arguments]]


async def session(memory: Memory, user: str, given: Given) -> Arguments:
    """Commit a session's words, so that losing the job loses nothing."""
    return {"receipt": receipt(await memory.remember(user, *_words(given), wait=False))}


async def staged(memory: Memory, user: str, given: Given) -> Arguments:
    """Commit a session's words, whose digest waits for its caller."""
    return {"receipt": receipt(await memory.stage(user, *_words(given), wait=False))}


def _words(given: Given) -> tuple[str, str, str]:
    return _text(given, "content"), _text(given, "session_id"), _text(given, "session_date")


def _text(given: Given, name: str) -> str:
    return str(given.get(name) or "")


async def named(memory: Memory, user: str, given: Given) -> Arguments:
    """Name a session that is stored already."""
    return {"session_id": str(given["session_id"])}


async def tools(memory: Memory, user: str, given: Given) -> Arguments:
    """Name the tools of a consolidation; none means the usual ones.

    Raises:
        BadInput: one is unknown.
    """
    asked: Sequence[str] = given.get("tools") or ()
    unknown = [tool for tool in asked if tool not in CONSOLIDATION_TOOLS]
    if unknown:
        raise BadInput(f"no tool {unknown[0][:40]!r}; there are: {', '.join(CONSOLIDATION_TOOLS)}")
    return {"tools": [*asked], **{name: int(given[name]) for name in LIMITS if given.get(name) is not None}}


async def session_and_tools(memory: Memory, user: str, given: Given) -> Arguments:
    """Check the tools, then commit the words."""
    asked = await tools(memory, user, given)
    return asked | await session(memory, user, given)


async def beginning(memory: Memory, user: str, given: Given) -> Arguments:
    """Begin a memory, its about-text stored."""
    told = {name: _text(given, name) for name in ("about", "template", "session_id")}
    return {"onboarded": asdict(await memory.onboard(user, **told, wait=False))}


async def target(memory: Memory, user: str, given: Given) -> Arguments:
    """Make sure that what is to be forgotten is there.

    Raises:
        BadInput: words are to be forgotten; a queue would keep them.
        NotFound: it is not there.
    """
    if given.get("words"):
        raise BadInput("words are forgotten at once, not by a job, which would keep them in its queue")
    named = {name: _text(given, name) for name in ("how", "session", "entity", "path")}
    asked: Arguments = {**named, "everything": bool(given.get("everything"))}
    await memory.forget(user, **asked, dry_run=True)  # pyright: ignore[reportArgumentType]
    return asked


async def nothing(memory: Memory, user: str, given: Given) -> Arguments:
    """Need nothing."""
    return {}


INTAKE: Mapping[str, Intake] = {
    "digest": nothing,
    "process-and-commit": session,
    "process-session": staged,
    "commit-session": named,
    "consolidate": tools,
    "process-commit-and-consolidate": session_and_tools,
    "onboard": beginning,
    "forget": target,
    "maintain": nothing,
}
