"""The index made anew where it does not say what the files say."""

from ..ontologies import index
from ..storage.changes import Actor, ChangeSet, Stage
from ..storage.snapshot import Snapshot
from .catalogue import Catalogue
from .indexing import INDEX, indexed, is_entity
from .shelves import SHARDS


def stale(snapshot: Snapshot, day: str) -> dict[str, str | bytes]:
    """The index pages as they should be, where they are not; nothing if all is well.

    What a line counts (edits, the day of the last) is taken as it stands there.
    """
    texts = {file.path: snapshot.read(file.path) for file in snapshot.files() if is_entity(file.path)}
    pages = indexed(snapshot, Catalogue.of(snapshot), texts, day, edit=False)
    shards = {file.path: snapshot.text(file.path) for file in snapshot.files(SHARDS)}
    wanted = {**shards, **{path: str(text) for path, text in pages.items() if path.startswith(f"{SHARDS}/")}}
    wrong: dict[str, str | bytes] = {}
    for path, text in wanted.items():
        right = index.with_lines(text, (), _strays(path, text, texts))
        if right != shards.get(path, ""):
            wrong[path] = right
    if not wrong and (not texts or snapshot.blob(INDEX)):
        return {}
    others = {path: text for path, text in pages.items() if path not in wanted}
    return {**wrong, **others}


def reindexed(snapshot: Snapshot, day: str) -> ChangeSet | None:
    """What makes the index right again; None where it is right."""
    pages = stale(snapshot, day)
    if not pages:
        return None
    rests_on = frozenset(file.path for file in snapshot.files() if is_entity(file.path))
    return ChangeSet("index: made anew", Stage.CONSOLIDATE, Actor.OPERATOR, pages, rests_on=rests_on)


def _strays(shard: str, text: str, files: dict[str, str]) -> list[str]:
    """The paths of lines that lead to no file, or that stand in another shard by right."""
    return [line.path for line in index.parse(text) if line.path not in files or _shard(line) != shard]


def _shard(line: index.IndexLine) -> str:
    return index.shard_path(line.path.rpartition("/")[0] or "profile", line.name)
