from typing import Any

import httpx2
import pytest

from diffmem.memory import Memory
from diffmem.server.http import create_app
from diffmem.server.mcp_server import create_door
from diffmem.server.rest import routes

USER = "maya"


async def post(memory: Memory, path: str, body: Any = None, raw: bytes | None = None) -> httpx2.Response:
    app = create_app(create_door(memory, USER), routes=routes(memory, USER))
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        return await client.post(path, content=raw) if raw is not None else await client.post(path, json=body)


async def test_a_command_answers_output_code_and_time(memory: Memory) -> None:
    await memory.remember(USER, "user: My sister Ana paints.", "s1", "2024-03-01")
    done = await post(memory, "/memory/maya/run-command", {"command": "grep -c Ana maya.md"})
    assert done.status_code == 200
    assert done.json()["output"].strip().isdigit()
    assert done.json()["exit_code"] == 0
    assert isinstance(done.json()["elapsed_ms"], int)


@pytest.mark.parametrize(
    ("path", "raw", "status"),
    [
        ("/memory/bob/run-command", b'{"command": "ls"}', 404),
        ("/memory/maya/run-command", b"", 400),
        ("/memory/maya/run-command", b'{"command": 1}', 400),
        ("/memory/maya/run-command", b"[" * 60_000, 400),
        ("/memory/maya/run-command", b"x" * 100_000, 400),
    ],
    ids=["another user", "no body", "no text", "deep", "large"],
)
async def test_a_bad_request_is_a_problem_with_advice(
    memory: Memory, path: str, raw: bytes, status: int
) -> None:
    await memory.remember(USER, "user: My sister Ana paints.", "s1", "2024-03-01")
    refused = await post(memory, path, raw=raw)
    assert refused.status_code == status
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["detail"]
