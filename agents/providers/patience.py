"""How long to wait for a server, and how often to ask it again."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from ...errors import ModelUnavailable

T = TypeVar("T")

_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 30.0


class Transient(Exception):
    """An attempt that failed in a way that may pass; `pause` is how many seconds the server asks for."""

    def __init__(self, why: str, pause: float = 0.0) -> None:
        super().__init__(why)
        self.why = why
        self.pause = pause


@dataclass(frozen=True, slots=True)
class Patience:
    """Retries with growing, jittered pauses within `deadline` seconds in all.

    `sleep`, `clock` and `chance` (0 to 1) are given by tests.
    """

    retries: int
    deadline: float
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random

    def until(self, seconds: float | None) -> float:
        """The moment at which it ends, of the clock given."""
        return self.clock() + (self.deadline if seconds is None else min(seconds, self.deadline))

    def keep(self, model: str, end: float, attempt: Callable[[float], T]) -> T:
        """Make attempts, each told how many seconds are left, until one is no longer `Transient`.

        Raises:
            ModelUnavailable: the last attempt failed, too, or the time is over.
        """
        tries = 0
        while (left := end - self.clock()) > 0:
            tries += 1
            try:
                return attempt(left)
            except Transient as failed:
                pause = max(failed.pause, self._pause(tries))
                why = failed.why
            if tries > self.retries:
                raise ModelUnavailable(model, why, tries)
            if self.clock() + pause >= end:
                raise ModelUnavailable(model, f"{why}; no time is left to ask again in {pause:.0f} s", tries)
            self.sleep(pause)
        raise ModelUnavailable(model, "the time is over", max(tries, 1))

    def _pause(self, tries: int) -> float:
        longest = min(_FIRST_PAUSE_SECONDS * 2 ** (tries - 1), _LONGEST_PAUSE_SECONDS)
        return longest * (0.5 + self.chance() / 2)


def asked_pause(headers: Mapping[str, str]) -> float:
    """How many seconds a server asks to wait: `Retry-After` as a number or a date; 0 if it does not say."""
    said = headers.get("retry-after", "").strip()
    try:
        seconds = float(said)
    except ValueError:
        seconds = _until_date(said)
    return max(seconds, 0.0) if math.isfinite(seconds) else 0.0


def _until_date(said: str) -> float:
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return 0.0
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - datetime.now(UTC)).total_seconds()
