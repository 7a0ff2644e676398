"""Addresses that strangers want us to call: public ones over https, and those the settings allow."""

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import anyio
import httpx2

from ...errors import BadInput

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]

_LONGEST = 2048
_SECONDS = 5
_PORTS = {"https": 443, "http": 80}
_PLAIN = re.compile(r"[\x21-\x7e]+")
_NAME = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
# Tunnels that lead to any IPv4 address.
_TUNNELS = (ipaddress.IPv6Network("2002::/16"), ipaddress.IPv6Network("2001::/32"))
# For the machinery of networks, some clouds' metadata among it; not every Python knows them all.
_MACHINERY = (ipaddress.IPv4Network("192.0.0.0/24"), ipaddress.IPv4Network("192.88.99.0/24"))
# Told by name, because it looks like any public address: the metadata service of Azure.
_METADATA = frozenset({ipaddress.ip_address("168.63.129.16")})


@dataclass(frozen=True, slots=True)
class Target:
    """An address that was checked; calls go to `address`, whatever the name means by then."""

    url: str
    host: str
    port: int
    address: str


def resolved(host: str, port: int) -> list[str]:
    """The addresses of a name, as the system knows them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


def checked(url: str, allow: Iterable[str] = (), resolve: Resolve = resolved) -> Target:
    """Check an address and pin what it means; looks the name up, so not for the event loop.

    `allow` holds origins (`http://10.0.0.5:8080`) and names (`hooks.example`, over https) that may be
    called although they are not public.

    Raises:
        BadInput: it may not be called; the message says why and nothing of our network.
    """
    parts = _parts(url)
    host, port = (parts.hostname or "").lower(), parts.port or _PORTS[parts.scheme]
    allowed = _is_allowed(parts.scheme, host, port, allow)
    if not allowed:
        if parts.scheme != "https" or port != 443:
            raise _refused("only https on port 443 is called")
        if not _NAME.fullmatch(host) and _address(host) is None:
            raise _refused("its host is neither a name with a dot nor a plain address")
    addresses = _addresses(host, port, resolve)
    if any(not _may_be_called(address, allowed) for address in addresses):
        raise _refused("its host is not public")
    return Target(url, host, port, str(addresses[0]))


async def post(target: Target, body: bytes, headers: Mapping[str, str]) -> int:
    """Send a body to a checked address; answers the status, whatever it is. Redirects are not followed.

    Raises:
        OSError: nothing answered in time.
    """
    parts = urlsplit(target.url)
    shown = f"[{target.address}]" if ":" in target.address else target.address
    pinned = parts._replace(netloc=f"{shown}:{target.port}").geturl()
    given = {**headers, "host": parts.netloc}
    try:
        with anyio.fail_after(_SECONDS):
            # A proxy of the environment would look the name up once more.
            async with (
                httpx2.AsyncClient(trust_env=False, follow_redirects=False, timeout=_SECONDS) as client,
                client.stream(
                    "POST", pinned, content=body, headers=given, extensions={"sni_hostname": target.host}
                ) as answer,
            ):
                return answer.status_code
    except httpx2.HTTPError as error:
        raise OSError(f"the callback was not delivered: {type(error).__name__}") from error


def _parts(url: str) -> SplitResult:
    if len(url) > _LONGEST or not _PLAIN.fullmatch(url) or "\\" in url:
        raise _refused("it is too long or holds characters that no address holds")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refused("it cannot be read") from None
    if parts.scheme not in _PORTS or not parts.hostname or port == 0:
        raise _refused("only https is called")
    if "[" in parts.netloc and _address(parts.hostname) is None:
        raise _refused("it cannot be read")
    if "@" in parts.netloc or "%" in parts.netloc or parts.fragment or parts.netloc.endswith(":"):
        raise _refused("it may hold no user, no zone and no fragment")
    return parts


def _is_allowed(scheme: str, host: str, port: int, allow: Iterable[str]) -> bool:
    shown = f"[{host}]" if ":" in host else host
    origins = {f"{scheme}://{shown}:{port}"}
    if _PORTS[scheme] == port:
        origins.add(f"{scheme}://{shown}")
        if scheme == "https":
            origins.add(shown)
    return any(entry.strip().rstrip("/").lower() in origins for entry in allow)


def _addresses(host: str, port: int, resolve: Resolve) -> list[Address]:
    literal = _address(host)
    if literal:
        return [literal]
    try:
        found = [_address(one) for one in resolve(host, port)]
    except (OSError, UnicodeError):
        found = []
    known = [address for address in found if address]
    if not known or len(known) < len(found):
        raise _refused("its host is not known")
    return known


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _may_be_called(address: Address, allowed: bool) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_link_local or address.is_multicast or address.is_unspecified or address in _METADATA:
        return False
    if allowed:
        return True
    if isinstance(address, ipaddress.IPv6Address):
        return address in _GLOBAL_V6 and address.is_global and not any(address in net for net in _TUNNELS)
    return address.is_global and not address.is_reserved and not any(address in net for net in _MACHINERY)


def _refused(why: str) -> BadInput:
    return BadInput(f"this callback_url is not called: {why}")
