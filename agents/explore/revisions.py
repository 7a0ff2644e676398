"""Revisions: the tip, its ancestors, and ranges of them; nothing else has a name."""

import re
from dataclasses import dataclass, field

import pygit2

from .budget import Refusal
from .options import Given
from .tokens import Word
from .view import View, key

_REVISION = re.compile(r"(HEAD|@|[0-9a-fA-F]{7,40})((?:~\d{0,5}|\^\d?)*)")
_STEP = re.compile(r"([~^])(\d*)")
_FULL = 40


class UnknownRevision(Refusal):
    """No such revision; foreign, unreachable, ambiguous and unknown ones are told alike."""

    def __init__(self, asked: str) -> None:
        super().__init__(
            f"unknown revision {asked[:60]!r}: give HEAD, HEAD~2, or 7 to 40 digits of a commit of `git log`",
            128,
        )


@dataclass(slots=True)
class Wanted:
    """What commits and paths a git command is about."""

    tips: list[str] = field(default_factory=list[str])
    without: list[str] = field(default_factory=list[str])
    ranges: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    paths: list[str] = field(default_factory=list[str])


def resolve(view: View, asked: str) -> pygit2.Commit:
    """The commit a revision means.

    Raises:
        UnknownRevision: it means none that leads to the tip.
    """
    found = _REVISION.fullmatch(asked)
    if not found:
        raise UnknownRevision(asked)
    commit = view.commit(view.tip if found[1] in ("HEAD", "@") else _ancestor(view, found[1].lower(), asked))
    for step, count in _STEP.findall(found[2]):
        number = int(count) if count else 1
        if step == "^" and number:
            commit = _parent(view, commit, number - 1, asked)
        for _ in range(number if step == "~" else 0):
            commit = _parent(view, commit, 0, asked)
    return commit


def sorted_out(view: View, given: Given) -> Wanted:
    """Which operands are revisions and which are paths.

    Raises:
        UnknownRevision: one is neither.
    """
    wanted = Wanted()
    operands = list(given.operands)
    while operands and _put(view, wanted, operands[0].text, only_revisions=given.after is not None):
        operands.pop(0)
    for word in operands:
        if given.after is not None or not _is_path(view, word):
            raise UnknownRevision(word.text)
    wanted.paths = [word.text for word in [*operands, *(given.after or [])]]
    return wanted


def pathspecs(paths: list[str]) -> list[str]:
    """The keys or patterns that paths behind `--` mean.

    Raises:
        Refusal: one is of a kind that is not known here.
    """
    found: list[str] = []
    for path in paths:
        top = key(path)
        if top is None or path.startswith(":"):
            raise Refusal(f"{path[:200]!r} is no path here; paths start at the top of the memory", 128)
        found.append(top)
    return found


def _put(view: View, wanted: Wanted, text: str, *, only_revisions: bool) -> bool:
    if ".." in text and "/" not in text:
        low, dots, high = _range(text)
        pair = str(resolve(view, low or "HEAD").id), str(resolve(view, high or "HEAD").id)
        wanted.ranges.append((pair[0], pair[1], dots))
        return True
    negated = text.startswith("^")
    try:
        commit = resolve(view, text[negated:])
    except UnknownRevision:
        if only_revisions or negated or _REVISION.fullmatch(text):
            raise
        return False
    (wanted.without if negated else wanted.tips).append(str(commit.id))
    return True


def _range(text: str) -> tuple[str, str, str]:
    low, dots, high = text.partition("...")
    if not dots:
        low, dots, high = text.partition("..")
    return low, dots, high


def _is_path(view: View, word: Word) -> bool:
    if word.glob:
        return True
    top = key(word.text)
    # A file that was deleted still has a history; what looks like a path may be asked for.
    return view.find(top) is not None or (top is not None and ("/" in top or top.endswith(".md")))


def _ancestor(view: View, prefix: str, asked: str) -> str:
    if len(prefix) == _FULL:
        if prefix in view.ancestors():
            return prefix
        raise UnknownRevision(asked)
    found = [one for one in view.ancestors() if one.startswith(prefix)]
    if len(found) != 1:
        raise UnknownRevision(asked)
    return found[0]


def _parent(view: View, commit: pygit2.Commit, place: int, asked: str) -> pygit2.Commit:
    view.budget.tick()
    parents = commit.parent_ids
    if place >= len(parents):
        raise UnknownRevision(asked)
    return view.commit(str(parents[place]))
