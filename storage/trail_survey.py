"""Noting which commits touched each path: what is new since the last time, or all of it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pygit2

from . import trails
from .failpoint import failpoint
from .handle import Handle
from .trails import Content, Trails, digest, entries, entry

_AT_ONCE = 500
_REGULAR = frozenset({"100644", "100755"})

# Runs the git program with arguments, and `told` as its input; None if that was cut off.
Run = Callable[..., str | None]
_Line = Sequence[tuple[str, Sequence[str]]]


def surveyed(run: Run, repository: Path, ref: str, notes: Path) -> bool:
    """Note the commits that lead to a reference; False if that was cut off, and then nothing has changed.

    Only for who has the turn to care for the repository.
    """
    trails.clear(notes)
    handle = Handle(str(repository))
    found = handle.references.get(ref)
    if found is None:
        return True
    tip = str(found.target)
    with trails.opened(notes) as old:
        if old and old.place(tip) is not None:
            return True
        known, line = _unknown(run, handle, tip, old)
        if line is None:
            return False
        before = old.content() if known and old else Content([], [], {})
    content = _with(run, before, line)
    if content is None:
        return False
    trails.write(notes, content)
    failpoint("trails.written")
    trails.replace(notes)
    return True


def _unknown(run: Run, handle: pygit2.Repository, tip: str, old: Trails | None) -> tuple[bool, _Line | None]:
    """Whether what is noted holds for this tip, too, and which commits are not noted then, newest first."""
    if old and old.tip in handle:
        line = _line(run, tip, f"^{old.tip}")
        if line is None or _continues(line, old.tip):
            return True, line
    return False, _line(run, tip)


def _line(run: Run, *tips: str) -> _Line | None:
    told = run("rev-list", "--topo-order", "--parents", *tips)
    if told is None:
        return None
    rows = (row.split() for row in told.splitlines())
    return [(row[0], row[1:]) for row in rows]


def _continues(line: _Line, tip: str) -> bool:
    """Whether all of a line comes from a tip, so that in the whole it stands before what leads there."""
    inside = {tip, *(commit for commit, _ in line)}
    return all(parents and inside.issuperset(parents) for _, parents in line)


def _with(run: Run, before: Content, line: _Line) -> Content | None:
    """What was noted, and a line that goes on from there."""
    records = before.records
    last = dict[bytes, int]()
    commits = [commit for commit, _ in line][::-1]
    for start in range(0, len(commits), _AT_ONCE):
        some = commits[start : start + _AT_ONCE]
        found = _touched(run, some)
        if found is None:
            return None
        for place, commit in enumerate(some, len(before.commits) + start):
            for name, content in found.get(commit, {}).items():
                record = records.setdefault(name, bytearray())
                so_far = last[name] if name in last else _last(record)
                record += entry(place - so_far, content)
                last[name] = place
    gates = [*before.gates, *_gates(line)[::-1]]
    return Content([*before.commits, *map(bytes.fromhex, commits)], gates, records)


def _last(record: bytearray) -> int:
    return max((place for place, _ in entries(record)), default=0)


def _gates(line: _Line) -> list[bool]:
    """Of each commit of a line, newest first, whether all that is older leads to it."""
    awaited: set[str] = set()
    gates: list[bool] = []
    for commit, parents in line:
        awaited.discard(commit)
        gates.append(not awaited)
        awaited.update(parents)
    return gates


def _touched(run: Run, commits: Sequence[str]) -> Mapping[str, Mapping[bytes, bytes]] | None:
    """By commit, the digest of each path it touched, and the beginning of the id of what is there since.

    A merge has touched what is not as it was in each of the lines that came together.
    """
    options = ("--stdin", "-m", "--root", "-r", "-z", "--no-renames", "--raw")
    told = run("diff-tree", *options, told="".join(f"{commit}\n" for commit in commits))
    if told is None:
        return None
    found: dict[str, dict[bytes, bytes]] = {}
    here: dict[bytes, bytes] = {}
    tokens = iter(told.split("\0"))
    for token in tokens:
        if token.startswith(":"):
            _, mode, _, blob, _ = token.split(" ")
            _note(here, next(tokens), blob if mode in _REGULAR else "")
        elif token:
            here = found.setdefault(token, {})
    return found


def _note(here: dict[bytes, bytes], path: str, blob: str) -> None:
    here[digest(path)] = bytes.fromhex(blob)[: trails.BEGINNING]
    folder = path.rpartition("/")[0]
    while folder:
        _ = here.setdefault(digest(folder), b"")
        folder = folder.rpartition("/")[0]
