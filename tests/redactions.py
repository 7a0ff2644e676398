"""A small redaction for tests: what tells of one word goes."""

from dataclasses import dataclass

from diffmem.storage.history import Commit

CANARY = "zanzibar"


@dataclass(frozen=True, slots=True)
class Lines:
    """Takes out the lines that hold a word, files named after it, and messages that tell it."""

    word: str = CANARY

    def content(self, path: str, data: bytes) -> bytes | None:
        if f"{self.word}.md" in path:
            return None
        kept = [line for line in data.splitlines(keepends=True) if self.word.encode() not in line]
        return b"".join(kept)

    def path(self, path: str) -> str:
        return path.replace(self.word, "somebody")

    def message(self, commit: Commit, message: str) -> str | None:
        return None if self.word in message else message
