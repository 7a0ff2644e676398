"""A user's sessions: taken in at once, digested behind the answer."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import anyio
from pydantic import BaseModel

from ..errors import DiffMemError, ModelError, UnknownUser
from ..memory import Memory, Receipt
from .doing import SERVER, doing
from .jobs.job import Record
from .works import Tell, Works, silent

log = logging.getLogger(__name__)

_PAUSES = (0.1, 0.3, 1.0, 3.0, 10.0)
"""Seconds between looks while another process digests for this user."""
FIRST_RETRY_SECONDS, _LAST_RETRY_SECONDS = 30.0, 600.0
"""How long until a model that failed is asked again; it doubles from one to the other."""


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody wants remembered; see `Memory.remember`."""

    content: str
    session_id: str = ""
    session_date: str = ""
    facts: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Filed:
    """A receipt, and the id of the work that still files its words."""

    receipt: Receipt
    job: str = ""


class Digested(BaseModel):
    """The commits in which sessions were filed."""

    commits: list[str]


class Filing:
    """Takes sessions in for one user and has them digested, one digest at a time."""

    def __init__(self, memory: Memory, user: str, works: Works, retry: float = FIRST_RETRY_SECONDS) -> None:
        self._memory = memory
        self._user = user
        self._works = works
        self._digesting = asyncio.Lock()
        self._retry_seconds = retry
        self._retrying = False

    async def take_in(self, words: Words, seconds: float, tell: Tell = silent) -> Filed:
        """Store a session's words and wait a while for their digest; who stops waiting loses nothing."""
        intake = self._works.background.start(lambda: self._take_in(words))
        receipt, digest = await asyncio.shield(intake)
        if digest is None:
            return Filed(receipt)
        digest = await self._works.until(digest, seconds, tell, "stored; filing it")
        if receipt.session_id not in await self._memory.pending(self._user):
            return Filed(replace(receipt, state="digested"))
        if digest.error:
            return Filed(replace(receipt, note=f"stored, and filed later: {digest.error.detail}"))
        return Filed(receipt, "" if digest.status.over else digest.job.id)

    def resume(self) -> None:
        """Have finished what an earlier process left, unless the server's queue does that."""
        if self._works.jobs is None:
            self._works.background.start(self._finish)

    async def _finish(self) -> None:
        try:
            with doing(SERVER, "resume"):
                await self._memory.resume()
        except DiffMemError as error:
            log.warning("an erase waits to be finished: %s", error)
        await self._digest()

    async def _take_in(self, words: Words) -> tuple[Receipt, Record | None]:
        receipt = await self._memory.remember(
            self._user, words.content, words.session_id, words.session_date, wait=False, facts=words.facts
        )
        if receipt.state != "pending":
            return receipt, None
        if self._works.jobs:
            return receipt, await self._works.ask(self._user, "digest")
        return receipt, self._works.begin(self._user, "digest", self._digest)

    async def _digest(self) -> Digested:
        commits: list[str] = []
        async with self._digesting:
            try:
                for pause in _PAUSES:
                    commits += await self._memory.digest(self._user)
                    if not await self._memory.pending(self._user):
                        break
                    await anyio.sleep(pause)
            except UnknownUser:
                return Digested(commits=commits)
            except DiffMemError as error:
                log.warning("%s waits for its digest: %s", self._user, error)
                if isinstance(error, ModelError):
                    self._works.background.start(self._retry)
                raise
        return Digested(commits=commits)

    async def _retry(self) -> None:
        """Ask a model that failed again and again, less and less often, until nothing waits."""
        if self._retrying:
            return
        self._retrying = True
        pause = self._retry_seconds
        try:
            while await self._works.background.pause(pause) and await self._memory.pending(self._user):
                pause = min(2 * pause, _LAST_RETRY_SECONDS)
                async with self._digesting:
                    await self._tried()
        finally:
            self._retrying = False

    async def _tried(self) -> None:
        try:
            await self._memory.digest(self._user)
        except ModelError as error:
            log.warning("%s still waits for its digest: %s", self._user, error)
