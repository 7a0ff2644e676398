"""The work behind `consolidate`: done before the answer, or known by an id."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from mcp.server.mcpserver.exceptions import ToolError

from ..errors import BadInput
from ..memory import CONSOLIDATION_TOOLS, Memory
from . import replies
from .answers import Consolidated
from .jobs.job import Record
from .works import Tell, Works


class Tidying:
    """Puts a memory in order, by the server's queue where it has one."""

    def __init__(self, memory: Memory, works: Works) -> None:
        self._memory = memory
        self._works = works

    async def run(self, user: str, tools: Sequence[str], *, dry_run: bool, tell: Tell) -> Consolidated:
        """What was done, or the id of the work that is still at it.

        Raises:
            BadInput: there is no such tool.
            ToolError: it failed in the queue.
        """
        unknown = [tool for tool in tools if tool not in CONSOLIDATION_TOOLS]
        if unknown:
            raise BadInput(f"no tool {unknown[0][:40]!r}; there are: {', '.join(CONSOLIDATION_TOOLS)}")
        seconds = self._works.patience()
        here = dry_run or self._works.jobs is None
        if here:
            record = self._works.begin(user, "consolidate", lambda: self._here(user, tools, dry_run))
        else:
            record = await self._works.ask(user, "consolidate", tools=tools)
        record = await self._works.until(record, seconds, tell, "tidying the memory")
        if not record.status.over:
            return Consolidated(dry_run=dry_run, results=[], note=replies.STILL_AT_IT, job=record.job.id)
        return _told(record, here=here)

    async def _here(self, user: str, tools: Sequence[str], dry_run: bool) -> Consolidated:
        if tools:
            done = await self._memory.consolidate(user, tools, dry_run=dry_run)
        else:
            done = await self._memory.consolidate(user, dry_run=dry_run)
        return replies.consolidated(done.tools, dry_run=dry_run)


def _told(record: Record, *, here: bool) -> Consolidated:
    if record.error:
        raise ToolError(record.error.detail)
    result = cast(Mapping[str, Any], record.result)
    if here:
        return Consolidated.model_validate(result)
    return replies.consolidated(result["consolidate"], dry_run=False)
