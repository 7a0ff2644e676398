"""What a memory adds to a conversation: the profile, what was of late, what matters, within a cap."""

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime

from ...agents.explorer.limits import Limits
from ...errors import BadInput, UnknownPath
from ...memory import Context, Memory
from . import blocks, requests
from .answers import (
    ContextAnswer,
    ContextParts,
    Found,
    Located,
    RetrievalPlan,
    SessionMetadata,
)
from .endpoint import Call
from .requests import NoQuery
from .stamp import metadata, rfc3339

_DAYS_BACK = 30
_LEAST_SEARCH = 50
_PROFILE_SHARE, _TIMELINE_SHARE = 4, 6
"""At most one fourth of the tokens for the profile, one sixth for the timeline."""
ALWAYS_LOAD = "always_load"
_CUT = "\n[cut here; the file holds more]\n"


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks what of which memory, and when; `timed` is entered while it is searched."""

    memory: Memory
    user: str
    body: requests.Context
    now: datetime
    timed: Callable[[], AbstractContextManager[object]] = nullcontext


@dataclass(slots=True)
class _Parts:
    """What is gathered, most important first, and how it was found."""

    commit: str
    profile: Located | None = None
    timeline: list[Located] = field(default_factory=list[Located])
    found: list[tuple[float, Found]] = field(default_factory=list[tuple[float, Found]])
    context: Context | None = None

    def of(self, kind: str) -> list[Found]:
        """What was found and is of one kind, in the order it was found."""
        return [one for _, one in self.found if (one.type == ALWAYS_LOAD) == (kind == ALWAYS_LOAD)]


async def context(call: Call[requests.Context, NoQuery]) -> ContextAnswer:
    """The context of a conversation."""
    service = call.service
    asking = Asking(service.memory, call.user, call.body, service.now(), service.metrics.recalling)
    return ContextAnswer(metadata=metadata(call), context=await gathered(asking))


async def gathered(asking: Asking) -> ContextParts:
    """What the memory adds to a conversation, within its number of tokens."""
    asked = asking.body
    commit = (await asking.memory.list(asking.user, asked.as_of or "")).commit
    parts = _Parts(commit)
    await _baseline(asking, parts)
    room = asked.max_tokens - _spent(parts) - _frame(asking, parts)
    if not asked.baseline_only and room >= _LEAST_SEARCH:
        await _search(asking, parts, room)
    told = _told(asking, parts)
    while _size(told) > asked.max_tokens and _dropped(parts):
        told = _told(asking, parts)
    return told


async def _baseline(asking: Asking, parts: _Parts) -> None:
    cap, memory, user = asking.body.max_tokens, asking.memory, asking.user
    try:
        parts.profile = shortened(await blocks.profile(memory, user, parts.commit), cap // _PROFILE_SHARE)
    except UnknownPath:
        parts.profile = None
    room = cap // _TIMELINE_SHARE
    for entry in await blocks.recent(memory, user, asking.now.date(), _DAYS_BACK, parts.commit):
        room -= entry.tokens
        if room < 0:
            break
        parts.timeline.append(entry)


async def _search(asking: Asking, parts: _Parts, room: int) -> None:
    asked = asking.body
    limits = Limits(asked.max_turns, asked.timeout_seconds)
    with asking.timed():
        found = await asking.memory.recall(
            asking.user, _question(asked.conversation), room, parts.commit, limits=limits
        )
    parts.context = found
    parts.found = [(block.score, blocks.hit(block, found.commit)) for block in found.blocks]


def _question(conversation: Sequence[requests.Message]) -> str:
    turns = [turn.model_dump() for turn in conversation if turn.content.strip()]
    if not turns:
        raise BadInput("the conversation says nothing; send at least one turn with words in it")
    return turns[0]["content"] if len(turns) == 1 else json.dumps(turns, ensure_ascii=False)


def _told(asking: Asking, parts: _Parts) -> ContextParts:
    found, always, agent = parts.context, parts.of(ALWAYS_LOAD), parts.of("")
    baseline = _tokens(parts.timeline) + (parts.profile.tokens if parts.profile else 0)
    pointers = [{"path": one.path, "lines": one.lines, "reason": one.reason} for one in agent]
    return ContextParts(
        user_entity=parts.profile,
        recent_timeline=parts.timeline,
        agent_context=agent,
        always_load_blocks=always,
        retrieval_plan=RetrievalPlan(
            synthesis=found.synthesis if found else "",
            entities_identified=list(found.entities) if found else [],
            pointers=pointers if found and found.retrieval_version == "agent" else [],
            agent_turns=found.turns if found else 0,
            agent_elapsed_ms=found.elapsed_ms if found else 0,
        ),
        session_metadata=SessionMetadata(
            user_id=asking.user,
            retrieval_version=found.retrieval_version if found else "baseline_only",
            max_tokens=asking.body.max_tokens,
            baseline_tokens=baseline,
            agent_tokens=_tokens(agent),
            always_load_tokens=_tokens(always),
            total_tokens=baseline + _tokens(agent) + _tokens(always),
            agent_ms=found.elapsed_ms if found else 0,
            timestamp=rfc3339(asking.now),
            commit=parts.commit,
            confidence=round(found.confidence, 2) if found else 0.0,
            note=found.note if found else "",
        ),
    )


def shortened(block: Located, most: int) -> Located:
    """The first lines of a block that cost no more than this, said to be cut where they are."""
    text, lines = block.content, block.content.splitlines(keepends=True)
    while block.tokens > most and lines:
        # By the share that is too much, so that a long file takes a few rounds, not one a line.
        del lines[min(len(lines) - 1, len(lines) * most // block.tokens) :]
        text = "".join(lines) + _CUT
        last = int(block.lines.partition("-")[0]) + max(0, len(lines) - 1)
        cut = {"content": text, "lines": f"{block.lines.partition('-')[0]}-{last}"}
        block = block.model_copy(update=cut)
        block = block.model_copy(update={"tokens": blocks.cost(block)})
    return block


def _dropped(parts: _Parts) -> bool:
    """Leave out what matters least; False once nothing is left."""
    if parts.found:
        parts.found.remove(min(reversed(parts.found), key=lambda pair: pair[0]))
        return True
    if parts.timeline:
        parts.timeline.pop()
        return True
    gone = parts.profile is not None
    parts.profile = None
    return gone


def _tokens(several: Sequence[Located]) -> int:
    return sum(one.tokens for one in several)


def _spent(parts: _Parts) -> int:
    return _tokens(parts.timeline) + (parts.profile.tokens if parts.profile else 0)


def _frame(asking: Asking, parts: _Parts) -> int:
    return _size(_told(asking, _Parts(parts.commit)))


def _size(told: ContextParts) -> int:
    return -(-len(told.model_dump_json()) // blocks.CHARACTERS_PER_TOKEN)
