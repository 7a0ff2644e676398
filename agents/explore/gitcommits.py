"""Which commits a git command is about, and in what order."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pygit2

from .budget import FILE_BYTES
from .gitdates import moment
from .gitdiff import Differ, follow
from .options import Given
from .patterns import Pattern, compiled
from .revisions import Wanted, pathspecs, sorted_out
from .view import View

FLAGS = (
    "--reverse --no-merges --merges --first-parent --follow --no-decorate --topo-order --date-order "
    "--author-date-order --full-history --invert-grep --all-match -i=--regexp-ignore-case "
    "-E=--extended-regexp -F=--fixed-strings -P=--perl-regexp --basic-regexp --pickaxe-regex --pickaxe-all "
    "--no-notes --no-mailmap "
)
VALUES = "-n=--max-count --skip --since=--after --until=--before --grep --author --committer -S -G "
_MOST = 1_000_000


@dataclass(slots=True)
class Selection:
    """The commits that options and operands select."""

    view: View
    given: Given
    wanted: Wanted
    differ: Differ
    _tests: list[Callable[[pygit2.Commit], bool]] = field(
        default_factory=list[Callable[[pygit2.Commit], bool]]
    )

    @classmethod
    def of(cls, view: View, given: Given) -> "Selection":
        """Read a selection from the words of a command.

        Raises:
            Refusal: a word is not understood.
        """
        wanted = sorted_out(view, given)
        made = cls(view, given, wanted, Differ(view, given, pathspecs(wanted.paths)))
        made._tests = list(made._made())
        return made

    def commits(self) -> Iterator[pygit2.Commit]:
        """The commits, newest first unless `--reverse`."""
        found = self._limited()
        yield from reversed(list(found)) if "reverse" in self.given else found

    def _limited(self) -> Iterator[pygit2.Commit]:
        skipped = self.given.number("skip", 0, _MOST)
        most = self.given.number("n", _MOST, _MOST)
        most = _MOST if most < 0 else most
        if not most:
            return
        for place, commit in enumerate(self._chosen()):
            if place >= skipped:
                yield commit
            if place + 1 >= skipped + most:
                return

    def _chosen(self) -> Iterator[pygit2.Commit]:
        for commit in self._walk():
            self.view.budget.tick()
            if all(test(commit) for test in self._tests) and self._touches(commit):
                yield commit

    def _walk(self) -> Iterator[pygit2.Commit]:
        order = pygit2.enums.SortMode.TOPOLOGICAL | pygit2.enums.SortMode.TIME
        tips = [*self.wanted.tips, *(high for _, high, _ in self.wanted.ranges)] or [self.view.tip]
        walker = self.view.repository.walk(tips[0], order)
        if "first-parent" in self.given:
            walker.simplify_first_parent()
        for tip in tips[1:]:
            walker.push(tip)
        for hidden in self.wanted.without:
            walker.hide(hidden)
        for low, high, dots in self.wanted.ranges:
            if dots == "...":
                walker.push(low)
                if base := self.view.repository.merge_base(low, high):
                    walker.hide(base)
            else:
                walker.hide(low)
        return iter(walker)

    def _touches(self, commit: pygit2.Commit) -> bool:
        if not self.differ.paths:
            return True
        parents = [str(parent) for parent in commit.parent_ids] or [""]
        touched = all(self.differ.touches(commit, parent) for parent in parents)
        if touched and "follow" in self.given and (before := self._moved(commit, parents[0])):
            self.differ.paths.append(before)
        return touched

    def _moved(self, commit: pygit2.Commit, parent: str) -> str:
        path = self.differ.paths[-1]
        return follow(self.view, commit, path) if parent and self.view.find(path, parent) is None else ""

    def _made(self) -> Iterator[Callable[[pygit2.Commit], bool]]:
        given, now = self.given, self.view.now
        if "since" in given:
            since = moment(given.value("since"), now)
            yield lambda commit: commit.commit_time >= since
        if "until" in given:
            until = moment(given.value("until"), now)
            yield lambda commit: commit.commit_time <= until
        if "diff-filter" in given:
            yield lambda commit: len(commit.parent_ids) < 2 and bool(self.patches(commit))
        if "no-merges" in given:
            yield lambda commit: len(commit.parent_ids) <= 1
        if "merges" in given:
            yield lambda commit: len(commit.parent_ids) > 1
        yield from self._told_by_people()
        if "S" in given:
            yield _Pickaxe(self, given.value("S")).counts_differ
        if "G" in given:
            yield _Pickaxe(self, given.value("G")).lines_match

    def _told_by_people(self) -> Iterator[Callable[[pygit2.Commit], bool]]:
        given = self.given
        if "grep" in given:
            pattern, inverted = self.pattern(given.all("grep")), "invert-grep" in given
            yield lambda commit: pattern.within(commit.raw_message) != inverted
        if "author" in given:
            author = self.pattern(given.all("author"))
            yield lambda commit: author.matches(_spelt(commit.author))
        if "committer" in given:
            committer = self.pattern(given.all("committer"))
            yield lambda commit: committer.matches(_spelt(commit.committer))

    def patches(self, commit: pygit2.Commit) -> list[pygit2.Patch]:
        """What a commit changed against its first parent, within the paths."""
        return self.differ.patches(str(commit.parent_ids[0]) if commit.parent_ids else "", str(commit.id))

    def pattern(self, patterns: list[str]) -> Pattern:
        """A pattern in the syntax the options ask for."""
        syntax = next((one for one in "FPE" if one in self.given), "G")
        return compiled(patterns, syntax, fold="i" in self.given)


class _Pickaxe:
    """Looks for commits that brought or took away a text."""

    def __init__(self, selection: Selection, text: str) -> None:
        self.selection = selection
        given = selection.given
        if "G" in given or "pickaxe-regex" in given:
            self.pattern = compiled([text], "E", fold="i" in given)
        else:
            self.pattern = compiled([text], "F", fold="i" in given)
        self.counted: dict[str, int] = {}

    def counts_differ(self, commit: pygit2.Commit) -> bool:
        """Whether the text is there more or less often after the commit."""
        return any(
            self._count(str(delta.old_file.id)) != self._count(str(delta.new_file.id))
            for delta in self._deltas(commit)
        )

    def lines_match(self, commit: pygit2.Commit) -> bool:
        """Whether a line that came or went matches."""
        return any(
            line.origin in "+-" and self.pattern.matches(line.raw_content.rstrip(b"\n"))
            for patch in self._patches(commit)
            for hunk in patch.hunks
            for line in hunk.lines
        )

    def _deltas(self, commit: pygit2.Commit) -> list[pygit2.DiffDelta]:
        if len(commit.parent_ids) > 1:
            return []
        parent = str(commit.parent_ids[0]) if commit.parent_ids else ""
        return self.selection.differ.deltas(parent, str(commit.id))

    def _patches(self, commit: pygit2.Commit) -> list[pygit2.Patch]:
        if len(commit.parent_ids) > 1:
            return []
        return self.selection.patches(commit)

    def _count(self, blob: str) -> int:
        if blob not in self.counted:
            view = self.selection.view
            there = blob.strip("0") and view.size(blob) <= FILE_BYTES
            text = view.content(blob, "a file") if there else b""
            self.counted[blob] = sum(1 for _ in self.pattern.spans(text))
        return self.counted[blob]


def _spelt(who: pygit2.Signature) -> bytes:
    return f"{who.name} <{who.email}>".encode("utf-8", "surrogateescape")
