"""Turns away what a web page elsewhere made somebody's browser send."""

import ipaddress
import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from .auth.problem import problem

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

_HOST = re.compile(r"([^\s@/\\?#:\[\]]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


class Doorkeeper:
    """Checks Host (421) and Origin (403) of every request; `hosts` None lets any Host in."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str] | None) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in or turn it away."""
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            host = _host(headers.getlist("host"))
            origin = headers.get("origin")
            if host is None or (self._hosts is not None and host not in self._hosts):
                await problem(421, "this server does not go by that name")(scope, receive, send)
                return
            if origin is not None and not self._same(_name(origin), host):
                await problem(403, "pages of other sites may not come in")(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _same(self, origin: str | None, host: str) -> bool:
        return origin is not None and (origin == host or (self._hosts is not None and origin in self._hosts))


def _host(given: list[str]) -> str | None:
    """The name in the one Host header there must be, without its port."""
    found = _HOST.fullmatch(given[0]) if len(given) == 1 else None
    return _name(f"//{found[0]}") if found else None


def _name(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
