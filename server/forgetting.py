"""The tool that forgets; it has the user asked first where the client can do that."""

from collections.abc import Callable, Coroutine, Iterable
from typing import Annotated, Any, Literal

from mcp.server.mcpserver import AcceptedElicitation, Context, Elicit, ElicitationResult, Resolve
from mcp.types import ToolAnnotations
from pydantic import BaseModel, Field

from ..memory import Forgotten, Memory
from . import replies
from .answers import Forgot
from .compat import StrictTool, can_be_asked
from .pages import path_of

_DESTROYS = ToolAnnotations(
    read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False
)

How = Literal["archive", "retract", "erase"]
Told = Callable[[Iterable[str]], Coroutine[Any, Any, None]]


class Consent(BaseModel):
    """What the user is asked."""

    forget: bool = Field(title="Forget it", description="Yes: it goes. No: everything stays as it is.")


class Forgetting:
    """Forgets for one user; `erased` is told which files an erase has changed."""

    def __init__(self, memory: Memory, user: str, erased: Told) -> None:
        self._memory = memory
        self._user = user
        self._erased = erased

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
            answer: Annotated[ElicitationResult[Consent], Resolve(self._consent)],
        ) -> Forgot:
            """Make the memory forget one session, entity, file or some words, when the user wants that.

            Name exactly one of them. Archive or retract what is merely wrong; erase secrets and what must
            be gone.
            """
            agreed = isinstance(answer, AcceptedElicitation) and answer.data.forget
            target = {"session": session, "entity": entity, "path": path, "words": words}
            told = await self._forget(target, everything, how, dry_run=dry_run or not agreed)
            return replies.forgot(told, declined=not agreed)

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

    async def _forget(
        self, target: dict[str, str], everything: bool, how: str, *, dry_run: bool
    ) -> Forgotten:
        path = await path_of(self._memory, self._user, target["path"])
        told = await self._memory.forget(
            self._user, how=how, **{**target, "path": path}, everything=everything, dry_run=dry_run
        )
        if told.how == "erase" and not told.dry_run:
            await self._erased(loss.path for loss in told.losses)
        return told
