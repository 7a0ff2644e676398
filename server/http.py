"""The app on a socket: who may come in is said first, and a stop is a clean one."""

import gc
import socket
import sys
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import tzinfo
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import anyio
import anyio.to_thread
import uvicorn
from starlette.applications import Starlette

from ..memory import Memory
from ..storage.names import user_id
from ..storage.store import Store
from .allocator import keep_little
from .app import GRACE_SECONDS, LARGEST_REQUEST, Served, create_app, served
from .aside import Aside
from .auth.connections import Impatient
from .backup import FLUSH_SECONDS, Backup
from .caring import STOP_SECONDS, Caring
from .deeds import Deeds
from .doorkeeper import is_loopback
from .mcp_server import Door
from .readiness import Readiness
from .refreshing import refreshed
from .rest.service import Export
from .settings import BadSettings, Settings
from .take.exports import Wanted
from .take.exports import export as written
from .take.kinds import Kind

__all__ = ["LARGEST_REQUEST", "Graceful", "create_app", "serve", "served"]

_MOST_CONNECTIONS = 1000
_LONGEST_HEAD = 64 * 1024
_SWITCH_SECONDS = 0.0005
# Nearly all that is kept is freed without the collector, whose longest look stops every answer for 50 ms.
_COLLECTED = 700, 10, 100


class Graceful(uvicorn.Server):
    """Ends the streams of listeners first; they would keep the server from stopping."""

    door: Door
    readiness: Readiness

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop on a signal."""
        self.readiness.stop()
        self.door.members.close()
        super().handle_exit(sig, frame)


def serve(
    memory: Memory,
    settings: Settings,
    backup: Backup | None = None,
    caring: Caring | None = None,
    deeds: Deeds | None = None,
) -> None:
    """Serve until told to stop; `backup` mirrors the memories meanwhile, `caring` packs them.

    `deeds` notes what is changed, if that has begun already.

    Raises:
        BadSettings: the address is open to others without leave, or taken.
    """
    # Before the first worker thread there is.
    keep_little()
    sync, mount = (backup.sync, backup.mount) if backup else (None, None)
    export = _export(memory.desk.store, settings.zone)
    kind = settings.backup
    made = served(memory, settings, backup=kind, sync=sync, mount=mount, export=export, deeds=deeds)
    if caring:
        _ended_by(made, caring.stop, STOP_SECONDS)
    if backup:
        _ended_by(made, backup.stop, FLUSH_SECONDS)
    if not (is_loopback(settings.host) or made.access.closed or settings.allow_open):
        raise BadSettings(
            f"DIFFMEM_HOST: {settings.host} lets other machines read and write this memory without a "
            "token; make one with `diffmem token create`, keep 127.0.0.1, or set DIFFMEM_ALLOW_OPEN=1 in a "
            "network you trust"
        )
    listener = listen(settings.host, settings.port)
    server = Graceful(
        uvicorn.Config(
            made.app,
            http=Impatient,
            log_config=None,
            access_log=False,
            server_header=False,
            limit_concurrency=_MOST_CONNECTIONS,
            h11_max_incomplete_event_size=_LONGEST_HEAD,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )
    server.door, server.readiness = made.door, made.readiness
    # Else a short answer waits for a digest at each of its steps that leaves the interpreter for a moment.
    sys.setswitchinterval(_SWITCH_SECONDS)
    _tell(memory, settings, made, listener.getsockname()[1])
    with _digesting_aside(memory, settings), refreshed(memory):
        # What is loaded by now stays: looking through it again and again takes a tenth of a second each time.
        gc.freeze()
        gc.set_threshold(*_COLLECTED)
        server.run(sockets=[listener])


@contextmanager
def _digesting_aside(memory: Memory, settings: Settings) -> Generator[None]:
    """Have sessions digested by another process, unless a model does it, which is another process anyway."""
    if settings.model:
        yield
        return
    aside = Aside(settings)
    memory.sessions.aside = aside.digest
    aside.prepare()
    try:
        yield
    finally:
        aside.close()


def _ended_by(made: Served, stop: Callable[[float], None], seconds: float) -> None:
    """Have something end before the app does; a signal ends the program right after it."""
    inner = made.app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(within: Starlette) -> AsyncGenerator[Any]:
        async with inner(within) as state:
            yield state
        await anyio.to_thread.run_sync(stop, seconds)

    made.app.router.lifespan_context = lifespan


def _tell(memory: Memory, settings: Settings, made: Served, port: int) -> None:
    shown = f"[{settings.host}]" if ":" in settings.host else settings.host
    base = f"http://{shown}:{port}"
    whose = "memories" if made.access.closed else f"{settings.user}'s memory"
    told = [
        f"{whose} at {base}/mcp",
        f"plain HTTP below {base}/memory/, described at {base}/docs",
        "send `Authorization: Bearer <token>`; `diffmem token create` makes one"
        if made.access.closed
        else f"no token is needed: everything is {settings.user}'s to read and write",
        f"explore stands behind {anyio.run(memory.walls)}",
    ]
    sys.stderr.writelines(f"diffmem: {line}\n" for line in told)
    sys.stderr.flush()


def listen(host: str, port: int) -> socket.socket:
    """A socket that clients connect to.

    Raises:
        BadSettings: the address is taken, or none of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        why = f"cannot listen on {host} port {port}: {error.strerror or error}"
        raise BadSettings(f"DIFFMEM_HOST, DIFFMEM_PORT: {why}") from error
    # Else the body of an answer waits 40 ms for the client to confirm its head. Each connection inherits it:
    # asyncio sets it only on sockets whose protocol is named, which no such listener's is.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _export(store: Store, zone: tzinfo) -> Export:
    """Write a memory into a file from a thread; the store is the one the memory lies in."""

    async def export(user: str, file: Path, form: str, as_of: str) -> None:
        wanted = Wanted(Kind(form), file, as_of, zone=zone)
        await anyio.to_thread.run_sync(partial(written, store.branch(user_id(user)), wanted, quiet=True))

    return export
