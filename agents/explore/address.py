"""Where a memory's state lies, as data that can be handed to another process."""

import json
from dataclasses import dataclass
from datetime import datetime

from .display import Shown


@dataclass(frozen=True, slots=True)
class Address:
    """A repository's folder and a commit in it; nothing but what leads to that commit can be seen."""

    repository: str
    commit: str


@dataclass(frozen=True, slots=True)
class Request:
    """One command line for one state; `now` is what "2 weeks ago" counts from."""

    address: Address
    command: str
    now: datetime

    def dumps(self) -> bytes:
        """The request as bytes."""
        told = [self.address.repository, self.address.commit, self.command, self.now.isoformat()]
        return json.dumps(told).encode()

    @classmethod
    def loads(cls, data: bytes) -> "Request":
        """The request those bytes came from."""
        repository, commit, command, now = json.loads(data)
        return cls(Address(str(repository), str(commit)), str(command), datetime.fromisoformat(str(now)))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command line came to."""

    output: str
    code: int
    cut: int = 0

    def dumps(self) -> bytes:
        """The answer as bytes."""
        return json.dumps([self.output, self.code, self.cut]).encode()

    @classmethod
    def loads(cls, data: bytes) -> "Answer":
        """The answer those bytes came from."""
        output, code, cut = json.loads(data)
        return cls(str(output), int(code), int(cut))

    @classmethod
    def of(cls, shown: Shown, code: int) -> "Answer":
        """An answer from what can be shown."""
        return cls(shown.text, code, shown.cut)
