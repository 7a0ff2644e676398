"""find: paths by name, kind, depth and size."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from .budget import Refusal
from .call import Call, Told, raw, text_of
from .globs import fits
from .options import number
from .tokens import Word
from .view import Missing, View, key

_KNOWN = (
    "-name X, -iname X, -path X, -ipath X, -type f|d, -maxdepth N, -mindepth N, -size +Nk, -empty, "
    "-not, !, -o, -print"
)
_SIZE = re.compile(r"([+-]?)(\d{1,9})([ckM]?)")
_UNITS = {"": 512, "c": 1, "k": 1024, "M": 1 << 20}


class _Place(NamedTuple):
    shown: str
    path: str
    name: str
    is_folder: bool
    depth: int
    blob: str


_Test = Callable[[View, _Place], bool]


@dataclass(slots=True)
class _Query:
    """What the expression asks: alternatives of tests that all must hold, and how deep to look."""

    alternatives: list[list[_Test]]
    least: int = 0
    most: int = 1000


def find(call: Call) -> Told:
    """Paths below the given folders, parents first."""
    words = list(call.words)
    roots: list[Word] = []
    while words and words[0].text[:1] not in ("-", "!"):
        roots.append(words.pop(0))
    query = _query([word.text for word in words])
    told: list[str] = []
    for root in call.paths(roots) if roots else ["."]:
        try:
            places = _places(call.view, root)
        except Missing as missing:
            call.complain(missing)
            continue
        for place in places:
            call.view.budget.tick()
            if query.least <= place.depth <= query.most and any(
                all(test(call.view, place) for test in tests) for tests in query.alternatives
            ):
                told.append(place.shown)
    return Told(text_of(map(raw, told)), int(bool(call.errors)))


def _places(view: View, root: str) -> list[_Place]:
    start = view.entry(root)
    top = key(root) or ""
    if not start.is_folder:
        return [_Place(root, top, start.name, False, 0, start.identity)]
    shown_root = root.rstrip("/") or "."
    folders = {top: 0}
    files: dict[str, str] = {}
    for path in view.under(top):
        parts = path.removeprefix(f"{top}/" if top else "").split("/")
        for depth in range(1, len(parts)):
            folders["/".join([*([top] if top else []), *parts[:depth]])] = depth
        files[path] = ""
    everything = sorted([*folders, *files], key=lambda path: path.split("/"))
    return [
        _place(view, path, top, root if path == top else shown_root, path in folders) for path in everything
    ]


def _place(view: View, path: str, top: str, shown: str, is_folder: bool) -> _Place:
    below = path.removeprefix(top).strip("/")
    blob = "" if is_folder else view.files().get(path, "")
    name = path.rpartition("/")[2] or shown
    return _Place(
        f"{shown}/{below}" if below else shown,
        path,
        name,
        is_folder,
        below.count("/") + 1 if below else 0,
        blob,
    )


def _query(words: list[str]) -> _Query:
    query = _Query([[]])
    negated = False
    rest = words[::-1]
    while rest:
        word = rest.pop()
        if word in ("!", "-not"):
            negated = not negated
            continue
        if word in ("-o", "-or"):
            query.alternatives.append([])
            continue
        if word in ("-print", "-a", "-and"):
            continue
        if word in ("-maxdepth", "-mindepth"):
            depth = number("find", word, _value(word, rest))
            query.least, query.most = (depth, query.most) if word == "-mindepth" else (query.least, depth)
            continue
        test = _test(word, rest)
        query.alternatives[-1].append(_not(test) if negated else test)
        negated = False
    return query


def _not(test: _Test) -> _Test:
    return lambda view, place: not test(view, place)


def _test(word: str, rest: list[str]) -> _Test:
    if word == "-empty":
        return lambda view, place: not place.is_folder and view.size(place.blob) == 0
    if word not in ("-name", "-iname", "-path", "-ipath", "-wholename", "-type", "-size"):
        raise Refusal(f"find: there is no {word[:40]}; there are: {_KNOWN}")
    value = _value(word, rest)
    if word == "-type":
        if value not in ("f", "d", "f,d", "d,f"):
            raise Refusal("find: -type takes f or d")
        return lambda _view, place: ("d" if place.is_folder else "f") in value
    if word == "-size":
        return _sized(value)
    fold = word.startswith("-i")
    if word.endswith("path") or word == "-wholename":
        return lambda _view, place: fits(place.shown, value, folders=True, fold=fold)
    return lambda _view, place: fits(place.name, value, folders=True, fold=fold)


def _sized(spelled: str) -> _Test:
    found = _SIZE.fullmatch(spelled)
    if not found:
        raise Refusal("find: -size takes a number such as +10k")
    sign, count, unit = found[1], int(found[2]), _UNITS[found[3]]

    def test(view: View, place: _Place) -> bool:
        units = 0 if place.is_folder else -(-view.size(place.blob) // unit)
        return units > count if sign == "+" else units < count if sign == "-" else units == count

    return test


def _value(word: str, rest: list[str]) -> str:
    if not rest:
        raise Refusal(f"find: {word} needs a value")
    return rest.pop()
