"""Dates and moments from outside, and the commit that a moment means."""

import re
from datetime import UTC, date, datetime, time, tzinfo

import pygit2

from ..errors import BadDate, UnknownCommit
from .branch import Branch
from .epoch import erased_on
from .snapshot import Snapshot

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_NEWEST_FIRST = pygit2.enums.SortMode.TOPOLOGICAL | pygit2.enums.SortMode.TIME
_COMMIT = re.compile(r"[0-9a-f]{7,40}")
_ACCEPTED = "a date such as 2023-05-08 or a time such as 2023-05-08T14:30:00+02:00"


def moment(raw: str, zone: tzinfo, *, end_of_day: bool = False) -> datetime:
    """A date or RFC 3339 time from outside as a time with zone.

    A date means its first moment, or its last one with `end_of_day`.

    Raises:
        BadDate: it is neither.
    """
    text = raw.strip()
    try:
        if _DATE.fullmatch(text):
            return datetime.combine(date.fromisoformat(text), time.max if end_of_day else time.min, zone)
        if not _DATE.match(text):
            raise BadDate(raw, _ACCEPTED)
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else found.replace(tzinfo=zone)
    except ValueError:
        raise BadDate(raw, _ACCEPTED) from None


def as_of(branch: Branch, raw: str, zone: tzinfo) -> Snapshot:
    """What was known at a commit, at the end of a date, or at a time.

    Raises:
        UnknownCommit: no such commit among this user's, or nothing was known yet.
        BadDate: neither a commit, nor a date, nor a time.
    """
    tip = branch.snapshot()
    text = raw.strip()
    if not text:
        return tip
    if _COMMIT.fullmatch(text.lower()):
        return tip.at(_ancestor(branch, tip, text.lower()))
    then = moment(text, zone, end_of_day=True)
    commit = _known_at(tip, then)
    if commit is None:
        raise UnknownCommit(raw, f"nothing was known yet at that moment; {_beginning(tip, zone)}")
    return tip.at(commit)


def _ancestor(branch: Branch, tip: Snapshot, prefix: str) -> str:
    # Foreign, unreachable, ambiguous and unknown ids answer alike, so that none of them can be guessed at.
    try:
        found = tip.repository[prefix]
        if found.type == pygit2.enums.ObjectType.COMMIT:
            commit = str(found.id)
            if commit == tip.commit or tip.repository.descendant_of(tip.commit, commit):
                return commit
    except KeyError:
        pass
    except ValueError:
        # Some other object begins like that, perhaps another user's: only this memory's commits count.
        line = (str(commit.id) for commit in tip.repository.walk(tip.commit))
        alike = [commit for commit in line if commit.startswith(prefix)]
        if len(alike) == 1:
            return alike[0]
    day = erased_on(branch, prefix)
    raise UnknownCommit(prefix, f"erased on {day}") if day else UnknownCommit(prefix)


def _beginning(tip: Snapshot, zone: tzinfo) -> str:
    first = min(commit.commit_time for commit in tip.repository.walk(tip.commit))
    begun = datetime.fromtimestamp(first, UTC).astimezone(zone).isoformat()
    return f"this memory begins at {begun} (as_of is when it was learned, not when it happened)"


def _known_at(tip: Snapshot, then: datetime) -> str | None:
    # Committer times never run backwards along parents: the first early enough is the newest. Where
    # lines were joined, it is the newest of any.
    last = then.astimezone(UTC).timestamp()
    for commit in tip.repository.walk(tip.commit, _NEWEST_FIRST):
        if commit.commit_time <= last:
            return str(commit.id)
    return None
