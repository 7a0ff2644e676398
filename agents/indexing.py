"""The index pages after some files have changed: their lines anew, all others as they were."""

from collections import Counter
from collections.abc import Mapping

from ..ontologies import entity, index
from ..ontologies.entity import Entity
from ..ontologies.index import IndexLine
from ..storage.snapshot import Snapshot
from .catalogue import Catalogue

INDEX = "index.md"
_MOST_CUES = 6


def is_generated(path: str) -> bool:
    """Whether a page only repeats what the files say."""
    return path == INDEX or path.startswith("index/")


def is_entity(path: str) -> bool:
    """Whether a path is one the index has a line for: entity files and the profile."""
    return path.startswith("memories/") or ("/" not in path and path.endswith(".md") and path not in _PAGES)


_PAGES = frozenset({INDEX, "repo_guide.md", "followups.md", "retracted.md"})


def indexed(
    snapshot: Snapshot,
    catalogue: Catalogue,
    changed: Mapping[str, str | None],
    day: str,
    *,
    edit: bool = True,
) -> dict[str, str | bytes]:
    """The index pages once `changed` is written (None: the file goes); `day` is the day of the change.

    With `edit` the change counts as one more edit of each file.
    """
    old = {path: catalogue.at(path) for path in changed}
    new = {
        path: _line(path, entity.parse(text), old[path], day, edit=edit)
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
    known = {line.path: line for line in catalogue if line.path not in changed} | new
    counts = Counter(line.type for line in known.values())
    write[INDEX] = index.top(known.values(), counts, day)
    return write


def _shard(line: IndexLine) -> str:
    return index.shard_path(line.path.rpartition("/")[0] or "profile", line.name)


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
