"""Two files about the same become one, and no line of either is lost."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ...errors import Conflict
from ...ontologies import entity, frontmatter, slug
from ...ontologies.entity import Entity
from ...ontologies.frontmatter import FrontMatterError, Value
from ...ontologies.sections import heading, in_code
from ...ontologies.statement import Mark, one_line, parse_line
from ...storage.changes import ChangeSet
from ...storage.snapshot import Snapshot
from ..catalogue import Catalogue, normal
from . import links
from .bodies import LOOSE, fenced, identity, joined
from .draft import Draft, summed

_OWN = ("type", "name", "aliases", "created", "updated")


class CannotMerge(Conflict):
    """Two files that cannot be put together without losing something."""

    def __init__(self, survivor: str, loser: str, why: str) -> None:
        super().__init__(f"{loser} was not merged into {survivor}: {why}; mend it by hand first")
        self.why = why


@dataclass(frozen=True, slots=True)
class Merge:
    """Which file takes in which."""

    survivor: str
    loser: str

    def __str__(self) -> str:
        return f"{_told(self.survivor)} <- {_told(self.loser)}"

    @classmethod
    def all_of(cls, trailers: Mapping[str, str]) -> list["Merge"]:
        """The merges a commit tells of in its trailers."""
        return [cls(*pair) for pair in links.pairs(trailers)]


@dataclass(frozen=True, slots=True)
class Merged:
    """The one file; `same` counts the lines that stood in both, `marks` maps marks that had to be renamed."""

    file: Entity
    same: int
    marks: dict[Mark, Mark]


def merge_plan(
    snapshot: Snapshot, merges: Sequence[Merge], trailers: Mapping[str, str] | None = None
) -> ChangeSet | None:
    """Carry out merges in one commit; those whose files are gone meanwhile are left out.

    Raises:
        CannotMerge: something would be lost.
    """
    draft, done, counts = Draft(snapshot), list[Merge](), Counter[str]()
    catalogue = Catalogue.of(snapshot)
    for merge in merges:
        if draft.has(merge.survivor) and draft.has(merge.loser):
            counts.update(_merge(draft, catalogue, merge))
            done.append(merge)
    told = "; ".join(str(merge) for merge in done)
    same = f", {counts['same']} the same" if counts["same"] else ""
    lines = f"{counts['survivor']} + {counts['loser']} = {counts['result']}{same}"
    if not done:
        return None
    return draft.changes(_subject(done), {"Merged": told, "Statements": lines, **(trailers or {})})


def merged(survivor: Entity, loser: Entity, survivor_path: str, loser_path: str) -> Merged:
    """One file that says what two said.

    Raises:
        CannotMerge: a front matter cannot be read, or a line would be lost.
    """
    try:
        fields, told = _fields(survivor, loser, loser_path)
        made = joined(survivor, loser, lambda title: title or LOOSE)
        body = _with_notes(replace(survivor, body=tuple(made.body)), told)
        file = replace(survivor, body=tuple(body)).with_fields(fields)
    except FrontMatterError as broken:
        raise CannotMerge(survivor_path, loser_path, str(broken)) from broken
    gone = missing(survivor, loser, file, made.same)
    if gone:
        raise CannotMerge(survivor_path, loser_path, f"a line would be lost: {gone[:120]}")
    return Merged(file, made.same, made.marks)


def missing(survivor: Entity, loser: Entity, result: Entity, same: int) -> str:
    """A line of two files that their merger lacks, or ""; `same` statements may stand once for two."""
    before = _said(survivor) + _said(loser)
    lacking = before - _said(result)
    if set(lacking) - set(_said(result)):
        return str(next(iter(set(lacking) - set(_said(result)))))
    if lacking.total() > same:
        return str(next(iter(lacking)))
    lost = (_prose(survivor) + _prose(loser)) - _prose(result)
    return next(iter(lost), "")


def _with_notes(file: Entity, told: Sequence[str]) -> Sequence[str]:
    """The body with lines of text among its notes."""
    if not told:
        return file.body
    lines = "".join(f"{line}\n" for line in told)
    return joined(file, entity.parse(f"### {LOOSE}\n{lines}/END {LOOSE}\n")).body


def _merge(draft: Draft, catalogue: Catalogue, merge: Merge) -> Counter[str]:
    survivor, loser = (entity.parse(draft.text(path)) for path in (merge.survivor, merge.loser))
    made = merged(survivor, loser, merge.survivor, merge.loser)
    draft.write(merge.survivor, made.file.render())
    draft.delete(merge.loser)
    draft.retarget(merge.loser, merge.survivor)
    one, other = draft.line(catalogue, merge.survivor), draft.line(catalogue, merge.loser)
    if one and other:
        draft.index(summed(one, other))
    sizes = {"survivor": survivor, "loser": loser, "result": made.file}
    return Counter(
        {key: sum(1 for _ in file.statements()) for key, file in sizes.items()} | {"same": made.same}
    )


def _subject(done: Sequence[Merge]) -> str:
    if len(done) == 1:
        return f"consolidate(dedupe): {_stem(done[0].survivor)} <- {_stem(done[0].loser)}"
    return f"consolidate(dedupe): {len(done)} merges"


def _stem(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".md")


def _fields(survivor: Entity, loser: Entity, loser_path: str) -> tuple[dict[str, str | list[str]], list[str]]:
    """The front matter of the merger, and lines of text for what finds no place in it."""
    mine, theirs = frontmatter.parse(survivor.front), frontmatter.parse(loser.front)
    fields: dict[str, str | list[str]] = {"aliases": _aliases(survivor, loser, loser_path)}
    told: list[str] = []
    for key, value in theirs.items():
        if key in _OWN:
            continue
        if key not in mine:
            fields[key] = value
        elif isinstance(value, list) or isinstance(mine[key], list):
            fields[key] = _union(survivor, loser, key)
        elif value != mine[key] and value:
            told.append(f"- {loser.name or _stem(loser_path)}: {key} {one_line(value)}")
    fields |= _dates(mine, theirs)
    if not mine.get("type") and theirs.get("type"):
        fields["type"] = theirs["type"]
    if not fields["aliases"]:
        del fields["aliases"]
    if not _carried(loser.front, theirs):
        told += fenced(loser.front, "yaml")
    return fields, told


def _aliases(survivor: Entity, loser: Entity, loser_path: str) -> list[str]:
    h1 = next((head[1] for line in loser.body if (head := heading(line)) and head[0] == 1), "")
    names = [*survivor.aliases, loser.name, *loser.aliases, one_line(h1)]
    # A number at the end only tells that the stem was taken.
    stem = re.sub(r"_[0-9]+$", "", _stem(loser_path))
    if all(slug.stem(name) != stem for name in (survivor.name, *names) if name):
        names.append(stem)
    own = {normal(survivor.name)}
    found: dict[str, str] = {}
    for name in names:
        if name and normal(name) not in own:
            found.setdefault(normal(name), name)
    return list(found.values())


def _union(survivor: Entity, loser: Entity, key: str) -> list[str]:
    items = dict.fromkeys((*survivor.listed(key), *loser.listed(key)))
    names = {normal(name) for file in (survivor, loser) for name in (file.name, *file.aliases)}
    return [item for item in items if key != "related" or normal(item) not in names]


def _dates(mine: dict[str, Value], theirs: dict[str, Value]) -> dict[str, str]:
    both = {
        key: [str(each[key]) for each in (mine, theirs) if each.get(key)] for key in ("created", "updated")
    }
    found = {"created": min(both["created"], default=""), "updated": max(both["updated"], default="")}
    return {key: value for key, value in found.items() if value and value != mine.get(key)}


def _carried(front: str, read: dict[str, Value]) -> bool:
    """Whether what was read of a front matter is all there is: no comments, no nested tables."""
    keys = {line.partition(":")[0] for line in front.splitlines()[1:-1] if line[:1].strip()}
    return all(key in read or key.startswith("-") for key in keys)


def _said(file: Entity) -> Counter[object]:
    return Counter(identity(statement) for _, statement in file.statements())


def _prose(file: Entity) -> Counter[str]:
    code = in_code(file.body)
    return Counter(
        bare
        for at, line in enumerate(file.body)
        if (bare := line.strip())
        and (at in code or not (parse_line(line) or heading(line) or bare.startswith("/END")))
    )


def _told(path: str) -> str:
    """A path in a trailer that lists several."""
    return re.sub(r"[%;<]", lambda found: f"%{ord(found[0]):02X}", path)
