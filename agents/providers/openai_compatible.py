"""Any server that speaks OpenAI's chat completions."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...errors import ModelError, ModelRefused
from . import wire
from .connection import Connection
from .counters import Counters
from .dialect import Dialect
from .faults import Rejected, prompt_tokens, too_long
from .patience import Patience, Transient
from .provider import Reply, Request, Usage

if TYPE_CHECKING:
    import httpx2

_SHORTEST_ROOM = 16


class OpenAICompatible:
    """A model behind a base URL; safe to call from many threads.

    It retries what may pass, keeps to a number of calls at a time, and learns which part of the
    protocol the server takes. `timeout` is for one attempt, `deadline` for all of them, in seconds.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        model: str,
        *,
        timeout: float = 60.0,
        deadline: float = 180.0,
        retries: int = 3,
        concurrency: int = 4,
        temperature: float | None = None,
        context_tokens: int = 32_000,
        dialect: Dialect | None = None,
        asks_cost: bool = False,
        counters: Counters | None = None,
        http_client: httpx2.Client | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.base_url = base_url
        self.model = model
        self.context_tokens = context_tokens
        self.counters = counters or Counters()
        self._connection = Connection(base_url, key, model, http_client=http_client, clock=clock)
        self._patience = Patience(retries, deadline, sleep, clock)
        self._timeout = timeout
        self._extras: dict[str, Any] = {"usage": {"include": True}} if asks_cost else {}
        self._temperature = temperature
        self._slots = threading.BoundedSemaphore(concurrency)
        self._lock = threading.Lock()
        self._dialect = dialect or Dialect()

    def __repr__(self) -> str:
        return f"OpenAICompatible({self.base_url!r}, model={self.model!r})"

    @property
    def takes_tools(self) -> bool:
        """Whether it may be asked with tools; False once its server refused them."""
        return self._dialect.tools

    @property
    def dialect(self) -> Dialect:
        """What has been learnt of the server so far."""
        return self._dialect

    def close(self) -> None:
        """Give back the connections; the next call opens new ones."""
        self._connection.close()

    def complete(self, request: Request) -> Reply:
        """Answer once, in the surest form that the server takes."""
        request = self._fitting(request)
        end = self._patience.until(request.seconds)
        dialect, spent = self._dialect, Usage()
        while True:
            if request.tools and not dialect.tools:
                raise ModelRefused(self.model, "its server takes no tools")
            try:
                reply = self._answered(request, dialect, end)
            except Rejected as rejected:
                dialect = self._otherwise(dialect, rejected, request)
                continue
            spent += reply.usage
            other = dialect.after_prose() if _is_prose(request, reply) else dialect
            if other is None or other is dialect:
                if other is dialect:
                    self._learn(dialect)
                return replace(reply, usage=spent)
            dialect = other

    def _fitting(self, request: Request) -> Request:
        room = self.context_tokens - prompt_tokens(request)
        if room < min(request.max_tokens, _SHORTEST_ROOM):
            raise too_long(self.model, request)
        return replace(request, max_tokens=min(request.max_tokens, room))

    def _otherwise(self, dialect: Dialect, rejected: Rejected, request: Request) -> Dialect:
        other = None if rejected.too_long else dialect.after(rejected.complaint, request)
        if other is None:
            raise rejected.final(self.model, request) from None
        if not other.tools:
            self._learn(replace(self._dialect, tools=False))
        return other

    def _learn(self, dialect: Dialect) -> None:
        with self._lock:
            self._dialect = self._dialect.joined(dialect)

    def _answered(self, request: Request, dialect: Dialect, end: float) -> Reply:
        sent = wire.body(request, dialect) | self._extras
        if self._temperature is not None and dialect.temperature:
            sent["temperature"] = self._temperature

        def attempt(left: float) -> Reply:
            with self._slot(left):
                left = end - self._patience.clock()
                return self._once(request, sent, min(left, self._timeout))

        return self._patience.keep(self.model, end, attempt)

    def _once(self, request: Request, sent: dict[str, Any], seconds: float) -> Reply:
        try:
            told = self._connection.post(sent, seconds)
        except (Transient, Rejected, ModelError):
            self.counters.failed(self.model)
            raise
        self.counters.answered(self.model, wire.usage(request, told))
        return wire.reply(self.model, request, told)

    @contextmanager
    def _slot(self, seconds: float) -> Generator[None]:
        if not self._slots.acquire(timeout=seconds):
            raise Transient("too many calls wait for it")
        try:
            yield
        finally:
            self._slots.release()


def _is_prose(request: Request, reply: Reply) -> bool:
    said = reply.text.strip()
    return request.shape is not None and not reply.calls and bool(said) and "{" not in said
