"""A redaction as the history is rewritten by it: bytes in, bytes out, messages too."""

from dataclasses import dataclass

from ..storage.erase import Erasure
from ..storage.history import Commit
from ..storage.snapshot import Snapshot
from . import legacy, reversal
from .answers import Forgotten, Loss
from .forgetting import Search, Target
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
        gone = any(legacy.is_of(commit, identity) for identity in self.redaction.sessions)
        return None if gone else self.redaction.worded(message)


@dataclass(frozen=True, slots=True)
class Plan:
    """How to rewrite a history without a target, what must then be found nowhere, and what that takes out."""

    erasing: Erasing
    sought: tuple[bytes, ...]
    losses: tuple[Loss, ...]


def planned(snapshot: Snapshot, target: Target, owner_path: str, day: str) -> Plan:
    """Plan the erase of a target from every commit behind a snapshot."""
    search = Search(snapshot, owner_path)
    redaction = search.everywhere(target)
    losses = reversal.losses(snapshot, reversal.without(snapshot, redaction, target, day))
    return Plan(Erasing(redaction), search.proofs(redaction, target), losses)


def foreseen(snapshot: Snapshot, target: Target, how: str, owner_path: str, day: str) -> Forgotten:
    """What forgetting a target would take out; nothing is changed."""
    search = Search(snapshot, owner_path)
    redaction = search.everywhere(target) if how == "erase" else search.at_present(target, "")
    changes = reversal.without(snapshot, redaction, target, day)
    return Forgotten(how, str(target), True, reversal.losses(snapshot, changes))


def every_file(snapshot: Snapshot) -> tuple[Loss, ...]:
    """What erasing a whole user takes out."""
    return tuple(Loss(file.path, 0, whole=True) for file in snapshot.files())


def receipt(target: str, losses: tuple[Loss, ...], done: Erasure, sought: int = 0) -> Forgotten:
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
        held=done.held,
    )
