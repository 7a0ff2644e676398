import json
import socket
from collections.abc import Callable
from typing import Any

import pytest
from app_threads import Serve
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from diffmem.errors import BadInput
from diffmem.server.auth.callback_url import checked, post

PUBLIC = "93.184.215.14"


def names(*addresses: str) -> Callable[[str, int], list[str]]:
    """A resolver that answers with these, whatever is asked."""
    return lambda host, port: list(addresses)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://hooks.example.com/x?y=1", "hooks.example.com"),
        ("https://hooks.example.com:443/x", "hooks.example.com"),
        ("https://HOOKS.example.com", "hooks.example.com"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example"),
        (f"https://{PUBLIC}/x", PUBLIC),
        ("https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/x", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"),
    ],
)
def test_a_public_address_is_pinned(url: str, host: str) -> None:
    target = checked(url, resolve=names(PUBLIC))

    assert (target.host, target.port) == (host, 443)
    assert target.address == (PUBLIC if "[" not in url else host)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/", "ftp://hooks.example.com/", "gopher://hooks.example.com/", "file:///etc/passwd",
        "https:///x", "https://", "//hooks.example.com/", "hooks.example.com", "", "javascript:alert(1)",
        "https://hooks.example.com:80/", "https://hooks.example.com:25/", "https://hooks.example.com:0/",
        "https://hooks.example.com:99999/", "https://hooks.example.com:/", "https://hooks.example.com:https/",
        "https://user@hooks.example.com/", "https://user:pass@hooks.example.com/",
        "https://a@b@hooks.example.com/",
        "https://hooks.example.com/#x", "https://hooks.example.com\\@evil.example/", "https://hooks.example.com\\x",
        "https://hooks.example.com/a\r\nX-Evil: 1", "https://hooks.example.com/a\tb",
        "https://hooks.example.com/a b",
        "https://hooks.example.com/\x00", "https://hooks.example.com/\u2028", "https://b\u00fccher.example/",
        "https://hooks.example.com./", "https://hooks..example.com/", "https://-x.example.com/", "https://hooks/",
        "https://localhost/", "https://LOCALHOST/", "https://ho%6fks.example.com/", "https://x_y.example.com/",
        "https://2130706433/", "https://0x7f000001/", "https://0x7f.1/", "https://0177.0.0.1/", "https://127.1/",
        "https://127.0.0.1./", "https://0/", "https://\u2460\u2461\u2466.0.0.1/", "https://127\u30020\u30020\u30021/",
        "https://[::1%25lo]/", "https://[::1%lo]/", "https://[::1/", "https://[v1.x]/",
        "https://hooks.example.com/" + "x" * 2100,
    ],
    ids=ascii,
)  # fmt: skip
def test_odd_spellings_are_refused_though_they_would_lead_somewhere_public(url: str) -> None:
    with pytest.raises(BadInput, match="callback_url is not called"):
        checked(url, resolve=names(PUBLIC))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
        "169.254.0.1",
        "100.64.0.1", "100.100.100.200", "192.0.0.192", "192.88.99.1", "192.0.2.1", "198.18.0.1",
        "203.0.113.9", "224.0.0.1",
        "239.255.255.250", "240.0.0.1", "255.255.255.255", "168.63.129.16",
        "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
        "::127.0.0.1", "fe80::1",
        "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "64:ff9b::7f00:1", "64:ff9b:1::7f00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::", "2001:db8::1", "100::1", "::ffff:0:127.0.0.1",
    ],
)  # fmt: skip
def test_what_is_not_public_is_not_called_by_name_nor_by_address(address: str) -> None:
    shown = f"[{address}]" if ":" in address else address

    with pytest.raises(BadInput, match="callback_url is not called"):
        checked("https://hooks.example.com/", resolve=names(address))
    with pytest.raises(BadInput, match="callback_url is not called"):
        checked("https://hooks.example.com/", resolve=names(PUBLIC, address))
    with pytest.raises(BadInput, match="callback_url is not called"):
        checked(f"https://{shown}/", resolve=names(PUBLIC))


def test_the_systems_own_names_are_looked_up_and_judged_like_any() -> None:
    origin = "http://localhost:8080"

    assert checked(f"{origin}/hook", [origin]).address in {"127.0.0.1", "::1"}
    with pytest.raises(BadInput, match="not known"):
        checked("https://no.such.invalid/")


def test_the_refusal_tells_nothing_of_the_network() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(BadInput) as private:
        checked("https://hooks.example.com/", resolve=names("10.1.2.3"))
    with pytest.raises(BadInput):
        checked("https://hooks.example.com/", resolve=unknown)
    with pytest.raises(BadInput):
        checked("https://hooks.example.com/", resolve=names())
    with pytest.raises(BadInput):
        checked("https://hooks.example.com/", resolve=names("fe80::1%eth0"))
    assert "10.1" not in str(private.value)


def test_the_name_is_looked_up_once_and_never_again() -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"]])

    assert checked("https://hooks.example.com/", resolve=lambda host, port: next(answers)).address == PUBLIC
    assert next(answers) == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("url", "allow", "address"),
    [
        ("https://hooks.lan/x", "hooks.lan", "10.0.0.5"),
        ("https://hooks/x", "HOOKS", "10.0.0.5"),
        ("http://10.0.0.5:8080/x", "http://10.0.0.5:8080", "10.0.0.5"),
        ("http://10.0.0.5:8080/x", "http://10.0.0.5:8080/", "10.0.0.5"),
        ("http://[fd00::5]:8080/x", "http://[fd00::5]:8080", "fd00::5"),
        ("https://10.0.0.5/x", "https://10.0.0.5", "10.0.0.5"),
        ("https://10.0.0.5/x", "https://10.0.0.5:443", "10.0.0.5"),
    ],
)
def test_what_the_settings_name_may_be_called(url: str, allow: str, address: str) -> None:
    assert checked(url, ["other.example", allow], names("10.0.0.5")).address == address


@pytest.mark.parametrize(
    ("url", "allow"),
    [
        ("http://hooks.lan/", "hooks.lan"),
        ("https://hooks.lan:8443/", "hooks.lan"),
        ("https://evil.hooks.lan/", "hooks.lan"),
        ("https://hooks.lan.evil.example/", "hooks.lan"),
        ("http://10.0.0.5:8081/", "http://10.0.0.5:8080"),
        ("http://10.0.0.50:8080/", "http://10.0.0.5:8080"),
        ("http://u@10.0.0.5:8080/", "http://10.0.0.5:8080"),
        ("https://hooks.lan/", ""),
        ("https://hooks.lan/", "*"),
    ],
)
def test_what_is_only_like_it_may_not(url: str, allow: str) -> None:
    with pytest.raises(BadInput):
        checked(url, [allow], names("10.0.0.5"))


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "::ffff:169.254.169.254", "168.63.129.16", "fe80::1", "0.0.0.0"]
)
def test_the_secrets_of_a_cloud_are_never_called(address: str) -> None:
    with pytest.raises(BadInput):
        checked("https://hooks.lan/", ["hooks.lan"], names(address))


async def echoed(request: Request) -> Response:
    told: dict[str, Any] = {"host": request.headers["host"], "body": json.loads(await request.body())}
    request.app.state.heard.append(told)
    return JSONResponse(told, 201)


async def moved(request: Request) -> Response:
    return RedirectResponse("/hook", 307)


@pytest.fixture
def listener() -> Starlette:
    made = Starlette(
        routes=[Route("/hook", echoed, methods=["POST"]), Route("/moved", moved, methods=["POST"])]
    )
    made.state.heard = []
    return made


async def test_the_call_goes_to_the_pinned_address_under_the_name_that_was_given(
    serve: Serve, listener: Starlette
) -> None:
    port = serve(listener).rpartition(":")[2]
    origin = f"http://hooks.nowhere.invalid:{port}"
    target = checked(f"{origin}/hook", [origin], names("127.0.0.1"))

    assert await post(target, b'{"job": "j1"}', {"content-type": "application/json"}) == 201
    assert listener.state.heard == [{"host": f"hooks.nowhere.invalid:{port}", "body": {"job": "j1"}}]


async def test_a_redirect_is_an_answer_and_not_followed(serve: Serve, listener: Starlette) -> None:
    origin = serve(listener)

    assert await post(checked(f"{origin}/moved", [origin]), b"{}", {}) == 307
    assert listener.state.heard == []


async def test_nobody_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        origin = f"http://127.0.0.1:{taken.getsockname()[1]}"

    with pytest.raises(OSError, match="not delivered"):
        await post(checked(f"{origin}/hook", [origin]), b"{}", {})
