"""The records of the jobs of this process: all that are not over, and the newest that are."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from .job import Record, Status

Clock = Callable[[], datetime]


class Records:
    """Keeps the newest `most` records of jobs that are over, none longer than `longest`."""

    def __init__(self, clock: Clock, most: int = 2_000, longest: timedelta = timedelta(hours=24)) -> None:
        self._clock = clock
        self._most = most
        self._longest = longest
        self._open: dict[str, Record] = {}
        self._over: dict[str, Record] = {}
        self._ended = Counter[Status]()

    def put(self, record: Record) -> None:
        """Keep the newest state of a job."""
        identity = record.job.id
        if not record.status.over:
            self._open[identity] = record
            return
        if self._open.pop(identity, None):
            self._ended[record.status] += 1
        self._over[identity] = record
        self._drop()

    def get(self, user: str, identity: str) -> Record | None:
        """A user's record; None if there is none, or it is another user's."""
        self._drop()
        record = self._open.get(identity) or self._over.get(identity)
        return record if record and record.job.user == user else None

    def counts(self) -> Mapping[str, int]:
        """How many are queued and running now, and how many have come to which end so far."""
        now = Counter(record.status for record in self._open.values())
        return {str(one): self._ended[one] if one.over else now[one] for one in Status}

    def _drop(self) -> None:
        """Forget the oldest; they lie in the order they ended."""
        oldest = self._clock() - self._longest
        while self._over:
            identity, record = next(iter(self._over.items()))
            ended = record.completed_at or record.job.submitted_at
            if len(self._over) <= self._most and ended >= oldest:
                return
            del self._over[identity]
