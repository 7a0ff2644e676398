"""The import itself: words first, in order and each on its own; what they mean behind."""

import signal
import sys
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import tzinfo
from types import FrameType

from ...agents.facts import Fact
from ...agents.onboarding import ontology_of
from ...errors import BadInput, ModelError, Refused, UnknownUser
from ...memory import Memory
from ...ontologies import loader
from ...ontologies.schema import Ontology
from ...storage.names import user_id
from ..progress import Progress, progress
from .conversation import Conversation, Skipped
from .fitting import fitted
from .parts import Session, sessions
from .standing import Shelf, Standing

BATCH = 40
"""Sessions stored before they are digested: finding those that wait takes the longer, the more there are."""


@dataclass(slots=True)
class Report:
    """What an import did; `waiting` counts the sessions that are still to be digested."""

    counts: Counter[str] = field(default_factory=Counter[str])
    skipped: list[Skipped] = field(default_factory=list[Skipped])
    sessions: list[str] = field(default_factory=list[str])
    waiting: int = 0
    note: str = ""
    stopped: bool = False

    def skip(self, session: Session, why: str) -> None:
        """Note a session that was left out."""
        self.skipped.append(Skipped(session.conversation.place, why, session.id))

    def table(self) -> dict[str, object]:
        """The report for a program."""
        counts = {str(each): self.counts[each] for each in (Standing.UNCHANGED, Standing.GROWN)}
        return {
            "imported": self.counts[Standing.NEW],
            **counts,
            "skipped": [asdict(each) for each in self.skipped],
            "sessions": self.sessions,
            "waiting": self.waiting,
            "note": self.note,
            "stopped": self.stopped,
        }


class Import:
    """Brings conversations into a user's memory."""

    def __init__(self, memory: Memory, user: str, ontology: str, zone: tzinfo) -> None:
        self._memory, self._user, self._ontology = memory, user, ontology
        self._shelf = Shelf(memory, user, zone)
        self._stopping = False
        self._filed: Callable[[], None] | None = None
        self.report = Report()
        memory.watch(self._committed)

    def foresee(self, conversations: Sequence[Conversation], limit: int) -> list[tuple[Standing, Session]]:
        """How each session stands to what is stored, up to `limit` to be stored; nothing is written."""
        return list(self._wanted(self._placed(conversations), limit))

    async def run(self, conversations: Sequence[Conversation], limit: int, *, digest: bool) -> Report:
        """Store what is new, oldest first, and digest it; once more, and it goes on where it was.

        Raises:
            StoreError: the disk did not take it; what was stored before is.
        """
        # A model takes its time: all words are safe before it is asked for the first.
        batch = BATCH if digest and not self._memory.files_by_model else sys.maxsize
        waiting = 0
        with self._told_to_stop():
            with progress("import", None if limit else len(conversations), "conversations") as bar:
                for standing, session in self._wanted(self._placed(conversations, bar), limit):
                    if self._stopping:
                        break
                    waiting += await self._store(standing, session)
                    if waiting >= batch:
                        waiting = 0
                        await self._digest()
            if digest:
                await self._digest(shown=self._memory.files_by_model)
        return await self._ended()

    def _placed(
        self, conversations: Sequence[Conversation], bar: Progress | None = None
    ) -> Iterator[tuple[Standing, Session]]:
        for conversation in conversations:
            for session in sessions(conversation):
                try:
                    yield self._shelf.place(session)
                except BadInput as wrong:
                    self.report.skip(session, str(wrong))
            if bar:
                bar.step()

    def _wanted(
        self, placed: Iterator[tuple[Standing, Session]], limit: int
    ) -> Iterator[tuple[Standing, Session]]:
        """Those that are to be stored; the others are noted."""
        wanted = 0
        for standing, session in placed:
            if standing in (Standing.NEW, Standing.GROWN):
                wanted += 1
                yield standing, session
                if wanted == limit:
                    return
            elif standing is Standing.UNCHANGED:
                self.report.counts[standing] += 1
            else:
                self.report.skip(session, _WHY[standing])

    async def _store(self, standing: Standing, session: Session) -> bool:
        """Store one session; answers whether it waits for its digest."""
        try:
            receipt = await self._memory.remember(
                self._user,
                session.content,
                session.id,
                session.date,
                wait=False,
                source=session.source,
                facts=self._facts(session),
            )
        except (BadInput, Refused) as wrong:
            self.report.skip(session, str(wrong))
            return False
        self.report.counts[standing] += 1
        self.report.sessions.append(session.id)
        return receipt.state == "pending"

    def _facts(self, session: Session) -> Sequence[Fact]:
        if not session.facts:
            return ()
        return fitted(session.facts, self._kinds(), self._user, session.conversation.started)

    def _kinds(self) -> Ontology:
        store = self._memory.desk.store
        try:
            return loader.load(ontology_of(store.branch(user_id(self._user)).snapshot()))
        except UnknownUser:
            return loader.load(self._ontology)

    async def _digest(self, *, shown: bool = False) -> None:
        if self._stopping or self.report.note:
            return
        try:
            waiting = len(await self._memory.pending(self._user))
            if shown and waiting:
                with progress("digest", waiting, "sessions") as bar:
                    await self._digested(bar.step)
            elif waiting:
                await self._digested(lambda: None)
        except UnknownUser:
            return
        except ModelError as error:
            self.report.note = f"stored, and digested later: {error}"

    async def _digested(self, step: Callable[[], None]) -> None:
        self._filed = step
        try:
            await self._memory.digest(self._user)
        except _Stopped:
            return
        finally:
            self._filed = None

    def _committed(self, *_: str) -> None:
        """Hear of each digest that was committed: the place where a long one can be ended."""
        if self._filed:
            self._filed()
            if self._stopping:
                raise _Stopped

    @contextmanager
    def _told_to_stop(self) -> Generator[None]:
        """End after the session at hand where somebody presses Ctrl-C; the second time, at once."""

        def stop(*_: int | FrameType | None) -> None:
            self._stopping = True
            signal.signal(signal.SIGINT, before)
            sys.stderr.write("\nstopping after this session; what is stored stays\n")

        before = signal.signal(signal.SIGINT, stop)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    async def _ended(self) -> Report:
        self.report.stopped = self._stopping
        try:
            self.report.waiting = len(await self._memory.pending(self._user))
            await self._memory.sync_view(self._user)
        except UnknownUser:
            self.report.waiting = 0
        return self.report


class _Stopped(Exception):
    """Somebody has asked to end."""


_WHY = {
    Standing.DIFFERS: "other words are stored under this session id; it was left as it is",
    Standing.RETRACTED: "it was retracted from this memory before",
}
