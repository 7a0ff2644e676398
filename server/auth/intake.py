"""How much a request may bring and how long it may take: headers, body, answer."""

import anyio
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .problem import problem


class HeadLimit:
    """Refuses an address that is too long (414) and headers that are too many or too large (431)."""

    def __init__(
        self, app: ASGIApp, headers: int = 100, header_bytes: int = 32 * 1024, address: int = 8 * 1024
    ) -> None:
        self._app = app
        self._headers = headers
        self._header_bytes = header_bytes
        self._address = address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "http":
            head = scope["headers"]
            if len(scope["path"].encode("utf-8", "replace")) + len(scope["query_string"]) > self._address:
                told = problem(414, f"the address is longer than {self._address:,} bytes")
                await told(scope, receive, send)
                return
            if len(head) > self._headers or sum(len(n) + len(v) for n, v in head) > self._header_bytes:
                told = problem(
                    431, f"send at most {self._headers} headers of {self._header_bytes:,} bytes in all"
                )
                await told(scope, receive, send)
                return
        await self._app(scope, receive, send)


class _TooLarge(Exception):
    """The body went over its size."""


class _TooSlow(Exception):
    """The body did not arrive in time."""


class BodyLimit:
    """Refuses a body that is too large (413) or comes too slowly (408); passes it on as it comes."""

    def __init__(self, app: ASGIApp, largest: int, seconds: float = 120) -> None:
        self._app = app
        self._largest = largest
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = _Begun(send)
        try:
            length = Headers(scope=scope).get("content-length", "")
            if length.isascii() and length.isdecimal() and int(length[:20]) > self._largest:
                raise _TooLarge
            await self._app(scope, self._counted(receive), begun)
        except _TooLarge:
            await self._refuse(
                begun, 413, f"the body is larger than {self._largest:,} bytes", scope, receive, send
            )
        except _TooSlow:
            await self._refuse(
                begun, 408, f"the body took longer than {self._seconds:g} s", scope, receive, send
            )

    def _counted(self, receive: Receive) -> Receive:
        deadline = anyio.current_time() + self._seconds
        size, whole = 0, False

        async def counted() -> Message:
            nonlocal size, whole
            if whole:
                # What follows the body is the end of the connection, which may be hours away.
                return await receive()
            with anyio.CancelScope(deadline=deadline) as waiting:
                message = await receive()
                size += len(message.get("body", b""))
                whole = not message.get("more_body", False)
                if size > self._largest:
                    raise _TooLarge
                return message
            assert waiting.cancelled_caught
            raise _TooSlow

        return counted

    @staticmethod
    async def _refuse(
        begun: "_Begun", status: int, why: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if not begun.yet:
            # The rest of the body will not be read, so the connection cannot serve another request.
            await problem(status, why, {"Connection": "close"})(scope, receive, send)


class TimeLimit:
    """Answers 504 where no answer has begun in time; an answer that has begun may last, as streams do."""

    def __init__(self, app: ASGIApp, seconds: float, except_paths: frozenset[str] = frozenset()) -> None:
        self._app = app
        self._seconds = seconds
        self._except = except_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; give it up when its time is over."""
        if scope["type"] != "http" or scope["path"] in self._except:
            await self._app(scope, receive, send)
            return
        waiting = anyio.CancelScope(deadline=anyio.current_time() + self._seconds)
        begun = _Begun(send, waiting)
        with waiting:
            await self._app(scope, receive, begun)
        if waiting.cancelled_caught and not begun.yet:
            why = f"this took longer than {self._seconds:g} s; what was acknowledged before is kept"
            await problem(504, why)(scope, receive, send)


class _Begun:
    """Passes an answer on, and knows whether it has begun; from then on the clock stands still."""

    def __init__(self, send: Send, clock: anyio.CancelScope | None = None) -> None:
        self._send = send
        self._clock = clock
        self.yet = False

    async def __call__(self, message: Message) -> None:
        """Send a part of the answer."""
        self.yet = True
        if self._clock:
            self._clock.deadline = float("inf")
        await self._send(message)
