"""What a client may have missed when its stream broke: kept for a while, so that it can go on from there."""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import count
from weakref import WeakValueDictionary

import anyio
from mcp.server.streamable_http import (
    GET_STREAM_KEY,
    MCP_SESSION_ID_HEADER,
    EventCallback,
    EventMessage,
    EventStore,
)
from mcp.types import JSONRPCError, JSONRPCMessage, JSONRPCResponse
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

RETRY_MILLISECONDS = 500
"""After which time a client whose stream ended is asked to come back."""
MOST_BYTES = 16 * 1024 * 1024
"""What is kept of all clients together; the oldest goes first."""
KEPT_SECONDS = 120.0
_LONGEST_WAIT = 900.0
_OVERHEAD = 400
"""Bytes that an event takes besides its message, roughly."""


@dataclass(slots=True, weakref_slot=True)
class _Session:
    """One client's session; lives as long as the tasks that serve it."""

    key: str = field(default_factory=lambda: secrets.token_hex(16))
    over: bool = False
    changed: anyio.Event = field(default_factory=anyio.Event)

    def wake(self) -> None:
        """Have those go on who wait for something new."""
        self.changed.set()
        self.changed = anyio.Event()


@dataclass(frozen=True, slots=True)
class _Event:
    session: str
    stream: str
    message: JSONRPCMessage | None
    size: int
    at: float

    @property
    def is_last(self) -> bool:
        """Whether nothing comes after it in its stream."""
        return isinstance(self.message, JSONRPCResponse | JSONRPCError)


_session: ContextVar[_Session | None] = ContextVar("session", default=None)


class Sessions:
    """Around the app: knows whose session a request belongs to, wherever it is served on.

    The protocol library names a stream by the number of its request, which each client counts for itself.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        # The task that serves a session holds it; once that is over, nobody does.
        self._known: WeakValueDictionary[str, _Session] = WeakValueDictionary()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request within its session."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        named = Headers(scope=scope).get(MCP_SESSION_ID_HEADER)
        session = (self._known.get(named) if named else None) or _Session()

        async def noticed(message: Message) -> None:
            if message["type"] == "http.response.start" and not named:
                given = Headers(raw=message.get("headers", [])).get(MCP_SESSION_ID_HEADER)
                if given:
                    self._known[given] = session
            await send(message)

        token = _session.set(session)
        try:
            await self._app(scope, receive, noticed)
        finally:
            _session.reset(token)
            if scope["method"] == "DELETE":
                session.over = True
                session.wake()


class Missed(EventStore):
    """Keeps the newest events of all sessions, `most_bytes` of them and none for longer than `seconds`.

    A session is shown its own alone.
    """

    def __init__(
        self,
        most_bytes: int = MOST_BYTES,
        seconds: float = KEPT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most_bytes
        self._seconds = seconds
        self._clock = clock
        self._numbers = count(1)
        self._events: OrderedDict[str, _Event] = OrderedDict()
        self._forgotten = False
        self.bytes = 0

    @property
    def kept(self) -> Collection[str]:
        """The ids of the events that can be gone on from."""
        return self._events.keys()

    def forget(self) -> None:
        """Show nothing of it any more: an answer may tell what was erased since; from any thread."""
        self._forgotten = True

    async def store_event(self, stream_id: str, message: JSONRPCMessage | None) -> str:
        """Keep an event of a stream; answers its id, which nobody can guess."""
        session = _session.get() or _Session()
        size = _OVERHEAD + (len(message.model_dump_json(by_alias=True, exclude_unset=True)) if message else 0)
        identity = f"{session.key}-{next(self._numbers)}"
        self._events[identity] = _Event(session.key, stream_id, message, size, self._clock())
        self.bytes += size
        self._drop()
        session.wake()
        return identity

    async def replay_events_after(self, last_event_id: str, send_callback: EventCallback) -> str | None:
        """Send what came after an event, up to the answer of its request, which may be yet to come.

        Answers the stream where the protocol library is to go on: that of a session as a whole.
        """
        self._drop()
        session, found = _session.get(), self._events.get(last_event_id)
        if session is None or found is None or found.session != session.key:
            return None
        if found.stream == GET_STREAM_KEY:
            await self._sent(last_event_id, found, send_callback)
            return GET_STREAM_KEY
        if found.is_last:
            return None
        with anyio.move_on_after(_LONGEST_WAIT):
            # What is stored while something is on its way would be missed by who goes on somewhere else.
            while not session.over:
                changed = session.changed
                last_event_id, over = await self._sent(last_event_id, found, send_callback)
                if over:
                    break
                await changed.wait()
        return None

    async def _sent(self, after: str, like: _Event, send: EventCallback) -> tuple[str, bool]:
        """Send what a stream holds after an event: the newest id, and whether that was the last."""
        self._drop()
        newer = [
            (identity, event)
            for identity, event in self._events.items()
            if (event.session, event.stream) == (like.session, like.stream)
            and _number(identity) > _number(after)
        ]
        for identity, event in newer:
            if event.message is not None:
                await send(EventMessage(event.message, identity))
            after = identity
            if event.is_last:
                return after, True
        return after, False

    def _drop(self) -> None:
        if self._forgotten:
            self._forgotten = False
            self._events.clear()
            self.bytes = 0
        oldest = self._clock() - self._seconds
        while self._events:
            identity, event = next(iter(self._events.items()))
            if self.bytes <= self._most and event.at >= oldest:
                return
            del self._events[identity]
            self.bytes -= event.size


def _number(identity: str) -> int:
    return int(identity.rpartition("-")[2])
