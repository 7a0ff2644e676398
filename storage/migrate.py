"""A store that the seed wrote, copied into repositories of the users' own; the source is only read.

Commits keep their ids; a memory whose key does not tell its user gets one more that does. It can be cut off
at any moment and done again: the branch is moved last. Whatever comes to the source later is added by the
next run.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pygit2

from ..errors import DiffMemError, StoreError
from .branch import Branch, Writer
from .changes import Actor, ChangeSet, Stage
from .durability import objects_on_disk, sync_folder
from .failpoint import failpoint
from .history import Commit, History
from .merge import merged
from .mirror_point import leads, place
from .names import UserId, user_of
from .purge import reachable
from .seed_store import SeedStore
from .share import kept_beside, own_references
from .snapshot import Snapshot
from .store import Store
from .view import Edits, files_in
from .worktrees import detached_head

TRAILER = "Migrated-Edits"
_NOTES = "migrated"
_FACTS = "diffmem.yaml"
_LARGEST_EDIT = 5_000_000
_USER = "refs/heads/user/"


@dataclass(frozen=True, slots=True)
class Migrated:
    """What became of one user's memory.

    `state` is "moved", "forwarded" (there was more of it since), "in step", "erased" (here, since it
    came), or "failed" with the reason in `why`. `commits` counts those that came, `edits` names the files
    that were changed by hand and not committed; they are committed here as a person's edit.
    """

    user: str
    state: str
    commits: int = 0
    edits: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Source:
    """One user in the source: where the branch is, at which commit, and what was changed by hand since."""

    branch: Branch
    handle: pygit2.Repository
    tip: str
    edits: Edits


@dataclass(frozen=True, slots=True)
class Migration:
    """The way from a shared store to one of repositories of the users' own.

    `ontology` is written down only for a memory that has to be told whose it is. A note in the new store
    tells who came, so that nobody who was erased here since comes back.
    """

    source: SeedStore
    store: Store
    ontology: str = "personal"

    def brought(self, user: UserId) -> Migrated:
        """Bring one user here, or what is new of them there; what goes wrong is told in the answer."""
        return self._carried_out(user, self._bring)

    def foreseen(self, user: UserId) -> Migrated:
        """What that would do."""
        return self._carried_out(user, self._foresee)

    def missing(self) -> list[UserId]:
        """The users of the source who never came here."""
        there = set(self.store.users())
        noted = self._noted()
        return [user for user in self.source.users() if user not in there and _note(user) not in noted]

    def _carried_out(self, user: UserId, how: Callable[[UserId, _Source], Migrated]) -> Migrated:
        try:
            if _note(user) in self._noted() and _here(self.store, user) is None:
                return Migrated(user, "erased")
            return how(user, _source(self.source, self.store, user))
        except (DiffMemError, OSError, pygit2.GitError, KeyError, ValueError) as failed:
            return Migrated(user, "failed", why=str(failed) or type(failed).__name__)

    def _bring(self, user: UserId, told: _Source) -> Migrated:
        with self.store.created(user).writing() as writer:
            done = _brought(writer, told)
            _name(writer, self.ontology)
        if _note(user) not in self._noted():
            with self.store.home.joinpath(_NOTES).open("a", encoding="ascii") as notes:
                notes.write(f"{_note(user)}\n")
        return done

    def _foresee(self, user: UserId, told: _Source) -> Migrated:
        return _foreseen(user, told, _here(self.store, user))

    def _noted(self) -> set[str]:
        file = self.store.home / _NOTES
        return set(file.read_text("ascii").split()) if file.is_file() else set()


def _note(user: UserId) -> str:
    return hashlib.sha256(user.encode()).hexdigest()[:32]


def _source(source: SeedStore, store: Store, user: UserId) -> _Source:
    branch = source.branch(user, store.durability)
    handle = pygit2.Repository(str(source.repository))
    tip = str(handle.references[branch.ref].target)
    return _Source(branch, handle, tip, _edits(branch, handle, tip))


def _here(store: Store, user: UserId) -> tuple[pygit2.Repository, str] | None:
    try:
        branch = store.branch(user)
    except DiffMemError:
        return None
    tip = branch.tip()
    return (pygit2.Repository(str(branch.repository)), tip) if tip else None


def _foreseen(user: UserId, told: _Source, here: tuple[pygit2.Repository, str] | None) -> Migrated:
    tip = here[1] if here else ""
    done = {*_line(here[0], tip)} if here else set[str]()
    fresh = [one for one in _line(told.handle, told.tip) if one not in done]
    edits = tuple(sorted(told.edits.write.keys() | told.edits.delete))
    if here and _parted(here[0], told, tip):
        return Migrated(user, "failed", why=_DIVERGED)
    if here and _applied(here[0], tip, told.edits):
        edits = ()
    state = "in step" if not fresh else "forwarded" if here else "moved"
    return Migrated(user, state, len(fresh), edits)


def _brought(writer: Writer, told: _Source) -> Migrated:
    branch = writer.branch
    handle = pygit2.Repository(str(branch.repository))
    before = branch.tip() or ""
    if before and _parted(handle, told, before):
        raise StoreError(_DIVERGED)
    done = {*_line(handle, before)}
    commits = sum(one not in done for one in _line(told.handle, told.tip))
    names = _renamed(told, branch)
    with objects_on_disk(branch.repository, branch.durability):
        _copy(told.handle, [told.tip, *names.values()], branch)
    failpoint("migrate.copied")
    for name, target in names.items():
        _place(branch, name, target)
        failpoint("migrate.reference")
    handle = pygit2.Repository(str(branch.repository))
    if not leads(handle, told.tip, before):
        writer.forward(told.tip)
    failpoint("migrate.moved")
    edits = _committed(writer, told.edits)
    state = "in step" if not commits else "forwarded" if before else "moved"
    return Migrated(branch.user, "forwarded" if edits and not commits else state, commits, edits)


_DIVERGED = (
    "the memory was written to both here and there; nothing was changed. Move the one here out of the way, "
    "or leave it and take the source away"
)


def _parted(handle: pygit2.Repository, told: _Source, tip: str) -> bool:
    """Whether a memory here went on in another way than the source; edits brought over do not count."""
    theirs = set(_line(told.handle, told.tip))
    if tip in theirs or told.tip in set(_line(handle, tip)):
        return False
    own = [commit for commit in _commits(handle, tip) if commit.id not in theirs]
    return len(own) == len(_line(handle, tip)) or not all(TRAILER in commit.trailers for commit in own)


def _renamed(told: _Source, branch: Branch) -> Mapping[str, str]:
    """What the user's other references are called in a repository of their own."""
    every = {**own_references(told.branch, told.handle)}
    for name in kept_beside(told.branch):
        if name in told.handle.references:
            every[name] = str(told.handle.references[name].target)
    archive = f"refs/heads/archive/{branch.key}/"
    found: dict[str, str] = {}
    for name, target in every.items():
        # How far a mirror has come holds only for a branch of the same name there.
        of_mirror = name.startswith(("refs/meta/_mirror/", "refs/remotes/mirror/"))
        if name in (told.branch.ref, "HEAD") or (of_mirror and told.branch.ref != branch.ref):
            continue
        new = f"refs/heads/archive/{name.removeprefix(archive)}" if name.startswith(archive) else name
        found[new] = target
    return found


def _place(branch: Branch, name: str, target: str) -> None:
    handle = pygit2.Repository(str(branch.repository))
    now = handle.references.get(name)
    # What went on here since stays.
    if now is None or (str(now.target) != target and leads(handle, str(now.target), target)):
        place(branch, name, target)


def _copy(source: pygit2.Repository, roots: list[str], branch: Branch) -> None:
    there = pygit2.Repository(str(branch.repository))
    wanted = [one for raw in reachable(source, roots) if (one := pygit2.Oid(raw=raw)) not in there.odb]
    if not wanted:
        return
    packs = branch.repository / "objects" / "pack"
    source.pack(str(packs), pack_delegate=partial(_filled, wanted), n_threads=1)
    sync_folder(packs)
    there = pygit2.Repository(str(branch.repository))
    if not all(one in there.odb for one in wanted):
        raise StoreError("not every object came; nothing was moved")


def _filled(wanted: list[pygit2.Oid], pack: pygit2.PackBuilder) -> None:
    for one in wanted:
        pack.add(one)


def _edits(branch: Branch, handle: pygit2.Repository, tip: str) -> Edits:
    """What was changed by hand in the worktree of a user, without asking git, which would write there."""
    assert branch.share is not None
    folder = branch.share.folder
    base = _shown(branch.repository, folder) or tip
    known = dict(Snapshot(handle, base).files())
    write: dict[str, bytes] = {}
    seen: set[str] = set()
    for path, file in files_in(folder) if folder.is_dir() else ():
        seen.add(path)
        if file.stat().st_size <= _LARGEST_EDIT:
            content = file.read_bytes()
            if str(pygit2.hash(content)) != known.get(path):
                write[path] = content
    # A folder that is empty, or not there, was not emptied by hand.
    gone = [path for path in known if path not in seen and not folder.joinpath(path).exists()]
    shown = not seen.isdisjoint(known)
    return Edits(base, write, frozenset(gone) if shown else frozenset())


def _shown(repository: Path, folder: Path) -> str:
    """The commit a worktree shows where no branch is checked out in it."""
    try:
        told = folder.joinpath(".git").read_text("utf-8").strip()
    except OSError:
        return ""
    return detached_head(repository / "worktrees" / Path(told.removeprefix("gitdir: ")).name)


def _committed(writer: Writer, edits: Edits) -> tuple[str, ...]:
    branch = writer.branch
    handle, tip = pygit2.Repository(str(branch.repository)), branch.tip() or ""
    if not edits or _applied(handle, tip, edits):
        return ()
    joined = merged(edits, branch.snapshot(edits.base), branch.snapshot())
    if not joined:
        return ()
    changes = joined.changes()
    writer.commit(replace(changes, trailers={**changes.trailers, TRAILER: _digest(edits)}))
    return tuple(sorted(joined.write.keys() | joined.delete))


def _applied(handle: pygit2.Repository, tip: str, edits: Edits) -> bool:
    """Whether these very edits came here before; what was done to them since is not undone."""
    told = _digest(edits)
    return not edits or any(commit.trailers.get(TRAILER) == told for commit in _commits(handle, tip))


def _name(writer: Writer, ontology: str) -> None:
    """Have a memory say whose it is where its key alone does not; else nobody would find it by its user."""
    branch = writer.branch
    snapshot = branch.snapshot()
    if user_of(branch.key) is not None or snapshot.blob(_FACTS):
        return
    facts = {"format": 1, "user": branch.user, "ontology": ontology, "created": _now()}
    text = "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in facts.items())
    subject, trailers = f"migrate: {branch.user}", {TRAILER: "name"}
    writer.commit(ChangeSet(subject, Stage.MIGRATE, Actor.OPERATOR, {_FACTS: text}, trailers=trailers))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _digest(edits: Edits) -> str:
    parts = [f"{path}\0{pygit2.hash(content)}" for path, content in sorted(edits.write.items())]
    told = "\n".join([edits.base, *parts, *(f"-{path}" for path in sorted(edits.delete))])
    return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _commits(handle: pygit2.Repository, tip: str) -> Iterator[Commit]:
    if tip:
        yield from History(Snapshot(handle, tip)).commits()


def _line(handle: pygit2.Repository, tip: str) -> list[str]:
    return [str(commit.id) for commit in handle.walk(tip)] if tip else []
