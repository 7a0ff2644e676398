"""The one app: /mcp and plain HTTP behind the same gate, with the same jobs and the same audit log."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from ..memory import Memory
from .auth.access import Access, access, origins
from .auth.bridge import Rights, Warden, asking
from .auth.cors import AllowedOrigins
from .auth.gate import Gate
from .auth.intake import BodyLimit, HeadLimit, TimeLimit
from .auth.limits import Budget, Limiter, RateLimit
from .auth.problem import problem
from .auth.step_up import StepUp
from .build import spent
from .deeds import Deeds
from .doorkeeper import LOOPBACK, Doorkeeper, is_loopback
from .jobs.build import jobs as desk
from .jobs.jobs import LONGEST_WAIT, Jobs
from .mcp_server import Door, create_door, product_version
from .metrics import Counted, Metrics
from .readiness import Readiness
from .rest.docs import docs_routes
from .rest.door import Needs, Paths, routes
from .rest.endpoint import LARGE as LARGEST_REQUEST
from .rest.openapi import described
from .rest.service import Backends, Export, Mount, Service, Sync
from .rest.table import TABLE
from .resumption import RETRY_MILLISECONDS, Missed, Sessions
from .settings import Settings

RIGHTS = Rights(
    {
        "recall": "read", "read": "read", "history": "read", "explore": "read", "job": "read",
        "remember": "write", "restore": "write", "consolidate": "write", "forget": "write",
    }
)  # fmt: skip
"""What each tool needs; a tool that is not named here needs `write`."""
GRACE_SECONDS = 10
"""How long a stop waits; no write that is not to be cut off takes longer."""
_READ_BURST, _WRITE_BURST = 100, 40
_LATER = 5
"""Seconds by which the general limit comes after the one of jobs, whose answer tells where to ask."""


@dataclass(frozen=True, slots=True)
class Served:
    """An app, the door whose streams must be ended before it can stop, and who may come in."""

    app: Starlette
    door: Door
    access: Access
    readiness: Readiness


def served(
    memory: Memory,
    settings: Settings,
    *,
    jobs: Jobs | None = None,
    backup: str = "none",
    sync: Sync | None = None,
    mount: Mount | None = None,
    export: Export | None = None,
    deeds: Deeds | None = None,
) -> Served:
    """The app over a memory as the settings have it.

    `jobs` are those of the settings unless others are given; `backup` names the mirror, `sync` has all
    memories mirrored, `mount` has one here that another machine began, `export` writes one into a file;
    each of the three may be missing. `deeds` notes what is changed, if that has begun already.

    Raises:
        BadSettings: a setting cannot be used, or nobody could come in.
    """
    who = access(settings)
    limiter = Limiter(
        {
            "read": Budget(settings.reads_per_minute, _READ_BURST),
            "write": Budget(settings.writes_per_minute, _WRITE_BURST),
        }
    )
    handed = jobs or desk(settings, memory)
    deeds = deeds or Deeds.of_home(memory, settings.home)
    metrics, readiness = Metrics(memory, spent(memory)), Readiness(memory)
    door = create_door(memory, whose=lambda: asking().user, jobs=handed)
    door.server.middleware.extend([Warden(RIGHTS, limiter=limiter), deeds.of_protocol, metrics.of_protocol])
    if mount:
        door.server.middleware.append(_mounted(mount))
    service = Service(
        memory=memory,
        jobs=handed,
        deeds=deeds,
        metrics=metrics,
        readiness=readiness,
        zone=settings.zone,
        backends=Backends(backup=backup, executor=settings.executor, ontology=settings.ontology),
        sync=sync,
        mount=mount,
        export=export,
        patience_seconds=min(settings.request_seconds, LONGEST_WAIT),
        waits_by_default=settings.executor == "inline",
    )
    description = described(TABLE, product_version(), closed=who.closed)
    every = [*routes(service, TABLE, who.challenge), *docs_routes(description), *who.routes]
    missed = Missed()
    memory.desk.rewritings.append(missed.forget)
    app = _bare(door, every, missed)
    _working(app, handed, readiness)
    _guarded(app, settings, who, limiter)
    app.add_middleware(Counted, metrics=metrics, route=Paths(TABLE))
    return Served(app, door, who, readiness)


def create_app(
    door: Door, hosts: frozenset[str] | None = LOOPBACK, routes: Sequence[BaseRoute] = ()
) -> Starlette:
    """An app around a door and further routes; `hosts` are the names it may be called by, None any.

    It asks nobody who they are; `served` puts the gate before it.
    """
    app = _bare(door, routes, Missed())
    app.add_middleware(Doorkeeper, hosts=hosts)
    return app


def names(settings: Settings) -> frozenset[str] | None:
    """The names a server may be called by; None means any."""
    if settings.public_url:
        return LOOPBACK | {urlsplit(settings.public_url).hostname or ""}
    return LOOPBACK | {settings.host} if is_loopback(settings.host) else None


def _bare(door: Door, routes: Sequence[BaseRoute], missed: Missed) -> Starlette:
    app = door.server.streamable_http_app(
        streamable_http_path="/mcp",
        event_store=missed,
        retry_interval=RETRY_MILLISECONDS,
        max_request_body_size=LARGEST_REQUEST,
        # The doorkeeper stands before every path, not before /mcp alone.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    app.router.routes.extend(routes)
    app.router.redirect_slashes = False
    app.add_middleware(Sessions)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(Exception, _failed)
    return app


def _guarded(app: Starlette, settings: Settings, who: Access, limiter: Limiter) -> None:
    needs = Needs(TABLE)
    # The last one added stands outermost.
    app.add_middleware(TimeLimit, seconds=settings.request_seconds + _LATER)
    app.add_middleware(BodyLimit, largest=LARGEST_REQUEST)
    app.add_middleware(StepUp, rights=RIGHTS, challenge=who.challenge)
    app.add_middleware(RateLimit, limiter=limiter, needs=needs)
    app.add_middleware(
        Gate,
        authenticator=who.authenticator,
        needs=needs,
        challenge=who.challenge,
        open_paths=who.open_paths,
    )
    app.add_middleware(Doorkeeper, hosts=names(settings))
    app.add_middleware(AllowedOrigins, origins=origins(settings))
    app.add_middleware(HeadLimit)


def _mounted(mount: Mount) -> ServerMiddleware[Any]:
    """What has somebody's memory here before the protocol touches it."""

    async def mounted(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        await mount(asking().user)
        return await call_next(ctx)

    return mounted


def _working(app: Starlette, jobs: Jobs, readiness: Readiness) -> None:
    """Have jobs taken for as long as the app lives."""
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(within: Starlette) -> AsyncGenerator[Any]:
        async with inner(within) as state:
            await jobs.start()
            try:
                yield state
            finally:
                readiness.stop()
                await jobs.drain(GRACE_SECONDS)

    app.router.lifespan_context = lifespan


async def _refused(_: Request, error: Exception) -> Response:
    """What the framework refuses: a path or a method that is not there."""
    assert isinstance(error, HTTPException)
    told = {
        404: "there is nothing at this path; GET / names the doors",
        405: f"this path takes {(error.headers or {}).get('Allow', 'another method')}",
    }
    return problem(error.status_code, told.get(error.status_code, error.detail), error.headers)


async def _failed(_: Request, error: Exception) -> Response:
    """A fault of ours; what it was stands in the log alone."""
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return problem(status, "this is a fault of the server; its log says more", None)
