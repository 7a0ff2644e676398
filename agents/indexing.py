"""The pages made from files after some have changed: their lines anew, all others as they were."""

from collections.abc import Mapping

from ..ontologies import entity, frontmatter, index
from ..ontologies.entity import Entity
from ..ontologies.index import IndexLine
from ..storage.snapshot import Snapshot
from . import followups
from .catalogue import Catalogue
from .places import INDEX, is_entity, is_generated

__all__ = ["INDEX", "indexed", "is_entity", "is_generated"]

_MOST_CUES = 6


def indexed(
    snapshot: Snapshot,
    catalogue: Catalogue,
    changed: Mapping[str, str | None],
    day: str,
    *,
    edit: bool = True,
) -> dict[str, str | bytes]:
    """The pages made from files once `changed` is written (None: the file goes): the index, the follow-ups.

    `day` is the day of the change; with `edit` it counts as one more edit of each file.
    """
    old = {path: catalogue.at(path) for path in changed}
    new = {
        path: _line(path, _head(text), old[path], day, edit=edit)
        for path, text in changed.items()
        if text is not None and is_entity(path)
    }
    shards: dict[str, dict[str, IndexLine | None]] = {}
    for path in changed:
        before, after = old[path], new.get(path)
        for line in filter(None, (before, after)):
            shards.setdefault(_shard(line), {})[path] = None
        if after:
            shards[_shard(after)][path] = after
    write: dict[str, str | bytes] = {}
    for shard, lines in shards.items():
        kept = [line for line in lines.values() if line]
        gone = [path for path, line in lines.items() if not line]
        write[shard] = index.with_lines(snapshot.text(shard), kept, gone)
    write[INDEX] = _page(catalogue, old, new, day)
    if followups.wanted(snapshot):
        entities = {path: text for path, text in changed.items() if is_entity(path)}
        page = followups.updated(snapshot, entities, day)
        write |= {followups.PATH: page} if page else {}
    return write


def _page(
    catalogue: Catalogue, old: Mapping[str, IndexLine | None], new: Mapping[str, IndexLine], day: str
) -> str:
    gone = [line for line in old.values() if line]
    counts = catalogue.counts.copy()
    counts.subtract(line.type for line in gone)
    counts.update(line.type for line in new.values())
    best = catalogue.ranks.changed(gone, new.values()).strongest(day)
    found = (new.get(path) or catalogue.at(path) for path in best)
    return index.page(filter(None, found), counts)


def _shard(line: IndexLine) -> str:
    return index.shard_path(line.path.rpartition("/")[0] or "profile", line.name)


def _head(text: str) -> Entity:
    """As much of an entity file as its line is made of; most files are long, and tell it at the top."""
    head = Entity(frontmatter.split(text)[0], ())
    return head if head.name else entity.parse(text)


def _line(path: str, file: Entity, old: IndexLine | None, day: str, *, edit: bool) -> IndexLine:
    return IndexLine(
        path=path,
        name=file.name or path.rsplit("/", 1)[-1].removesuffix(".md"),
        type=file.type,
        role=str(file.fields.get("role", "")),
        aliases=file.aliases,
        cues=file.listed("cues")[:_MOST_CUES],
        edits=(old.edits if old else 0) + edit,
        last=max(day, old.last if old else "") if edit or not old else old.last,
    )
