"""The sessions that wait for their digest, worked off in order by one process at a time."""

from collections.abc import Callable, Iterator

from ..errors import Busy
from . import pending
from .attempt import Plan
from .changes import ChangeSet
from .desk import Desk
from .failpoint import failpoint
from .lock import locked
from .names import SessionId, UserId
from .snapshot import Snapshot

PlanFor = Callable[[SessionId, Snapshot], ChangeSet | None]


def worked_off(desk: Desk, user: UserId, plan_for: PlanFor, patience: float) -> Iterator[str]:
    """Carry out the plan of each session that waits, oldest first; yields the commits made.

    What is held for its caller goes on waiting. Where another process is at it, waits for `patience` seconds
    and leaves the rest to that one.
    """
    branch = desk.store.branch(user)
    seen: set[str] = set()
    while set(pending.free(branch.snapshot())) - seen:
        try:
            # Whoever comes while this is held looks again after it is let go.
            with locked(branch.lock_file.with_suffix(".digest"), patience):
                for session in pending.free(branch.snapshot()):
                    seen.add(session)
                    done = desk.carry_out(user, _while_waiting(SessionId(session), plan_for))
                    if done:
                        yield done.commit
        except Busy:
            return


def _while_waiting(session: SessionId, plan_for: PlanFor) -> Plan:
    def plan(snapshot: Snapshot) -> ChangeSet | None:
        planned = plan_for(session, snapshot) if session in pending.sessions(snapshot) else None
        failpoint("digest.planned")
        return planned

    return plan
