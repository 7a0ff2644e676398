"""Short words for what storage tests do again and again."""

from collections.abc import Iterable, Mapping

from diffmem.storage.branch import Branch
from diffmem.storage.changes import Actor, ChangeSet, Stage


def put(branch: Branch, write: Mapping[str, str | bytes], delete: Iterable[str] = (), **trailers: str) -> str:
    """Commit files onto a branch."""
    changes = ChangeSet("a change", Stage.EDIT, Actor.PERSON, write, frozenset(delete), trailers)
    with branch.writing() as writer:
        return writer.commit(changes)
