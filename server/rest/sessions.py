"""Sessions and consolidation: as jobs, waited for, or queued with an address to ask at."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from .. import problems, replies
from ..auth.problem import problem
from ..jobs.job import Record, Status, told
from . import requests
from .answers import (
    Answer,
    BothAnswer,
    ConsolidateAnswer,
    JobAnswer,
    JobRecord,
    Queued,
    QueuedMetadata,
    RememberAnswer,
    Session,
    SessionAnswer,
    ToolAnswer,
)
from .endpoint import Call
from .requests import NoQuery, Nothing, WaitQuery
from .stamp import metadata, stamped

_DONE = {
    "process-session": "the session is stored and its digest is staged; commit-session commits it",
    "commit-session": "the session's digest is committed",
    "process-and-commit": "the session is stored and filed",
    "process-commit-and-consolidate": "the session is stored and filed, and the memory put in order",
}
_PATIENCE_SECONDS = 30.0

Told = Answer | Response
"""The result, where to ask for it, or why there is none."""


async def process_session(call: Call[requests.ProcessSession, WaitQuery]) -> Told:
    """Store a session's words, its digest made and kept ready."""
    record = await _run(call, "process-session", **_words(call.body))
    return _unfinished(call, record) or _session(call, record)


async def commit_session(call: Call[requests.CommitSession, WaitQuery]) -> Told:
    """Commit the digest that was kept ready."""
    record = await _run(call, "commit-session", session_id=call.body.session_id)
    return _unfinished(call, record) or _session(call, record)


async def process_and_commit(call: Call[requests.ProcessSession, WaitQuery]) -> Told:
    """Store a session's words and file them."""
    record = await _run(call, "process-and-commit", **_words(call.body))
    return _unfinished(call, record) or _session(call, record)


async def consolidate(call: Call[requests.Consolidate, WaitQuery]) -> Told:
    """Put the memory in order."""
    record = await _run(call, "consolidate", **_order(call.body, call.body.tools))
    unfinished = _unfinished(call, record)
    if unfinished:
        return unfinished
    return ConsolidateAnswer(metadata=metadata(call, record.job.id), consolidate=_tools(record))


async def process_and_consolidate(call: Call[requests.ProcessAndConsolidate, WaitQuery]) -> Told:
    """File a session, then put the memory in order."""
    given = _words(call.body) | _order(call.body, call.body.consolidate_tools)
    record = await _run(call, "process-commit-and-consolidate", **given)
    unfinished = _unfinished(call, record)
    if unfinished:
        return unfinished
    session = _session(call, record)
    return BothAnswer(**session.model_dump(), consolidate=_tools(record))


async def job(call: Call[Nothing, NoQuery]) -> JobAnswer:
    """How a job stands; another user's is not there."""
    record = await call.service.jobs.get(call.user, call.rest)
    plain = record.plain()
    error = record.error
    shown = JobRecord(
        job_id=record.job.id,
        verb=record.job.verb,
        status=plain["status"],
        submitted_at=plain["submitted_at"],
        started_at=plain["started_at"],
        completed_at=plain["completed_at"],
        result=record.result,
        error=error.detail if error else None,
        error_type=error.type if error else None,
        callbacks=plain["callbacks"],
    )
    return JobAnswer(metadata=metadata(call, record.job.id), job=shown)


async def remember(call: Call[requests.Remember, NoQuery]) -> RememberAnswer:
    """Store words at once; file them before the answer, or behind it."""
    asked, memory = call.body, call.service.memory
    receipt = await memory.remember(
        call.user, asked.content, asked.session_id, asked.session_date, wait=False, facts=asked.facts
    )
    if receipt.state == "pending":
        record = await call.service.jobs.ask(call.user, "digest")
        if asked.wait:
            await call.service.jobs.get(call.user, record.job.id, _PATIENCE_SECONDS)
            # The same words again: what has become of them.
            receipt = await memory.remember(
                call.user, asked.content, receipt.session_id, asked.session_date, wait=False
            )
    told = replies.remembered(receipt).model_dump()
    return RememberAnswer(metadata=metadata(call), **told)


async def _run(call: Call[Any, WaitQuery], verb: str, **given: Any) -> Record:
    jobs, user = call.service.jobs, call.user
    record = await jobs.ask(user, verb, call.body.callback_url or "", **given)
    waits = call.service.waits_by_default if call.query.sync is None else call.query.sync
    return await jobs.get(user, record.job.id, call.service.patience_seconds) if waits else record


def _unfinished(call: Call[Any, WaitQuery], record: Record) -> Response | Queued | None:
    """The answer for a job that has no result to show: it failed, goes on, or nobody waits for it."""
    job, poll = record.job, _poll_url(record)
    if record.error:
        code = problems.named(record.error.type)
        return problem(code, record.error.detail, error=record.error.type, job_id=job.id, poll_url=poll)
    if record.status is Status.COMPLETED:
        return None
    waits = call.service.waits_by_default if call.query.sync is None else call.query.sync
    if waits:
        why = f"this takes longer than {call.service.patience_seconds:g} s and goes on; ask at {poll}"
        return problem(504, why, job_id=job.id, poll_url=poll)
    told_where = QueuedMetadata(user_id=call.user, timestamp=stamped(call), job_id=job.id, poll_url=poll)
    return Queued(job_id=job.id, submitted_at=told(job.submitted_at), metadata=told_where)


def _poll_url(record: Record) -> str:
    return f"/memory/{quote(record.job.user, safe='')}/jobs/{record.job.id}"


def _session(call: Call[Any, Any], record: Record) -> SessionAnswer:
    done: Any = record.result
    told = session(done)
    kept = told.state != "retracted"
    return SessionAnswer(
        message=_DONE[record.job.verb] if kept else "these words were retracted; not stored",
        metadata=metadata(call, record.job.id),
        **told.model_dump(),
    )


def session(done: Mapping[str, Any]) -> Session:
    """What became of a session, from its receipt."""
    return Session(
        session_id=done["session_id"],
        state=done["state"],
        commit=done["digest"] or done["commit"],
        path=done["path"],
        note=done["note"],
    )


def _tools(record: Record) -> dict[str, ToolAnswer]:
    done: Any = record.result
    return tools(done)


def tools(done: Mapping[str, Any]) -> dict[str, ToolAnswer]:
    """What each tool did, from what the job of it answers."""
    return {name: ToolAnswer(**report) for name, report in done["consolidate"].items()}


def _words(body: requests.ProcessSession) -> dict[str, Any]:
    return {
        "content": body.memory_input,
        "session_id": body.session_id,
        "session_date": body.session_date or "",
    }


def _order(body: requests.Ordering, tools: list[str] | None) -> dict[str, Any]:
    return {"tools": tools, "window": body.window, "soft_cap_tokens": body.soft_cap_tokens}
