"""The MCP server: tools and resources over the memories of one user or of many, for any transport."""

import asyncio
import unicodedata
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from importlib import resources as package_files
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from mcp.server import CacheHint, MCPServer
from mcp.types import SubscribeRequestParams, SubscriptionsListenRequestParams, UnsubscribeRequestParams

from ..memory import Memory
from . import compat, prompts
from .background import Background
from .completing import Completing
from .followers import Followers
from .jobs.jobs import Jobs
from .members import Members, Whose
from .resources import Resources
from .tasks import PATIENCE_SECONDS, Tasks
from .tools import LONG, Tools
from .works import ANSWER_SECONDS, Works


@dataclass(frozen=True, slots=True)
class Door:
    """A server and those it serves, whose streams must be ended before it can stop."""

    server: MCPServer[None]
    members: Members


def create_server(memory: Memory, user: str, *, lay_out_view: bool = False) -> MCPServer[None]:
    """A server of one user's memory, ready for any transport; see `Members` for `lay_out_view`."""
    return create_door(memory, user, lay_out_view=lay_out_view).server


def create_door(
    memory: Memory,
    user: str = "",
    *,
    whose: Whose | None = None,
    jobs: Jobs | None = None,
    long: Collection[str] = LONG,
    patience: float = PATIENCE_SECONDS,
    answer: float = ANSWER_SECONDS,
    lay_out_view: bool = False,
) -> Door:
    """The same, with those it serves: one `user`, or everybody that `whose` names.

    Long work goes to `jobs`, or is done behind the answers where there is no such queue. A call of a
    `long` tool that takes more than `patience` seconds becomes a task for clients that know of tasks; for
    others it is answered after `answer` seconds with the id of a job.
    """
    user = unicodedata.normalize("NFC", user)
    background = Background()
    asked = whose or (lambda: user)
    members = Members(memory, Works(background, jobs, answer), lay_out_view=lay_out_view)
    server = MCPServer[None](
        "diffmem",
        title="DiffMem",
        description="A memory for agents that is a git repository",
        instructions=package_files.files(__package__ or "").joinpath("instructions.md").read_text("utf-8"),
        version=product_version(),
        tools=[*Tools(memory, asked, members).all()],
        extensions=[Tasks(background, asked, long, patience)],
        log_level="WARNING",
        lifespan=_lifespan(memory, members, background, [user] if user else []),
        cache_hints={
            "tools/list": CacheHint(ttl_ms=60_000, scope="public"),
            "resources/read": CacheHint(ttl_ms=0, scope="private"),
        },
    )
    prompts.register(server)
    server.completion()(Completing(memory, asked).complete)
    _tell_of_changes(server, memory, members, asked)
    return Door(server, members)


def _tell_of_changes(server: MCPServer[None], memory: Memory, members: Members, asked: Whose) -> None:
    """List the files, and tell clients of both eras what becomes of them."""

    async def listen(context: Any, params: SubscriptionsListenRequestParams) -> Any:
        member = members.of(asked())
        await member.news.settle()
        return await member.listeners(context, params)

    followers = Followers(members, asked)
    Resources(memory, asked, followers.listed).register(server)
    compat.handle(server, "subscriptions/listen", SubscriptionsListenRequestParams, listen)
    compat.handle(server, "resources/subscribe", SubscribeRequestParams, followers.subscribe)
    compat.handle(server, "resources/unsubscribe", UnsubscribeRequestParams, followers.unsubscribe)
    compat.advertise_changes(server)


def _lifespan(
    memory: Memory, members: Members, background: Background, users: Sequence[str]
) -> Callable[[MCPServer[None]], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: MCPServer[None]) -> AsyncGenerator[None]:
        loop = asyncio.get_running_loop()

        def committed(by: str, commit: str) -> None:
            # Commits are told from worker threads, and may outlive this loop.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(members.committed, by, commit)

        memory.watch(committed)
        async with background.run():
            for user in users:
                members.of(user).filing.resume()
                members.of(user).view.ask()
            yield

    return lifespan


def product_version() -> str:
    """The version that is installed."""
    try:
        return version("diffmem")
    except PackageNotFoundError:
        return "0"
