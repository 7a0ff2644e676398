"""The tool that forgets; it has the user asked first where the client can do that."""

from typing import Annotated, Literal

from mcp.server.mcpserver import AcceptedElicitation, Context, Elicit, ElicitationResult, Resolve
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import BaseModel, Field

from ..memory import Forgotten, Memory
from . import replies
from .answers import Forgot
from .compat import StrictTool, can_be_asked
from .members import Whose
from .pages import path_of
from .works import Tell, Works

_DESTROYS = ToolAnnotations(
    read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False
)

How = Literal["archive", "retract", "erase"]


class Consent(BaseModel):
    """What the user is asked."""

    forget: bool = Field(title="Forget it", description="Yes: it goes. No: everything stays as it is.")


class Forgetting:
    """Forgets for the user a message is about."""

    def __init__(self, memory: Memory, whose: Whose, works: Works) -> None:
        self._memory = memory
        self._whose = whose
        self._works = works

    def tool(self) -> StrictTool:
        """The tool: wording, the question, and one call to the memory."""

        async def forget(
            *,
            session: Annotated[str, Field(description="a session id")] = "",
            entity: Annotated[str, Field(description="a name")] = "",
            path: Annotated[str, Field(description="a file")] = "",
            words: Annotated[str, Field(description="words as they stand in the memory")] = "",
            everything: Annotated[bool, Field(description="the whole memory; erase only")] = False,
            how: Annotated[
                How,
                Field(
                    description="archive: out of recall, can be restored; retract: out of the present, not "
                    "learned again from the same words; erase: out of all history, for good"
                ),
            ],
            dry_run: Annotated[bool, Field(description="tell what would go, change nothing")] = False,
            context: Context,
            answer: Annotated[ElicitationResult[Consent], Resolve(self._consent)],
        ) -> Forgot:
            """Make the memory forget one session, entity, file or some words, when the user wants that.

            Name exactly one of them. Archive or retract what is merely wrong; erase secrets and what must
            be gone.
            """
            agreed = isinstance(answer, AcceptedElicitation) and answer.data.forget
            target = {"session": session, "entity": entity, "path": path, "words": words}
            if dry_run or not agreed:
                planned = await self._forget(target, everything, how, dry_run=True)
                return replies.forgot(planned, declined=not agreed)

            async def tell(gone: float, what: str) -> None:
                await context.report_progress(gone, None, what)

            return await self._carried_out(target, everything, how, tell)

        return StrictTool.of(forget, title="Forget", annotations=_DESTROYS)

    async def _consent(
        self,
        session: str,
        entity: str,
        path: str,
        words: str,
        everything: bool,
        how: str,
        dry_run: bool,
        context: Context,
    ) -> Consent | Elicit[Consent]:
        """Ask the user, told what would go; a question that reads otherwise now is asked again."""
        if dry_run or not can_be_asked(context):
            # A host that cannot ask has let its user approve the call of a destructive tool.
            return Consent(forget=True)
        target = {"session": session, "entity": entity, "path": path, "words": words}
        planned = await self._forget(target, everything, how, dry_run=True)
        return Elicit(replies.at_stake(planned), Consent)

    async def _carried_out(self, target: dict[str, str], everything: bool, how: How, tell: Tell) -> Forgot:
        """What is gone, or the id of the work that is still at it.

        It is done in this process: what is to be forgotten must not be written into a queue.
        """
        user = self._whose()
        path = await path_of(self._memory, user, target["path"])
        seconds = self._works.patience()

        async def work() -> Forgot:
            told = await self._memory.forget(
                user, how=how, everything=everything, dry_run=False, **{**target, "path": path}
            )
            return replies.forgot(told)

        record = self._works.begin(user, "forget", work)
        record = await self._works.until(record, seconds, tell, "forgetting")
        if record.error:
            raise ToolError(record.error.detail)
        if not record.status.over:
            note = replies.STILL_AT_IT
            return Forgot(done=False, how=how, target="", losses=[], note=note, job=record.job.id)
        return Forgot.model_validate(record.result)

    async def _forget(
        self, target: dict[str, str], everything: bool, how: str, *, dry_run: bool
    ) -> Forgotten:
        user = self._whose()
        path = await path_of(self._memory, user, target["path"])
        return await self._memory.forget(
            user, how=how, **{**target, "path": path}, everything=everything, dry_run=dry_run
        )
