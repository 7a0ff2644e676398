"""What one command may spend: time, and bytes on the way from one stage to the next."""

import time
from dataclasses import dataclass, field

SECONDS = 5.0
HARD_SECONDS = 6.0
OUTPUT_BYTES = 60_000
STAGE_BYTES = 16 << 20
FILE_BYTES = 4 << 20


class Refusal(Exception):
    """A command that is not carried out; the message says what is."""

    def __init__(self, message: str, code: int = 2) -> None:
        super().__init__(message)
        self.code = code


class Spent(Exception):
    """The command used up its time; what it said so far still counts."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The time by which a command must be done."""

    deadline: float = field(default_factory=lambda: time.monotonic() + SECONDS)

    def tick(self) -> None:
        """Give up if the time is over.

        Raises:
            Spent: it is.
        """
        if time.monotonic() > self.deadline:
            raise Spent(f"stopped after {SECONDS:.0f} s; narrow it: a folder, a file, `head`, `git log -20`")


def checked(size: int) -> None:
    """Refuse what is too large to be handed on.

    Raises:
        Refusal: it is.
    """
    if size > STAGE_BYTES:
        raise Refusal(f"more than {STAGE_BYTES >> 20} MB between two commands; narrow the first")
