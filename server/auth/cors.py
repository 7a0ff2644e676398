"""Pages of other sites that the settings let in; none by default."""

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

_HEADERS = (
    "Authorization", "Content-Type", "Last-Event-ID", "Mcp-Method", "Mcp-Name", "Mcp-Protocol-Version",
    "Mcp-Session-Id",
)  # fmt: skip
_SHOWN = ("Mcp-Session-Id", "Retry-After", "WWW-Authenticate")


class AllowedOrigins:
    """Stands outermost: answers the questions browsers ask beforehand, and vouches for these origins.

    Behind it their requests carry no Origin, so that the doorkeeper takes them for nobody's page; cookies
    are never taken, so a page can only do what its own token may.
    """

    def __init__(self, app: ASGIApp, origins: frozenset[str]) -> None:
        self._app = app
        self._origins = origins
        self._shared = CORSMiddleware(
            self._vouched,
            allow_origins=sorted(origins),
            allow_methods=("GET", "POST", "DELETE"),
            allow_headers=_HEADERS,
            expose_headers=_SHOWN,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with leave for its page or without."""
        known = scope["type"] == "http" and any(self._vouches(*header) for header in scope["headers"])
        await (self._shared if known else self._app)(scope, receive, send)

    async def _vouched(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [header for header in scope["headers"] if not self._vouches(*header)]
        await self._app({**scope, "headers": headers}, receive, send)

    def _vouches(self, name: bytes, value: bytes) -> bool:
        return name == b"origin" and value.decode("latin-1") in self._origins
