"""A server that speaks chat completions over a real socket and does what a test tells it to.

    with ModelServer("Hello.", fails(429, retry_after="2"), {"answer": 42}) as server:
        provider = OpenAICompatible(server.url, "secret", "a-model", sleep=naps.append)
        ...
        assert server.asked[0].body["max_tokens"] == 4096

Each request takes the next reply of the script; `server.say(...)` adds more. A reply is one of

    "text", {"a": "dict"}       an answer with this text, or with this dict as JSON
    says(...)                   an answer in full: text, tool calls, finish reason, usage, cost
    calls(("explore", {...}))   an answer that calls tools
    cut("text")                 an answer that ran into the cap (finish_reason "length")
    refuses(), filters()        the model's refusal; the content filter's
    chooses_nothing()           an answer without choices
    fails(429, retry_after="2") an error status
    garbles()                   status 200 and a body that is no JSON
    breaks_off(), drops()       a connection that ends within the body; or without any answer
    Hang(then=reply)            silence until `hang.release()`; `hang.begun` is an event
    a function                  called with what was asked, gives one of the above

At the end of the script `server.otherwise` answers: status 404 unless it is set, for example to
`fails(503)` for an outage. `server.lacks` names what the server refuses with status 400 before it
looks at the script: "json_schema", "json_object", "tools", "temperature", "max_tokens".
`server.asked` holds all requests, `server.most_at_once` how many were ever in work together,
`server.wait_for(n)` waits until n have come in. Leaving the block releases every hang.
"""

import json
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self, TypeAlias, cast

PATIENCE_SECONDS = 10.0
_INSTEAD = {"max_tokens": "max_tokens, use max_completion_tokens instead"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came in; header names are in lower case."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def prompt(self) -> str:
        """All messages in one text."""
        return "\n".join(str(message.get("content") or "") for message in self.body["messages"])

    @property
    def format(self) -> str:
        """The kind of `response_format` asked for, or "" for none."""
        return str(self.body.get("response_format", {}).get("type", ""))


@dataclass(frozen=True, slots=True)
class Sent:
    """What goes over the wire; `promised` bytes are announced, fewer may come."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    promised: int = 0
    dropped: bool = False


class Hang:
    """Silence until it is released, and then a reply."""

    def __init__(self, then: "Reply" = "late") -> None:
        self.then = then
        self.begun = threading.Event()
        self._released = threading.Event()

    def release(self) -> None:
        """Let the answer out."""
        self._released.set()

    def wait(self) -> None:
        """Be silent."""
        self.begun.set()
        self._released.wait(PATIENCE_SECONDS)


Reply: TypeAlias = "str | Mapping[str, Any] | Sent | Hang | Callable[[Asked], Reply]"


def says(
    text: str = "",
    *,
    calls: Iterable[tuple[str, Mapping[str, Any] | str]] = (),
    finish: str = "stop",
    tokens: tuple[int, int] | None = (100, 10),
    cost: float | None = None,
    refusal: str | None = None,
) -> Sent:
    """An answer in full; `tokens=None` tells no usage."""
    tools = [
        {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": _json(given)}}
        for number, (name, given) in enumerate(calls, 1)
    ]
    message: dict[str, Any] = {"role": "assistant", "content": text or None, "refusal": refusal}
    if tools:
        message["tool_calls"] = tools
    return _completion([{"index": 0, "message": message, "finish_reason": finish}], tokens, cost)


def calls(*wanted: tuple[str, Mapping[str, Any] | str]) -> Sent:
    """An answer that calls tools; arguments given as text go out as they are."""
    return says(calls=wanted, finish="tool_calls")


def cut(text: str) -> Sent:
    """An answer that ran into the cap on its tokens."""
    return says(text, finish="length")


def refuses(text: str = "I cannot help with that.") -> Sent:
    """The model's own refusal."""
    return says(refusal=text)


def filters() -> Sent:
    """An answer that a content filter took away."""
    return says(finish="content_filter")


def chooses_nothing() -> Sent:
    """An answer without choices."""
    return _completion([], (100, 0), None)


def fails(status: int, *, retry_after: str = "", message: str = "no", code: str = "") -> Sent:
    """An error as such servers tell it."""
    error = {"message": message, "type": "error", "code": code or None}
    headers = {"retry-after": retry_after} if retry_after else {}
    return Sent(status, json.dumps({"error": error}).encode(), headers)


def garbles(body: str = '{"id": "x", "choices": [') -> Sent:
    """A body that is no JSON, well delivered."""
    return Sent(body=body.encode())


def breaks_off() -> Sent:
    """A connection that ends within the body."""
    whole = says("a long answer")
    return Sent(body=whole.body[:40], promised=len(whole.body))


def drops() -> Sent:
    """A connection that ends without any answer."""
    return Sent(dropped=True)


def _completion(choices: list[Any], tokens: tuple[int, int] | None, cost: float | None) -> Sent:
    body: dict[str, Any] = {"id": "c", "object": "chat.completion", "created": 0, "model": "served"}
    body["choices"] = choices
    if tokens is not None:
        told, given = tokens
        usage: dict[str, float] = {"prompt_tokens": told, "completion_tokens": given}
        body["usage"] = usage if cost is None else usage | {"cost": cost}
    return Sent(body=json.dumps(body).encode())


def _json(value: Mapping[str, Any] | str) -> str:
    return value if isinstance(value, str) else json.dumps(value)


class ModelServer:
    """The server; it listens on loopback from its making until the block is left."""

    def __init__(self, *script: Reply) -> None:
        self.asked: list[Asked] = []
        self.lacks: set[str] = set()
        self.otherwise: Reply = fails(404, message="the script is at its end")
        self.most_at_once = 0
        self.wrong: list[BaseException] = []
        self._script = list(script)
        self._hangs: list[Hang] = []
        self._working = 0
        self._changed = threading.Condition()
        self._http = _Listener(("127.0.0.1", 0), self)
        # A short poll, for `shutdown` waits for it.
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The base URL to hand to a client."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def say(self, *replies: Reply) -> None:
        """Have more to say, after what is in the script already."""
        with self._changed:
            self._script.extend(replies)

    def wait_for(self, requests: int) -> None:
        """Wait until that many requests have come in."""
        with self._changed:
            came = self._changed.wait_for(lambda: len(self.asked) >= requests, PATIENCE_SECONDS)
        assert came, f"{len(self.asked)} of {requests} requests came in"

    def close(self) -> None:
        """Release every hang and end; connections are refused from now on, errors in the script raised."""
        self._http.shutdown()
        self._thread.join()
        with self._changed:
            hangs = list(self._hangs)
        for hang in hangs:
            hang.release()
        self._http.server_close()
        if self.wrong:
            raise self.wrong[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def begin(self, asked: Asked) -> Sent:
        """Note a request and find the answer to it; called from the thread of each connection."""
        with self._changed:
            self.asked.append(asked)
            self._working += 1
            self.most_at_once = max(self.most_at_once, self._working)
            self._changed.notify_all()
            missing = self.lacks & _features(asked.body)
            if missing:
                return fails(400, message=f"not supported: {', '.join(_INSTEAD.get(n, n) for n in missing)}")
            reply = self._script.pop(0) if self._script else self.otherwise
        return self._sent(reply, asked)

    def end(self) -> None:
        """Note that a request is done with."""
        with self._changed:
            self._working -= 1
            self._changed.notify_all()

    def _sent(self, reply: Reply, asked: Asked) -> Sent:
        while not isinstance(reply, Sent):
            if isinstance(reply, Hang):
                with self._changed:
                    self._hangs.append(reply)
                reply.wait()
                reply = reply.then
            elif isinstance(reply, str):
                reply = says(reply)
            elif isinstance(reply, Mapping):
                reply = says(json.dumps(reply))
            else:
                reply = reply(asked)
        return reply


def _features(body: Mapping[str, Any]) -> set[str]:
    wanted = str(body.get("response_format", {}).get("type", ""))
    return {wanted, *(name for name in ("tools", "temperature", "max_tokens") if name in body)}


class _Listener(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], owner: ModelServer) -> None:
        self.owner = owner
        super().__init__(address, _Conversation)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep what went wrong for the end; clients that run out of patience are what tests are about."""
        wrong = sys.exception()
        if wrong is not None and not isinstance(wrong, ConnectionError | TimeoutError):
            self.owner.wrong.append(wrong)


class _Conversation(BaseHTTPRequestHandler):
    timeout = PATIENCE_SECONDS

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        body = json.loads(self.rfile.read(length))
        headers = {name.lower(): value for name, value in self.headers.items()}
        owner = cast("_Listener", self.server).owner
        try:
            sent = owner.begin(Asked(self.path, headers, body))
        finally:
            # Before it is sent, so that a client's next request is never counted beside this one.
            owner.end()
        self._send(sent)

    def _send(self, sent: Sent) -> None:
        if sent.dropped:
            return
        self.send_response(sent.status)
        for name, value in sent.headers.items():
            self.send_header(name, value)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(sent.promised or len(sent.body)))
        self.end_headers()
        self.wfile.write(sent.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the output of the tests clean."""
