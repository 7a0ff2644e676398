"""Clients of the older protocol that are told of changes without asking each time."""

from typing import Any

from mcp import MCPError
from mcp.server import ServerRequestContext
from mcp.server.subscriptions import ResourcesListChanged, ResourceUpdated, ServerEvent
from mcp.types import INVALID_PARAMS, EmptyResult, SubscribeRequestParams, UnsubscribeRequestParams

from . import compat
from .members import Member, Members, Whose

_KEPT = "diffmem.follower"
_LIST = ""
MOST_FOLLOWED = 1000
"""Files that one client may follow."""


class Follower:
    """One connection: the files it follows, and whether it has a listing that may grow old."""

    def __init__(self, connection: compat.Connection, member: Member, members: Members) -> None:
        self.uris: set[str] = set()
        self.lists = False
        self._connection = connection
        self._start = members.background.start
        self._due: dict[str, None] = {}
        self._telling = False
        connection.exit_stack.callback(member.news.bus.subscribe(self.hear))

    def hear(self, event: ServerEvent) -> None:
        """Pass an event on if it is of interest; what is not told yet is told once."""
        if isinstance(event, ResourceUpdated) and event.uri in self.uris:
            self._due[event.uri] = None
        elif isinstance(event, ResourcesListChanged) and self.lists:
            self._due[_LIST] = None
        if self._due and not self._telling:
            self._telling = True
            self._start(self._tell)

    async def _tell(self) -> None:
        try:
            while self._due:
                uri = next(iter(self._due))
                del self._due[uri]
                if uri == _LIST:
                    await self._connection.send_resource_list_changed()
                else:
                    await self._connection.send_resource_updated(uri)
        finally:
            self._telling = False


class Followers:
    """Whoever follows a memory over a connection of the older protocol."""

    def __init__(self, members: Members, whose: Whose) -> None:
        self._members = members
        self._whose = whose

    async def subscribe(
        self, context: ServerRequestContext[Any, Any], params: SubscribeRequestParams
    ) -> EmptyResult:
        """Follow one file."""
        follower = await self._of(context)
        if len(follower.uris) >= MOST_FOLLOWED:
            raise MCPError(INVALID_PARAMS, f"you follow {MOST_FOLLOWED} files; leave one of them first")
        follower.uris.add(str(params.uri))
        return EmptyResult()

    async def unsubscribe(
        self, context: ServerRequestContext[Any, Any], params: UnsubscribeRequestParams
    ) -> EmptyResult:
        """Follow it no more."""
        (await self._of(context)).uris.discard(str(params.uri))
        return EmptyResult()

    async def listed(self, context: ServerRequestContext[Any, Any]) -> None:
        """Have whoever has listed the files told when the list changes."""
        if compat.is_older(context):
            (await self._of(context)).lists = True

    async def _of(self, context: ServerRequestContext[Any, Any]) -> Follower:
        connection = compat.connection_of(context)
        member = self._members.of(self._whose())
        await member.news.settle()
        if _KEPT not in connection.state:
            connection.state[_KEPT] = Follower(connection, member, self._members)
        return connection.state[_KEPT]
