"""Where a mirror may lie: addresses checked once, so that none can run a program or carry a secret."""

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from ..errors import BadInput

TRANSPORTS = frozenset({"path", "file", "ssh", "https", "http"})
_SSH = frozenset({"ssh", "git+ssh", "ssh+git"})
_HELPER = re.compile(r"[A-Za-z0-9+.-]+::")
_SCP_LIKE = re.compile(r"(?:[A-Za-z0-9_][\w.-]*@)?[A-Za-z0-9\[][\w.:\[\]-]+:(?![:/]{2})[^:].*", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9][\w.-]*|[0-9a-f:.]+", re.ASCII)
_GITHUB = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[\w.-]{1,100}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Address:
    """A checked address, the transport that reaches it, and its folder if it lies on this machine."""

    url: str
    transport: str
    folder: Path | None = None

    @property
    def protocol(self) -> str:
        """What git calls the transport."""
        return "file" if self.transport == "path" else self.transport


def address(raw: str, allow: Collection[str] = TRANSPORTS) -> Address:
    """Accept a path, or an address of one of the allowed transports.

    Raises:
        BadInput: it is anything else, or carries a user, a password or a secret; the message does not.
    """
    if not raw.strip() or raw != raw.strip() or not raw.isprintable():
        raise _refused("it is empty or holds characters nobody can see")
    if raw.startswith("-") or _HELPER.match(raw):
        raise _refused("it would run a program")
    found = _with_scheme(raw) if "://" in raw else _without_scheme(raw)
    if found.transport not in allow:
        raise _refused(f"{found.transport} is not among the transports allowed here")
    return found


def github(raw: str) -> str:
    """The address of a repository on GitHub, named in full or as "owner/name"."""
    return f"https://github.com/{raw.removesuffix('.git')}.git" if _GITHUB.fullmatch(raw) else raw


def _with_scheme(raw: str) -> Address:
    try:
        parts = urlsplit(raw)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise _refused("it is no address") from None
    scheme = parts.scheme.lower()
    if parts.query or parts.fragment:
        raise _refused("an address with ? or # may carry a secret")
    if scheme == "file":
        if parts.netloc not in ("", "localhost"):
            raise _refused("a file lies on this machine")
        return Address(raw, "file", Path(unquote(parts.path)))
    if scheme in _SSH:
        return _ssh(raw, parts, host)
    if scheme not in ("https", "http"):
        raise _refused("git may use ssh and https only")
    if "@" in parts.netloc:
        raise _refused(
            "a user or password in the address would be stored and shown; give the token by itself"
        )
    if not _HOST.fullmatch(host):
        raise _refused("it names no host")
    if scheme == "http" and not _is_this_machine(host):
        raise _refused("http shows everything to everybody on the way; use https")
    return Address(raw, scheme)


def _ssh(raw: str, parts: SplitResult, host: str) -> Address:
    if parts.password is not None or (parts.username or "").startswith("-"):
        raise _refused("a password in the address would be stored and shown; use a key")
    if not _HOST.fullmatch(host):
        raise _refused("it names no host")
    return Address(raw, "ssh")


def _without_scheme(raw: str) -> Address:
    if Path(raw).is_absolute():
        return Address(raw, "path", Path(raw))
    if _SCP_LIKE.fullmatch(raw):
        return Address(raw, "ssh")
    raise _refused("it is neither an address nor an absolute path")


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _refused(why: str) -> BadInput:
    return BadInput(
        f"the mirror's address cannot be used: {why}; give an absolute path, git@host:owner/name.git, "
        "ssh://git@host/owner/name.git or https://host/owner/name.git"
    )
