"""What differs between two commits: patches, names and counts."""

from dataclasses import dataclass

import pygit2

from ...storage.objects import tree_of
from .budget import STAGE_BYTES, Refusal
from .call import raw
from .globs import fits, is_wild
from .options import Given
from .view import View

FLAGS = (
    "-p=--patch=-u --name-only --name-status --shortstat --numstat --summary -s=--no-patch "
    "-w=--ignore-all-space -b=--ignore-space-change --no-renames --no-color --no-ext-diff --no-textconv "
    "-M --minimal --patience --histogram --exit-code -q=--quiet -z "
)
VALUES = "-U=--unified --diff-filter --diff-algorithm "
MAYBE = "--stat --color --compact-summary --find-renames --abbrev "
_REGULAR = (0, pygit2.enums.FileMode.BLOB, pygit2.enums.FileMode.BLOB_EXECUTABLE)
_RENAMES_AMONG = 200
_WIDTH = 80
_NOTHING = "0" * 40


@dataclass(frozen=True, slots=True)
class Kinds:
    """Which forms of a diff are wanted."""

    patch: bool
    stat: bool
    shortstat: bool
    numstat: bool
    names: bool
    status: bool

    @classmethod
    def of(cls, given: Given, *, patch: bool = False) -> "Kinds":
        """The forms the options ask for; a patch if they ask for none and `patch` says so."""
        by_name = "name-only" in given or "name-status" in given
        asked = cls(
            ("p" in given or "U" in given) and not by_name,
            ("stat" in given or "compact-summary" in given) and not by_name,
            "shortstat" in given and not by_name,
            "numstat" in given and not by_name,
            "name-only" in given,
            "name-status" in given,
        )
        if "s" in given:
            return cls(False, False, False, False, False, False)
        return cls(True, False, False, False, False, False) if patch and not asked.any() else asked

    def any(self) -> bool:
        """Whether anything is wanted."""
        return self.patch or self.stat or self.shortstat or self.numstat or self.names or self.status


@dataclass(frozen=True, slots=True)
class Differ:
    """Compares commits of a view, within paths and with the options of a command."""

    view: View
    given: Given
    paths: list[str]

    def patches(self, old: str, new: str) -> list[pygit2.Patch]:
        """The files that differ from `old` ("" for nothing at all) to `new`."""
        self.view.budget.tick()
        diff = self._diff(old, new)
        wanted = self.given.value("diff-filter")
        found: list[pygit2.Patch] = []
        for patch in diff:
            self.view.budget.tick()
            if patch and self._is_seen(patch.delta, wanted):
                found.append(patch)
        return found

    def deltas(self, old: str, new: str) -> list[pygit2.DiffDelta]:
        """The same without the lines, which is much quicker."""
        self.view.budget.tick()
        return [delta for delta in self._diff(old, new).deltas if self._is_seen(delta, "")]

    def told(self, old: str, new: str, kinds: Kinds) -> bytes:
        """The difference in every form that is wanted."""
        patches = self.patches(old, new)
        if not patches:
            return b""
        parts: list[bytes] = []
        if kinds.names:
            parts.append(b"".join(raw(f"{patch.delta.new_file.path}\n") for patch in patches))
        if kinds.status:
            parts.append(b"".join(raw(_status(patch.delta)) for patch in patches))
        if kinds.numstat:
            parts.append(b"".join(raw(_numbers(patch)) for patch in patches))
        if kinds.stat:
            parts.append(raw(_stat(patches)))
        if kinds.stat or kinds.shortstat:
            parts.append(raw(_summary(patches)))
        if kinds.patch:
            parts += [b"\n"] * bool(parts) + [self._text(patches)]
        return b"".join(parts)

    def touches(self, commit: pygit2.Commit, parent: str) -> bool:
        """Whether a commit changed anything in the paths against a parent ("" for none)."""
        if any(map(is_wild, self.paths)):
            return bool(self.patches(parent, str(commit.id)))
        return any(
            self.view.find(path, str(commit.id)) != (self.view.find(path, parent) if parent else None)
            for path in self.paths
        )

    def _diff(self, old: str, new: str) -> pygit2.Diff:
        flags = pygit2.enums.DiffOption.INDENT_HEURISTIC
        if "w" in self.given:
            flags |= pygit2.enums.DiffOption.IGNORE_WHITESPACE
        if "b" in self.given:
            flags |= pygit2.enums.DiffOption.IGNORE_WHITESPACE_CHANGE
        lines = self.given.number("U", 3, 10_000)
        newer = tree_of(self.view.repository, new)
        if old:
            diff = tree_of(self.view.repository, old).diff_to_tree(newer, flags, lines)
        else:
            diff = newer.diff_to_tree(flags=flags, context_lines=lines, swap=True)
        if "no-renames" not in self.given:
            diff.find_similar(rename_limit=_RENAMES_AMONG)
        return diff

    def _is_seen(self, delta: pygit2.DiffDelta, wanted: str) -> bool:
        if delta.old_file.mode not in _REGULAR or delta.new_file.mode not in _REGULAR:
            return False
        if wanted and not _filtered(delta.status_char(), wanted):
            return False
        if not self.paths:
            return True
        return any(
            lies(name, path) for path in self.paths for name in (delta.new_file.path, delta.old_file.path)
        )

    def _text(self, patches: list[pygit2.Patch]) -> bytes:
        parts: list[bytes] = []
        size = 0
        for patch in patches:
            self.view.budget.tick()
            parts.append(_binary(patch) if patch.delta.is_binary else _ended(patch))
            size += len(parts[-1])
            if size > STAGE_BYTES:
                raise Refusal("git: the patch is larger than 16 MB; name a path, or use --stat")
        return b"".join(parts)


def follow(view: View, commit: pygit2.Commit, path: str) -> str:
    """The path a file had before a commit gave it this one, "" if the commit did not move it."""
    if not commit.parent_ids:
        return ""
    diff = tree_of(view.repository, str(commit.parent_ids[0])).diff_to_tree(
        tree_of(view.repository, str(commit.id)), context_lines=0
    )
    diff.find_similar(rename_limit=_RENAMES_AMONG)
    for delta in diff.deltas:
        if delta.new_file.path == path and delta.old_file.path != path:
            return delta.old_file.path
    return ""


def _filtered(status: str, wanted: str) -> bool:
    upper = "".join(char for char in wanted if char.isupper())
    return status in upper if upper else status.lower() not in wanted


def lies(name: str, path: str) -> bool:
    """Whether a path is, lies below, or has the form of another."""
    if not path or name == path or name.startswith(f"{path}/"):
        return True
    return is_wild(path) and fits(name, path, folders=True)


def _ended(patch: pygit2.Patch) -> bytes:
    # git marks the end of a name that holds blanks with a tab.
    data = patch.data
    for start, path in ((b"\n--- a/", patch.delta.old_file.path), (b"\n+++ b/", patch.delta.new_file.path)):
        line = start + raw(path)
        if " " in path:
            data = data.replace(line + b"\n", line + b"\t\n", 1)
    return data


def _binary(patch: pygit2.Patch) -> bytes:
    header = patch.data.split(b"\nBinary files ")[0].split(b"\nGIT binary patch")[0].rstrip(b"\n")
    delta = patch.delta
    old = "/dev/null" if str(delta.old_file.id) == _NOTHING else f"a/{delta.old_file.path}"
    new = "/dev/null" if str(delta.new_file.id) == _NOTHING else f"b/{delta.new_file.path}"
    return header + raw(f"\nBinary files {old} and {new} differ\n")


def _status(delta: pygit2.DiffDelta) -> str:
    status = delta.status_char()
    if status in "RC":
        return f"{status}{delta.similarity:03d}\t{delta.old_file.path}\t{delta.new_file.path}\n"
    return f"{status}\t{delta.new_file.path}\n"


def _counts(patch: pygit2.Patch) -> tuple[int, int]:
    _, added, deleted = patch.line_stats
    return added, deleted


def _numbers(patch: pygit2.Patch) -> str:
    added, deleted = ("-", "-") if patch.delta.is_binary else _counts(patch)
    return f"{added}\t{deleted}\t{_name(patch.delta)}\n"


def _name(delta: pygit2.DiffDelta) -> str:
    old, new = delta.old_file.path, delta.new_file.path
    if old == new or delta.status_char() not in "RC":
        return new
    before, after = old.split("/"), new.split("/")
    start = 0
    while start < min(len(before), len(after)) - 1 and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start - 1 and before[-1 - end] == after[-1 - end]:
        end += 1
    if not start and not end:
        return f"{old} => {new}"
    middle = "/".join(before[start : len(before) - end]), "/".join(after[start : len(after) - end])
    parts = [
        "/".join(before[:start]),
        f"{{{middle[0]} => {middle[1]}}}",
        "/".join(before[len(before) - end :]),
    ]
    return "/".join(part for part in parts if part)


def _summary(patches: list[pygit2.Patch]) -> str:
    counts = [(0, 0) if patch.delta.is_binary else _counts(patch) for patch in patches]
    added, deleted = sum(one for one, _ in counts), sum(one for _, one in counts)
    told = f" {len(patches)} file{'s' if len(patches) != 1 else ''} changed"
    if added or not deleted:
        told += f", {added} insertion{'s' if added != 1 else ''}(+)"
    if deleted or not added:
        told += f", {deleted} deletion{'s' if deleted != 1 else ''}(-)"
    return f"{told}\n"


def _stat(patches: list[pygit2.Patch]) -> str:
    names = [_name(patch.delta) for patch in patches]
    counts = [(0, 0) if patch.delta.is_binary else _counts(patch) for patch in patches]
    most = max((sum(one) for one in counts), default=0)
    bins = [_bin_counts(patch) if patch.delta.is_binary else "" for patch in patches]
    number_width = max(len(str(most)), 3 if any(bins) else 0)
    name_width, graph_width = _widths(names, number_width, most, max(map(len, bins)))
    rows: list[str] = []
    for name, (added, deleted), binary in zip(names, counts, bins, strict=True):
        start = f" {_fitted(name, name_width):<{name_width}} | "
        if binary:
            rows.append(f"{start}{'Bin':>{number_width}} {binary}\n")
            continue
        plus, minus = _scaled(added, deleted, graph_width, most)
        bar = f" {'+' * plus}{'-' * minus}" if added + deleted else ""
        rows.append(f"{start}{added + deleted:>{number_width}}{bar}\n")
    return "".join(rows)


def _bin_counts(patch: pygit2.Patch) -> str:
    return f"{patch.delta.old_file.size} -> {patch.delta.new_file.size} bytes"


def _widths(names: list[str], number: int, most: int, binary: int) -> tuple[int, int]:
    # The columns as git shares them out on a line of 80.
    name = max(map(len, names))
    binary_width = binary + 4 if binary else 0
    graph = most if most + 4 > binary_width else binary_width - 4
    if name + number + 6 + graph > _WIDTH:
        graph = min(graph, max(_WIDTH * 3 // 8 - number - 6, 6))
        if name > _WIDTH - number - 6 - graph:
            name = _WIDTH - number - 6 - graph
        else:
            graph = _WIDTH - number - 6 - name
    return name, graph


def _fitted(name: str, width: int) -> str:
    if len(name) <= width:
        return name
    kept = name[len(name) - width + 3 :]
    slash = kept.find("/")
    return f"...{kept[slash:] if slash >= 0 else kept}"


def _scaled(added: int, deleted: int, width: int, most: int) -> tuple[int, int]:
    if width > most:
        return added, deleted
    total = max(_scale(added + deleted, width, most), 2 if added and deleted else 0)
    if added < deleted:
        plus = _scale(added, width, most)
        return plus, total - plus
    minus = _scale(deleted, width, most)
    return total - minus, minus


def _scale(count: int, width: int, most: int) -> int:
    return 1 + count * (width - 1) // most if count else 0
