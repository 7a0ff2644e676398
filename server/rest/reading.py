"""What only reads: the profile, files, history, where a line comes from, what was asked of recall."""

from typing import Any

from ...errors import BadInput, NotFound, UnknownUser
from .. import replies, wire
from ..pages import page_of, past_of, path_of, place_of
from . import blocks, requests
from .answers import (
    EntityAnswer,
    EntityVersion,
    FileAnswer,
    FileEntry,
    FilesAnswer,
    HistoryAnswer,
    OnboardStatus,
    Printed,
    RecallAnswer,
    TimelineAnswer,
    WhyAnswer,
)
from .endpoint import Call
from .requests import AtQuery, EntityQuery, FileQuery, HistoryQuery, NoQuery, Nothing, TimelineQuery, WhyQuery
from .stamp import metadata, stamped


async def onboard_status(call: Call[Nothing, NoQuery]) -> OnboardStatus:
    """Whether there is a memory; asking makes none."""
    try:
        await call.service.memory.list(call.user)
        onboarded = True
    except UnknownUser:
        onboarded = False
    return OnboardStatus(
        user_id=call.user,
        onboarded=onboarded,
        message="there is a memory" if onboarded else "there is no memory yet; onboard or remember something",
        timestamp=stamped(call),
    )


async def user_entity(call: Call[Nothing, NoQuery]) -> EntityAnswer:
    """The user's profile."""
    found = await blocks.profile(call.service.memory, call.user)
    return EntityAnswer(metadata=metadata(call), entity=found)


async def recent_timeline(call: Call[Nothing, TimelineQuery]) -> TimelineAnswer:
    """What happened in the last days."""
    today = call.service.now().date()
    found = await blocks.recent(call.service.memory, call.user, today, call.query.days_back)
    return TimelineAnswer(metadata=metadata(call), timeline=found)


async def entity_version(call: Call[Nothing, EntityQuery]) -> EntityVersion:
    """The last commit that changed the profile, or another file."""
    path = call.query.entity_path or (await call.service.memory.profile(call.user)).path
    page = await call.service.memory.history(call.user, path=path, limit=1)
    if not page.entries:
        raise NotFound(f"nothing has changed {path[:200]!r} yet")
    newest = page.entries[0]
    return EntityVersion(commit_hash=newest.commit, committed_at=newest.learned, entity_path=path)


async def run_command(call: Call[requests.RunCommand, NoQuery]) -> Printed:
    """Read-only commands over the files."""
    done = await call.service.memory.explore(call.user, call.body.command, call.body.as_of or "")
    return Printed(output=done.output, exit_code=done.exit_code, elapsed_ms=done.elapsed_ms)


async def recall(call: Call[requests.Recall, NoQuery]) -> RecallAnswer:
    """The passages that matter for a question."""
    asked = call.body
    with call.service.metrics.recalling():
        found = await call.service.memory.recall(
            call.user,
            asked.query,
            asked.max_tokens,
            asked.as_of,
            profile=asked.profile,
            happened_after=asked.happened_after,
            happened_before=asked.happened_before,
        )
    told = wire.recalled(found, asked.max_tokens, explain=asked.explain, profile=asked.profile)
    given = {name: getattr(told, name) for name in told.model_fields_set}
    return RecallAnswer(status="success", metadata=metadata(call), **given)


async def files(call: Call[Nothing, AtQuery]) -> FilesAnswer:
    """Every file of a memory."""
    listing = await call.service.memory.list(call.user, call.query.at)
    entries = [FileEntry(path=file.path, size=file.size) for file in listing.files]
    return FilesAnswer(metadata=metadata(call), commit=listing.commit, files=entries)


async def file(call: Call[Nothing, FileQuery]) -> FileAnswer:
    """One file, whole or some lines of it."""
    asked = call.query
    page = await page_of(call.service.memory, call.user, call.rest, asked.at, asked.lines)
    return FileAnswer(
        metadata=metadata(call), path=page.path, text=page.text, lines=page.lines, commit=page.commit
    )


async def history(call: Call[Nothing, HistoryQuery]) -> HistoryAnswer:
    """What changed and when."""
    asked, memory = call.query, call.service.memory
    path = await path_of(memory, call.user, asked.path, asked.as_of)
    wanted: Any = asked.model_dump() | {"path": path}
    page = await memory.history(call.user, **wanted)
    told = past_of(page, generated=bool(path))
    return HistoryAnswer(metadata=metadata(call), **told.model_dump())


async def why(call: Call[Nothing, WhyQuery]) -> WhyAnswer:
    """Where one line comes from."""
    asked, memory = call.query, call.service.memory
    if bool(asked.quote) == bool(asked.path) or (asked.path and asked.line is None):
        raise BadInput("say which line: path and line, or quote")
    named = asked.quote or f"{asked.path}:{asked.line}"
    trace = await memory.why(call.user, await place_of(memory, call.user, named, asked.as_of), asked.as_of)
    return WhyAnswer(metadata=metadata(call), why=replies.traced(trace), note=replies.unsaid(trace))
