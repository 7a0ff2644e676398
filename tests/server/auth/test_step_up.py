import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from app_threads import Serve
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp.client.subscriptions import SubscriptionLost
from mcp.server import MCPServer
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.mcpserver import Context
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette

from diffmem.server.auth.authenticator import Credentials
from diffmem.server.auth.bridge import Rights, Warden, asking, principal_of
from diffmem.server.auth.gate import Challenge, Gate
from diffmem.server.auth.limits import Budget, Limiter
from diffmem.server.auth.principal import Scope, local, scopes_of
from diffmem.server.auth.refusals import Unauthenticated
from diffmem.server.auth.step_up import StepUp
from diffmem.server.auth.tokens import Tokens

RIGHTS = Rights({"whoami": "read", "remember": "write"})
MODERN = {
    "content-type": "application/json",
    "accept": "application/json, text/event-stream",
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": "tools/call",
}
META: dict[str, Any] = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "x", "version": "1"},
    },
}


def nothing(method: str, path: str) -> None:
    """It is enough to be known."""


def server(warden: Warden) -> MCPServer[None]:
    made = MCPServer[None]("memory", middleware=[warden], log_level="CRITICAL")

    @made.tool()
    async def whoami(context: Context[Any, Any]) -> str:
        """Tell who asks."""
        await anyio.lowlevel.checkpoint()
        token = get_access_token()
        assert (token.subject if token else "maya") == asking().user
        return f"{principal_of(context, local('maya')).user} {asking().user}"

    @made.tool()
    async def remember(words: str) -> str:
        """Store words."""
        return words

    @made.tool()
    async def erase() -> str:
        """A tool nobody has given a scope."""
        return "gone"

    @made.resource("memory:///{+path}")
    def file(path: str) -> str:
        """A file."""
        return path

    return made


def app_of(warden: Warden) -> Starlette:
    return server(warden).streamable_http_app(
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False)
    )


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    return Tokens(tmp_path / "tokens")


@pytest.fixture
def url(serve: Serve, tokens: Tokens) -> str:
    challenge = Challenge("https://memory.example.com/.well-known/oauth-protected-resource/mcp", "memory:")
    app = StepUp(app_of(Warden(RIGHTS)), RIGHTS, challenge)
    return serve(Gate(app, Credentials(tokens), nothing, challenge)) + "/mcp"


@pytest.fixture
def without_step_up(serve: Serve, tokens: Tokens) -> str:
    limiter = Limiter({"write": Budget(6, 2)}, lambda: 0)
    app = app_of(Warden(RIGHTS, limiter=limiter))
    return serve(Gate(app, Credentials(tokens), nothing, Challenge())) + "/mcp"


def token(tokens: Tokens, user: str, *scopes: Scope) -> str:
    return tokens.create(user, scopes_of(scopes), None)[0]


@contextlib.asynccontextmanager
async def asks(url: str, shown: str, mode: str = "auto") -> AsyncGenerator[Client]:
    async with (
        httpx2.AsyncClient(headers={"authorization": f"Bearer {shown}"}, timeout=10) as http,
        Client(streamable_http_client(url, http_client=http), mode=mode) as client,
    ):
        yield client


async def posted(url: str, shown: str, body: Any, **headers: str) -> httpx2.Response:
    given = {"authorization": f"Bearer {shown}"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    async with httpx2.AsyncClient(timeout=10) as http:
        return await http.post(url, json=body, headers=given)


def call(tool: str, **arguments: str) -> dict[str, Any]:
    params = {"_meta": META, "name": tool, "arguments": arguments}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


async def test_a_tool_knows_who_asks_in_both_eras(url: str, tokens: Tokens, mode: str) -> None:
    for user in ("alex", "kim"):
        async with asks(url, token(tokens, user, "read", "write"), mode) as client:
            told = await client.call_tool("whoami", {})
            assert told.structured_content == {"result": f"{user} {user}"}


async def test_a_client_without_a_token_is_told_where_to_get_one(url: str) -> None:
    answer = await posted(url, "x", call("whoami"), **MODERN, mcp_name="whoami")

    assert answer.status_code == 401
    assert 'scope="memory:read", resource_metadata="https://memory' in answer.headers["www-authenticate"]


async def test_a_modern_client_is_told_by_403_which_scope_a_tool_needs(url: str, tokens: Tokens) -> None:
    shown = token(tokens, "alex", "read")

    refused = await posted(url, shown, call("remember", words="x"), **MODERN, mcp_name="remember")
    allowed = await posted(url, shown, call("whoami"), **MODERN, mcp_name="whoami")

    assert (refused.status_code, allowed.status_code) == (403, 200)
    assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]
    assert 'scope="memory:read memory:write"' in refused.headers["www-authenticate"]


async def test_a_header_that_names_another_tool_than_the_body_gains_nothing(url: str, tokens: Tokens) -> None:
    shown = token(tokens, "alex", "read")

    answer = await posted(url, shown, call("remember", words="x"), **MODERN, mcp_name="whoami")

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32020)


async def _session(url: str, shown: str) -> str:
    answer = await posted(url, shown, INITIALIZE, accept=MODERN["accept"])
    assert answer.status_code == 200
    return answer.headers["mcp-session-id"]


@pytest.mark.parametrize(
    "forged", [{}, {"mcp_method": "ping"}, {"mcp_method": "tools/call", "mcp_name": "whoami"}]
)
async def test_in_an_older_session_the_body_decides_whatever_the_headers_say(
    url: str, tokens: Tokens, forged: dict[str, str]
) -> None:
    shown = token(tokens, "alex", "read")
    session = await _session(url, shown)

    refused = await posted(
        url, shown, call("remember"), accept=MODERN["accept"], mcp_session_id=session, **forged
    )

    assert refused.status_code == 403
    assert "insufficient_scope" in refused.headers["www-authenticate"]


async def test_a_long_body_that_hides_its_tool_is_refused_inside(url: str, tokens: Tokens) -> None:
    shown = token(tokens, "alex", "read")
    session = await _session(url, shown)
    body = {"jsonrpc": "2.0", "id": 1, "padding": "x" * 2_000_000} | call("remember", words="x")

    answer = await posted(url, shown, body, accept=MODERN["accept"], mcp_session_id=session)

    assert answer.status_code in {200, 400}
    assert '"isError":true' in answer.text or '"error"' in answer.text
    assert "scope write" in answer.text or "Invalid" in answer.text


async def test_a_session_is_its_tokens_and_no_other_may_use_it(url: str, tokens: Tokens) -> None:
    session = await _session(url, token(tokens, "alex", "read"))
    listing = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}

    for other in (token(tokens, "kim", "read"), token(tokens, "alex", "read")):
        answer = await posted(url, other, listing, accept=MODERN["accept"], mcp_session_id=session)
        assert answer.status_code == 404


async def test_who_may_only_write_neither_reads_nor_listens(url: str, tokens: Tokens, mode: str) -> None:
    shown = token(tokens, "alex", "write")

    async with asks(url, shown, mode) as client:
        assert (await client.call_tool("remember", {"words": "x"})).structured_content == {"result": "x"}
        with pytest.raises(MCPError):
            await client.read_resource("memory:///a.md")
    async with httpx2.AsyncClient(headers={"authorization": f"Bearer {shown}"}) as http:
        assert (await http.get(url, headers={"accept": "text/event-stream"})).status_code == 403


async def test_past_the_step_up_the_warden_refuses_the_same(
    without_step_up: str, tokens: Tokens, mode: str
) -> None:
    async with asks(without_step_up, token(tokens, "alex", "read"), mode) as client:
        for tool, arguments in (("remember", {"words": "x"}), ("erase", {})):
            refused = await client.call_tool(tool, arguments)
            assert refused.is_error
            assert "needs the scope write" in str(refused.content)
        assert not (await client.call_tool("whoami", {})).is_error
    async with asks(without_step_up, token(tokens, "alex", "write"), mode) as client:
        with pytest.raises(MCPError, match="needs the scope read"):
            await client.read_resource("memory:///a.md")


async def test_a_model_that_writes_too_often_is_told_when_to_come_again(
    without_step_up: str, tokens: Tokens, mode: str
) -> None:
    async with asks(without_step_up, token(tokens, "alex", "read", "write"), mode) as client:
        errors = [(await client.call_tool("remember", {"words": "x"})) for _ in range(3)]
        assert [one.is_error for one in errors] == [False, False, True]
        assert "too many writes; try again in 10 s" in str(errors[-1].content)
        assert not (await client.call_tool("whoami", {})).is_error


async def test_without_http_the_owner_asks_and_without_an_owner_nobody(mode: str) -> None:
    async with Client(server(Warden(RIGHTS, local("maya"))), mode=mode) as client:
        assert (await client.call_tool("whoami", {})).structured_content == {"result": "maya maya"}
    refused: list[str] = []
    try:
        async with Client(server(Warden(RIGHTS)), mode=mode) as client:
            refused.append(str((await client.call_tool("remember", {"words": "x"})).content))
    except* MCPError as errors:
        refused.append(str(errors.exceptions))
    assert "nobody is known" in refused[0]


async def test_what_came_over_http_past_the_gate_is_nobodys_even_where_there_is_an_owner(
    serve: Serve,
) -> None:
    url = serve(app_of(Warden(RIGHTS, local("maya")))) + "/mcp"

    answer = await posted(url, "x", call("whoami"), **MODERN, mcp_name="whoami")

    assert answer.json()["result"]["isError"]
    assert "nobody is known" in answer.text


def test_outside_of_a_message_nobody_asks() -> None:
    with pytest.raises(Unauthenticated):
        asking()


@pytest.mark.parametrize(
    ("method", "tool", "needed"),
    [
        ("initialize", None, None),
        ("notifications/cancelled", None, None),
        ("tools/list", None, None),
        ("tools/call", "whoami", "read"),
        ("tools/call", "no such tool", "write"),
        ("tools/call", None, "write"),
        ("tools/call", ["whoami"], "write"),
        ("resources/read", None, "read"),
        ("resources/list", None, "read"),
        ("completion/complete", None, "read"),
        ("subscriptions/listen", None, "read"),
        ("tasks/get", None, "read"),
        (7, None, None),
    ],
)
def test_what_is_not_known_to_be_harmless_needs_a_scope(
    method: object, tool: object, needed: str | None
) -> None:
    assert RIGHTS.needed(method, tool) == needed


async def test_a_listener_whose_token_is_revoked_hears_no_more(
    serve: Serve, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mcp.server._streamable_http_modern._SSE_PING_INTERVAL", 0.05)
    app = app_of(Warden(RIGHTS))
    url = serve(Gate(app, Credentials(tokens), nothing, Challenge(), recheck_seconds=0.01)) + "/mcp"
    shown, made = tokens.create("alex", scopes_of(["read"]), None)

    with anyio.fail_after(9):
        async with asks(url, shown) as client, client.listen(resources_list_changed=True) as heard:
            tokens.revoke(made.id)
            with pytest.raises(SubscriptionLost):
                await anext(heard)
