"""A client of the newer protocol that hangs up in the middle of a call."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
from starlette.types import Message

from diffmem.errors import UnknownUser
from diffmem.memory import Memory
from diffmem.server.app import create_app
from diffmem.server.mcp_server import create_door
from diffmem.storage.lock import locked

USER = "maya"
TALK = "user: My sister Kasia moved to Oslo. Kasia likes Oslo."


async def waiting(memory: Memory) -> list[str]:
    """The sessions whose digest is missing."""
    with suppress(UnknownUser):
        return [*await memory.pending(USER)]
    return []


async def hung_up(app: Any, tool: str, arguments: dict[str, Any], gone: anyio.Event) -> list[Message]:
    """What still reaches a client that calls a tool and is gone after an event."""
    meta: dict[str, Any] = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    params: dict[str, Any] = {"_meta": meta, "name": tool, "arguments": arguments}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()
    headers = {
        "host": "127.0.0.1",
        "content-type": "application/json",
        "accept": "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "tools/call",
        "mcp-name": tool,
    }
    scope: dict[str, Any] = {
        "type": "http", "http_version": "1.1", "method": "POST", "scheme": "http", "path": "/mcp",
        "raw_path": b"/mcp", "query_string": b"", "root_path": "", "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80), "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
    }  # fmt: skip
    given: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[Message] = []

    async def receive() -> Message:
        if given:
            return given.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


async def test_words_that_were_taken_in_are_filed_although_the_client_has_hung_up(
    memory: Memory, home: Path
) -> None:
    app = create_app(create_door(memory, USER))
    gone = anyio.Event()
    with anyio.fail_after(60):
        async with app.router.lifespan_context(app):
            with locked(home / "locks" / f"{USER}.digest", 1):
                async with anyio.create_task_group() as calls:
                    call = {"content": TALK, "session_id": "s1"}
                    calls.start_soon(hung_up, app, "remember", call, gone)
                    while await waiting(memory) != ["s1"]:
                        await anyio.lowlevel.checkpoint()
                    gone.set()
                assert await waiting(memory) == ["s1"]
            while await memory.pending(USER):
                await anyio.lowlevel.checkpoint()

    stages = [entry.stage for entry in (await memory.history(USER, session="s1")).entries]
    assert stages == ["digest", "intake"]


async def test_a_restore_that_waits_for_its_turn_is_done_although_the_client_has_hung_up(
    memory: Memory, home: Path
) -> None:
    await memory.remember(USER, TALK, "s1")
    app = create_app(create_door(memory, USER))
    gone, over = anyio.Event(), anyio.Event()

    async def call() -> None:
        await hung_up(app, "restore", {"session": "s1"}, gone)
        over.set()

    with anyio.fail_after(60):
        async with app.router.lifespan_context(app), anyio.create_task_group() as calls:
            with locked(home / "locks" / f"{USER}.lock", 1):
                calls.start_soon(call)
                # Until the call waits for the lock in a thread of its own.
                while not anyio.to_thread.current_default_thread_limiter().borrowed_tokens:
                    await anyio.lowlevel.checkpoint()
                gone.set()
                await anyio.wait_all_tasks_blocked()
            await over.wait()

    assert (await memory.history(USER, stage="undo")).entries
