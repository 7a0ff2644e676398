"""The gate before every path: who asks is known before anything else happens."""

import re
from collections.abc import Callable, Sequence
from functools import partial

from mcp.server.auth.middleware.auth_context import AuthContextMiddleware
from starlette.authentication import AuthCredentials
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from ...errors import StoreError
from .authenticator import Authenticator
from .bridge import known_to_the_protocol
from .principal import SCOPES, Principal
from .principal import Scope as Right
from .problem import problem
from .refusals import Forbidden, KeysUnavailable, Unauthenticated
from .watch import Watch

OPEN_PATHS = frozenset({"/", "/health"})
"""Where nobody needs a token."""

Needs = Callable[[str, str], Right | None]
"""Which scope a method and path need; None if it is enough to be known."""

_BEARER = re.compile(r"bearer +([\x21-\x7e]{1,8192}) *", re.IGNORECASE)


class Challenge:
    """What a 401 or 403 tells a client: where tokens come from, and with which scopes."""

    def __init__(self, metadata_url: str = "", prefix: str = "") -> None:
        self._metadata_url = metadata_url
        self._prefix = prefix

    def refused(self, refused: Unauthenticated | Forbidden, principal: Principal | None = None) -> ASGIApp:
        """The answer to a request that may not come in."""
        if isinstance(refused, Unauthenticated):
            # Without credentials there is no error to name (RFC 6750, 3).
            error = "invalid_token" if refused.shown else ""
            header = self._header(error, ["read"], str(refused))
            return problem(401, str(refused), {"WWW-Authenticate": header})
        granted = principal.scopes if principal else frozenset[Right]()
        wanted: list[Right] = [scope for scope in SCOPES if scope in granted or scope == refused.needed]
        header = self._header("insufficient_scope", wanted, str(refused))
        return problem(403, str(refused), {"WWW-Authenticate": header}, error="insufficient_scope")

    def _header(self, error: str, scopes: Sequence[Right], why: str) -> str:
        told = {
            "error": error,
            "error_description": why.replace('"', "'").replace("\\", "/") if error else "",
            "scope": " ".join(f"{self._prefix}{scope}" for scope in scopes),
            "resource_metadata": self._metadata_url,
        }
        given = [f'{name}="{value}"' for name, value in told.items() if value]
        return f"Bearer {', '.join(given)}"


class Gate:
    """Lets requests in whose principal is known and has the scope they need; reads no body.

    The principal is `scope["state"]["principal"]` (`request.state.principal`) from here on, and what the
    protocol library takes for its authenticated user. A stream ends within `recheck_seconds` and a sign
    of life after its token does.
    """

    def __init__(
        self,
        app: ASGIApp,
        authenticator: Authenticator,
        needs: Needs,
        challenge: Challenge,
        open_paths: frozenset[str] = OPEN_PATHS,
        recheck_seconds: float = 30,
    ) -> None:
        self._app = AuthContextMiddleware(app)
        self._inside = app
        self._authenticator = authenticator
        self._needs = needs
        self._challenge = challenge
        self._open = open_paths
        self._recheck_seconds = recheck_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in or turn it away."""
        if scope["type"] == "lifespan" or (scope["type"] == "http" and scope["path"] in self._open):
            await self._inside(scope, receive, send)
        elif scope["type"] == "http":
            await self._checked(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _checked(self, scope: Scope, receive: Receive, send: Send) -> None:
        principal = shown = None
        try:
            shown = _shown(Headers(scope=scope))
            principal = await self._authenticator.principal(shown)
            needed = self._needs(scope["method"], scope["path"])
            if needed and not principal.may(needed):
                raise Forbidden(needed)
        except (Unauthenticated, Forbidden) as refused:
            await self._challenge.refused(refused, principal)(scope, receive, send)
        except (KeysUnavailable, StoreError) as error:
            await problem(503, str(error), {"Retry-After": "30"})(scope, receive, send)
        else:
            inside = Watch(self._app, partial(self._authenticator.principal, shown), self._recheck_seconds)
            await inside(_with(scope, principal), receive, send)


def _shown(headers: Headers) -> str | None:
    given = headers.getlist("authorization")
    if not given:
        return None
    found = _BEARER.fullmatch(given[0]) if len(given) == 1 else None
    if found is None:
        raise Unauthenticated("send exactly one header `Authorization: Bearer <token>`")
    return found[1]


def _with(scope: Scope, principal: Principal) -> Scope:
    return {
        **scope,
        "state": {**scope.get("state", {}), "principal": principal},
        "auth": AuthCredentials(sorted(principal.scopes)),
        "user": known_to_the_protocol(principal),
    }
