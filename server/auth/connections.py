"""Connections that do not wait for ever for a request to begin."""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


class Impatient(H11Protocol):
    """Closes a connection whose next request has no whole head in time; the library sets no such limit.

    For `uvicorn.Config(http=Impatient)`.
    """

    head_seconds = 20.0
    _clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Begin to wait."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take some bytes; the clock goes on until the head is whole."""
        super().data_received(data)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self.conn.their_state is not h11.IDLE or self.transport.is_closing():
            self._stop()
        elif self._clock is None:
            self._clock = self.loop.call_later(self.head_seconds, self._give_up)

    def _give_up(self) -> None:
        self._clock = None
        self.transport.close()

    def _stop(self) -> None:
        if self._clock:
            self._clock.cancel()
            self._clock = None
