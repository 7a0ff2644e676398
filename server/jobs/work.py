"""What each verb of a job does; all of them may run twice with the effect of once."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any

from ...errors import ModelError, NotFound
from ...memory import Consolidation, Forgotten, Memory, Receipt
from .job import JSON

Arguments = Mapping[str, Any]
Work = Callable[[Memory, str, Arguments], Awaitable[Mapping[str, JSON]]]


async def digest(memory: Memory, user: str, given: Arguments) -> Mapping[str, JSON]:
    """File whatever waits for this user and is not held for its caller."""
    commits = await memory.digest(user)
    if await memory.pending(user):
        status = await memory.status(user)
        for session in status.failed.keys() - set(status.held):
            raise _later(session, status.failed[session])
    return {"commits": [*commits]}


async def process_and_commit(memory: Memory, user: str, given: Arguments) -> Mapping[str, JSON]:
    """File a stored session, after those that came before it."""
    if given["receipt"]["state"] in {"digested", "retracted"}:
        return given["receipt"]
    await memory.digest(user)
    return await commit_session(memory, user, {"session_id": given["receipt"]["session_id"]})


async def process_session(memory: Memory, user: str, given: Arguments) -> Mapping[str, JSON]:
    """Have the digest of a stored session ready."""
    if given["receipt"]["state"] != "pending":
        return given["receipt"]
    return await _done(memory, user, await memory.stage_stored(user, given["receipt"]["session_id"]))


async def commit_session(memory: Memory, user: str, given: Arguments) -> Mapping[str, JSON]:
    """Commit the digest of one session, held or not."""
    return await _done(memory, user, await memory.commit_staged(user, given["session_id"]))


async def consolidate(memory: Memory, user: str, given: Arguments) -> Mapping[str, JSON]:
    """Put a memory in order."""
    limits = {name: given[name] for name in LIMITS if name in given}
    return consolidation(await memory.consolidate(user, given["tools"], **limits))


async def process_commit_and_consolidate(memory: Memory, user: str, given: Arguments) -> Mapping[str, JSON]:
    """File a stored session, then put the memory in order."""
    filed = await process_and_commit(memory, user, given)
    return {**filed, **await consolidate(memory, user, given)}


async def onboard(memory: Memory, user: str, given: Arguments) -> Mapping[str, JSON]:
    """File what somebody told of themselves when their memory began."""
    begun: dict[str, Any] = given["onboarded"]
    if begun["about"] is None:
        return begun
    return {**begun, "about": await process_and_commit(memory, user, {"receipt": begun["about"]})}


async def forget(memory: Memory, user: str, given: Arguments) -> Mapping[str, JSON]:
    """Forget what was named; it was there when the job was asked for, so what is gone was forgotten."""
    try:
        return forgotten(await memory.forget(user, **given))
    except NotFound:
        return forgotten(Forgotten(given["how"], "", False, ()))


async def maintain(memory: Memory, user: str, given: Arguments) -> Mapping[str, JSON]:
    """Pack a memory."""
    await memory.maintain(user)
    return {}


WORK: Mapping[str, Work] = {
    "digest": digest,
    "process-and-commit": process_and_commit,
    "process-session": process_session,
    "commit-session": commit_session,
    "consolidate": consolidate,
    "process-commit-and-consolidate": process_commit_and_consolidate,
    "onboard": onboard,
    "forget": forget,
    "maintain": maintain,
}

LIMITS = ("window", "soft_cap_tokens")
"""What may be said of a consolidation beside its tools."""

FOUND_AGAIN = frozenset({"digest", "process-and-commit"})
"""The verbs that lose nothing with their job: what they are to do can be read from git."""


async def _done(memory: Memory, user: str, done: Receipt) -> Mapping[str, JSON]:
    if done.state == "pending":
        why = (await memory.status(user)).failed.get(done.session_id, "another process is at it")
        raise _later(done.session_id, why)
    return receipt(done)


def _later(session: str, why: str) -> ModelError:
    return ModelError(f"session {session!r} is stored, and filed later: {why}")


def receipt(done: Receipt) -> Mapping[str, JSON]:
    """A receipt as JSON."""
    plain: dict[str, JSON] = asdict(done)
    return plain


def consolidation(done: Consolidation) -> Mapping[str, JSON]:
    """What each tool did, as JSON."""
    return {"consolidate": {name: asdict(report) for name, report in done.tools.items()}}


def forgotten(done: Forgotten) -> Mapping[str, JSON]:
    """A receipt of forgetting as JSON, without the names of what is gone."""
    return {
        "how": done.how,
        "dry_run": done.dry_run,
        "commit": done.commit,
        "lines": sum(loss.lines for loss in done.losses),
        "sought": done.sought,
        "removed": len(done.removed),
        "scanned": done.scanned,
        "found": len(done.found),
        "epoch": done.epoch,
    }
