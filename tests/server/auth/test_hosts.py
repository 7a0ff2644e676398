import httpx2
import pytest
from starlette.responses import PlainTextResponse

from diffmem.server.doorkeeper import LOOPBACK, Doorkeeper

PATHS = ["/health", "/mcp", "/memory/maya/context", "/no/such"]


def client_of(hosts: frozenset[str] | None) -> httpx2.AsyncClient:
    door = Doorkeeper(PlainTextResponse("in"), hosts)
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(door), base_url="http://127.0.0.1:8000")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.1:8000", "localhost", "LOCALHOST:8000", "LocalHost", "[::1]", "[::1]:8000"],
)
async def test_this_machine_is_known_by_its_names_however_they_are_written(host: str) -> None:
    async with client_of(LOOPBACK) as client:
        assert (await client.get("/mcp", headers={"host": host})).status_code == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "host",
    ["evil.example", "EVIL.example:8000", "localhost.", "localhost.evil.example", "127.0.0.1.nip.io", "127.1",
     "2130706433", "0x7f.0.0.1", "0177.0.0.1", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::]", "0.0.0.0",
     "::1",
     "[::1", "", " ", "localhost, evil.example", "127.0.0.1\u3002"],
)  # fmt: skip
async def test_any_other_name_is_none_of_ours_on_any_path(path: str, host: str) -> None:
    async with client_of(LOOPBACK) as client:
        given = {"host": host.encode("utf-8")}
        assert (await client.get(path, headers=given)).status_code == 421  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "", "http://localhost.evil.example", "http://localhost.", "http://127.1",
     "http://2130706433", "file://", "chrome-extension://abcdef", "http://[::1", "http://evil.example@evil.example"],
)  # fmt: skip
async def test_pages_of_other_sites_are_turned_away_whatever_they_ask(
    path: str, method: str, origin: str
) -> None:
    async with client_of(LOOPBACK) as client:
        answer = await client.request(method, path, headers={"origin": origin})

    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control-")]
