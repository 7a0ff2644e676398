"""The public keys of an issuer, fetched when they are needed and never often."""

import json
import time
from collections.abc import Callable
from typing import Any, cast

import anyio
import httpx2
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from .discovery import Discovery
from .fetch import fetched
from .refusals import KeysUnavailable, Unauthenticated

ALGORITHMS = ("RS256", "ES256")
_FIELDS = ("kty", "kid", "use", "alg", "crv", "n", "e", "x", "y")
_MOST_KEYS = 100
_FIRST_PAUSE_SECONDS = 5


class Keys:
    """Signing keys by their id, at an address or where an issuer says that they are.

    They are fetched again after `fresh` seconds and when a key id is not known, but not within `pause`
    seconds of the last attempt; where the issuer cannot be reached the old ones serve for `old` seconds.
    """

    def __init__(
        self,
        at: str | Discovery,
        *,
        fresh: float = 300,
        old: float = 24 * 3600,
        pause: float = 30,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._at = at
        self._fresh, self._old, self._pause = fresh, old, pause
        self._now = now
        self._lock = anyio.Lock()
        self._keys: dict[str, PyJWK] = {}
        self._fetched = self._next = float("-inf")

    async def find(self, key_id: str | None) -> PyJWK:
        """The key of that id; without one, the only key there is.

        Raises:
            Unauthenticated: the issuer has no such key.
            KeysUnavailable: the issuer did not tell its keys.
        """
        if self._age() > self._fresh or self._known(key_id) is None:
            async with self._lock:
                await self._refresh(key_id)
        if self._age() > self._old:
            raise KeysUnavailable("the issuer's keys cannot be fetched at the moment; try again")
        found = self._known(key_id)
        if found is None:
            raise Unauthenticated("this token is signed by a key its issuer does not have")
        return found

    def _age(self) -> float:
        return self._now() - self._fetched

    def _known(self, key_id: str | None) -> PyJWK | None:
        if key_id is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(key_id)

    async def _refresh(self, key_id: str | None) -> None:
        # Whoever held the lock before may have fetched what is missing.
        wanted = self._age() > self._fresh or self._known(key_id) is None
        if not wanted or self._now() < self._next:
            return
        self._next = self._now() + (self._pause if self._keys else min(self._pause, _FIRST_PAUSE_SECONDS))
        try:
            self._keys = _usable(json.loads(await self._fetch()))
        except (httpx2.HTTPError, TimeoutError, ValueError, TypeError, LookupError, RecursionError):
            if isinstance(self._at, Discovery):
                # The keys may have moved.
                self._at.forget()
            return
        self._fetched = self._now()
        self._next = self._fetched + self._pause

    async def _fetch(self) -> bytes:
        if isinstance(self._at, str):
            return await fetched(self._at)
        return await fetched(await self._at.jwks_url())


def _usable(told: Any) -> dict[str, PyJWK]:
    """The keys that may sign for us, by their ids; one without an id is named after its place."""
    found: dict[str, PyJWK] = {}
    for place, one in enumerate(cast(list[Any], told["keys"])[:_MOST_KEYS]):
        if not _is_readable(one):
            continue
        try:
            key = PyJWK.from_dict(one)
        except PyJWTError:
            # Kinds that are not ours stand beside the others; they are of no use here.
            continue
        if (
            key.key_type in {"RSA", "EC"}
            and key.algorithm_name in ALGORITHMS
            and one.get("use") in {None, "sig"}
        ):
            found[key.key_id or f"#{place}"] = key
    return found


def _is_readable(one: Any) -> bool:
    if not isinstance(one, dict):
        return False
    told = cast(dict[str, Any], one)
    return all(isinstance(told.get(name, ""), str) for name in _FIELDS)
