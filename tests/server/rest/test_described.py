import re

import httpx2
import pytest
from rest_server import asking
from starlette.applications import Starlette

from diffmem.memory import Memory
from diffmem.server.auth.access import tokens
from diffmem.server.auth.principal import scopes_of
from diffmem.server.http import create_app, served
from diffmem.server.mcp_server import create_door
from diffmem.server.rest.openapi import described
from diffmem.server.rest.table import TABLE
from diffmem.server.settings import Settings


async def test_every_endpoint_is_described(client: httpx2.AsyncClient) -> None:
    told = (await client.get("/openapi.json")).json()
    there = {(method.upper(), path) for path, item in told["paths"].items() for method in item}

    assert told["openapi"].startswith("3.1")
    assert there == {(one.method, one.path.replace(":path}", "}")) for one in TABLE}
    assert "securitySchemes" not in told["components"]


def test_a_closed_server_says_that_a_token_is_needed() -> None:
    told = described(TABLE, "1", closed=True)

    assert told["paths"]["/memory/{user_id}/recall"]["post"]["security"] == [{"bearer": []}]
    assert told["paths"]["/health"]["get"]["security"] == []


async def test_the_docs_fetch_nothing_from_elsewhere(client: httpx2.AsyncClient) -> None:
    page = await client.get("/docs")
    fetched = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    parts = [await client.get(path) for path in fetched]

    assert len(fetched) == 3
    assert {part.status_code for part in parts} == {200}
    assert all(path.startswith("/docs/") for path in fetched)
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script>" not in page.text


@pytest.mark.parametrize(
    "path", ["/mcp", "/docs", "/openapi.json", "/ready", "/memory/maya/status", "/server/users", "/metrics"]
)
async def test_a_closed_server_lets_nobody_in_without_a_token(closed: Starlette, path: str) -> None:
    async with asking(closed) as client:
        refused = await client.get(path)
        health = await client.get("/health")
        card = await client.get("/")

    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Bearer")
    assert refused.headers["content-type"] == "application/problem+json"
    assert (health.status_code, card.status_code) == (200, 200)


@pytest.fixture
def closed(memory: Memory, settings: Settings) -> Starlette:
    tokens(settings).create("maya", scopes_of(["read"]), None)
    return served(memory, settings).app


@pytest.mark.parametrize(
    ("scopes", "method", "path", "status"),
    [
        ("read", "GET", "/memory/maya/status", 200),
        ("read", "GET", "/memory/bob/status", 404),
        ("read", "DELETE", "/memory/maya", 403),
        ("read", "DELETE", "/memory/maya%2Fstatus", 403),
        ("read", "POST", "/memory/a%2Frecall/forget", 403),
        ("read,write", "DELETE", "/memory/bob", 404),
        ("read,write", "GET", "/server/users", 403),
        ("read,write", "POST", "/server/sync", 403),
        ("read,write", "GET", "/metrics", 403),
        ("admin", "GET", "/metrics", 200),
        ("admin", "GET", "/memory/bob/status", 200),
        ("admin", "GET", "/server/users", 200),
    ],
)
async def test_a_token_opens_what_it_is_for_and_nothing_else(
    memory: Memory, settings: Settings, scopes: str, method: str, path: str, status: int
) -> None:
    for user in ("maya", "bob"):
        await memory.remember(user, "user: I am here.", "s1")
    token, _ = tokens(settings).create("maya", scopes_of(scopes.split(",")), None)
    app = served(memory, settings).app
    async with (
        app.router.lifespan_context(app),
        asking(app) as client,
    ):
        answer = await client.request(method, path, headers={"authorization": f"Bearer {token}"})

    assert answer.status_code == status, answer.text
    assert await memory.users() == ["bob", "maya"]


async def test_an_app_without_a_gate_lets_nobody_change_or_read(memory: Memory, settings: Settings) -> None:
    made = served(memory, settings).app
    bare = create_app(create_door(memory, "maya"), routes=made.routes)
    async with asking(bare) as client:
        assert (await client.get("/memory/maya/status")).status_code == 403


async def test_a_fault_of_ours_tells_nothing_of_itself(memory: Memory, settings: Settings) -> None:
    async def broken() -> dict[str, str]:
        raise RuntimeError("a secret of the machine")

    app = served(memory, settings, sync=broken).app
    async with asking(app, raise_app_exceptions=False) as client:
        failed = await client.post("/server/sync")

    assert failed.status_code == 500
    assert failed.headers["content-type"] == "application/problem+json"
    assert "secret" not in failed.text
