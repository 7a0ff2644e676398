"""What becomes of a memory when it meets its mirror: under the writer's lock, and without the network."""

from collections.abc import Sequence
from dataclasses import dataclass

import pygit2

from ..errors import MirrorDiverged
from . import epoch
from .branch import Branch, Writer
from .mirror_adopt import adopted
from .mirror_erased import Landed
from .mirror_format import Format
from .mirror_incoming import Incoming
from .mirror_join import DESCRIPTION, joined, parted
from .mirror_point import Point, here, leads, place, record, seen
from .mirror_salvage import commits_to, line, salvaged
from .snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Met:
    """What a meeting did here; `dropped` are commits given up because an erase went before them."""

    joined: bool = False
    erased: bool = False
    dropped: tuple[str, ...] = ()


def met(writer: Writer, came: Incoming, told: Format) -> Met:
    """Bring a memory to where it holds all that the mirror holds, so that a push is in order.

    Raises:
        MirrorDiverged: the two cannot be joined; neither was changed.
        Conflict: the old copy must go, and somebody changed a file in a view that is not committed yet.
    """
    now, there = here(writer.branch), came.point
    handle = came.handle()
    if there.epoch == now.epoch:
        return _same(writer, came, told)
    if leads(handle, there.epoch, now.epoch):
        return _behind(writer, came, told)
    if leads(handle, now.epoch, there.epoch):
        return _ahead(writer, came, told)
    raise _diverged(writer.branch, "both sides were erased, each in its own way")


def wants_nothing(branch: Branch, there: Point) -> bool:
    """Whether all that a mirror holds is here already, or is what an erase here took out."""
    handle = pygit2.Repository(str(branch.repository))
    if there.epoch and there.epoch not in handle:
        return False
    return not there.tip or there.tip in handle or bool(_erased_here(handle, branch, there))


def _same(writer: Writer, came: Incoming, told: Format) -> Met:
    branch, there = writer.branch, came.point
    now = here(branch)
    if not there.tip:
        if now.tip and seen(branch).tip:
            raise _diverged(branch, "the mirror has lost this memory, or somebody erased the user there")
        return Met()
    came.take_in()
    handle = pygit2.Repository(str(branch.repository))
    if leads(handle, there.tip, now.tip):
        return Met()
    if leads(handle, now.tip, there.tip):
        writer.forward(there.tip)
        return Met()
    # Who wrote on two machines before either knew of the other began twice; what was in step shares a past.
    twice = not seen(branch).tip and _alike(handle, now.tip, there.tip)
    if not twice and not parted(handle, now.tip, there.tip):
        raise _diverged(branch, "the two began apart from each other and share no commit")
    joined(writer, there.tip, told)
    return Met(joined=True)


def _behind(writer: Writer, came: Incoming, told: Format) -> Met:
    """The mirror does not know of an erase made here, and may hold what was pushed there meanwhile."""
    branch, there = writer.branch, came.point
    now, before = here(branch), seen(branch)
    if not there.tip and before.tip:
        raise _diverged(branch, "the mirror has lost this memory, or somebody erased the user there")
    handle = came.handle()
    landed = _landed(handle, branch, there)
    commits = commits_to(handle, now.tip)
    if not there.tip or there.tip in commits or landed.of(there.tip) is not None:
        return Met()
    if before.epoch == now.epoch:
        raise _diverged(branch, "the mirror went back to before an erase that it had")
    old = line(handle, there.tip, commits, landed)
    if not old.known:
        raise _diverged(branch, "the two began apart from each other and share no commit")
    salvage = salvaged(handle, old, now.tip, commits, landed, told)
    for changes in salvage.changes:
        writer.commit(changes)
    return Met(dropped=salvage.dropped)


def _ahead(writer: Writer, came: Incoming, told: Format) -> Met:
    """Another machine erased something: the copy here goes."""
    branch, there = writer.branch, came.point
    came.take_in()
    if not here(branch).tip and not here(branch).epoch:
        place(branch, epoch.reference_of(branch), there.epoch)
        if there.tip:
            writer.forward(there.tip)
        record(branch, there)
        return Met()
    dropped = adopted(writer, there, told)
    if dropped is None:
        raise _diverged(branch, "the two began apart from each other and share no commit")
    return Met(erased=True, dropped=dropped)


def _landed(handle: pygit2.Repository, branch: Branch, there: Point) -> Landed:
    return Landed(_since(handle, branch, there))


def _since(handle: pygit2.Repository, branch: Branch, there: Point) -> Sequence[epoch.Epoch]:
    return [*epoch.line(handle, here(branch).epoch, there.epoch)][::-1]


def _erased_here(handle: pygit2.Repository, branch: Branch, there: Point) -> bool:
    now = here(branch).epoch
    if not now or not leads(handle, there.epoch, now):
        return False
    return _landed(handle, branch, there).of(there.tip) is not None


def _alike(handle: pygit2.Repository, ours: str, theirs: str) -> bool:
    """Whether two lines of commits say of themselves that they are the same user's, and of one kind."""
    told = [_described(Snapshot(handle, commit)) for commit in (ours, theirs)]
    return bool(told[0]) and told[0] == told[1]


def _described(snapshot: Snapshot) -> list[str]:
    if snapshot.blob(DESCRIPTION) is None:
        return []
    lines = snapshot.read_bytes(DESCRIPTION).decode("utf-8", "replace").splitlines()
    return [line for line in lines if not line.startswith("created:")]


def _diverged(branch: Branch, why: str) -> MirrorDiverged:
    return MirrorDiverged(branch.user, why)
