"""What a client offers while somebody types: the paths of files and the names of entities."""

from collections.abc import Callable, Iterable

from mcp import MCPError
from mcp.types import (
    INVALID_PARAMS,
    Completion,
    CompletionArgument,
    CompletionContext,
    PromptReference,
    ResourceTemplateReference,
)

from ..errors import DiffMemError, NotFound
from ..memory import Memory
from ..ontologies import index
from .problems import told
from .resources import by_importance

MOST_COMPLETIONS = 100
"""What the protocol allows in one answer."""
_NAMES = frozenset({"topic", "subject", "about"})


class Completing:
    """Completes what is typed from a memory; `whose` says whose it is."""

    def __init__(self, memory: Memory, whose: Callable[[], str]) -> None:
        self._memory = memory
        self._whose = whose

    async def complete(
        self,
        reference: PromptReference | ResourceTemplateReference,
        argument: CompletionArgument,
        context: CompletionContext | None,
    ) -> Completion | None:
        """What begins with what was typed, then what holds it."""
        if isinstance(reference, ResourceTemplateReference):
            known = await self._paths() if argument.name == "path" else ()
        else:
            known = await self._names() if argument.name in _NAMES else ()
        typed = argument.value.lower()
        begin = [one for one in known if one.lower().startswith(typed)]
        hold = [one for one in known if typed in one.lower() and not one.lower().startswith(typed)]
        found = [*begin, *hold]
        return Completion(
            values=found[:MOST_COMPLETIONS], total=len(found), has_more=len(found) > MOST_COMPLETIONS
        )

    async def _paths(self) -> Iterable[str]:
        try:
            listing = await self._memory.list(self._whose())
        except NotFound:
            return []
        except DiffMemError as error:
            raise MCPError(INVALID_PARAMS, told(error)) from error
        return [file.path for file in by_importance(listing.files)]

    async def _names(self) -> Iterable[str]:
        """The names on the first page of the index: the strongest."""
        try:
            page = await self._memory.read(self._whose(), "index.md")
        except NotFound:
            return []
        except DiffMemError as error:
            raise MCPError(INVALID_PARAMS, told(error)) from error
        return dict.fromkeys(line.name for line in index.parse(page.text) if line.name)
