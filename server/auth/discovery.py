"""Where an issuer shows its keys, as it says itself (OpenID Connect Discovery, RFC 8414)."""

import json
from typing import Any
from urllib.parse import urlsplit

import httpx2

from .fetch import fetched, is_safe

_OPENID, _OAUTH = "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"
_FAULTS = (httpx2.HTTPError, TimeoutError, ValueError, TypeError, LookupError, RecursionError)


class Discovery:
    """Asks an issuer for its metadata and keeps what it said until it is told to forget it."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._found = ""

    async def jwks_url(self) -> str:
        """The address of the keys.

        Raises:
            ValueError: no metadata could be had, or they are of another issuer or name no safe address.
        """
        if not self._found:
            self._found = await self._asked()
        return self._found

    def forget(self) -> None:
        """Ask again next time."""
        self._found = ""

    async def _asked(self) -> str:
        for url in metadata_urls(self._issuer):
            try:
                told: Any = json.loads(await fetched(url))
                # Else anybody who can show a document anywhere below could name keys of their own.
                if told["issuer"] == self._issuer and is_safe(str(told["jwks_uri"])):
                    return str(told["jwks_uri"])
            except _FAULTS:
                continue
        raise ValueError("the issuer does not say where its keys are")


def metadata_urls(issuer: str) -> tuple[str, ...]:
    """Where an issuer's metadata may lie, the likeliest place first.

    OpenID Connect puts the well-known part behind the issuer's path, RFC 8414 before it.
    """
    parts = urlsplit(issuer)
    origin, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    found = (f"{origin}{path}{_OPENID}", f"{origin}{_OAUTH}{path}", f"{origin}{_OPENID}{path}")
    return tuple(dict.fromkeys(found))
