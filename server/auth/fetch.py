"""One small document of an issuer, fetched within limits."""

from urllib.parse import urlsplit

import anyio
import httpx2

from ..doorkeeper import is_loopback

_LARGEST = 256 * 1024
_SECONDS = 5


def is_safe(url: str) -> bool:
    """Whether what comes from an address can be believed: https, or this machine itself."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    host = parts.hostname or ""
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))


async def fetched(url: str) -> bytes:
    """The document at an address; nothing leads elsewhere from there.

    Raises:
        httpx2.HTTPError, TimeoutError: it cannot be reached, or is too slow.
        ValueError: it is not there, or too large.
    """
    # A proxy of the environment has no way to this machine.
    through_proxy = not is_loopback(urlsplit(url).hostname or "")
    body = b""
    with anyio.fail_after(_SECONDS):
        async with (
            httpx2.AsyncClient(timeout=_SECONDS, trust_env=through_proxy, follow_redirects=False) as client,
            client.stream("GET", url, headers={"accept": "application/json"}) as answer,
        ):
            if answer.status_code != 200:
                raise ValueError("the issuer did not answer with a document")
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > _LARGEST:
                    raise ValueError("the issuer's document is too large")
    return body
