"""Changes that take something back: out of the present, to an earlier state, or to where it was."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from ..errors import BadInput, Conflict, UnknownPath, UnknownSession
from ..ontologies import entity, session
from ..storage import pending
from ..storage.changes import Actor, ChangeSet, Stage
from ..storage.history import History
from ..storage.merge import reverted
from ..storage.names import SessionId, session_key
from ..storage.snapshot import Snapshot
from . import legacy, tombstones
from .answers import Loss
from .brought import Brought
from .catalogue import Catalogue
from .forgetting import Search, Target
from .indexing import indexed, is_entity, is_generated
from .intake import last_stored
from .reading import plain
from .redaction import Redaction
from .tombstones import Tombstones


def archived(snapshot: Snapshot, target: Target, owner_path: str, day: str) -> ChangeSet:
    """Take a target out of recall; the commit before keeps it."""
    redaction = Search(snapshot, owner_path).at_present(target, "[archived]")
    return _something(without(snapshot, redaction, target, day, f"forget(archive): {target.kind}"), target)


def retracted(snapshot: Snapshot, target: Target, owner_path: str, day: str) -> ChangeSet:
    """Take a target out of the present and leave tombstones, so that the same words do not bring it back."""
    redaction = Search(snapshot, owner_path).at_present(target, tombstones.MARK)
    changes = without(snapshot, redaction, target, day, f"forget(retract): {target.kind}")
    _something(changes, target)
    stones = tombstones.of(redaction, _hashes(snapshot), day)
    known = Tombstones.parse(snapshot.text(tombstones.PATH))
    return replace(changes, write={**changes.write, tombstones.PATH: known.adding(stones).render()})


def undone_session(snapshot: Snapshot, identity: str, owner_path: str, day: str) -> ChangeSet:
    """The memory as if a session had not been remembered.

    What an older program filed of it goes where it still stands as filed; the subject tells of the rest.

    Raises:
        Conflict: a person has changed a line of it since.
    """
    target = Target(session=identity)
    redaction = Search(snapshot, owner_path).at_present(target, "")
    _refuse_changed(snapshot, identity)
    left = _changed_since(snapshot, redaction.brought)
    told = f" ({left} line{'' if left == 1 else 's'} of it changed since, and left so)" if left else ""
    return without(snapshot, redaction, target, day, f"undo: {identity}{told}", Stage.UNDO)


def undone_commit(snapshot: Snapshot, commit: str, day: str) -> ChangeSet:
    """The opposite of one commit, on top of what came after it.

    Raises:
        Conflict: what it changed has been changed again since.
    """
    told = History(snapshot).commit(commit)
    if not told.parents:
        raise BadInput("the first commit of a memory cannot be undone; `forget --everything` ends it")
    write, delete, conflicts = reverted(snapshot, commit)
    clashes = [path for path in conflicts if not is_generated(path)]
    if clashes:
        raise Conflict(
            f"{', '.join(sorted(clashes))} changed again after {commit[:12]}; undo the later change first"
        )
    changed: dict[str, str | bytes | None] = {**write, **dict.fromkeys(delete)}
    return _changes(
        snapshot,
        {path: content for path, content in changed.items() if not is_generated(path)},
        f"undo: {told.subject}",
        Stage.UNDO,
        day,
        {"Reverts": commit},
    )


def restored_path(snapshot: Snapshot, path: str, then: Snapshot | None, day: str) -> ChangeSet:
    """A file as it was; without a moment, one that is gone as it last was.

    Raises:
        UnknownPath: it was not there then.
    """
    if is_generated(path):
        raise BadInput(f"{path} is made anew from the files; restore one of those")
    if then is None:
        if snapshot.blob(path) is not None:
            raise BadInput(f"{path} is there; say as of when you want it back")
        then = _last_with(snapshot, path)
    content = then.read_bytes(path)
    if then.blob(path) == snapshot.blob(path):
        raise BadInput(f"{path} is as it was then; there is nothing to restore")
    return _changes(
        snapshot, {path: content}, f"restore: {path}", Stage.RESTORE, day, {"Reverts": then.commit}
    )


def restored_session(snapshot: Snapshot, identity: str) -> ChangeSet:
    """A session that was undone, archived or retracted, back where it was; it waits for its digest again.

    Raises:
        UnknownSession: no session of that id was ever here.
    """
    found = last_stored(snapshot, SessionId(identity))
    if found is None:
        raise UnknownSession(identity)
    then, path = found
    text = then.read(path)
    back: dict[str, str | bytes] = {path: text}
    if snapshot.blob(tombstones.PATH):
        stones = Tombstones.parse(snapshot.text(tombstones.PATH)).without(session_key(SessionId(identity)))
        back[tombstones.PATH] = stones.render()
    return ChangeSet(
        subject=f"restore: {identity}",
        stage=Stage.RESTORE,
        actor=Actor.USER,
        write=back,
        trailers={"Session-Id": identity, "Session-Date": session.at(path, text).date},
        waiting=1,
    )


def without(
    snapshot: Snapshot,
    redaction: Redaction,
    target: Target,
    day: str,
    subject: str = "",
    stage: Stage = Stage.FORGET,
) -> ChangeSet:
    """The present without what goes; an empty change set where nothing of it is present."""
    changed: dict[str, str | bytes | None] = {}
    for file in snapshot.files():
        if not is_generated(file.path) and file.path.endswith((".md", ".txt")):
            text = snapshot.content(file.blob).decode("utf-8", "replace")
            kept = redaction.content(file.path, text)
            if kept != text:
                changed[file.path] = kept
    trailers = {"Session-Id": target.session} if target.session else {}
    waiting = sum(1 for identity in pending.sessions(snapshot) if identity in redaction.sessions)
    return replace(_changes(snapshot, changed, subject, stage, day, trailers), waiting=-waiting)


def _something(changes: ChangeSet, target: Target) -> ChangeSet:
    if not changes.write and not changes.delete:
        raise BadInput(f"nothing here holds {target}")
    return changes


def _changes(
    snapshot: Snapshot,
    changed: Mapping[str, str | bytes | None],
    subject: str,
    stage: Stage,
    day: str,
    trailers: dict[str, str],
) -> ChangeSet:
    texts = {path: _text(content) for path, content in changed.items() if is_entity(path)}
    pages = indexed(snapshot, Catalogue.of(snapshot), texts, day, edit=False) if texts else {}
    return ChangeSet(
        subject=subject,
        stage=stage,
        actor=Actor.USER,
        write={path: content for path, content in changed.items() if content is not None} | pages,
        delete=frozenset(path for path, content in changed.items() if content is None),
        trailers=trailers,
        when=datetime.now().astimezone(),
    )


def _text(content: str | bytes | None) -> str | None:
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else content


def _refuse_changed(snapshot: Snapshot, identity: str) -> None:
    """A line of this session that no longer reads as it was filed was changed by somebody: say so."""
    key = session_key(SessionId(identity))
    filed = set(_filed(snapshot, identity))
    for file in snapshot.files():
        text = snapshot.text(file.path) if is_entity(file.path) else ""
        if key not in text:
            continue
        for line, statement in entity.parse(text).statements():
            if statement.mark and statement.mark.session_key == key and plain(statement.text) not in filed:
                raise Conflict(
                    f"{file.path}:{line} was changed since {identity} was filed; take it out by hand first"
                )


def _changed_since(snapshot: Snapshot, lines: Brought) -> int:
    """How many lines that an older program filed stand nowhere as they were filed."""
    if not lines:
        return 0
    present = ((file.path, snapshot.text(file.path)) for file in snapshot.files())
    standing = lines.standing((path, text) for path, text in present if not is_generated(path))
    return len(frozenset[str]().union(*lines.lines.values()) - standing)


def _filed(snapshot: Snapshot, identity: str) -> Iterator[str]:
    history = History(snapshot)
    for commit in legacy.commits_of(history, identity):
        if commit.stage == Stage.DIGEST:
            then = Snapshot(snapshot.repository, commit.id)
            for path in history.touched(commit):
                if is_entity(path):
                    yield from (
                        plain(statement.text) for _, statement in entity.parse(then.text(path)).statements()
                    )


def _hashes(snapshot: Snapshot) -> dict[str, str]:
    keys = ((legacy.key_at(file.path), file.path) for file in snapshot.files("sessions"))
    return {key: session.at(path, snapshot.read(path)).sha256 for key, path in keys if key}


def _last_with(snapshot: Snapshot, path: str) -> Snapshot:
    for commit in History(snapshot).commits([path]):
        then = Snapshot(snapshot.repository, commit.id)
        if then.blob(path) is not None:
            return then
    raise UnknownPath(path, snapshot.nearest(path))


def losses(before: Snapshot, changes: ChangeSet) -> tuple[Loss, ...]:
    """What a change takes out of each file people read; generated pages aside."""
    found: list[Loss] = []
    for path in sorted(changes.write.keys() | changes.delete):
        old = before.text(path).splitlines()
        new = changes.write.get(path, "")
        kept = set((new if isinstance(new, str) else new.decode("utf-8", "replace")).splitlines())
        lines = sum(1 for line in old if line not in kept)
        if lines and not is_generated(path):
            found.append(Loss(path, lines, path in changes.delete))
    return tuple(found)
