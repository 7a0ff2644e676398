import httpx2
import pytest
from starlette.responses import PlainTextResponse

from diffmem.server.auth.authenticator import Credentials
from diffmem.server.auth.cors import AllowedOrigins
from diffmem.server.auth.gate import Challenge, Gate
from diffmem.server.auth.principal import scopes_of
from diffmem.server.auth.tokens import Tokens
from diffmem.server.doorkeeper import LOOPBACK, Doorkeeper

OURS = "https://app.example.com"
PREFLIGHT = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type,mcp-protocol-version",
}


def nothing(method: str, path: str) -> None:
    """It is enough to be known."""


@pytest.fixture
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Tokens:
    return Tokens(tmp_path_factory.mktemp("tokens"))


@pytest.fixture
def client(tokens: Tokens) -> httpx2.AsyncClient:
    inside = Gate(PlainTextResponse("in"), Credentials(tokens), nothing, Challenge())
    app = AllowedOrigins(Doorkeeper(inside, LOOPBACK), frozenset({OURS}))
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://127.0.0.1:8000")


async def test_a_page_that_is_named_comes_in_with_its_token_and_only_with_it(
    client: httpx2.AsyncClient, tokens: Tokens
) -> None:
    shown, _ = tokens.create("alex", scopes_of(["read"]), None)

    asked = await client.options("/mcp", headers=PREFLIGHT | {"origin": OURS})
    without = await client.get("/mcp", headers={"origin": OURS})
    inside = await client.get("/mcp", headers={"origin": OURS, "authorization": f"Bearer {shown}"})

    assert (asked.status_code, without.status_code, inside.status_code) == (200, 401, 200)
    for answer in (asked, without, inside):
        assert answer.headers["access-control-allow-origin"] == OURS
        assert "access-control-allow-credentials" not in answer.headers
        assert "Origin" in answer.headers["vary"]
    assert "WWW-Authenticate" in without.headers["access-control-expose-headers"]


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "https://app.example.com.evil.example", "http://app.example.com", "null", "",
     "https://app.example.com:8443", "https://APP.example.com", "https://app.example.com/"],
)  # fmt: skip
async def test_no_other_page_does(client: httpx2.AsyncClient, origin: str) -> None:
    asked = await client.options("/mcp", headers=PREFLIGHT | {"origin": origin})
    inside = await client.get("/mcp", headers={"origin": origin})

    for answer in (asked, inside):
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers


async def test_a_page_that_is_named_vouches_for_no_second_origin(client: httpx2.AsyncClient) -> None:
    headers = [("origin", OURS), ("origin", "https://evil.example")]

    assert (await client.get("/mcp", headers=headers)).status_code == 403


async def test_a_page_that_is_named_does_not_rename_the_server(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/mcp", headers={"origin": OURS, "host": "evil.example"})).status_code == 421
