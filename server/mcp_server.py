"""The MCP server: tools and resources over one user's memory, for any transport."""

import asyncio
import unicodedata
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from importlib import resources as package_files
from importlib.metadata import PackageNotFoundError, version

from mcp.server import CacheHint, MCPServer
from mcp.server.subscriptions import ListenHandler
from mcp.types import SubscriptionsListenRequestParams

from ..memory import Memory
from . import compat
from .background import Background
from .filing import Filing
from .live_view import LiveView
from .news import News
from .resources import Resources
from .tools import Tools


@dataclass(frozen=True, slots=True)
class Door:
    """A server and the streams of its listeners, which must be ended before it can stop."""

    server: MCPServer[None]
    listeners: ListenHandler


def create_server(memory: Memory, user: str, *, lay_out_view: bool = False) -> MCPServer[None]:
    """A server of one user's memory, ready for any transport.

    `lay_out_view` keeps a folder for people, made if there is none; otherwise only one that exists
    is kept up to date.
    """
    return create_door(memory, user, lay_out_view=lay_out_view).server


def create_door(memory: Memory, user: str, *, lay_out_view: bool = False) -> Door:
    """The same, with the means to end its listeners."""
    user = unicodedata.normalize("NFC", user)
    background = Background()
    filing = Filing(memory, user, background)
    view = LiveView(memory.view if lay_out_view else memory.sync_view, user, background)
    news = News(memory, user, background)

    @asynccontextmanager
    async def lifespan(_: MCPServer[None]) -> AsyncGenerator[None]:
        loop = asyncio.get_running_loop()

        def committed(by: str, commit: str) -> None:
            if by == user:
                # Commits are told from worker threads, and may outlive this loop.
                with suppress(RuntimeError):
                    loop.call_soon_threadsafe(after, commit)

        def after(commit: str) -> None:
            if background.running:
                view.ask()
                news.tell(commit)

        memory.watch(committed)
        async with background.run():
            filing.resume()
            view.ask()
            yield

    server = MCPServer[None](
        "diffmem",
        title="DiffMem",
        description="A memory for agents that is a git repository",
        instructions=package_files.files(__package__ or "").joinpath("instructions.md").read_text("utf-8"),
        version=product_version(),
        tools=[*Tools(memory, user, filing, news.rewritten).all()],
        log_level="WARNING",
        lifespan=lifespan,
        subscriptions=news.bus,
        cache_hints={
            "tools/list": CacheHint(ttl_ms=60_000, scope="public"),
            "resources/read": CacheHint(ttl_ms=0, scope="private"),
        },
    )
    Resources(memory, user).register(server)
    listeners = ListenHandler(news.bus)
    compat.handle(server, "subscriptions/listen", SubscriptionsListenRequestParams, listeners)
    return Door(server, listeners)


def product_version() -> str:
    """The version that is installed."""
    try:
        return version("diffmem")
    except PackageNotFoundError:
        return "0"
