from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from diffmem.memory import Memory
from diffmem.server.http import served
from diffmem.server.settings import Settings

USER = "maya"


@pytest.fixture
def app(memory: Memory, home: Any) -> Starlette:
    return served(memory, Settings(home=home, user=USER, timezone="UTC")).app


async def post(app: Starlette, path: str, raw: bytes, kind: str = "application/json") -> httpx2.Response:
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        return await client.post(path, content=raw, headers={"content-type": kind} if kind else {})


async def test_a_command_answers_output_code_and_time(app: Starlette, memory: Memory) -> None:
    await memory.remember(USER, "user: My sister Ana paints.", "s1", "2024-03-01")
    done = await post(app, "/memory/maya/run-command", b'{"command": "grep -c Ana maya.md"}')

    assert done.status_code == 200
    assert done.json()["output"].strip().isdigit()
    assert done.json()["exit_code"] == 0
    assert isinstance(done.json()["elapsed_ms"], int)


@pytest.mark.parametrize(
    ("path", "raw", "kind", "status", "named"),
    [
        ("/memory/bob/run-command", b'{"command": "ls"}', "application/json", 404, "bob"),
        ("/memory/maya/run-command", b"", "application/json", 400, "JSON"),
        ("/memory/maya/run-command", b'{"command": 1}', "application/json", 422, "command: "),
        ("/memory/maya/run-command", b"{}", "application/json", 422, "command: "),
        ("/memory/maya/run-command", b'{"command": "ls"}', "text/plain", 415, "application/json"),
        ("/memory/maya/run-command", b'{"command": "ls"}', "", 415, "application/json"),
        ("/memory/maya/run-command", b"[" * 60_000, "application/json", 400, "nested"),
        ("/memory/maya/run-command", b'{"a": 1, "a": 2}', "application/json", 400, "twice"),
        ("/memory/maya/run-command", b'{"command": NaN}', "application/json", 400, "NaN"),
        ("/memory/maya/run-command", b"x" * 1_100_000, "application/json", 413, "1,048,576"),
        ("/memory/%00/run-command", b'{"command": "ls"}', "application/json", 400, "user id"),
        ("/memory/%ff/run-command", b'{"command": "ls"}', "application/json", 400, "UTF-8"),
        ("/memory/maya/no-such", b"{}", "application/json", 404, "path"),
        ("/memory/maya/history", b"{}", "application/json", 405, "GET"),
        ("/memory/maya/consolidate?sync=1", b"{}", "application/json", 422, "sync: "),
        ("/memory/maya/consolidate", b'{"tools": ["polish"]}', "application/json", 400, "polish"),
    ],
    ids=[
        "another user", "no body", "a number", "a field missing", "plain text", "no type", "deep",
        "a name twice", "no number", "large", "unseen characters", "not UTF-8", "no such path",
        "another method", "a switch", "no such tool",
    ],
)  # fmt: skip
async def test_a_bad_request_is_a_problem_with_advice(
    app: Starlette, memory: Memory, path: str, raw: bytes, kind: str, status: int, named: str
) -> None:
    await memory.remember(USER, "user: My sister Ana paints.", "s1", "2024-03-01")
    refused = await post(app, path, raw, kind)

    assert refused.status_code == status
    assert refused.headers["content-type"] == "application/problem+json"
    assert named in refused.json()["detail"]
    assert refused.json()["status"] == status


async def test_a_field_that_is_not_known_is_passed_over(app: Starlette, memory: Memory) -> None:
    await memory.remember(USER, "user: My sister Ana paints.", "s1", "2024-03-01")
    done = await post(app, "/memory/maya/run-command", b'{"command": "ls", "verbose": true}')

    assert done.status_code == 200
