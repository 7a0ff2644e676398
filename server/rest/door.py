"""From the route table to routes: read, check, call, answer."""

import re
from collections.abc import Sequence
from functools import partial
from urllib.parse import quote

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp
from starlette.types import Scope as Asked

from ...errors import DiffMemError
from ..auth.gate import Challenge
from ..auth.principal import Principal, Scope
from ..auth.problem import problem
from ..auth.refusals import Forbidden
from ..problems import status, told
from .answers import Queued
from .endpoint import Call, Endpoint
from .incoming import Refused, body, query, segment
from .requests import Nothing
from .service import Service

_NOBODY = Principal("nobody", "", frozenset())
"""Who asks at an open path, where nobody is checked, or past a gate that is missing."""


class RawRoute(Route):
    """A route that is found by the path as it was sent, so that `%2F` in a user id is no slash."""

    def matches(self, scope: Asked) -> tuple[Match, Asked]:
        """Whether this is the route of a request."""
        if scope["type"] != "http":
            return Match.NONE, {}
        raw = scope.get("raw_path") or quote(scope["path"]).encode()
        return super().matches({**scope, "path": raw.partition(b"?")[0].decode("latin-1")})


def routes(service: Service, table: Sequence[Endpoint], challenge: Challenge | None = None) -> list[Route]:
    """The routes of a table."""
    challenge = challenge or Challenge()
    return [
        RawRoute(
            endpoint.path,
            partial(_answer, service, endpoint, challenge),
            methods=[endpoint.method],
            name=f"{endpoint.method} {endpoint.path}",
        )
        for endpoint in table
    ]


class Needs:
    """Which scope a method and a path need; the routes themselves look once more."""

    def __init__(self, table: Sequence[Endpoint]) -> None:
        self._known: list[tuple[str, re.Pattern[str], Scope | None]] = [
            (endpoint.method, re.compile(_pattern(endpoint.path)), endpoint.scope) for endpoint in table
        ]

    def __call__(self, method: str, path: str) -> Scope | None:
        """The scope, or None if it is enough to be known."""
        for known, pattern, scope in self._known:
            if known == method and pattern.fullmatch(path):
                return scope
        # Where a path reads otherwise once it is decoded, the route decides; a change counts as one.
        return "write" if path.startswith("/memory/") and method not in {"GET", "HEAD", "OPTIONS"} else None


class Paths:
    """Which line of a table a request is for."""

    def __init__(self, table: Sequence[Endpoint]) -> None:
        self._known = [(line.method, re.compile(_pattern(line.path)), line.path) for line in table]

    def __call__(self, method: str, path: str) -> str:
        """The path of that line, or "" where there is none."""
        return next((told for known, at, told in self._known if known == method and at.fullmatch(path)), "")


def _pattern(path: str) -> str:
    parts = re.split(r"(\{\w+(?::path)?\})", path)
    return "".join(
        re.escape(part) if not part.startswith("{") else ".+" if part.endswith(":path}") else "[^/]+"
        for part in parts
    )


async def _answer(
    service: Service, endpoint: Endpoint, challenge: Challenge, request: Request
) -> Response | ASGIApp:
    principal = request.scope.get("state", {}).get("principal", _NOBODY)
    try:
        if endpoint.scope and not principal.may(endpoint.scope):
            raise Forbidden(endpoint.scope)
        found = await _called(service, endpoint, principal, request)
    except Forbidden as refused:
        return challenge.refused(refused, principal)
    except Refused as refused:
        return problem(refused.status, refused.detail)
    except DiffMemError as error:
        return problem(status(error), told(error), error=type(error).__name__)
    if isinstance(found, Response):
        return found
    code = 202 if isinstance(found, Queued) else 200
    body = found.model_dump_json(exclude_unset=endpoint.lean)
    return Response(body, code, media_type="application/json")


async def _called(
    service: Service, endpoint: Endpoint, principal: Principal, request: Request
) -> BaseModel | Response:
    parts = {name: segment(raw) for name, raw in request.path_params.items()}
    user = principal.acting_on(parts.pop("user_id")) if endpoint.of_user else principal.user
    asked = query(endpoint, request)
    given = await body(endpoint, request)
    if service.mount and endpoint.of_user:
        await service.mount(user)
    call = Call(service, principal, user, "".join(parts.values()), given or Nothing(), asked)
    if endpoint.scope in {None, "read"}:
        return await endpoint.handler(call)
    with service.deeds.doing(principal, endpoint.verb):
        return await endpoint.handler(call)
