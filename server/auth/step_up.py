"""Tells an MCP client by HTTP 403 which scope a tool needs, so that it can ask its user for it."""

import json
from collections.abc import Iterable
from typing import Any, cast

from mcp.types.version import HANDSHAKE_PROTOCOL_VERSIONS
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .bridge import Rights
from .gate import Challenge
from .principal import Principal
from .principal import Scope as Right
from .refusals import Forbidden

_LONGEST_PEEK = 1024 * 1024


class StepUp:
    """Stands between the gate and `path`; whoever has every scope passes without a look.

    Headers are believed only where the library proves them equal to the body; for older clients the
    body is read, up to 1 MiB. What cannot be decided here is decided by the warden inside.
    """

    def __init__(self, app: ASGIApp, rights: Rights, challenge: Challenge, path: str = "/mcp") -> None:
        self._app = app
        self._rights = rights
        self._challenge = challenge
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 403."""
        principal = scope.get("state", {}).get("principal")
        if (
            scope["type"] != "http"
            or scope["path"] != self._path
            or not isinstance(principal, Principal)
            or all(principal.may(right) for right in self._rights.ever)
        ):
            await self._app(scope, receive, send)
            return
        needed, receive = await self._needed(scope, receive)
        for right in needed:
            if right and not principal.may(right):
                await self._challenge.refused(Forbidden(right), principal)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _needed(self, scope: Scope, receive: Receive) -> tuple[list[Right | None], Receive]:
        if scope["method"] == "GET":
            # The stream of news tells the names of files.
            return ["read"], receive
        if scope["method"] != "POST":
            return [], receive
        headers = Headers(scope=scope)
        modern = headers.get("mcp-protocol-version") not in (None, *HANDSHAKE_PROTOCOL_VERSIONS)
        if modern and "mcp-method" in headers:
            return [self._rights.needed(headers["mcp-method"], headers.get("mcp-name"))], receive
        read, receive = await _peeked(receive)
        return [self._rights.needed(method, tool) for method, tool in _asked(b"".join(read))], receive


async def _peeked(receive: Receive) -> tuple[list[bytes], Receive]:
    """The body, or its beginning, and a `receive` that begins anew."""
    messages: list[Message] = []
    size = 0
    while size <= _LONGEST_PEEK:
        message = await receive()
        messages.append(message)
        size += len(message.get("body", b""))
        if not message.get("more_body", False):
            break
    replayed = iter(list(messages))

    async def again() -> Message:
        for message in replayed:
            return message
        return await receive()

    return [message.get("body", b"") for message in messages], again


def _asked(body: bytes) -> Iterable[tuple[object, object]]:
    try:
        told: Any = json.loads(body)
    except (ValueError, RecursionError):
        return
    for one in cast(list[Any], told) if isinstance(told, list) else [told]:
        if isinstance(one, dict):
            asked = cast(dict[str, Any], one)
            params: Any = asked.get("params")
            yield (
                asked.get("method"),
                cast(dict[str, Any], params).get("name") if isinstance(params, dict) else None,
            )
