"""What the commit of a session by an older program brought: lines without marks, told by their words."""

import json
import re
from collections import Counter
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

import pygit2

from ..ontologies import entity, frontmatter
from ..ontologies.frontmatter import FrontMatterError
from ..ontologies.sections import end_of_text, heading
from ..ontologies.statement import keep_lines
from ..storage.history import Commit, History
from ..storage.objects import tree_of
from . import legacy
from .places import is_entity, is_generated

ANYWHERE = ""
_FRAME = re.compile(r"-{3}|/(END|START)\b.*|\[/?ALWAYS_LOAD\]|\[Strength:[^\]]*\]|\[/?Strength\]")
_FIELDS = re.compile(r"(type|name|created|updated):.*")
_PLACES = re.compile(r"#.*|- \*\*(File|Strength)\*\*:.*")
_KEPT = ("entity", "type")
_ALIKE = 0.5


@dataclass(frozen=True, slots=True)
class Swap:
    """Lines of a file that were put in the place of others."""

    after: tuple[str, ...]
    before: tuple[str, ...]

    def undone(self, lines: list[str]) -> list[str]:
        """The lines with the others back where these still stand; what stands elsewhere is not doubled."""
        size, bare = len(self.after), [line.rstrip() for line in lines]
        for at in range(len(lines) - size + 1):
            if bare[at] == self.after[0] and tuple(bare[at : at + size]) == self.after:
                back = [line for line in self.before if not line or line not in bare]
                return [*lines[:at], *back, *lines[at + size :]]
        return lines


@dataclass(frozen=True, slots=True)
class Brought:
    """Lines that only one session brought: by path, or wherever they stand under `ANYWHERE`.

    `swaps` tell what stood before in the place of some of them, `heads` are headings that came with them,
    `cues` the lines of their JSON and of pages made from the files.
    """

    lines: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    swaps: tuple[Swap, ...] = ()
    heads: frozenset[str] = frozenset()
    cues: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.lines or self.cues)

    def without(self, path: str, text: str) -> str:
        """A file without them; see `says_anything` for what is left."""
        if is_generated(path):
            return "\n".join(line for line in text.split("\n") if line.rstrip() not in self.cues)
        lines = text.split("\n")
        gone = self.lines.get(ANYWHERE, frozenset()) | self.lines.get(path, frozenset())
        for swap in self.swaps if is_entity(path) else ():
            if all(line in gone for line in swap.after if not _is_frame(line)):
                lines = swap.undone(lines)
        kept = "\n".join(line for line in lines if line.rstrip() not in gone)
        if kept == text or not is_entity(path):
            return kept
        return self._without_heads(self._without_cues(_readable(kept, text)))

    def standing(self, files: Iterable[tuple[str, str]]) -> set[str]:
        """Which of the lines stand in some files."""
        wanted = frozenset[str]().union(*self.lines.values())
        return {line.rstrip() for _, text in files for line in text.split("\n")} & wanted

    def _without_heads(self, text: str) -> str:
        lines = keep_lines(text)
        for part in reversed(entity.parse(text).sections):
            first = lines[part.first_line - 1].rstrip()
            if part.title and first in self.heads and all(map(_is_frame, part.text.split("\n"))):
                del lines[part.first_line - 1 : part.last_line]
        return "".join(lines)

    def _without_cues(self, text: str) -> str:
        file = entity.parse(text)
        at = end_of_text(file.body)
        told = [line.rstrip() for line in file.body[at + 1 :] if line.strip()]
        if not told or not all(line in self.cues for line in told):
            return text
        known = {key: value for key, value in file.semantic_index.items() if key in _KEPT}
        rest = f"\n{json.dumps(known, ensure_ascii=False)}\n" if known else ""
        return file.front + "".join(file.body[: at + 1]) + rest


def says_anything(text: str) -> bool:
    """Whether an entity file holds more than its front matter and what holds its parts together."""
    file = entity.parse(text)
    return any(not _is_frame(line) for line in file.body[: end_of_text(file.body)])


def by(history: History, identity: str, retracted: Container[str] = ()) -> Brought:
    """What an older program's commits of a session brought and nobody else; nothing of other sessions.

    Lines of sessions whose key is `retracted` do not come back in the place of others.
    """
    own = [commit for commit in history.commits() if legacy.is_older(commit, identity)]
    if not own:
        return Brought()
    every = [_Commit.of(_texts(history, commit)) for commit in own]
    lines = {(path, line) for one in every for path, line in one.fresh}
    theirs = _told_by_others(history, identity, {line for _, line in lines}, retracted)
    anywhere = {line for _, line in lines if line not in theirs.paths}
    found: dict[str, set[str]] = {ANYWHERE: anywhere} if anywhere else {}
    for path, line in lines:
        if line not in anywhere and path not in theirs.paths[line]:
            found.setdefault(path, set()).add(line)
    gone = {line for each in found.values() for line in each}
    swaps = (swap for one in every for swap in one.swaps(gone, theirs.retracted))
    return Brought(
        {path: frozenset(each) for path, each in found.items()},
        tuple(swaps),
        frozenset(line for one in every for line in one.heads),
        frozenset(line for one in every for line in one.cues),
    )


@dataclass(frozen=True, slots=True)
class _Commit:
    """What one commit did: new lines by path, how often each came and went, headings, cues, and the texts."""

    fresh: frozenset[tuple[str, str]]
    gone: frozenset[str]
    heads: frozenset[str]
    cues: frozenset[str]
    changed: tuple[tuple[Sequence[str], Sequence[str]], ...]

    @classmethod
    def of(cls, texts: Iterable[tuple[str, str, str]]) -> "_Commit":
        """What changed from the texts before to those after, each with its path."""
        fresh: set[tuple[str, str]] = set()
        heads: set[str] = set()
        cues: set[str] = set()
        came: Counter[str] = Counter()
        changed: list[tuple[Sequence[str], Sequence[str]]] = []
        for path, old, new in texts:
            if is_generated(path):
                cues |= {one for one in _bare(new) if not _PLACES.fullmatch(one)} - set(_bare(old))
                continue
            before, after = _parted(old), _parted(new)
            came.update(after.lines)
            came.subtract(before.lines)
            fresh |= {(path, line) for line in after.lines if line not in before.lines}
            heads |= {line for line in after.frame if heading(line)} - set(before.frame)
            cues |= set(after.cues) - set(before.cues)
            if old and is_entity(path):
                changed.append((_bare(old), _bare(new)))
        new_here = frozenset((path, line) for path, line in fresh if came[line] > 0)
        gone = frozenset(line for line, count in came.items() if count < 0)
        return cls(new_here, gone, frozenset(heads), frozenset(cues), tuple(changed))

    def swaps(self, lines: Container[str], retracted: Container[str]) -> Iterator[Swap]:
        """What stands in the place of what, of the lines that go whole."""
        for old, new in self.changed:
            for after, before in _replaced(old, new):
                spoken = [line for line in after if not _is_frame(line)]
                if spoken and all(line in lines for line in spoken):
                    back = (line for line in before if self._comes_back(line) and line not in retracted)
                    yield Swap(tuple(after), tuple(back))

    def _comes_back(self, line: str) -> bool:
        return _is_frame(line) or line in self.gone


@dataclass(frozen=True, slots=True)
class _Others:
    """The paths at which others brought each line, and what was brought by who is retracted."""

    paths: dict[str, set[str]]
    retracted: set[str]


def _told_by_others(
    history: History, identity: str, lines: Collection[str], retracted: Container[str]
) -> _Others:
    """Who else brought some lines, and all that was brought by who is retracted."""
    found = _Others({}, set())
    wanted = re.compile("|".join(map(re.escape, lines)) or r"\Z\A.")
    for commit in history.commits():
        # What we wrote bears marks, and a consolidation only moves what others brought.
        moved = commit.subject.startswith("consolidate") or len(commit.parents) > 1
        if commit.stage or moved or legacy.is_older(commit, identity):
            continue
        gone = legacy.key_of(commit) in retracted
        texts = list(_texts(history, commit))
        if not gone and not any(wanted.search(new) for _, _, new in texts):
            continue
        for path, line in _Commit.of(texts).fresh:
            found.paths.setdefault(line, set()).add(path)
            if gone:
                found.retracted.add(line)
    return found


def _texts(history: History, commit: Commit) -> Iterator[tuple[str, str, str]]:
    """Each file a commit changed, sessions aside: its path and its text before and after."""
    handle = history.tip.repository
    now = tree_of(handle, commit.id)
    before = tree_of(handle, commit.parents[0]) if commit.parents else None
    for path, old, new in _differing("", before, now):
        yield path, _text(old), _text(new)


def _differing(
    prefix: str, old: pygit2.Object | None, new: pygit2.Object | None
) -> Iterator[tuple[str, pygit2.Object | None, pygit2.Object | None]]:
    """The files in which two trees differ; only folders that differ are looked into."""
    were, are = _entries(old), _entries(new)
    for name in sorted(were.keys() | are.keys()):
        before, after = were.get(name), are.get(name)
        path = f"{prefix}{name}"
        # Whether a folder is empty is not asked: it would be read whole.
        same = before is not None and after is not None and before.id == after.id
        if same or path == "sessions":
            continue
        sides = (before, after)
        if any(isinstance(side, pygit2.Tree) for side in sides):
            yield from _differing(f"{path}/", before, after)
        if any(isinstance(side, pygit2.Blob) for side in sides):
            yield path, before, after


def _entries(tree: pygit2.Object | None) -> dict[str, pygit2.Object]:
    return {entry.name or "": entry for entry in tree} if isinstance(tree, pygit2.Tree) else {}


def _text(found: pygit2.Object | None) -> str:
    return found.data.decode("utf-8", "replace") if isinstance(found, pygit2.Blob) else ""


@dataclass(frozen=True, slots=True)
class _Parts:
    """The lines of a file that say something, those that only hold it together, and those of its JSON."""

    lines: Counter[str]
    frame: tuple[str, ...]
    cues: tuple[str, ...]


def _parted(text: str) -> _Parts:
    file = entity.parse(text)
    at = end_of_text(file.body)
    front = [line for line in _bare(file.front) if not _FIELDS.fullmatch(line)]
    body = _bare("".join(file.body[:at]))
    spoken = Counter(line for line in [*front, *body] if not _is_frame(line))
    cues = tuple(line for line in _bare("".join(file.body[at + 1 :])) if line)
    return _Parts(spoken, tuple(line for line in body if _is_frame(line)), cues)


def _replaced(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """What stands in the new lines in the place of what in the old: stretches, then each line of them."""
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind in ("replace", "insert"):
            yield new[j1:j2], old[i1:i2]
        if kind == "replace":
            yield from _paired(new[j1:j2], old[i1:i2])


def _paired(new: Sequence[str], old: Sequence[str]) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """Each new line with the old one it is most like; what is like none goes with the first."""
    left = [line for line in old if not _is_frame(line)]
    pairs: dict[str, list[str]] = {}
    for line in (one for one in new if not _is_frame(one)):
        likeness = [SequenceMatcher(None, line, one).ratio() for one in left]
        best = max(range(len(left)), key=lambda at: likeness[at], default=None)
        alike = best is not None and (likeness[best] > _ALIKE or len(new) == len(old))
        pairs[line] = [left.pop(best)] if best is not None and alike else []
    for at, (line, before) in enumerate(pairs.items()):
        yield (line,), (*before, *(left if at == 0 else ()))


def _bare(text: str) -> list[str]:
    return [line.rstrip() for line in text.split("\n")]


def _is_frame(line: str) -> bool:
    bare = line.strip()
    return not bare or heading(bare) is not None or _FRAME.fullmatch(bare) is not None


def _readable(text: str, before: str) -> str:
    """The text with the front matter it had before, where what is left of that cannot be read."""
    front, body = frontmatter.split(text)
    try:
        frontmatter.parse(front)
    except FrontMatterError:
        return frontmatter.split(before)[0] + body
    return text
