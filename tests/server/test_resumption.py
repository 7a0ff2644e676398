"""A client whose stream broke comes back and misses nothing: over real sockets, and what is kept for it."""

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import httpx2
import pytest
from app_threads import Serve
from mcp.server.streamable_http import EventMessage
from mcp.types import JSONRPCNotification, JSONRPCResponse
from starlette.types import Message, Receive, Scope, Send

from diffmem.memory import Memory
from diffmem.server.app import served
from diffmem.server.resumption import Missed, Sessions
from diffmem.server.settings import Settings

VERSION = "2025-11-25"
LONG = 30.0


class Client:
    """A client of the older protocol, one request at a time, that sees the stream itself."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self._http = http
        self.headers = {"accept": "application/json, text/event-stream"}

    async def begin(self) -> None:
        hello = {"protocolVersion": VERSION, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
        answer = await self.post(0, "initialize", hello)
        self.headers |= {"mcp-session-id": answer.headers["mcp-session-id"], "mcp-protocol-version": VERSION}
        told = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        await self._http.post("/mcp", json=told, headers=self.headers)

    def asked(self, number: int, method: str, params: dict[str, Any]) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}

    async def post(self, number: int, method: str, params: dict[str, Any]) -> httpx2.Response:
        return await self._http.post("/mcp", json=self.asked(number, method, params), headers=self.headers)

    async def broken_off(self, number: int, tool: str, **arguments: str) -> str:
        """Call a tool and hang up with the first event; answers its id."""
        asked = self.asked(number, "tools/call", {"name": tool, "arguments": arguments})
        async with self._http.stream("POST", "/mcp", json=asked, headers=self.headers) as answer:
            async for line in answer.aiter_lines():
                if line.startswith("id: "):
                    return line.removeprefix("id: ")
        raise AssertionError("the stream had no event")

    async def come_back(self, last: str) -> list[dict[str, Any]]:
        """Everything that comes after an event."""
        headers = self.headers | {"last-event-id": last}
        answer = await self._http.get("/mcp", headers=headers)
        assert answer.status_code == 200, answer.text
        told = [line.removeprefix("data: ") for line in answer.text.splitlines() if line.startswith("data: ")]
        return [json.loads(one) for one in told if one]


@asynccontextmanager
async def clients(url: str, many: int = 1) -> AsyncGenerator[Sequence[Client]]:
    async with httpx2.AsyncClient(base_url=url, timeout=LONG) as http:
        made = [Client(http) for _ in range(many)]
        for one in made:
            await one.begin()
        yield made


@pytest.fixture
def url(serve: Serve, memory: Memory, home: Path) -> str:
    return serve(served(memory, Settings(home=home, user="maya", timezone="UTC")).app)


async def test_an_answer_that_was_missed_is_there_for_who_comes_back(url: str, memory: Memory) -> None:
    async with clients(url) as (client,):
        last = await client.broken_off(7, "remember", content="user: Ana lives in Porto.", session_id="s1")
        (answer,) = await client.come_back(last)
        (again,) = await client.come_back(last)

    assert answer == again
    assert answer["id"] == 7
    assert answer["result"]["structuredContent"]["session_id"] == "s1"
    assert await memory.list("maya")


async def test_an_answer_from_before_an_erase_is_shown_to_nobody(url: str, memory: Memory) -> None:
    async with clients(url) as (client,):
        last = await client.broken_off(7, "remember", content="user: Ana lives in Porto.", session_id="s1")
        assert await client.come_back(last)
        await memory.forget("maya", how="erase", words="Porto")

        assert await client.come_back(last) == []


async def test_clients_that_count_alike_are_not_shown_each_others_answers(url: str) -> None:
    async with clients(url, 2) as (one, other):
        first = await one.broken_off(1, "remember", content="user: Ana has a dog.", session_id="one")
        second = await other.broken_off(1, "remember", content="user: Bo has a cat.", session_id="other")
        (mine,), (theirs,) = await one.come_back(first), await other.come_back(second)
        stolen = await other.come_back(first)

    assert mine["result"]["structuredContent"]["session_id"] == "one"
    assert theirs["result"]["structuredContent"]["session_id"] == "other"
    assert stolen == []


async def test_an_event_nobody_knows_of_is_no_error(url: str) -> None:
    async with clients(url) as (client,):
        assert await client.come_back("never-1") == []
        assert await client.come_back("\u00e9".encode().hex()) == []


def answer_of(number: int, words: str = "") -> JSONRPCResponse:
    return JSONRPCResponse(jsonrpc="2.0", id=number, result={"text": words})


def note(words: str) -> JSONRPCNotification:
    return JSONRPCNotification(jsonrpc="2.0", method="notifications/message", params={"data": words})


class Shared:
    """Sessions around an app that does whatever a test wants."""

    def __init__(self) -> None:
        self._work: Any = None
        self.found: Any = None
        self.app = Sessions(self._app)

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"mcp-session-id", scope["begins"])] if scope["begins"] else []
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        self.found = await self._work()

    async def run(self, work: Any, method: str, name: str, *, begins: bool) -> Any:
        self._work = work
        headers = [] if begins else [(b"mcp-session-id", name.encode())]
        scope = {"type": "http", "method": method, "headers": headers, "begins": begins and name.encode()}
        await self.app(scope, _nothing, _nowhere)
        return self.found


async def _nothing() -> Message:
    raise AssertionError("nothing is read")


async def _nowhere(_: Message) -> None:
    """Send nothing anywhere."""


async def replayed(missed: Missed, last: str) -> list[str]:
    found: list[str] = []

    async def send(event: EventMessage) -> None:
        found.append(event.message.model_dump_json())

    await missed.replay_events_after(last, send)
    return found


async def test_what_is_kept_has_an_end_in_bytes_and_the_oldest_goes_first() -> None:
    missed = Missed(most_bytes=10_000)
    ids = [await missed.store_event("1", note("x" * 1000)) for _ in range(50)]

    assert missed.bytes <= 10_000
    assert ids[0] not in missed.kept
    assert ids[-1] in missed.kept
    await missed.store_event("1", note("x" * 20_000))
    assert (missed.bytes, len(missed.kept)) == (0, 0)


async def test_what_is_old_is_not_shown_any_more() -> None:
    now = [0.0]
    missed, shared = Missed(seconds=60, clock=lambda: now[0]), Shared()

    async def begun() -> Any:
        last = await missed.store_event("1", None)
        await missed.store_event("1", answer_of(1, "old"))
        fresh = await replayed(missed, last)
        now[0] = 61.0
        return fresh, await replayed(missed, last)

    fresh, old = await shared.run(begun, "POST", "a", begins=True)
    assert (len(fresh), old, missed.bytes) == (1, [], 0)


async def test_who_comes_back_before_the_answer_is_there_waits_for_it() -> None:
    missed, shared = Missed(), Shared()

    async def call() -> Any:
        last = await missed.store_event("1", None)
        await missed.store_event("2", answer_of(2, "another request's"))
        found: list[str] = []
        async with anyio.create_task_group() as both:

            async def back() -> None:
                found.extend(await replayed(missed, last))

            both.start_soon(back)
            await anyio.lowlevel.checkpoint()
            await missed.store_event("1", note("half way"))
            await anyio.lowlevel.checkpoint()
            await missed.store_event("1", answer_of(1, "the answer"))
        return found

    with anyio.fail_after(LONG):
        half, whole = await shared.run(call, "POST", "a", begins=True)
    assert "half way" in half
    assert "the answer" in whole


async def test_who_has_the_answer_already_does_not_wait_for_more() -> None:
    missed, shared = Missed(), Shared()

    async def call() -> Any:
        return await replayed(missed, await missed.store_event("1", answer_of(1)))

    with anyio.fail_after(LONG):
        assert await shared.run(call, "POST", "a", begins=True) == []


async def test_a_session_that_is_ended_keeps_nobody_waiting() -> None:
    missed, shared = Missed(), Shared()
    held: list[Any] = []

    async def call() -> Any:
        last = await missed.store_event("1", None)
        async with anyio.create_task_group() as both:
            both.start_soon(replayed, missed, last)
            await anyio.lowlevel.checkpoint()
            held.append(await shared.run(_done, "DELETE", "a", begins=False))
        return "ended"

    with anyio.fail_after(LONG):
        assert await shared.run(call, "POST", "a", begins=True) == "ended"
    assert held == [None]


async def _done() -> None:
    """Do nothing more."""
