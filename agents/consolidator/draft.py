"""Changes on top of a snapshot as they pile up, until they are one change set."""

from collections.abc import Mapping
from dataclasses import replace

from ...ontologies.index import IndexLine
from ...storage.changes import Actor, ChangeSet, Stage
from ...storage.snapshot import Snapshot
from ..catalogue import Catalogue
from ..indexing import indexed, is_entity
from . import links
from .texts import Texts


class Draft:
    """A memory as it will be: what was written here shadows the snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._texts = Texts(snapshot)
        self._changed: dict[str, str | None] = {}
        self._lines: dict[str, IndexLine] = {}
        self._pointing: dict[str, set[str]] | None = None

    def text(self, path: str) -> str:
        """A file as it will be; "" if it will not be there."""
        if path in self._changed:
            return self._changed[path] or ""
        return self._texts.text(path)

    def has(self, path: str) -> bool:
        """Whether a file will be there."""
        if path in self._changed:
            return self._changed[path] is not None
        return path in self._texts

    def write(self, path: str, text: str) -> None:
        """Give a file its new text; nothing happens where it is the old one."""
        if path in self._changed or text != self._texts.text(path) or not self.has(path):
            self._changed[path] = text

    def delete(self, path: str) -> None:
        """Take a file away."""
        self._changed[path] = None

    def index(self, line: IndexLine) -> None:
        """Have the index count a file's edits from this line instead of its own."""
        self._lines[line.path] = line

    def line(self, catalogue: Catalogue, path: str) -> IndexLine | None:
        """What the index will count a file's edits from."""
        return self._lines.get(path) or catalogue.at(path)

    def retarget(self, old: str, new: str) -> None:
        """Turn every link to one path to another."""
        if self._pointing is None:
            self._pointing = links.pointing(self._texts)
        near = {path for spelling in links.spellings(old) for path in self._pointing.get(spelling, ())}
        for path in sorted(near | self._changed.keys()):
            if self.has(path) and links.holds_links(path):
                self.write(path, links.retargeted(self.text(path), {old: new}))

    def changes(
        self,
        subject: str,
        trailers: Mapping[str, str],
        stage: Stage = Stage.CONSOLIDATE,
        actor: Actor = Actor.CONSOLIDATOR,
    ) -> ChangeSet | None:
        """The change set, index pages with it; None if nothing changes."""
        if not self._changed:
            return None
        entities = {path: text for path, text in self._changed.items() if is_entity(path)}
        catalogue = Catalogue.of(self.snapshot).with_lines(self._lines)
        day = self.snapshot.time.date().isoformat()
        pages = indexed(self.snapshot, catalogue, entities, day, edit=False) if entities else {}
        write: dict[str, str | bytes] = {
            path: text for path, text in self._changed.items() if text is not None
        }
        return ChangeSet(
            subject=subject,
            stage=stage,
            actor=actor,
            write=write | pages,
            delete=frozenset(path for path, text in self._changed.items() if text is None),
            trailers=dict(trailers),
        )


def summed(survivor: IndexLine, loser: IndexLine) -> IndexLine:
    """The survivor's line with the edits of both."""
    return replace(survivor, edits=survivor.edits + loser.edits, last=max(survivor.last, loser.last))
