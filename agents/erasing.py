"""A redaction as the history is rewritten by it: bytes in, bytes out, messages too."""

from dataclasses import dataclass

from ..storage.erase import Erasure
from ..storage.history import Commit
from .answers import Forgotten, Loss
from .redaction import Redaction


@dataclass(frozen=True, slots=True)
class Erasing:
    """What the rewriting of a history asks for each file and each message."""

    redaction: Redaction

    def content(self, path: str, data: bytes) -> bytes | None:
        """A file without what goes; one that is no text goes whole if its path does, else stays."""
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            return None if path in self.redaction.gone else data
        kept = self.redaction.content(path, text)
        return None if kept is None else data if kept == text else kept.encode()

    def path(self, path: str) -> str:
        """A path without what goes."""
        return self.redaction.path(path)

    def message(self, commit: Commit, message: str) -> str | None:
        """A message without what goes; None for a commit of a session that goes."""
        return None if commit.session in self.redaction.sessions else self.redaction.worded(message)


def receipt(target: str, losses: tuple[Loss, ...], sought: int, done: Erasure) -> Forgotten:
    """What an erase answers."""
    return Forgotten(
        how="erase",
        target=target,
        dry_run=False,
        losses=losses,
        commit=done.new,
        sought=sought,
        removed=done.removed,
        scanned=done.scanned,
        found=done.found,
        epoch=done.epoch,
    )
