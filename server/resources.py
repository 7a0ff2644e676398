"""Memory files as resources of the protocol: read, listed page by page, completed."""

import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import quote

from mcp import MCPError
from mcp.server import ServerRequestContext
from mcp.server.mcpserver import MCPServer, ResourceSecurity
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp.types import (
    INVALID_PARAMS,
    Annotations,
    ListResourcesResult,
    PaginatedRequestParams,
    Resource,
)

from ..errors import BadInput, DiffMemError, NotFound, UnknownUser
from ..memory import FileInfo, Listing, Memory
from . import compat
from .problems import told

TEMPLATE = "memory:///{+path}{?at}"
PAGE = 100

Listed = Callable[[ServerRequestContext[Any, Any]], Awaitable[None]]

_CURSOR = re.compile(r"([0-9a-f]{40})-(\d{1,9})")


def uri_of(path: str) -> str:
    """The address of a memory file."""
    return f"memory:///{quote(path, safe='/')}"


def by_importance(files: Iterable[FileInfo]) -> list[FileInfo]:
    """What a client should see first, first: many read one page only."""
    return sorted(sorted(files, key=lambda file: file.path, reverse=True), key=_place)


def _place(file: FileInfo) -> tuple[int, str]:
    folder, _, name = file.path.partition("/")
    if not name:
        rank = {"index.md": 1, "diffmem.yaml": 7, "repo_guide.md": 6, "followups.md": 5}.get(folder, 0)
        return rank, folder
    # Entities by name; what is filed by date keeps the order it comes in, newest first.
    return {"memories": (2, name), "timeline": (3, ""), "sessions": (4, "")}.get(folder, (5, file.path))


class Resources:
    """The files of a memory, as a client browses them; `whose` says whose, `listed` is told who lists."""

    def __init__(self, memory: Memory, whose: Callable[[], str], listed: Listed) -> None:
        self._memory = memory
        self._whose = whose
        self._listed = listed
        self._fixed: Callable[[], Awaitable[list[Resource]]] = _none

    def register(self, server: MCPServer[Any]) -> None:
        """Put the template and the listing onto a server, beside what is listed there already."""
        server.resource(
            TEMPLATE,
            name="memory file",
            title="A file of the memory",
            mime_type="text/markdown",
            annotations=Annotations(audience=["assistant", "user"], priority=0.5),
            security=ResourceSecurity(exempt_params={"at"}),
        )(self.read)
        self._fixed = server.list_resources
        compat.handle(server, "resources/list", PaginatedRequestParams, self.page)

    async def read(self, path: str, at: str = "") -> str:
        """A file of the user's memory: people, themes, timeline, sessions; `at` as it was known then."""
        try:
            return (await self._memory.read(self._whose(), path, at)).text
        except (NotFound, BadInput) as error:
            raise ResourceNotFoundError(told(error)) from error
        except DiffMemError as error:
            raise ResourceError(told(error)) from error

    async def page(
        self, context: ServerRequestContext[Any, Any], params: PaginatedRequestParams
    ) -> ListResourcesResult:
        """One page of the listing; the pages after it show the same commit."""
        commit, start = _position(params.cursor)
        await self._listed(context)
        listing = await self._listing(commit)
        files = by_importance(listing.files)
        shown = files[start : start + PAGE]
        more = start + PAGE < len(files)
        fixed = [] if start else await self._fixed()
        return ListResourcesResult(
            resources=[*fixed, *(_resource(file) for file in shown)],
            next_cursor=f"{listing.commit}-{start + PAGE}" if more else None,
        )

    async def _listing(self, commit: str) -> Listing:
        try:
            return await self._memory.list(self._whose(), commit)
        except UnknownUser:
            return Listing("", ())
        except DiffMemError as error:
            raise MCPError(INVALID_PARAMS, told(error)) from error


async def _none() -> list[Resource]:
    return []


def _position(cursor: str | None) -> tuple[str, int]:
    if not cursor:
        return "", 0
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise MCPError(INVALID_PARAMS, "this cursor is none of ours; list again without one")
    return found[1], int(found[2])


def _resource(file: FileInfo) -> Resource:
    kind = "application/yaml" if file.path.endswith(".yaml") else "text/markdown"
    return Resource(uri=uri_of(file.path), name=file.path, mime_type=kind, size=file.size)
