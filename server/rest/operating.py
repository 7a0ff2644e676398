"""How a memory and the server stand: statistics, checks, users, mirror, health."""

from anyio import to_thread
from prometheus_client import CONTENT_TYPE_LATEST as FIGURES
from starlette.responses import Response

from ...memory import Memory
from ..mcp_server import product_version
from ..readiness import GOOD
from .answers import (
    Card,
    Checked,
    Finding,
    Health,
    MessageAnswer,
    Ready,
    StatusAnswer,
    StatusNumbers,
    SyncAnswer,
    UsersAnswer,
    ValidateAnswer,
)
from .endpoint import Call
from .requests import Anything, NoQuery, Nothing
from .stamp import metadata, stamped


async def repository_status(call: Call[Nothing, NoQuery]) -> StatusAnswer:
    """What a memory holds and what waits."""
    return StatusAnswer(metadata=metadata(call), repository=await numbers(call.service.memory, call.user))


async def numbers(memory: Memory, user: str) -> StatusNumbers:
    """How a memory stands."""
    found = await memory.status(user)
    listing = await memory.list(user, found.commit)
    return StatusNumbers(
        commit=found.commit,
        changed=found.changed,
        ontology=found.ontology,
        sessions=found.sessions,
        entities=found.entities,
        files=len(listing.files),
        bytes=sum(file.size for file in listing.files),
        pending=list(found.pending),
        held=list(found.held),
        failed=dict(found.failed),
    )


async def validate(call: Call[Nothing, NoQuery]) -> ValidateAnswer:
    """Check the structure of a memory; nothing is repaired."""
    found = await checked(call.service.memory, call.user)
    return ValidateAnswer(metadata=metadata(call), **found.model_dump())


async def checked(memory: Memory, user: str) -> Checked:
    """What is not as it should be."""
    findings = [
        Finding(check="citations", path=one.path, line=one.line, text=one.text, reason=one.reason)
        for one in await memory.uncited(user)
    ] + [
        Finding(check="conformance", path=one.path, line=0, text=str(one.kind), reason=one.what)
        for one in await memory.findings(user)
    ]
    return Checked(valid=not findings, checks=["citations", "conformance"], findings=findings)


async def post_commit(call: Call[Anything, NoQuery]) -> MessageAnswer:
    """Take the call of a git hook; commits made here are mirrored without it."""
    return MessageAnswer(metadata=metadata(call), message="noted; commits are mirrored by themselves")


async def users(call: Call[Nothing, NoQuery]) -> UsersAnswer:
    """Everybody who has a memory here."""
    found = list(await call.service.memory.users())
    return UsersAnswer(users=found, count=len(found), timestamp=stamped(call))


async def sync(call: Call[Nothing, NoQuery]) -> SyncAnswer:
    """Mirror every memory now."""
    mirror = call.service.sync
    done = dict(await mirror()) if mirror else {}
    message = f"{len(done)} memories mirrored" if mirror else "no mirror is configured; set BACKUP_BACKEND"
    return SyncAnswer(message=message, configured=mirror is not None, users=done, timestamp=stamped(call))


async def health(call: Call[Nothing, NoQuery]) -> Health:
    """That the server is alive."""
    runs_on = call.service.backends
    return Health(
        status="ok",
        timestamp=stamped(call),
        version=product_version(),
        storage_backend=runs_on.storage,
        backup_backend=runs_on.backup,
        executor_type=runs_on.executor,
        ontology=runs_on.ontology,
    )


async def ready(call: Call[Nothing, NoQuery]) -> Ready | Response:
    """Whether work is taken: the server is not being stopped, its store can be read and written."""
    found = await to_thread.run_sync(call.service.readiness.checks)
    good = all(how == GOOD for how in found.values())
    counts = await call.service.jobs.counts()
    checks = {**found, "jobs": f"{counts.get('queued', 0)} queued, {counts.get('running', 0)} running"}
    told = Ready(status="ready" if good else "unavailable", checks=checks, timestamp=stamped(call))
    return told if good else Response(told.model_dump_json(), 503, media_type="application/json")


async def metrics(call: Call[Nothing, NoQuery]) -> Response:
    """What there is to count and to time."""
    figures = await call.service.metrics.text(await call.service.jobs.counts())
    return Response(figures, headers={"Content-Type": FIGURES})


async def card(call: Call[Nothing, NoQuery]) -> Card:
    """What this is and where its doors are."""
    return Card(
        name="DiffMem",
        version=product_version(),
        description="A memory for agents that is a git repository",
        mcp="/mcp",
        docs="/docs",
        openapi="/openapi.json",
        health="/health",
    )
