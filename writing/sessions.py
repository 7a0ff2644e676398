"""Sessions: their words taken in, their digests made, staged and committed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from ..agents import intake, onboarding
from ..agents.answers import Onboarded, Receipt
from ..agents.digesting import Digester
from ..agents.intake import Words
from ..agents.status import Status, status
from ..errors import ModelError, UnknownUser
from ..ontologies import loader
from ..storage import pending, queue, staged
from ..storage.branch import Writer
from ..storage.changes import ChangeSet
from ..storage.desk import Desk
from ..storage.failpoint import failpoint
from ..storage.names import SessionId, UserId
from ..storage.snapshot import Snapshot

if TYPE_CHECKING:
    from ..agents.facts import Fact
    from ..ontologies.schema import Ontology

    Facts = Sequence[Fact | Mapping[str, object]]

    Aside = Callable[[UserId, float], tuple[str, ...] | None]
    """Files what waits for a user in another process; None if it could not."""

_PATIENCE = 20.0
"""How many seconds to wait for another process that is digesting."""


class Sessions:
    """Commits what people said, at once, and what it means, in its turn."""

    def __init__(self, desk: Desk, digester: Digester, ontology: str) -> None:
        self._desk = desk
        self._digester = digester
        self.ontology = ontology
        self.aside: Aside | None = None

    def remember(self, user: UserId, words: Words, *, facts: Facts = (), wait: bool = True) -> Receipt:
        """Commit the words; file them by ready-made facts, or with `wait` by the writer there is.

        Raises:
            BadInput: a fact cannot be filed; nothing was stored.
        """
        if facts:
            self._check(user, words, facts)
        receipt = self.take_in(user, words)
        if facts and receipt.state != "retracted":
            self._file(user, words.session, facts)
            return self._receipt(user, words.session)
        return self._settled(user, receipt) if wait else receipt

    def take_in(self, user: UserId, words: Words, *, hold: bool = False) -> Receipt:
        """Commit the words; with `hold` their digest waits until `commit_staged`."""
        branch = self._desk.store.created(user)
        with self._desk.writing(branch) as writing:
            snapshot = writing.snapshot()
            if snapshot is None:
                self._desk.commit(writing, self._beginning(user, words.received))
                failpoint("remember.begun")
                snapshot = branch.snapshot()
            elif not onboarding.is_told(snapshot):
                told = onboarding.telling(user, self.ontology, words.received, snapshot)
                snapshot = branch.snapshot(self._desk.commit(writing, told))
            waiting = words.session in pending.sessions(snapshot)
            found = intake.plan(snapshot, words, waiting=waiting, hold=hold)
            if found.changes:
                commit = self._desk.commit(writing, found.changes)
                return Receipt(user, words.session, commit, found.path, "pending")
        if found.retracted:
            return Receipt(user, words.session, snapshot.commit, "", "retracted")
        return intake.known(snapshot, user, words.session, found.path, waiting=waiting)

    def digest(self, user: UserId, patience: float = 0.0) -> tuple[str, ...]:
        """File what waits, oldest first; the commits made."""
        if self.aside and (commits := self.aside(user, patience)) is not None:
            for commit in commits:
                self._desk.relay(user, commit)
            return commits
        return tuple(queue.worked_off(self._desk, user, partial(self._digester.plan, user), patience))

    def stage(self, user: UserId, words: Words, *, wait: bool = True) -> Receipt:
        """Commit the words, to be filed when their caller says so; with `wait`, have their digest ready."""
        receipt = self.take_in(user, words, hold=True)
        return self.stage_stored(user, words.session) if wait and receipt.state == "pending" else receipt

    def stage_stored(self, user: UserId, session: SessionId) -> Receipt:
        """Have the digest of a stored session ready; it stays pending where a model could not make it."""
        branch = self._desk.store.branch(user)

        def plan(snapshot: Snapshot) -> ChangeSet | None:
            waits = session in pending.sessions(snapshot)
            return self._digester.plan(user, session, snapshot) if waits else None

        def keep(writing: Writer, changes: ChangeSet) -> str:
            return staged.put(writing, session, changes)

        ready = self._ready(branch.snapshot(), user, session) or self._desk.carry_out(user, plan, keep)
        receipt = self._receipt(user, session)
        return replace(receipt, state="staged") if ready and receipt.state == "pending" else receipt

    def commit_staged(self, user: UserId, session: SessionId) -> Receipt:
        """Commit the digest that is ready, or a new one where it no longer holds."""

        def plan(snapshot: Snapshot) -> ChangeSet | None:
            if session not in pending.sessions(snapshot):
                return None
            return self._ready(snapshot, user, session) or self._digester.plan(user, session, snapshot)

        def commit(writing: Writer, changes: ChangeSet) -> str:
            done = self._desk.commit(writing, changes)
            failpoint("staged.committed")
            staged.drop(writing, session)
            return done

        self._desk.carry_out(user, plan, commit)
        return self._receipt(user, session)

    def onboard(
        self, user: UserId, about: str, template: str, session: SessionId, now: datetime, *, wait: bool
    ) -> Onboarded:
        """Begin a memory; one that has begun stays as it is, but for an about-text it does not have yet."""
        words = onboarding.told(about, now, session) if about else None
        branch = self._desk.store.created(user)
        with self._desk.writing(branch) as writing:
            created = writing.snapshot() is None
            if created:
                self._desk.commit(writing, self._beginning(user, now, about, template))
                failpoint("onboard.begun")
            tip = branch.snapshot()
        receipt = None
        if words and intake.stored_at(tip, session) is None:
            receipt = self.remember(user, words, wait=wait)
        tip = branch.snapshot()
        return Onboarded(user, created, tip.commit, onboarding.profile_path(user, tip), receipt)

    def status(self, user: UserId) -> Status:
        """What a memory holds, what waits, and what a model failed at."""
        snapshot = self._desk.store.branch(user).snapshot()
        return status(snapshot, user, self._digester.failed(user), self.ontology)

    def _settled(self, user: UserId, receipt: Receipt) -> Receipt:
        """A receipt once what waits is digested, or with a note that says why it still waits."""
        if receipt.state != "pending":
            return receipt
        session = SessionId(receipt.session_id)
        try:
            # What was held has now come without being held.
            if session in pending.held(self._desk.store.branch(user).snapshot()):
                self.commit_staged(user, session)
            self.digest(user, _PATIENCE)
        except ModelError as error:
            return replace(receipt, note=f"stored, and filed later: {error}")
        return self._receipt(user, session)

    def _ready(self, snapshot: Snapshot, user: UserId, session: SessionId) -> ChangeSet | None:
        """The digest that is kept for a session, where it still holds."""
        kept, path = staged.get(self._desk.store.branch(user), session), intake.stored_at(snapshot, session)
        return kept.changes if kept and path and kept.still_holds(snapshot, path) else None

    def _receipt(self, user: UserId, session: SessionId) -> Receipt:
        return intake.receipt(self._desk.store.branch(user).snapshot(), user, session)

    def _check(self, user: UserId, words: Words, facts: Facts) -> None:
        """Refuse facts that could not be filed, before anything is stored."""
        from ..agents.facts import checked

        checked(facts, self._ontology_of(user), words.date)

    def _file(self, user: UserId, session: SessionId, facts: Facts) -> None:
        """File a stored session by the facts that came with it."""

        def plan(snapshot: Snapshot) -> ChangeSet | None:
            return self._digester.by_facts(user, session, facts, snapshot)

        self._desk.carry_out(user, plan)

    def _ontology_of(self, user: UserId) -> Ontology:
        try:
            name = onboarding.ontology_of(self._desk.store.branch(user).snapshot(), self.ontology)
        except UnknownUser:
            name = self.ontology
        return loader.load(name)

    def _beginning(self, user: UserId, now: datetime, about: str = "", template: str = "") -> ChangeSet:
        ontology = loader.load(self.ontology)
        guide = loader.guide(ontology)
        return onboarding.plan(
            user, ontology, guide, now, about=about, template=template, ontology_name=self.ontology
        )
