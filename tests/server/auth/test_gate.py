from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from diffmem.server.auth.api_key import ApiKey
from diffmem.server.auth.authenticator import Anybody, Credentials
from diffmem.server.auth.gate import Challenge, Gate
from diffmem.server.auth.metadata import metadata_routes, metadata_url
from diffmem.server.auth.principal import Principal, local, scopes_of
from diffmem.server.auth.principal import Scope as Right
from diffmem.server.auth.tokens import Tokens

RESOURCE = "https://memory.example.com/mcp"
METADATA = "https://memory.example.com/.well-known/oauth-protected-resource/mcp"


def needs(method: str, path: str) -> Right | None:
    if path.startswith("/server"):
        return "admin"
    return "read" if method == "GET" else "write"


async def whoami(request: Request) -> Response:
    principal: Principal = request.state.principal
    return JSONResponse(
        {"name": principal.name, "user": principal.user, "header": request.headers.get("x-user-id")}
    )


async def told(request: Request) -> Response:
    return JSONResponse({"known": hasattr(request.state, "principal")})


async def echoed(request: Request) -> Response:
    return StreamingResponse(request.stream())


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    return Tokens(tmp_path / "tokens")


@pytest.fixture
def client(tokens: Tokens) -> httpx2.AsyncClient:
    routes = [
        Route("/", told),
        Route("/health", told),
        Route("/memory/{user_id:path}", whoami, methods=["GET", "POST"]),
        Route("/server/users", whoami),
        Route("/echo", echoed, methods=["POST"]),
        *metadata_routes(RESOURCE, "https://id.example.com"),
    ]
    challenge = Challenge(metadata_url(RESOURCE))
    open_paths = frozenset({"/", "/health", *(route.path for route in routes[-2:])})
    gate = Gate(
        Starlette(routes=routes), Credentials(tokens, ApiKey("k-123", "maya")), needs, challenge, open_paths
    )
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(gate), base_url="http://127.0.0.1")


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


@pytest.mark.parametrize(
    "path",
    ["/", "/health", "/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp"],
)
async def test_some_paths_need_no_token(client: httpx2.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/memory/maya", "//health", "/health/", "/Health", "/health/../memory/maya", "/%2e%2e/health", "/docs",
     "/openapi.json", "/metrics", "/no/such/path", "/health%00", "/health;x"],
)  # fmt: skip
async def test_every_other_path_does_and_does_not_tell_whether_it_is_there(
    client: httpx2.AsyncClient, path: str
) -> None:
    answer = await client.get(f"http://127.0.0.1{path}")

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "send `Authorization: Bearer <token>`"
    assert answer.headers["www-authenticate"] == f'Bearer scope="read", resource_metadata="{METADATA}"'


@pytest.mark.parametrize(
    "headers",
    [
        [("authorization", "Bearer k-124")],
        [("authorization", "Bearer")],
        [("authorization", "Bearer ")],
        [("authorization", "")],
        [("authorization", "k-123")],
        [("authorization", "Basic azEyMzo=")],
        [("authorization", "Token k-123")],
        [("authorization", "Bearer k-123 k-123")],
        [("authorization", "Bearer k-123, Bearer k-123")],
        [("authorization", "Bearer\tk-123")],
        [("authorization", "Bearer k-123"), ("authorization", "Bearer k-124")],
        [("authorization", "Bearer k-123"), ("authorization", "Bearer k-123")],
        [("authorization", f"Bearer {'a' * 9000}")],
        [("authorization", "Bearer dm_aaaaaaaaaaaa_" + "a" * 43)],
    ],
    ids=str,
)
async def test_what_is_no_good_token_is_refused_as_such(
    client: httpx2.AsyncClient, headers: list[tuple[str, str]]
) -> None:
    answer = await client.get("/memory/maya", headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith('Bearer error="invalid_token", error_description="')


@pytest.mark.parametrize("where", ["?access_token=k-123", "?token=k-123", "?api_key=k-123"])
async def test_a_token_in_the_address_is_none(client: httpx2.AsyncClient, where: str) -> None:
    assert (await client.get(f"/memory/maya{where}")).status_code == 401


async def test_the_scheme_may_be_written_in_any_case(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/memory/maya", headers={"authorization": "bEARER k-123"})).status_code == 200


async def test_the_user_is_the_tokens_whatever_other_headers_say(
    client: httpx2.AsyncClient, tokens: Tokens
) -> None:
    shown, made = tokens.create("alex", scopes_of(["read"]), None)

    answer = await client.get(
        "/memory/x", headers=bearer(shown) | {"x-user-id": "kim", "x-forwarded-user": "kim"}
    )

    assert (answer.json()["user"], answer.json()["name"]) == ("alex", f"token:{made.id}")


async def test_a_revoked_token_is_refused_by_a_running_server(
    client: httpx2.AsyncClient, tokens: Tokens
) -> None:
    shown, made = tokens.create("alex", scopes_of(["read"]), None)
    assert (await client.get("/memory/x", headers=bearer(shown))).status_code == 200

    tokens.revoke(made.id)

    answer = await client.get("/memory/x", headers=bearer(shown))
    assert (answer.status_code, "revoked" in answer.json()["detail"]) == (401, True)


async def test_a_scope_that_is_missing_is_named_with_those_already_granted(
    client: httpx2.AsyncClient, tokens: Tokens
) -> None:
    shown, _ = tokens.create("alex", scopes_of(["read"]), None)

    answer = await client.post("/memory/x", headers=bearer(shown))

    assert answer.status_code == 403
    told = answer.headers["www-authenticate"]
    assert told.startswith('Bearer error="insufficient_scope", error_description="this needs the scope write')
    assert told.endswith(f'scope="read write", resource_metadata="{METADATA}"')
    assert answer.json()["error"] == "insufficient_scope"
    assert "write" in answer.json()["detail"]


async def test_only_an_administrator_sees_the_server(client: httpx2.AsyncClient, tokens: Tokens) -> None:
    shown, _ = tokens.create("alex", scopes_of(["read", "write"]), None)

    assert (await client.get("/server/users", headers=bearer(shown))).status_code == 403
    assert (await client.get("/server/users", headers=bearer("k-123"))).status_code == 200


async def test_a_token_file_that_cannot_be_read_is_not_the_callers_fault(
    client: httpx2.AsyncClient, tokens: Tokens, tmp_path: Path
) -> None:
    shown, made = tokens.create("alex", scopes_of(["read"]), None)
    (tmp_path / "tokens" / f"{made.id}.json").write_text("", "utf-8")

    answer = await client.get("/memory/x", headers=bearer(shown))

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")


async def test_the_metadata_says_who_issues_tokens_for_what(client: httpx2.AsyncClient) -> None:
    for path in ("", "/mcp"):
        told = (await client.get(f"/.well-known/oauth-protected-resource{path}")).json()
        assert told["resource"] == RESOURCE
        assert told["authorization_servers"] == ["https://id.example.com"]
        assert told["scopes_supported"] == ["read", "write"]


async def test_a_body_passes_as_it_comes(client: httpx2.AsyncClient) -> None:
    passed: list[int] = []
    body = iter([b"a" * 1000] * 5)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["state"]["principal"].user == "maya"
        assert not passed
        while (await receive())["more_body"]:
            passed.append(1)

    async def receive() -> dict[str, Any]:
        chunk = next(body, b"")
        return {"type": "http.request", "body": chunk, "more_body": bool(chunk)}

    async def send(_: Any) -> None: ...

    gate = Gate(app, Anybody(local("maya")), needs, Challenge())
    await gate({"type": "http", "method": "POST", "path": "/x", "headers": []}, receive, send)
    assert len(passed) == 5


async def test_no_websocket_comes_in() -> None:
    sent: list[Any] = []

    async def app(*_: Any) -> None:
        raise AssertionError

    async def send(message: Any) -> None:
        sent.append(message)

    gate = Gate(app, Anybody(local("maya")), needs, Challenge())
    await gate({"type": "websocket", "path": "/health", "headers": []}, app, send)  # pyright: ignore[reportArgumentType]
    assert sent == [{"type": "websocket.close", "code": 1008}]


async def test_where_no_token_is_needed_everybody_is_the_owner() -> None:
    gate = Gate(
        Starlette(routes=[Route("/server/users", whoami)]), Anybody(local("maya")), needs, Challenge()
    )

    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(gate), base_url="http://127.0.0.1"
    ) as client:
        answer = await client.get("/server/users", headers=bearer("whatever"))

    assert answer.json()["user"] == "maya"


@pytest.mark.parametrize("revoked", [True, False])
async def test_a_stream_ends_when_its_token_does(tokens: Tokens, revoked: bool) -> None:
    shown, made = tokens.create("alex", scopes_of(["read"]), None)

    async def parts(_: Request) -> Response:
        async def told() -> AsyncGenerator[str]:
            yield "one "
            if revoked:
                tokens.revoke(made.id)
            yield "two "
            yield "three"

        return StreamingResponse(told())

    app = Starlette(routes=[Route("/mcp", parts)])
    gate = Gate(app, Credentials(tokens), needs, Challenge(), recheck_seconds=0)

    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(gate), base_url="http://127.0.0.1"
    ) as client:
        answer = await client.get("/mcp", headers=bearer(shown))

    assert answer.text == ("one " if revoked else "one two three")


async def test_a_stream_outlasts_a_moment_in_which_nothing_can_be_checked(
    tokens: Tokens, tmp_path: Path
) -> None:
    shown, made = tokens.create("alex", scopes_of(["read"]), None)

    async def parts(_: Request) -> Response:
        async def told() -> AsyncGenerator[str]:
            (tmp_path / "tokens" / f"{made.id}.json").write_text("", "utf-8")
            yield "one "
            yield "two"

        return StreamingResponse(told())

    gate = Gate(
        Starlette(routes=[Route("/mcp", parts)]), Credentials(tokens), needs, Challenge(), recheck_seconds=0
    )

    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(gate), base_url="http://127.0.0.1"
    ) as client:
        assert (await client.get("/mcp", headers=bearer(shown))).text == "one two"
