"""The gate's principal as the protocol library knows it, and what each message of the protocol needs."""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from mcp import MCPError
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import Context
from mcp.types import INVALID_REQUEST, CallToolResult, TextContent

from .limits import Limiter, too_many
from .principal import Principal, Scope
from .refusals import Forbidden, Unauthenticated

_FREE = frozenset(
    {
        "initialize", "ping", "server/discover", "logging/setLevel",
        "tools/list", "prompts/list", "prompts/get", "resources/templates/list",
    }
)  # fmt: skip

_asking: ContextVar[Principal | None] = ContextVar("asking", default=None)


def known_to_the_protocol(principal: Principal) -> AuthenticatedUser:
    """The user the library binds sessions and request states to; holds no secret."""
    claims = {"iss": principal.issuer} if principal.issuer else None
    token = AccessToken(
        token=principal.name,
        client_id=principal.name,
        scopes=sorted(principal.scopes),
        subject=principal.user,
        claims=claims,
    )
    return AuthenticatedUser(token)


def principal_of(
    context: Context[Any, Any] | ServerRequestContext[Any, Any], local: Principal | None = None
) -> Principal:
    """Who a message came from: let in by the gate, or `local` where there is no HTTP.

    Raises:
        Unauthenticated: it came over HTTP past the gate, or there is no `local`.
    """
    inner = context.request_context if isinstance(context, Context) else context
    if inner.request is None:
        found: object = local
    else:
        found = inner.request.scope.get("state", {}).get("principal")
    if not isinstance(found, Principal):
        raise Unauthenticated("nobody is known to have sent this", shown=False)
    return found


def asking() -> Principal:
    """Who sent the message that is being answered.

    Raises:
        Unauthenticated: no message is, or no warden has looked at it.
    """
    found = _asking.get()
    if found is None:
        raise Unauthenticated("nobody is known to have sent this", shown=False)
    return found


class Rights:
    """Which scope a message needs; `tools` says it of each tool, all others need `write`."""

    def __init__(self, tools: Mapping[str, Scope]) -> None:
        self._tools = dict(tools)
        self.ever: frozenset[Scope] = frozenset({"read", "write", *tools.values()})

    def needed(self, method: object, tool: object = None) -> Scope | None:
        """The scope, or None if it is enough to be known."""
        if not isinstance(method, str) or method in _FREE or method.startswith("notifications/"):
            return None
        if method == "tools/call":
            return self._tools.get(tool, "write") if isinstance(tool, str) else "write"
        return "read"


class Warden:
    """A middleware of the protocol server: no message goes past it whose sender may not send it.

    Over HTTP the step-up before the server has said so already where it could; here both eras and
    every transport are decided by what the server itself has read.
    """

    def __init__(
        self, rights: Rights, local: Principal | None = None, limiter: Limiter | None = None
    ) -> None:
        self._rights = rights
        self._local = local
        self._limiter = limiter

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Pass a message on, its sender told by `asking()`, or refuse it."""
        try:
            principal = principal_of(ctx, self._local)
            self._check(ctx, principal)
        except (Unauthenticated, Forbidden, _TooMany) as refused:
            if ctx.method == "tools/call":
                return CallToolResult(content=[TextContent(type="text", text=str(refused))], is_error=True)
            raise MCPError(INVALID_REQUEST, str(refused)) from None
        token = _asking.set(principal)
        try:
            return await call_next(ctx)
        finally:
            _asking.reset(token)

    def _check(self, context: ServerRequestContext[Any, Any], principal: Principal) -> None:
        needed = self._rights.needed(context.method, (context.params or {}).get("name"))
        if needed and not principal.may(needed):
            raise Forbidden(needed)
        if self._limiter and needed in {"write", "admin"}:
            seconds = self._limiter.take(principal.name, "write")
            if seconds:
                raise _TooMany(too_many("write", seconds))


class _TooMany(Exception):
    """Somebody writes too often."""
