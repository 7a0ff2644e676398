"""Ends a stream whose listener is no longer let in."""

from collections.abc import Awaitable, Callable

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ...errors import StoreError
from .refusals import KeysUnavailable, Unauthenticated


class Watch:
    """Around an app: once in `seconds`, as parts of an answer go out, asks whether they still may.

    Streams of the protocol send a sign of life every 15 seconds, so a quiet one is asked about too.
    """

    def __init__(self, app: ASGIApp, still: Callable[[], Awaitable[object]], seconds: float) -> None:
        self._app = app
        self._still = still
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, for as long as this is allowed."""
        staying = anyio.CancelScope()
        due = anyio.current_time() + self._seconds

        async def watched(message: Message) -> None:
            nonlocal due
            if message.get("more_body") and anyio.current_time() >= due:
                due = anyio.current_time() + self._seconds
                if not await self._may_stay():
                    staying.cancel()
                    return
            await send(message)

        with staying:
            await self._app(scope, receive, watched)
        if staying.cancelled_caught:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _may_stay(self) -> bool:
        try:
            await self._still()
        except Unauthenticated:
            return False
        except (KeysUnavailable, StoreError):
            # Not known at the moment; those who were let in stay until it is.
            return True
        return True
