"""The same server over HTTP: /mcp for clients of both eras, /health for whoever watches it."""

import socket
import sys
from collections.abc import Sequence
from types import FrameType

import anyio
import uvicorn
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from ..memory import Memory
from . import rest
from .doorkeeper import LOOPBACK, Doorkeeper, is_loopback
from .mcp_server import Door, create_door, product_version
from .settings import BadSettings, Settings

LARGEST_REQUEST = 32 * 1024 * 1024
"""Bytes of a request; more than the largest session takes, so that its own limit is the one that is told."""
_GRACE_SECONDS = 10


def create_app(
    door: Door, hosts: frozenset[str] | None = LOOPBACK, routes: Sequence[BaseRoute] = ()
) -> Starlette:
    """The app around a server and further routes; `hosts` are the names it may be called by, None any."""

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok", "version": product_version()})

    door.server.custom_route("/health", methods=["GET"])(health)
    app = door.server.streamable_http_app(
        streamable_http_path="/mcp",
        max_request_body_size=LARGEST_REQUEST,
        # The doorkeeper stands before every path, not before /mcp alone.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    app.router.routes.extend(routes)
    app.add_middleware(Doorkeeper, hosts=hosts)
    return app


class Graceful(uvicorn.Server):
    """Ends the streams of listeners first; they would keep the server from stopping."""

    door: Door

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop on a signal."""
        self.door.listeners.close()
        super().handle_exit(sig, frame)


def serve(memory: Memory, settings: Settings) -> None:
    """Serve until told to stop.

    Raises:
        BadSettings: the address is open to others without leave, or taken.
    """
    local = is_loopback(settings.host)
    if not local and not settings.allow_open:
        raise BadSettings(
            f"DIFFMEM_HOST: {settings.host} lets other machines read and write this memory without a "
            "token; keep 127.0.0.1, or set DIFFMEM_ALLOW_OPEN=1 in a network you trust"
        )
    listener = _listen(settings.host, settings.port)
    door = create_door(memory, settings.user)
    hosts = LOOPBACK | {settings.host} if local else None
    app = create_app(door, hosts, rest.routes(memory, settings.user))
    server = Graceful(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
    )
    server.door = door
    port: int = listener.getsockname()[1]
    shown = f"[{settings.host}]" if ":" in settings.host else settings.host
    sys.stderr.write(f"diffmem: {settings.user}'s memory at http://{shown}:{port}/mcp\n")
    sys.stderr.write(f"diffmem: explore stands behind {anyio.run(memory.walls)}\n")
    sys.stderr.flush()
    server.run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        why = f"cannot listen on {host} port {port}: {error.strerror or error}"
        raise BadSettings(f"DIFFMEM_HOST, DIFFMEM_PORT: {why}") from error
