"""One merger undone, also after later sessions: what came from a file goes back to it."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ...errors import BadInput, Conflict, NotFound
from ...ontologies import entity, frontmatter
from ...ontologies.entity import Entity
from ...ontologies.frontmatter import FrontMatterError, Value
from ...ontologies.sections import heading
from ...ontologies.statement import Mark, Statement, mark_at_end, one_line
from ...storage.changes import Actor, ChangeSet, Stage
from ...storage.history import Commit, History
from ...storage.snapshot import Snapshot
from ..catalogue import Catalogue, normal
from . import links
from .bodies import Group, groups, joined, without_empty
from .draft import Draft
from .merging import Merge, merged
from .texts import Texts


class NoSuchMerge(NotFound):
    """No commit of this memory merged such files."""

    def __init__(self, asked: str) -> None:
        super().__init__(
            f"no merger of {asked[:120]!r} is known here; history with stage=consolidate lists them"
        )


@dataclass(frozen=True, slots=True)
class Unmerged:
    """The change, and what it did: lines given back, lines of later sessions that went by name, and later
    lines that name neither or both and stayed."""

    changes: ChangeSet
    merge: Merge
    back: int
    by_name: int
    stayed: tuple[str, ...]


def unmerge_plan(snapshot: Snapshot, asked: str) -> Unmerged:
    """Take a merger apart, named by its commit, or by the path, stem or a name of the file that went.

    Raises:
        NoSuchMerge: there is none.
        Conflict: the file is there again, or the one it went into is gone.
    """
    commit, merge = _found(snapshot, asked)
    survivor = _now(snapshot, merge.survivor)
    if snapshot.blob(merge.loser) is not None:
        raise Conflict(f"{merge.loser} is there again; it was taken apart before")
    then = Snapshot(snapshot.repository, commit.parents[0])
    mine = _mine(then, merge, Merge.all_of(commit.trailers))
    theirs, now = entity.parse(then.text(merge.loser)), entity.parse(snapshot.text(survivor))
    parting = _Parting.of(mine, theirs, now, merge)
    rest, back = parting.parted()
    draft = Draft(snapshot)
    draft.write(survivor, rest.render())
    draft.write(merge.loser, back.render())
    _turn_back(draft, then, survivor, merge.loser, parting)
    _share_edits(draft, then, survivor, merge.loser)
    stems = (path.rpartition("/")[2].removesuffix(".md") for path in (survivor, merge.loser))
    told = Merge(merge.survivor, merge.loser)
    subject = f"undo: consolidate(dedupe): {' <- '.join(stems)}"
    changes = draft.changes(subject, {"Unmerged": str(told)}, Stage.UNDO, Actor.USER)
    assert changes is not None
    return Unmerged(changes, told, parting.back, parting.by_name, tuple(parting.stayed))


@dataclass(slots=True)
class _Parting:
    """The two files as they were, the one as it is, and whose each line is."""

    mine: Entity
    theirs: Entity
    both: Entity
    now: Entity
    marks: Mapping[Mark, Mark]
    my_names: Sequence[str]
    their_names: Sequence[str]
    back: int = 0
    by_name: int = 0
    stayed: list[str] = field(default_factory=list[str])

    @classmethod
    def of(cls, mine: Entity, theirs: Entity, now: Entity, merge: Merge) -> "_Parting":
        made = merged(mine, theirs, merge.survivor, merge.loser)
        kept = {mark: mark for _, each in theirs.statements() if (mark := each.mark)}
        my_names, their_names = (_names(file) for file in (mine, theirs))
        return cls(
            mine,
            theirs,
            made.file,
            now,
            {after: before for before, after in (kept | made.marks).items()},
            _only(my_names, their_names),
            _only(their_names, my_names),
        )

    def parted(self) -> tuple[Entity, Entity]:
        """The survivor without what is not its own, and the other file again."""
        gone: set[int] = set()
        back: dict[Mark, list[str]] = {}
        fresh: list[tuple[str, list[str]]] = []
        mine = {each.mark for _, each in self.mine.statements()}
        for title, places, group in self._groups():
            marks = [mark for line in group.lines if (mark := mark_at_end(line))]
            known = [self.marks[mark] for mark in marks if mark in self.marks]
            both = [mark for mark in marks if mark in self.marks and mark in mine]
            if known and (marks[0] in self.marks or self._names_them(group)):
                back[known[0]] = [self._own(line) for line in group.lines]
                self.back += 1
                gone |= set() if both else set(places)
            elif marks and marks[0] not in mine and group.heads and self._is_theirs(group.heads):
                fresh.append((title, group.lines))
                self.by_name += 1
                gone |= set(places)
        rest = [line for at, line in enumerate(self.now.body) if at not in gone]
        rest = self._without_prose(rest)
        return self._front(replace(self.now, body=tuple(rest))), self._restored(back, fresh)

    def _groups(self) -> Iterable[tuple[str, list[int], Group]]:
        """The statements of the file as it is, with their places in its body and the title above them."""
        offset = self.now.front.count("\n")
        for part in self.now.sections:
            start = part.first_line - 1 - offset
            at = start
            for group in groups(self.now.body[start : part.last_line - offset]):
                while self.now.body[at] != group.lines[0]:
                    at += 1
                if group.heads:
                    yield part.title, list(range(at, at + len(group.lines))), group
                at += len(group.lines)

    def _own(self, line: str) -> str:
        mark = mark_at_end(line)
        if mark is None or self.marks.get(mark, mark) == mark:
            return line
        end = line[len(line.rstrip()) :]
        return f"{line.rstrip()[: -len(str(mark))]}{self.marks[mark]}{end}"

    def _names_them(self, group: Group) -> bool:
        return self._is_theirs(group.heads) if group.heads else False

    def _is_theirs(self, statement: Statement) -> bool:
        text = links.unlinked(statement.text)
        theirs, mine = _named(text, self.their_names), _named(text, self.my_names)
        if theirs == mine:
            self.stayed.append(one_line(statement.text))
        return theirs and not mine

    def _without_prose(self, rest: list[str]) -> list[str]:
        """Take out the lines of prose that the merger brought, as far as they stand unchanged."""
        brought = Counter(_prose(self.both.body))
        brought.subtract(_prose(self.mine.body))
        kept: list[str] = []
        for line in reversed(rest):
            if brought[line] > 0 and line.strip():
                brought[line] -= 1
            else:
                kept.append(line)
        own = {part.title for part in self.mine.sections}
        return without_empty(list(reversed(kept)), {part.title for part in self.both.sections} - own)

    def _restored(self, back: Mapping[Mark, list[str]], fresh: Iterable[tuple[str, list[str]]]) -> Entity:
        """The file that went: as it was, its statements as they read now, those that are gone left out."""
        lines: list[str] = []
        at = 0
        body = self.theirs.body
        for group in _all_groups(self.theirs):
            while at < len(body) and body[at] != group.lines[0]:
                lines.append(body[at])
                at += 1
            if group.heads is None or group.heads.mark is None:
                lines += group.lines
            else:
                lines += back.get(group.heads.mark, [])
            at += len(group.lines)
        lines += body[at:]
        file = replace(self.theirs, body=tuple(lines))
        for title, new in fresh:
            part = entity.parse(f"### {title or 'Notes'}\n{''.join(new)}/END {title or 'Notes'}\n")
            file = replace(file, body=tuple(joined(file, part).body))
        return file

    def _front(self, now: Entity) -> Entity:
        """The front matter without what the merger put there."""
        both = self.both
        if now.front == both.front:
            return replace(now, front=self.mine.front)
        try:
            fields, before = frontmatter.parse(now.front), frontmatter.parse(self.mine.front)
            added = frontmatter.parse(both.front)
            return now.with_fields(_less(fields, before, added))
        except FrontMatterError:
            return now


def _less(
    now: Mapping[str, Value], before: Mapping[str, Value], added: Mapping[str, Value]
) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for key, value in now.items():
        old, new = before.get(key, []), added.get(key, [])
        if isinstance(value, list) and isinstance(new, list):
            found[key] = [item for item in value if item in old or item not in new]
        elif key not in before and value == new:
            found[key] = ""
    return found


def _all_groups(file: Entity) -> Iterable[Group]:
    offset = file.front.count("\n")
    for part in file.sections:
        yield from groups(file.body[part.first_line - 1 - offset : part.last_line - offset])


def _found(snapshot: Snapshot, asked: str) -> tuple[Commit, Merge]:
    """The newest merger of that commit, path, stem or name."""
    if len(asked.strip()) < 2:
        raise BadInput("say which merger: its commit, or the name or path of the file that was merged away")
    wanted = normal(asked)
    for commit in History(snapshot).commits():
        for merge in Merge.all_of(commit.trailers):
            stem = merge.loser.rpartition("/")[2].removesuffix(".md")
            if commit.id.startswith(asked.lower()) or wanted in (normal(merge.loser), normal(stem)):
                return commit, merge
            then = Snapshot(snapshot.repository, commit.parents[0])
            if wanted in {normal(name) for name in _names(entity.parse(then.text(merge.loser)))}:
                return commit, merge
    raise NoSuchMerge(asked)


def _now(snapshot: Snapshot, path: str) -> str:
    """Where the file that took the other in is now: it may have been merged or renamed since."""
    if snapshot.blob(path) is not None:
        return path
    found = links.moved(snapshot, [path]).get(path)
    if found is None:
        raise Conflict(f"{path} is gone; restore it first")
    return found


def _mine(then: Snapshot, merge: Merge, together: Sequence[Merge]) -> Entity:
    """The file that took the other in, as it was when its turn came among the mergers of one commit."""
    file = entity.parse(then.text(merge.survivor))
    for before in together[: together.index(merge)]:
        if before.survivor == merge.survivor:
            other = entity.parse(then.text(before.loser))
            file = merged(file, other, before.survivor, before.loser).file
    return file


def _only(names: Sequence[str], others: Sequence[str]) -> list[str]:
    known = {normal(name) for name in others}
    return [name for name in names if normal(name) not in known]


def _names(file: Entity) -> list[str]:
    return [name for name in (file.name, *file.aliases) if name]


def _named(text: str, names: Collection[str]) -> bool:
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) for name in names)


def _prose(body: Iterable[str]) -> list[str]:
    plain = (line for line in body if line.strip() and not mark_at_end(line))
    return [line for line in plain if not heading(line) and not line.startswith("/END")]


def _turn_back(draft: Draft, then: Snapshot, survivor: str, loser: str, parting: _Parting) -> None:
    """Have links lead to the file again that led to it before, or that show one of its names."""
    names = {normal(name) for name in parting.their_names}
    for path in sorted(links.pointing(Texts(draft.snapshot)).get(survivor, set()) | {survivor, loser}):
        if not draft.has(path) or not links.holds_links(path):
            continue
        text = draft.text(path)
        before = Counter(links.shown(then.text(path), loser)) if then.blob(path) else Counter[str]()
        draft.write(path, links.turned_back(text, survivor, loser, names, before))


def _share_edits(draft: Draft, then: Snapshot, survivor: str, loser: str) -> None:
    old, now = Catalogue.of(then).at(loser), Catalogue.of(draft.snapshot).at(survivor)
    if old:
        draft.index(old)
    if old and now:
        draft.index(replace(now, edits=max(1, now.edits - old.edits)))
