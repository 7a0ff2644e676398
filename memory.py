"""The service: one method per verb; the only one who writes."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, tzinfo
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from .agents import catalogue, conformance, intake, onboarding, pages, provenance, retrospect
from .agents.answers import (
    Consolidation,
    FileInfo,
    Forgotten,
    Listing,
    Loss,
    Onboarded,
    Page,
    Receipt,
    Restored,
    ToolReport,
)
from .agents.conformance import Finding
from .agents.consolidator import tools as consolidator
from .agents.consolidator.tools import chosen
from .agents.context import Block, Context
from .agents.digesting import Digester
from .agents.explore.explore import Explored, explore, walls
from .agents.forgetting import Target
from .agents.intake import Words
from .agents.provenance import Uncited, Why
from .agents.retrieval import Question, Retrieval
from .agents.retrospect import Asked, HistoryEntry, HistoryPage, HistoryQuery
from .agents.rules import changes
from .agents.status import Status
from .errors import BadInput, ModelError
from .ontologies import loader
from .storage import care, moment, pending
from .storage.desk import Desk, Listener
from .storage.durability import Durability
from .storage.names import SessionId, UserId, user_id
from .storage.names import session_id as checked
from .storage.snapshot import Snapshot
from .storage.store import Store
from .writing.forgetting import Forgetting
from .writing.order import Bounds, Order
from .writing.sessions import Sessions
from .writing.threads import in_thread

__all__ = [
    "Block", "Consolidation", "Context", "Explored", "FileInfo", "Finding", "Forgotten", "HistoryEntry",
    "HistoryPage", "Listing", "Loss", "Memory", "Onboarded", "Page", "Receipt", "Restored", "Status",
    "ToolReport", "Uncited", "Why",
]  # fmt: skip

if TYPE_CHECKING:
    from .agents.explorer.limits import Limits
    from .agents.facts import Fact
    from .agents.providers.provider import Provider
    from .storage.mirror import Mirror

CONSOLIDATION_TOOLS = consolidator.TOOLS
FORGETTING = ("archive", "retract", "erase")


class Memory:
    """A git-backed memory of many users; what its verbs may raise is in `diffmem.errors`."""

    def __init__(
        self,
        store: Store,
        *,
        zone: tzinfo = UTC,
        ontology: str = loader.DEFAULT,
        writer: "Provider | None" = None,
        retriever: "Provider | None" = None,
        mirror: "Mirror | None" = None,
    ) -> None:
        self.desk = Desk(store)
        self._zone = zone
        self._retrieval = Retrieval(retriever, ontology=ontology)
        kept = (self._retrieval.recaller, catalogue, changes, consolidator, intake, pending)
        self.desk.rewritings.extend(each.forget for each in kept)
        self._digester = Digester(writer, ontology)
        self.sessions = Sessions(self.desk, self._digester, ontology)
        self.mirror = mirror and replace(mirror, writing=self.desk.writing)
        self._forgetting = Forgetting(self.desk, self.forget_caches, self.mirror)
        self._order = Order(self.desk, writer, ontology)

    @classmethod
    def open(
        cls,
        home: Path,
        *,
        zone: tzinfo = UTC,
        durability: str = Durability.FULL,
        ontology: str = loader.DEFAULT,
        writer: "Provider | None" = None,
        retriever: "Provider | None" = None,
        mirror: "Mirror | None" = None,
    ) -> "Memory":
        """The memories below a folder.

        `zone` is what dates without a zone mean, `ontology` what new memories hold; `writer` is the model
        that files sessions, `retriever` the one that answers; an erase goes to the `mirror`, too.
        """
        store = Store(home, Durability(durability))
        return cls(store, zone=zone, ontology=ontology, writer=writer, retriever=retriever, mirror=mirror)

    def watch(self, listener: Listener) -> None:
        """Have a function called with user and commit after each commit made here."""
        self.desk.listeners.append(listener)

    async def onboard(
        self, user: str, about: str = "", template: str = "", session_id: str = "", *, wait: bool = True
    ) -> Onboarded:
        """Begin a memory with a profile; who merely remembers is onboarded on the way.

        `about` is what somebody tells of themselves, filed as a session; `template` ready Markdown for the
        profile. A memory that is there already stays as it is.

        Raises:
            BadName, BadContent, BadInput: what was given cannot be stored; nothing was.
        """
        who = user_id(user)
        session = checked(session_id) if session_id else onboarding.SESSION
        onboard = partial(self.sessions.onboard, wait=wait)
        return await in_thread(onboard, who, about, template, session, datetime.now(self._zone))

    async def remember(
        self,
        user: str,
        content: str,
        session_id: str = "",
        session_date: str = "",
        *,
        wait: bool = True,
        source: str = "",
        facts: Sequence["Fact | Mapping[str, object]"] = (),
    ) -> Receipt:
        """Commit the words of a session; with `wait`, digest them too before answering.

        `facts` are what the caller found in them (entity, type, statement, when, replaces): they are filed
        before this answers, and no model is asked.

        Raises:
            BadName, BadDate, BadContent, BadInput: what was given cannot be stored; nothing was.
            SessionDiffers: other words are stored under this id.
            StoreError: the disk did not take it; nothing was stored.
        """
        who, words = user_id(user), Words.given(content, session_id, session_date, source, self._zone)
        return await in_thread(partial(self.sessions.remember, facts=facts, wait=wait), who, words)

    async def stage(
        self, user: str, content: str, session_id: str = "", session_date: str = "", *, wait: bool = True
    ) -> Receipt:
        """Commit the words of a session; with `wait`, have its digest ready, too, for `commit_staged`.

        Raises:
            As `remember`, and ModelError: the words are stored, but there is no digest yet.
        """
        words = Words.given(content, session_id, session_date, "", self._zone)
        return await in_thread(partial(self.sessions.stage, wait=wait), user_id(user), words)

    async def stage_stored(self, user: str, session_id: str) -> Receipt:
        """Have the digest of a session ready that was stored by `stage` before; raises as that does."""
        return await in_thread(self.sessions.stage_stored, user_id(user), SessionId(session_id))

    async def commit_staged(self, user: str, session_id: str) -> Receipt:
        """Commit the digest of a staged session; one that has changed since is made anew.

        Raises:
            UnknownSession: nothing is stored under this id.
        """
        return await in_thread(self.sessions.commit_staged, user_id(user), SessionId(session_id))

    async def digest(self, user: str) -> Sequence[str]:
        """File every session that waits, oldest first.

        Answers the commits made: none where nothing waits or another process is at it.

        Raises:
            ModelError: the model cannot be asked now; what waits goes on waiting.
        """
        return await in_thread(self.sessions.digest, user_id(user))

    async def pending(self, user: str) -> Sequence[str]:
        """The ids of the sessions whose digest is missing, oldest first."""
        return await in_thread(lambda: pending.sessions(self._snapshot(user_id(user))))

    async def status(self, user: str) -> Status:
        """What a memory holds, what waits, and what a model failed at."""
        return await in_thread(self.sessions.status, user_id(user))

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
        depth: str = "",
        limits: "Limits | None" = None,
    ) -> Context:
        """The few blocks that matter for a question, within a number of tokens, at one commit.

        `as_of` asks what was known then; `happened_after` and `happened_before` (both inclusive) keep what
        happened in a time. `depth` is "fast" (no model), "deep" (a model looks around within `limits`) or
        "auto" (only where the rules are unsure).
        """
        who = user_id(user)
        within = self._day(happened_after), self._day(happened_before)

        def answer() -> Context:
            snapshot = self._snapshot(who, as_of)
            today = snapshot.time.date() if as_of else self._today()
            told = onboarding.profile_path(who, snapshot) if profile else ""
            asked = Question(query, max_tokens, today, within, told, depth, limits, who)
            return self._retrieval.answer(snapshot, asked)

        return await in_thread(answer)

    async def read(self, user: str, path: str, as_of: str = "", lines: str = "") -> Page:
        """One file as it was known at a moment; `lines` such as "12-14", from 1, inclusive.

        Raises:
            UnknownPath: there was no such file.
        """
        return await in_thread(lambda: pages.page(self._snapshot(user_id(user), as_of), path, lines))

    async def profile(self, user: str, as_of: str = "") -> Page:
        """The user's own file as it was known at a moment; raises as `read` does."""
        return await in_thread(lambda: pages.profile(self._snapshot(user_id(user), as_of), user_id(user)))

    async def list(self, user: str, as_of: str = "") -> Listing:
        """Every file as it was known at a moment."""
        return await in_thread(lambda: pages.listing(self._snapshot(user_id(user), as_of)))

    async def explore(self, user: str, command: str, as_of: str = "") -> Explored:
        """Read-only commands over a memory as it was known at a moment; see docs/explore.md."""
        return await in_thread(self._explore, user_id(user), command, as_of)

    async def walls(self) -> str:
        """What stands between a command of `explore` and this machine."""
        return str(await in_thread(walls))

    async def history(self, user: str, **asked: Unpack[Asked]) -> HistoryPage:
        """What changed and when, newest first: by path, entity, session or words, in a time; see `Asked`."""
        query, then = HistoryQuery.of(asked, self._zone), asked.get("as_of", "")
        return await in_thread(lambda: retrospect.past(self._snapshot(user_id(user), then), query))

    async def consolidate(
        self,
        user: str,
        tools: Sequence[str] = (),
        *,
        dry_run: bool = False,
        window: int = 0,
        soft_cap_tokens: int = 32_000,
    ) -> Consolidation:
        """Put a memory in order, each step a commit of its own; without names, by the tools that always run.

        `window` is how many of the last commits `link` looks at (0: all), `soft_cap_tokens` what a file may
        hold before `redistribute` takes from it.

        Raises:
            BadInput: there is no such tool.
        """
        run, bounds = partial(self._order.consolidate, dry_run=dry_run), Bounds(window, soft_cap_tokens)
        return await in_thread(run, user_id(user), chosen(tools), bounds, self._today())

    async def unmerge(self, user: str, merged: str) -> Restored:
        """Part two files that were merged: told by a name, a path, or the commit of the merge."""
        return await in_thread(self._forgetting.unmerge, user_id(user), merged)

    async def why(self, user: str, asked: str, as_of: str = "") -> Why:
        """Where a line ("path:line", or a few of its words) comes from: session, turn, words, commit."""
        return await in_thread(lambda: provenance.why(self._snapshot(user_id(user), as_of), asked))

    async def uncited(self, user: str) -> Sequence[Uncited]:
        """Every filed line that leads to no session and to no person."""
        return await in_thread(lambda: tuple(provenance.uncited(self._snapshot(user_id(user)))))

    async def findings(self, user: str) -> Sequence[Finding]:
        """What of the files is not as the memory's ontology has it; see `Kind`. Nothing is repaired."""
        return await in_thread(lambda: conformance.of(self._snapshot(user_id(user)), self.sessions.ontology))

    async def restore(self, user: str, path: str, as_of: str = "") -> Restored:
        """A file as it was at a moment, as a new commit; one that is gone needs no moment."""
        who, restore = user_id(user), self._forgetting.restore
        then = partial(self._snapshot, who, as_of) if as_of else lambda: None
        return await in_thread(lambda: restore(who, path, then(), self._today()))

    async def undo(self, user: str, session: str = "", commit: str = "") -> Restored:
        """Take back a session or one commit, as a new commit; undone again, a session comes back.

        Raises:
            Conflict: what it wrote was changed since; the message says where.
        """
        who = user_id(user)
        if bool(session) == bool(commit):
            raise BadInput("say what to undo: a session or a commit")
        if commit:
            undo, at = self._forgetting.undo_commit, self._snapshot
            return await in_thread(lambda: undo(who, at(who, commit).commit, self._today()))
        done = await in_thread(self._forgetting.undo_session, who, SessionId(session), self._today())
        with suppress(ModelError):
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
            return await in_thread(partial(self._forgetting.erase_user, who, dry_run=dry_run))
        target, today = Target(session, entity, path, words), self._today()
        if dry_run:
            return await in_thread(self._forgetting.foresee, who, target, how, today)
        if how == "erase":
            return await in_thread(self._forgetting.erase, who, target, today)
        return await in_thread(self._forgetting.put_away, who, target, how, today)

    async def resume(self) -> Sequence[str]:
        """Finish erases that a crash cut off; the users whose memory that concerned."""
        return await in_thread(self._forgetting.resume)

    async def maintain(self, user: str) -> None:
        """Pack a memory and keep long histories fast; nothing is dropped."""
        await in_thread(lambda: care.tend(self.desk.store.branch(user_id(user))))

    async def tip(self, user: str) -> str:
        """The newest commit."""
        return await in_thread(lambda: self._snapshot(user_id(user)).commit)

    async def users(self) -> Sequence[str]:
        """Everybody who has a memory here."""
        return await in_thread(lambda: sorted(self.desk.store.users()))

    async def view(self, user: str) -> Path:
        """Lay out a user's files in a folder for people; what they changed there is committed first."""
        return await in_thread(self.desk.show, user_id(user))

    async def sync_view(self, user: str) -> Path | None:
        """Bring the folder for people up to date if there is one."""
        return await in_thread(self.desk.show_again, user_id(user))

    @property
    def files_by_model(self) -> bool:
        """Whether a model files sessions, which takes its time."""
        return self._digester.provider is not None

    def _explore(self, user: UserId, command: str, as_of: str) -> Explored:
        snapshot = self._snapshot(user, as_of)
        return explore(snapshot, command, now=snapshot.time if as_of else datetime.now(self._zone))

    def refresh(self, user: UserId) -> None:
        """Have what was written since a user's last recall ready for the next one."""
        snapshot = self._snapshot(user)
        if not pending.sessions(snapshot):
            self._retrieval.recaller.refresh(snapshot, user)

    def forget_caches(self) -> None:
        """Drop all that was kept of any history; for when one was rewritten."""
        self.desk.tell_rewritten()

    def _day(self, raw: str) -> date | None:
        return moment.moment(raw, self._zone).date() if raw else None

    def _today(self) -> date:
        return datetime.now(self._zone).date()

    def _snapshot(self, user: UserId, as_of: str = "") -> Snapshot:
        branch = self.desk.store.branch(user)
        return moment.as_of(branch, as_of, self._zone) if as_of else branch.snapshot()
