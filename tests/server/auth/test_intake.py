import socket
from collections.abc import AsyncGenerator, Callable
from typing import Any

import anyio
import httpx2
import pytest
from app_threads import Serve
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from diffmem.server.auth.connections import Impatient
from diffmem.server.auth.intake import BodyLimit, HeadLimit, TimeLimit


async def counted(request: Request) -> Response:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
    return PlainTextResponse(str(size))


async def never(_: Request) -> Response:
    await anyio.sleep_forever()
    return Response()


async def stream(_: Request) -> Response:
    async def parts() -> AsyncGenerator[str]:
        for part in ("one ", "two ", "three"):
            yield part
            await anyio.sleep(0.1)

    return StreamingResponse(parts(), media_type="text/event-stream")


def app(kind: Callable[..., Any], **limits: Any) -> Starlette:
    routes = [
        Route("/", counted, methods=["GET", "POST"]),
        Route("/never", never),
        Route("/stream", stream),
        Route("/mcp", stream),
    ]
    made = Starlette(routes=routes)
    made.add_middleware(kind, **limits)
    return made


def client_of(made: ASGIApp) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(made), base_url="http://127.0.0.1")


def heard(url: str, *sent: bytes) -> bytes:
    """What the server says to raw bytes until it hangs up."""
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        for part in sent:
            connection.sendall(part)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return answer


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/", [("x", "y")] * 90, 200),
        ("/", [("x", "y")] * 101, 431),
        ("/", [("x", "y" * 33_000)], 431),
        ("/?" + "x" * 8_000, [], 200),
        ("/?" + "x" * 8_300, [], 414),
        ("/" + "x" * 8_300, [], 414),
    ],
    ids=["90 headers", "101 headers", "large", "address", "query", "path"],
)
async def test_a_head_has_its_limits(path: str, headers: list[tuple[str, str]], status: int) -> None:
    async with client_of(app(HeadLimit)) as client:
        answer = await client.get(path, headers=headers)

    assert answer.status_code == status
    if status != 200:
        assert answer.headers["content-type"] == "application/problem+json"


def test_ten_thousand_headers_are_refused_by_a_real_server(serve: Serve) -> None:
    url = serve(app(HeadLimit))

    answer = heard(
        url, b"GET / HTTP/1.1\r\nHost: x\r\n" + b"a: b\r\n" * 10_000 + b"Connection: close\r\n\r\n"
    )

    assert answer.split()[1] in {b"431", b"400"}


async def chunks(size: int, times: int) -> AsyncGenerator[bytes]:
    for _ in range(times):
        yield b"x" * size


async def test_a_body_of_the_size_allowed_comes_in_whole_and_one_byte_more_does_not() -> None:
    async with client_of(app(BodyLimit, largest=1000)) as client:
        assert (await client.post("/", content=b"x" * 1000)).text == "1000"
        assert (await client.post("/", content=chunks(100, 10))).text == "1000"
        for body in (b"x" * 1001, chunks(1001, 1), chunks(143, 7)):
            answer = await client.post("/", content=body)
            assert (answer.status_code, answer.json()["detail"]) == (
                413,
                "the body is larger than 1,000 bytes",
            )


def test_a_body_that_is_too_large_is_not_read_to_its_end(serve: Serve) -> None:
    url = serve(app(BodyLimit, largest=1000))

    answer = heard(url, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 413")
    assert b"connection: close" in answer.lower()


@pytest.mark.parametrize("length", [b"-1", b"1e3", b"\xb2", b"9" * 5000])
def test_a_length_that_is_none_brings_nothing_down(serve: Serve, length: bytes) -> None:
    url = serve(app(BodyLimit, largest=1000))

    answer = heard(
        url, b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " + length + b"\r\n\r\n"
    )

    assert answer.split()[1] in {b"400", b"413"}


def test_a_body_that_never_ends_is_given_up(serve: Serve) -> None:
    url = serve(app(BodyLimit, largest=1000, seconds=0.2))

    answer = heard(url, b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")

    assert answer.startswith(b"HTTP/1.1 408")


def test_two_ways_to_tell_a_length_are_not_both_believed(serve: Serve) -> None:
    url = serve(app(BodyLimit, largest=1000))

    answer = heard(
        url,
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n"
        b"Connection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n",
    )

    assert answer.count(b"HTTP/1.1 ") == 1
    assert answer.split()[1] == b"400" or answer.endswith(b"5")


async def test_an_answer_that_does_not_begin_in_time_is_given_up() -> None:
    async with client_of(app(TimeLimit, seconds=0.1)) as client:
        answer = await client.get("/never")

    assert answer.status_code == 504
    assert "took longer than 0.1 s" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/stream", "/mcp"])
async def test_an_answer_that_has_begun_may_last(path: str) -> None:
    limits: dict[str, Any] = {"seconds": 0.05, "except_paths": frozenset({"/mcp"})}
    async with client_of(app(TimeLimit, **limits)) as client:
        assert (await client.get(path)).text == "one two three"


async def test_a_stream_outlives_the_time_for_bodies() -> None:
    async with client_of(app(BodyLimit, largest=10, seconds=0.05)) as client:
        assert (await client.get("/stream")).text == "one two three"


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nA: "], ids=["nothing", "line", "header"]
)
def test_a_connection_on_which_no_request_comes_is_closed(
    serve: Serve, sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Impatient, "head_seconds", 0.2)
    url = serve(app(HeadLimit), http=Impatient)

    assert heard(url, sent) == b""


def test_a_second_head_that_drips_is_closed_too(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Impatient, "head_seconds", 0.2)
    url = serve(app(HeadLimit), http=Impatient, timeout_keep_alive=60)
    host, _, port = url.removeprefix("http://").partition(":")

    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = b""
        while not answer.endswith(b"\r\n\r\n0"):
            answer += connection.recv(65536)
        connection.sendall(b"GET / HT")
        assert connection.recv(65536) == b""


def test_whoever_has_sent_a_whole_head_is_waited_for(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Impatient, "head_seconds", 0.05)
    url = serve(app(TimeLimit, seconds=0.3), http=Impatient, timeout_keep_alive=0)

    assert heard(url, b"GET /never HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 504")
    assert b"three" in heard(url, b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")


async def test_an_ordinary_client_notices_nothing_of_the_impatience(serve: Serve) -> None:
    url = serve(app(BodyLimit, largest=100_000), http=Impatient)

    async with httpx2.AsyncClient(base_url=url) as client:
        assert [(await client.post("/", content=b"x" * size)).text for size in (1, 70_000, 3)] == [
            "1",
            "70000",
            "3",
        ]
