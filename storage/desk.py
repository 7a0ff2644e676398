"""Where a user's commits are made: people's edits first, listeners told after."""

import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pygit2

from ..errors import StoreError
from . import attempt
from .attempt import Done, Plan
from .branch import Branch, Writer
from .changes import ChangeSet
from .merge import merged
from .names import UserId
from .store import Store
from .view import View

log = logging.getLogger(__name__)

Listener = Callable[[UserId, str], None]
Departure = Callable[[str], None]
Commit = Callable[[Writer, ChangeSet], str]


@dataclass(frozen=True, slots=True)
class Desk:
    """The one way commits come about; `listeners` are called with user and commit after each.

    `recorders` are called so, too, but not for what another process of ours did, which has its own.
    `departures` are called with a user once their whole memory is gone, of which no commit is left to tell,
    `rewritings` whenever words went out of a history: what was kept of them must go, too.
    """

    store: Store
    listeners: list[Listener] = field(default_factory=list[Listener])
    recorders: list[Listener] = field(default_factory=list[Listener])
    departures: list[Departure] = field(default_factory=list[Departure])
    rewritings: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])

    @contextmanager
    def writing(self, branch: Branch) -> Generator[Writer]:
        """Be the one writer of a user, once what people changed in the view is committed as theirs."""
        with branch.writing() as writing:
            if writing.snapshot() is not None:
                if writing.resumed == "erased":
                    # Whoever was at it died before anybody was told.
                    self.tell_rewritten()
                    self.tell(branch.user, branch.snapshot().commit)
                self._pick_up(writing)
            yield writing

    def carry_out(self, user: UserId, plan: Plan, commit: Commit | None = None) -> Done | None:
        """Have a plan made and committed; None if it has nothing to do."""
        branch = self.store.branch(user)
        with self.writing(branch):
            pass
        return attempt.carried_out(branch, plan, commit or self.commit)

    def commit(self, writing: Writer, changes: ChangeSet) -> str:
        """Commit a change set and tell who listens."""
        commit = writing.commit(changes)
        if writing.branch.share:
            self._lay_out(writing.branch)
        self.tell(writing.branch.user, commit)
        return commit

    def tell(self, user: UserId, commit: str) -> None:
        """Have everybody know the newest commit of a user, which was made here."""
        for recorder in self.recorders:
            recorder(user, commit)
        self.relay(user, commit)

    def relay(self, user: UserId, commit: str) -> None:
        """Have everybody who listens know a commit that another process of ours made and has noted."""
        for listener in self.listeners:
            listener(user, commit)

    def tell_gone(self, user: UserId) -> None:
        """Have it known that nothing is left of a user."""
        for departure in self.departures:
            departure(user)

    def tell_rewritten(self) -> None:
        """Have everything dropped that was kept of a history which is another one now."""
        for forget in self.rewritings:
            forget()

    def view(self, branch: Branch) -> View:
        """The folder of a user's files for people."""
        return View(branch, self.store.view_folder(branch.user))

    def show(self, user: UserId) -> Path:
        """Lay out a user's files, or bring them up to date; what people changed is committed first."""
        branch = self.store.branch(user)
        with self.writing(branch):
            view = self.view(branch)
            view.bring_to(branch.snapshot())
            return view.folder

    def show_again(self, user: UserId) -> Path | None:
        """Bring a user's files up to date where they are laid out."""
        return self.show(user) if self.view(self.store.branch(user)).exists() else None

    def _lay_out(self, branch: Branch) -> None:
        """Bring the folder for people along, as those who use a shared repository expect it to be."""
        try:
            view = self.view(branch)
            if view.exists():
                view.bring_to(branch.snapshot())
        except (OSError, pygit2.GitError, StoreError) as failed:
            # The words are committed; the folder shows an earlier commit, and says so.
            log.warning("the files of a memory are behind: %s", failed)

    def _pick_up(self, writing: Writer) -> None:
        branch = writing.branch
        edits = self.view(branch).edits()
        if edits:
            joined = merged(edits, branch.snapshot(edits.base), branch.snapshot())
            if joined:
                self.commit(writing, joined.changes())
