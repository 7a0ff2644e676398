"""The service: one method per verb; the only one who writes."""

import builtins
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo
from functools import partial
from pathlib import Path
from typing import TypeVar

from anyio import to_thread

from .agents import intake, onboarding, retrospect
from .agents.answers import Consolidation, FileInfo, Listing, Page, Receipt, ToolReport
from .agents.catalogue import ENTITIES
from .agents.context import Block, Context
from .agents.intake import Words
from .agents.recall import Recaller
from .agents.retrospect import HistoryEntry, HistoryPage, HistoryQuery
from .agents.rules import link, writer
from .errors import BadInput, Busy
from .ontologies import loader, transcript
from .storage import moment, pending
from .storage.attempt import carried_out
from .storage.branch import Branch, Writer
from .storage.changes import ChangeSet, Stage
from .storage.durability import Durability
from .storage.history import History
from .storage.lock import locked
from .storage.merge import merged
from .storage.names import SessionId, UserId, default_session_id, session_id, user_id
from .storage.snapshot import Snapshot
from .storage.store import Store
from .storage.view import View

__all__ = [
    "Block",
    "Consolidation",
    "Context",
    "FileInfo",
    "HistoryEntry",
    "HistoryPage",
    "Listing",
    "Memory",
    "Page",
    "Receipt",
    "ToolReport",
]

Answer = TypeVar("Answer")
Listener = Callable[[str, str], None]

CONSOLIDATION_TOOLS = ("link",)
_DIGEST_PATIENCE = 20.0


class Memory:
    """A git-backed memory of many users.

    Every verb takes the user it is for; what it may raise is in `diffmem.errors`.
    """

    def __init__(self, store: Store, *, zone: tzinfo = UTC, ontology: str = loader.DEFAULT) -> None:
        self._store = store
        self._zone = zone
        self._ontology_name = ontology
        self._recaller = Recaller()
        self._listeners: list[Listener] = []

    @classmethod
    def open(cls, home: Path, *, zone: tzinfo = UTC, durability: str = Durability.FULL) -> "Memory":
        """The memories below a folder; `zone` is what dates without a zone mean."""
        return cls(Store(home, Durability(durability)), zone=zone)

    def watch(self, listener: Listener) -> None:
        """Have a function called with user and commit after each commit made here."""
        self._listeners.append(listener)

    async def remember(
        self,
        user: str,
        content: str,
        session_id: str = "",
        session_date: str = "",
        *,
        wait: bool = True,
        source: str = "",
    ) -> Receipt:
        """Commit the words of a session; with `wait`, digest them too before answering.

        Raises:
            BadName, BadDate, BadContent: what was given cannot be stored; nothing was.
            SessionDiffers: other words are stored under this id.
            StoreError: the disk did not take it; nothing was stored.
        """
        who = user_id(user)
        words = self._words(content, session_id, session_date, source)
        receipt = await _in_thread(self._take_in, who, words)
        if wait and receipt.state == "pending":
            await _in_thread(self._digest, who, _DIGEST_PATIENCE)
            receipt = await _in_thread(self._take_in, who, words)
        return receipt

    async def digest(self, user: str) -> Sequence[str]:
        """File every session that waits, oldest first.

        Answers the commits made: none where nothing waits or another process is at it.
        """
        return await _in_thread(self._digest, user_id(user), 0.0)

    async def pending(self, user: str) -> Sequence[str]:
        """The ids of the sessions whose digest is missing, oldest first."""
        return await _in_thread(lambda: pending.sessions(self._snapshot(user_id(user))))

    async def recall(
        self, user: str, query: str, max_tokens: int = 2000, as_of: str = "", *, profile: bool = False
    ) -> Context:
        """The few blocks that matter for a question, within a number of tokens, at one commit."""
        return await _in_thread(self._recall, user_id(user), query, max_tokens, as_of, profile)

    async def read(self, user: str, path: str, as_of: str = "", lines: str = "") -> Page:
        """One file as it was known at a moment; `lines` such as "12-14", from 1, inclusive.

        Raises:
            UnknownPath: there was no such file.
        """
        return await _in_thread(self._read, user_id(user), path, as_of, lines)

    async def list(self, user: str, as_of: str = "") -> Listing:
        """Every file as it was known at a moment."""
        return await _in_thread(self._list, user_id(user), as_of)

    async def history(
        self,
        user: str,
        *,
        path: str = "",
        entity: str = "",
        session: str = "",
        query: str = "",
        since: str = "",
        until: str = "",
        stage: str = "",
        as_of: str = "",
        limit: int = 20,
        cursor: str = "",
    ) -> HistoryPage:
        """What changed and when, newest first; `since` and `until` are when it was learned."""
        asked = HistoryQuery(
            path=path,
            entity=entity,
            session=session,
            words=query,
            stage=stage,
            since=moment.moment(since, self._zone) if since else None,
            until=moment.moment(until, self._zone, end_of_day=True) if until else None,
            limit=limit,
            cursor=cursor,
        )
        return await _in_thread(lambda: retrospect.past(self._snapshot(user_id(user), as_of), asked))

    async def consolidate(
        self, user: str, tools: Sequence[str] = CONSOLIDATION_TOOLS, *, dry_run: bool = False
    ) -> Consolidation:
        """Put a memory in order; each tool makes a commit of its own, or none."""
        unknown = [tool for tool in tools if tool not in CONSOLIDATION_TOOLS]
        if unknown:
            raise BadInput(f"no tool {unknown[0][:40]!r}; there are: {', '.join(CONSOLIDATION_TOOLS)}")
        return await _in_thread(self._consolidate, user_id(user), dry_run)

    async def users(self) -> Sequence[str]:
        """Everybody who has a memory here."""
        return await _in_thread(lambda: sorted(self._store.users()))

    async def view(self, user: str) -> Path:
        """Lay out a user's files in a folder for people; what they changed there is committed first."""
        return await _in_thread(self._show, user_id(user))

    async def sync_view(self, user: str) -> Path | None:
        """Bring the folder for people up to date if there is one."""
        who = user_id(user)
        exists = await _in_thread(lambda: self._view(self._store.branch(who)).exists())
        return await self.view(user) if exists else None

    def _words(self, content: str, session: str, date: str, source: str) -> Words:
        transcript.check(content)
        now = datetime.now(self._zone)
        return Words(
            session=session_id(session) if session else default_session_id(date, content),
            content=content,
            date=moment.moment(date, self._zone) if date else now,
            received=now,
            source=source,
        )

    def _take_in(self, user: UserId, words: Words) -> Receipt:
        branch = self._store.created(user)
        with branch.writing() as writing:
            if writing.snapshot() is None:
                self._commit(writing, self._onboarding(user, words.received))
            self._pick_up(writing)
            snapshot = branch.snapshot()
            waiting = words.session in pending.sessions(snapshot)
            found = intake.plan(snapshot, words, waiting=waiting)
            if found.changes:
                commit = self._commit(writing, found.changes)
                return Receipt(user, words.session, commit, found.path, "pending")
        return self._known(user, words.session, found.path, snapshot, waiting=waiting)

    def _known(
        self, user: UserId, session: SessionId, path: str, snapshot: Snapshot, *, waiting: bool
    ) -> Receipt:
        touching = [commit for commit in History(snapshot).commits([path]) if commit.stage == Stage.INTAKE]
        commit = touching[0].id if touching else snapshot.commit
        if waiting:
            return Receipt(user, session, commit, path, "pending")
        digest = next(
            (c.id for c in History(snapshot).commits() if _digests(c.stage, c.session, session)), ""
        )
        return Receipt(user, session, commit, path, "digested", digest)

    def _digest(self, user: UserId, patience: float) -> Sequence[str]:
        branch = self._store.branch(user)
        made: builtins.list[str] = []
        while pending.sessions(branch.snapshot()):
            try:
                # Whoever comes while this is held looks again after it is let go.
                with locked(branch.lock_file.with_suffix(".digest"), patience):
                    for session in pending.sessions(branch.snapshot()):
                        plan = partial(self._digest_plan, user, SessionId(session))
                        done = carried_out(branch, plan, self._commit)
                        made += [done.commit] if done else []
            except Busy:
                break
        return made

    def _digest_plan(self, user: UserId, session: SessionId, snapshot: Snapshot) -> ChangeSet | None:
        path = intake.stored_at(snapshot, session)
        if path is None or session not in pending.sessions(snapshot):
            return None
        owner = writer.Owner(onboarding.profile_path(user), (user,))
        after = intake.digested_turns(snapshot, path, session)
        return writer.plan(snapshot, path, owner, loader.load(self._ontology_name), after_turn=after)

    def _recall(self, user: UserId, query: str, max_tokens: int, as_of: str, profile: bool) -> Context:
        snapshot = self._snapshot(user, as_of)
        today = (snapshot.time if as_of else datetime.now(self._zone)).date()
        path = onboarding.profile_path(user)
        return self._recaller.recall(snapshot, query, max_tokens, today, profile=path if profile else "")

    def _read(self, user: UserId, path: str, as_of: str, lines: str) -> Page:
        snapshot = self._snapshot(user, as_of)
        text = snapshot.read(path)
        every = text.splitlines(keepends=True)
        first, last = _span(lines, len(every))
        return Page(path, "".join(every[first - 1 : last]), f"{first}-{last}", snapshot.commit)

    def _list(self, user: UserId, as_of: str) -> Listing:
        snapshot = self._snapshot(user, as_of)
        files = tuple(FileInfo(file.path, snapshot.size(file.blob)) for file in snapshot.files())
        return Listing(snapshot.commit, files)

    def _consolidate(self, user: UserId, dry_run: bool) -> Consolidation:
        branch = self._store.branch(user)
        considered = sum(1 for _ in branch.snapshot().files(ENTITIES))
        if dry_run:
            changes = link.plan(branch.snapshot())
            files = tuple(sorted(changes.write)) if changes else ()
            return Consolidation({"link": ToolReport("", files, considered)})
        done = carried_out(branch, link.plan, self._commit)
        files = tuple(sorted(done.changes.write)) if done else ()
        return Consolidation({"link": ToolReport(done.commit if done else "", files, considered)})

    def _show(self, user: UserId) -> Path:
        branch = self._store.branch(user)
        with branch.writing() as writing:
            self._pick_up(writing)
            view = self._view(branch)
            view.bring_to(branch.snapshot())
            return view.folder

    def _pick_up(self, writing: Writer) -> None:
        """Commit what people changed in the view, before anything else is written."""
        edits = self._view(writing.branch).edits()
        if edits:
            joined = merged(edits, writing.branch.snapshot(edits.base), writing.branch.snapshot())
            if joined:
                self._commit(writing, joined.changes())

    def _onboarding(self, user: UserId, now: datetime) -> ChangeSet:
        ontology = loader.load(self._ontology_name)
        return onboarding.plan(user, ontology, loader.guide(ontology), now)

    def _commit(self, writing: Writer, changes: ChangeSet) -> str:
        commit = writing.commit(changes)
        for listener in self._listeners:
            listener(writing.branch.user, commit)
        return commit

    def _snapshot(self, user: UserId, as_of: str = "") -> Snapshot:
        branch = self._store.branch(user)
        return moment.as_of(branch, as_of, self._zone) if as_of else branch.snapshot()

    def _view(self, branch: Branch) -> View:
        return View(branch, self._store.view_folder(branch.user))


async def _in_thread(function: Callable[..., Answer], *arguments: object) -> Answer:
    # A caller who goes away does not stop a write half-way: the thread runs to its end.
    return await to_thread.run_sync(partial(function, *arguments))


def _digests(stage: str, session: str, wanted: str) -> bool:
    return stage == Stage.DIGEST and session == wanted


def _span(lines: str, count: int) -> tuple[int, int]:
    if not lines:
        return 1, count
    first, _, last = lines.partition("-")
    if not first.isdecimal() or not (last or first).isdecimal():
        raise BadInput(f'lines is {lines[:40]!r}; give two line numbers such as "12-14"')
    start, end = int(first), int(last or first)
    if not 1 <= start <= end:
        raise BadInput(f"lines is {lines!r}; lines count from 1 and the first comes first")
    return start, min(end, count)
