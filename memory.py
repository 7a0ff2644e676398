"""The service: one method per verb; the only one who writes."""

import builtins
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, tzinfo
from functools import partial
from pathlib import Path
from typing import TypeVar, Unpack

from anyio import to_thread

from .agents import catalogue, erasing, intake, onboarding, pages, provenance, retrospect, reversal
from .agents.answers import (
    Consolidation,
    FileInfo,
    Forgotten,
    Listing,
    Loss,
    Page,
    Receipt,
    Restored,
    ToolReport,
)
from .agents.catalogue import ENTITIES
from .agents.context import Block, Context
from .agents.explore.explore import Explored, explore, walls
from .agents.forgetting import Search, Target
from .agents.intake import Words
from .agents.onboarding import profile_path
from .agents.provenance import Uncited, Why
from .agents.recall import Recaller, Within
from .agents.retrospect import Asked, HistoryEntry, HistoryPage, HistoryQuery
from .agents.rules import link, writer
from .errors import BadInput, Busy
from .ontologies import loader
from .storage import care, moment, pending
from .storage.branch import Writer
from .storage.changes import ChangeSet
from .storage.desk import Desk, Listener
from .storage.durability import Durability
from .storage.erase import erase, erase_user, sweep
from .storage.lock import locked
from .storage.names import SessionId, UserId, user_id
from .storage.snapshot import Snapshot
from .storage.store import Store

__all__ = [
    "Block", "Consolidation", "Context", "Explored", "FileInfo", "Forgotten", "HistoryEntry", "HistoryPage",
    "Listing", "Loss", "Memory", "Page", "Receipt", "Restored", "ToolReport", "Uncited", "Why",
]  # fmt: skip

Answer = TypeVar("Answer")

CONSOLIDATION_TOOLS = ("link",)
FORGETTING = ("archive", "retract", "erase")
_DIGEST_PATIENCE = 20.0


class Memory:
    """A git-backed memory of many users.

    Every verb takes the user it is for; what it may raise is in `diffmem.errors`.
    """

    def __init__(self, store: Store, *, zone: tzinfo = UTC, ontology: str = loader.DEFAULT) -> None:
        self._store = store
        self._desk = Desk(store)
        self._zone = zone
        self._ontology_name = ontology
        self._recaller = Recaller()

    @classmethod
    def open(cls, home: Path, *, zone: tzinfo = UTC, durability: str = Durability.FULL) -> "Memory":
        """The memories below a folder; `zone` is what dates without a zone mean."""
        return cls(Store(home, Durability(durability)), zone=zone)

    def watch(self, listener: Listener) -> None:
        """Have a function called with user and commit after each commit made here."""
        self._desk.listeners.append(listener)

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
        words = Words.given(content, session_id, session_date, source, self._zone)
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
        self,
        user: str,
        query: str,
        max_tokens: int = 2000,
        as_of: str = "",
        *,
        profile: bool = False,
        happened_after: str = "",
        happened_before: str = "",
    ) -> Context:
        """The few blocks that matter for a question, within a number of tokens, at one commit.

        `as_of` asks what was known then; `happened_after` and `happened_before` (both inclusive) keep what
        happened in a time.
        """
        who = user_id(user)
        within = self._day(happened_after), self._day(happened_before)
        return await _in_thread(self._recall, who, query, max_tokens, as_of, profile, within)

    async def read(self, user: str, path: str, as_of: str = "", lines: str = "") -> Page:
        """One file as it was known at a moment; `lines` such as "12-14", from 1, inclusive.

        Raises:
            UnknownPath: there was no such file.
        """
        return await _in_thread(lambda: pages.page(self._snapshot(user_id(user), as_of), path, lines))

    async def list(self, user: str, as_of: str = "") -> Listing:
        """Every file as it was known at a moment."""
        return await _in_thread(lambda: pages.listing(self._snapshot(user_id(user), as_of)))

    async def explore(self, user: str, command: str, as_of: str = "") -> Explored:
        """Read-only commands over a memory as it was known at a moment; see docs/explore.md."""
        return await _in_thread(self._explore, user_id(user), command, as_of)

    async def walls(self) -> str:
        """What stands between a command of `explore` and this machine."""
        return str(await _in_thread(walls))

    async def history(self, user: str, **asked: Unpack[Asked]) -> HistoryPage:
        """What changed and when, newest first: by path, entity, session or words, in a time; see `Asked`."""
        query = HistoryQuery.of(asked, self._zone)
        return await _in_thread(
            lambda: retrospect.past(self._snapshot(user_id(user), asked.get("as_of", "")), query)
        )

    async def consolidate(
        self, user: str, tools: Sequence[str] = CONSOLIDATION_TOOLS, *, dry_run: bool = False
    ) -> Consolidation:
        """Put a memory in order; each tool makes a commit of its own, or none."""
        unknown = [tool for tool in tools if tool not in CONSOLIDATION_TOOLS]
        if unknown:
            raise BadInput(f"no tool {unknown[0][:40]!r}; there are: {', '.join(CONSOLIDATION_TOOLS)}")
        return await _in_thread(self._consolidate, user_id(user), dry_run)

    async def why(self, user: str, asked: str, as_of: str = "") -> Why:
        """Where a line ("path:line", or a few of its words) comes from: session, turn, words, commit."""
        return await _in_thread(lambda: provenance.why(self._snapshot(user_id(user), as_of), asked))

    async def uncited(self, user: str) -> Sequence[Uncited]:
        """Every filed line that leads to no session and to no person."""
        return await _in_thread(lambda: tuple(provenance.uncited(self._snapshot(user_id(user)))))

    async def restore(self, user: str, path: str, as_of: str = "") -> Restored:
        """A file as it was at a moment, as a new commit; one that is gone needs no moment."""
        who = user_id(user)

        def plan(snapshot: Snapshot) -> ChangeSet:
            then = self._snapshot(who, as_of) if as_of else None
            return reversal.restored_path(snapshot, path, then, self._today())

        return await _in_thread(self._take_back, who, plan)

    async def undo(self, user: str, session: str = "", commit: str = "") -> Restored:
        """Take back a session or one commit, as a new commit; undone again, a session comes back.

        Raises:
            Conflict: what it wrote was changed since; the message says where.
        """
        who = user_id(user)
        if bool(session) == bool(commit):
            raise BadInput("say what to undo: a session or a commit")

        def plan(snapshot: Snapshot) -> ChangeSet:
            if commit:
                told = self._snapshot(who, commit).commit
                return reversal.undone_commit(snapshot, told, self._today())
            if intake.stored_at(snapshot, SessionId(session)) is None:
                return reversal.restored_session(snapshot, session)
            return reversal.undone_session(snapshot, session, profile_path(who), self._today())

        done = await _in_thread(self._take_back, who, plan)
        await self.digest(user)
        return done

    async def forget(
        self,
        user: str,
        *,
        how: str,
        session: str = "",
        entity: str = "",
        path: str = "",
        words: str = "",
        everything: bool = False,
        dry_run: bool = False,
    ) -> Forgotten:
        """Forget a session, an entity, a path, words, or with `everything` the whole user.

        `archive` takes it out of recall and can be undone; `retract` takes it out of the present and keeps
        it from being learned again from the same words; `erase` takes it out of history, too, and proves it.
        """
        who = user_id(user)
        if how not in FORGETTING:
            raise BadInput(f"how is {how[:40]!r}; give one of {', '.join(FORGETTING)}")
        if everything:
            if how != "erase" or session or entity or path or words:
                raise BadInput("everything can only be erased, and then nothing else need be named")
            return await _in_thread(self._erase_user, who, dry_run)
        target = Target(session, entity, path, words)
        if dry_run:
            return await _in_thread(self._foresee, who, target, how)
        return await _in_thread(self._erase if how == "erase" else self._put_away, who, target, how)

    async def resume(self) -> Sequence[str]:
        """Finish erases that a crash cut off; the users whose memory that concerned."""
        return await _in_thread(lambda: sorted(sweep(self._store)))

    async def maintain(self, user: str) -> None:
        """Pack a memory and write the aids that keep long histories fast; nothing is dropped."""
        await _in_thread(lambda: care.tend(self._store.branch(user_id(user))))

    async def users(self) -> Sequence[str]:
        """Everybody who has a memory here."""
        return await _in_thread(lambda: sorted(self._store.users()))

    async def view(self, user: str) -> Path:
        """Lay out a user's files in a folder for people; what they changed there is committed first."""
        return await _in_thread(self._desk.show, user_id(user))

    async def sync_view(self, user: str) -> Path | None:
        """Bring the folder for people up to date if there is one."""
        who = user_id(user)
        exists = await _in_thread(lambda: self._desk.view(self._store.branch(who)).exists())
        return await self.view(user) if exists else None

    def _take_in(self, user: UserId, words: Words) -> Receipt:
        branch = self._store.created(user)
        with self._desk.writing(branch) as writing:
            if writing.snapshot() is None:
                self._desk.commit(writing, self._onboarding(user, words.received))
            snapshot = branch.snapshot()
            waiting = words.session in pending.sessions(snapshot)
            found = intake.plan(snapshot, words, waiting=waiting)
            if found.changes:
                commit = self._desk.commit(writing, found.changes)
                return Receipt(user, words.session, commit, found.path, "pending")
        if found.retracted:
            return Receipt(user, words.session, snapshot.commit, "", "retracted")
        return intake.known(snapshot, user, words.session, found.path, waiting=waiting)

    def _digest(self, user: UserId, patience: float) -> Sequence[str]:
        branch = self._store.branch(user)
        made: builtins.list[str] = []
        while pending.sessions(branch.snapshot()):
            try:
                # Whoever comes while this is held looks again after it is let go.
                with locked(branch.lock_file.with_suffix(".digest"), patience):
                    for session in pending.sessions(branch.snapshot()):
                        plan = partial(self._digest_plan, user, SessionId(session))
                        done = self._desk.carry_out(user, plan)
                        made += [done.commit] if done else []
            except Busy:
                break
        return made

    def _digest_plan(self, user: UserId, session: SessionId, snapshot: Snapshot) -> ChangeSet | None:
        path = intake.stored_at(snapshot, session)
        if path is None or session not in pending.sessions(snapshot):
            return None
        owner = writer.Owner(profile_path(user), (user,))
        after = intake.digested_turns(snapshot, path, session)
        return writer.plan(snapshot, path, owner, loader.load(self._ontology_name), after_turn=after)

    def _explore(self, user: UserId, command: str, as_of: str) -> Explored:
        snapshot = self._snapshot(user, as_of)
        return explore(snapshot, command, now=snapshot.time if as_of else datetime.now(self._zone))

    def _recall(
        self, user: UserId, query: str, max_tokens: int, as_of: str, profile: bool, within: Within
    ) -> Context:
        snapshot = self._snapshot(user, as_of)
        today = (snapshot.time if as_of else datetime.now(self._zone)).date()
        path = profile_path(user)
        told = path if profile else ""
        return self._recaller.recall(snapshot, query, max_tokens, today, profile=told, within=within)

    def _consolidate(self, user: UserId, dry_run: bool) -> Consolidation:
        snapshot = self._snapshot(user)
        done = None if dry_run else self._desk.carry_out(user, link.plan)
        changes = link.plan(snapshot) if dry_run else done.changes if done else None
        files = tuple(sorted(changes.write)) if changes else ()
        considered = sum(1 for _ in snapshot.files(ENTITIES))
        return Consolidation({"link": ToolReport(done.commit if done else "", files, considered)})

    def _take_back(self, user: UserId, plan: Callable[[Snapshot], ChangeSet]) -> Restored:
        done = self._desk.carry_out(user, plan)
        assert done is not None
        files = tuple(sorted(done.changes.write.keys() | done.changes.delete))
        return Restored(done.commit, done.changes.subject, files)

    def _put_away(self, user: UserId, target: Target, how: str) -> Forgotten:
        """Archive or retract: a new commit without the target, the old one kept by a reference of its own."""

        def commit(writing: Writer, changes: ChangeSet) -> str:
            if how == "archive":
                writing.keep(f"archive/{target.stem}")
            return self._desk.commit(writing, changes)

        plan = reversal.archived if how == "archive" else reversal.retracted
        branch = self._store.branch(user)
        before = branch.snapshot()
        done = self._desk.carry_out(
            user, lambda s: plan(s, target, profile_path(user), self._today()), commit
        )
        assert done is not None
        return Forgotten(how, str(target), False, reversal.losses(before, done.changes), done.commit)

    def _foresee(self, user: UserId, target: Target, how: str) -> Forgotten:
        snapshot = self._snapshot(user)
        search = Search(snapshot, profile_path(user))
        redaction = search.everywhere(target) if how == "erase" else search.at_present(target, "")
        changes = reversal.without(snapshot, redaction, target, self._today())
        return Forgotten(how, str(target), True, reversal.losses(snapshot, changes))

    def _erase(self, user: UserId, target: Target, how: str) -> Forgotten:
        with self._desk.writing(self._store.branch(user)) as writing:
            tip = writing.branch.snapshot()
            search = Search(tip, profile_path(user))
            redaction = search.everywhere(target)
            losses = reversal.losses(tip, reversal.without(tip, redaction, target, self._today()))
            sought = search.proofs(redaction, target)
            done = erase(writing, erasing.Erasing(redaction), sought, today=datetime.now(self._zone).date())
            self._forget_caches()
            self._desk.tell(user, done.new)
        return erasing.receipt(str(target), losses, len(sought), done)

    def _erase_user(self, user: UserId, dry_run: bool) -> Forgotten:
        losses = tuple(Loss(file.path, 0, whole=True) for file in self._snapshot(user).files())
        if dry_run:
            return Forgotten("erase", "everything", True, losses)
        done = erase_user(self._store, user)
        self._forget_caches()
        return erasing.receipt("everything", losses, 0, done)

    def _forget_caches(self) -> None:
        self._recaller.forget()
        catalogue.forget()
        intake.forget()

    def _onboarding(self, user: UserId, now: datetime) -> ChangeSet:
        ontology = loader.load(self._ontology_name)
        return onboarding.plan(user, ontology, loader.guide(ontology), now)

    def _day(self, raw: str) -> date | None:
        return moment.moment(raw, self._zone).date() if raw else None

    def _today(self) -> str:
        return datetime.now(self._zone).date().isoformat()

    def _snapshot(self, user: UserId, as_of: str = "") -> Snapshot:
        branch = self._store.branch(user)
        return moment.as_of(branch, as_of, self._zone) if as_of else branch.snapshot()


async def _in_thread(function: Callable[..., Answer], *arguments: object) -> Answer:
    # A caller who goes away does not stop a write half-way: the thread runs to its end.
    return await to_thread.run_sync(partial(function, *arguments))
