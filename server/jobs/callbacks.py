"""Calls back when a job is over: signed, to public places only, three times at most."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, cast

import anyio
from anyio import to_thread

from ...errors import BadInput
from ..auth import callback_url
from ..auth.callback_url import Resolve, resolved
from .job import Delivery, Record

Sleep = Callable[[float], Awaitable[None]]

PAUSES = (5.0, 30.0)
"""Seconds between the three attempts."""
_NAMES_AND_WORDS = frozenset({"path", "files", "done", "passed", "proposed", "note"})
"""What of a result may hold words or names of the memory, and stays here."""


class Callbacks:
    """Posts finished records as Standard Webhooks has it; without a secret it refuses every address.

    `allow` names hosts and origins that may be called although they are not public.
    """

    def __init__(
        self,
        secret: str = "",
        allow: Sequence[str] = (),
        *,
        resolve: Resolve = resolved,
        sleep: Sleep = anyio.sleep,
    ) -> None:
        self._secret = key(secret)
        self._allow = allow
        self._resolve = resolve
        self._sleep = sleep

    async def check(self, url: str) -> None:
        """Make sure that an address may be called.

        Raises:
            BadInput: it may not; the message says why.
        """
        if not self._secret:
            raise BadInput("callback_url: this server calls nobody back; set DIFFMEM_CALLBACK_SECRET there")
        await self._target(url)

    async def deliver(self, record: Record) -> AsyncGenerator[Delivery]:
        """Post a record until it is taken; yields each attempt."""
        for pause in (0.0, *PAUSES):
            if pause:
                await self._sleep(pause)
            attempt = await self._attempt(record)
            yield attempt
            if attempt.taken:
                return

    async def _attempt(self, record: Record) -> Delivery:
        now = datetime.now(UTC)
        body = json.dumps(_public(record)).encode()
        try:
            target = await self._target(record.job.callback_url)
            status = await callback_url.post(target, body, self._headers(record.job.id, now, body))
        except (BadInput, OSError) as error:
            return Delivery(now, error=str(error) or type(error).__name__)
        return Delivery(now, status)

    async def _target(self, url: str) -> callback_url.Target:
        return await to_thread.run_sync(callback_url.checked, url, self._allow, self._resolve)

    def _headers(self, identity: str, now: datetime, body: bytes) -> dict[str, str]:
        seconds = str(int(now.timestamp()))
        return {
            "content-type": "application/json",
            "user-agent": "diffmem",
            "webhook-id": identity,
            "webhook-timestamp": seconds,
            "webhook-signature": signature(self._secret, identity, seconds, body),
        }


def signature(secret: bytes, identity: str, seconds: str, body: bytes) -> str:
    """What proves that a body came from who knows the secret, and when."""
    signed = b".".join((identity.encode(), seconds.encode(), body))
    return "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()


def _public(record: Record) -> dict[str, Any]:
    plain = record.plain()
    del plain["callbacks"]
    return plain | {"result": _without_words(plain["result"])}


def _without_words(value: Any) -> Any:
    if isinstance(value, dict):
        shown = cast("dict[str, Any]", value)
        return {name: _without_words(one) for name, one in shown.items() if name not in _NAMES_AND_WORDS}
    return value


def key(secret: str) -> bytes:
    """The secret's bytes; `whsec_` before base64 is how others write them down."""
    if secret.startswith("whsec_"):
        try:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            return secret.encode()
    return secret.encode()
