"""What was made of a blob, kept by the blob's id, so that it can never be stale."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Made = TypeVar("Made")


class BlobCache(Generic[Made]):
    """The values a function made of blobs, the least recently used dropped first.

    `budget` bounds the total weight of what is kept; the weight of a value is given with it.
    """

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._spent = 0
        self._kept: OrderedDict[str, tuple[int, Made]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, blob: str, make: Callable[[], tuple[int, Made]]) -> Made:
        """The value for a blob, made now if it is not there; `make` answers weight and value."""
        with self._lock:
            if blob in self._kept:
                self._kept.move_to_end(blob)
                return self._kept[blob][1]
        weight, value = make()
        with self._lock:
            if blob not in self._kept:
                self._kept[blob] = (weight, value)
                self._spent += weight
            while self._spent > self._budget and len(self._kept) > 1:
                _, (dropped, _) = self._kept.popitem(last=False)
                self._spent -= dropped
        return value

    def peek(self, blob: str) -> Made | None:
        """The value for a blob if it is there; it does not count as used."""
        with self._lock:
            kept = self._kept.get(blob)
            return kept[1] if kept else None

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self._spent = 0
