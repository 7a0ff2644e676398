"""ls: what lies in a folder, when it last changed, and how large it is."""

import math
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pygit2

from ...storage.objects import tree_of
from .call import Call, Told, raw, text_of
from .options import Given, Grammar
from .view import Entry, Missing, View, key

_LS = Grammar(
    "ls",
    flags="-l -a=--all -A=--almost-all -1 -R=--recursive -h=--human-readable -t -r=--reverse -S "
    "-d=--directory -F=--classify -p -g -G -s=--size -n --group-directories-first",
    maybe="--color",
)
_RECENT = timedelta(days=182)


class _Row(NamedTuple):
    shown: str
    entry: Entry
    path: str


def ls(call: Call) -> Told:
    """Names in a folder, one a line."""
    given = _LS.parse(call.words)
    paths = call.paths(given.words()) or ["."]
    files: list[_Row] = []
    folders: list[str] = []
    for path in paths:
        try:
            found = call.view.entry(path)
        except Missing as missing:
            call.complain(missing)
            continue
        if found.is_folder and "d" not in given:
            folders.append(path)
        else:
            files.append(_Row(path, found, key(path) or ""))
    blocks = [_rows(call.view, files, given)] if files else []
    titled = len(paths) > 1 or "R" in given
    for folder in sorted(folders, key=raw):
        blocks += _folder(call.view, folder, given, titled=titled)
    return Told(b"\n".join(blocks), 2 if call.errors else 0)


def _folder(view: View, folder: str, given: Given, *, titled: bool) -> list[bytes]:
    view.budget.tick()
    at = key(folder) or ""
    rows = [
        _Row(child.name, child, f"{at}/{child.name}" if at else child.name)
        for child in view.children(folder)
        if not child.name.startswith(".") or "a" in given or "A" in given
    ]
    title = raw(f"{folder}:\n") if titled else b""
    blocks = [title + _rows(view, rows, given)]
    if "R" in given:
        for row in rows:
            if row.entry.is_folder:
                blocks += _folder(view, f"{folder.rstrip('/')}/{row.shown}", given, titled=True)
    return blocks


def _rows(view: View, rows: list[_Row], given: Given) -> bytes:
    long = "l" in given or "g" in given or "n" in given
    changed = _changed(view, [row.path for row in rows]) if long or "t" in given else {}
    ordered = _ordered(view, rows, given, changed)
    if not long:
        return text_of(raw(f"{row.shown}{_mark(row, given)}") for row in ordered)
    sizes = [_sized(_size(view, row), given) for row in ordered]
    width = max(map(len, sizes), default=0)
    told = [
        f"{'drwxr-xr-x' if row.entry.is_folder else '-rw-r--r--'} 1 memory memory {size:>{width}} "
        f"{_date(changed.get(row.path), view.now)} {row.shown}{_mark(row, given)}"
        for row, size in zip(ordered, sizes, strict=True)
    ]
    return text_of(map(raw, told))


def _ordered(view: View, rows: list[_Row], given: Given, changed: dict[str, int]) -> list[_Row]:
    ordered = sorted(rows, key=lambda row: raw(row.shown))
    if "t" in given:
        ordered.sort(key=lambda row: -changed.get(row.path, 0))
    elif "S" in given:
        ordered.sort(key=lambda row: -_size(view, row))
    if "group-directories-first" in given:
        ordered.sort(key=lambda row: not row.entry.is_folder)
    return ordered[::-1] if "r" in given else ordered


def _changed(view: View, paths: list[str]) -> dict[str, int]:
    """The time of the newest commit that changed each path."""
    waiting = set(paths)
    found: dict[str, int] = {}
    for identity in view.ancestors():
        if not waiting:
            break
        view.budget.tick()
        commit = view.commit(identity)
        for path in _touched(view, commit) & waiting:
            found[path] = commit.commit_time
            waiting.discard(path)
    return found


def _touched(view: View, commit: pygit2.Commit) -> set[str]:
    """The files a commit changed against its first parent, and the folders they lie in."""
    parents = commit.parent_ids
    if parents:
        diff = tree_of(view.repository, parents[0]).diff_to_tree(commit.tree)
    else:
        diff = commit.tree.diff_to_tree(swap=True)
    found: set[str] = set()
    for path in (delta.new_file.path for delta in diff.deltas):
        while path and path not in found:
            found.add(path)
            path = path.rpartition("/")[0]
    return found


def _size(view: View, row: _Row) -> int:
    return 0 if row.entry.is_folder else view.size(row.entry.identity)


def _sized(size: int, given: Given) -> str:
    if "h" not in given or size < 1024:
        return str(size)
    power = 0
    amount = float(size)
    while amount >= 1024 and power < 4:
        amount, power = amount / 1024, power + 1
    # GNU ls rounds up.
    told = f"{math.ceil(amount * 10) / 10:.1f}" if amount < 9.95 else str(math.ceil(amount))
    return f"{told}{' KMGT'[power]}"


def _date(seconds: int | None, now: datetime) -> str:
    if seconds is None:
        return "           -"
    when = datetime.fromtimestamp(seconds, UTC)
    recent = timedelta() <= now - when < _RECENT
    return f"{when:%b} {when.day:>2} {when:%H:%M}" if recent else f"{when:%b} {when.day:>2}  {when:%Y}"


def _mark(row: _Row, given: Given) -> str:
    return "/" if row.entry.is_folder and ("F" in given or "p" in given) else ""
