"""grep: the lines in which a pattern is found."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .budget import STAGE_BYTES, Refusal, Spent
from .call import Call, Input, Told, lines_of, raw
from .globs import fits
from .options import Given, Grammar
from .patterns import Pattern, compiled
from .tokens import Word
from .view import Missing, View, key

FLAGS = (
    "-i=--ignore-case=-y -v=--invert-match -n=--line-number -c=--count -l=--files-with-matches "
    "-L=--files-without-match -o=--only-matching -w=--word-regexp -x=--line-regexp -h=--no-filename "
    "-H=--with-filename -q=--quiet=--silent -E=--extended-regexp -F=--fixed-strings -G=--basic-regexp "
    "-P=--perl-regexp -a=--text -I -s=--no-messages "
)
VALUES = "-A=--after-context -B=--before-context -C=--context -m=--max-count -e=--regexp "
_GREP = Grammar(
    "grep",
    flags=f"{FLAGS} -r=--recursive -R=--dereference-recursive --no-ignore-case --line-buffered",
    values=f"{VALUES} --include --exclude --exclude-dir",
    maybe="--color --colour",
    digits="C",
)
_BINARY_WITHIN = 32_768


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for and how to tell it."""

    pattern: Pattern
    inverted: bool
    told: str  # c, l, L, q, o or "" for the lines
    numbered: bool
    before: int
    after: int
    most: int
    only_found: bool  # -c tells nothing of texts without a match
    binary: str  # "text" to read it as text, "skip", or "" to tell only that it matches

    @property
    def has_context(self) -> bool:
        """Whether groups of lines are set apart."""
        return bool(self.before or self.after)


def grep(call: Call) -> Told:
    """Lines of files, or of the whole tree with -r."""
    given = _GREP.parse(call.words)
    syntax = {"egrep": "E", "fgrep": "F"}.get(call.name, "")
    search, operands = made(given, syntax)
    recursive = "r" in given or "R" in given
    if recursive:
        inputs = _files(call, given, call.paths(operands))
        named = "h" not in given
    else:
        inputs = iter(call.inputs(operands))
        named = ("H" in given or len(call.paths(operands)) > 1) and "h" not in given
    told = told_of(call.view, search, inputs, named=named, errors=call.errors)
    code = 2 if call.errors else told.code
    if "s" in given:
        call.errors.clear()
    elif code == 1 and (hint := _hint(given, syntax)):
        call.complain(hint)
    return Told(told.output, code)


def made(given: Given, syntax: str = "") -> tuple[Search, list[Word]]:
    """A search from options, and the operands that are left.

    Raises:
        Refusal: there is no pattern, or it cannot be used.
    """
    operands = given.words()
    patterns = given.all("e")
    if not patterns:
        if not operands:
            raise Refusal(
                f"{given.command}: a pattern is missing; for example `{given.command} -rn coffee .`"
            )
        patterns = [operands.pop(0).text]
    around = given.number("C", 0, 1000)
    pattern = compiled(
        patterns,
        next((one for one in "PFE" if one in given), syntax or "G"),
        fold="i" in given and "no-ignore-case" not in given,
        word="w" in given,
        whole="x" in given,
    )
    search = Search(
        pattern,
        inverted="v" in given,
        told=next((one for one in "qlLco" if one in given), ""),
        numbered="n" in given,
        before=given.number("B", around, 1000),
        after=given.number("A", around, 1000),
        most=given.number("m", 10**6),
        only_found=given.command == "git grep",
        binary="text" if "a" in given else "skip" if "I" in given else "",
    )
    return search, operands


def told_of(view: View, search: Search, inputs: Iterable[Input], *, named: bool, errors: list[str]) -> Told:
    """What a search says of some texts."""
    told: list[bytes] = []
    size, found = 0, False
    try:
        for one in inputs:
            view.budget.tick()
            said, matched = _of_text(search, one, named=named, first=not size, view=view)
            found = found or (matched != (search.told == "L"))
            told.append(said)
            size += len(said)
            if found and search.told == "q":
                break
            if size > STAGE_BYTES:
                errors.append("stopped after 16 MB of matches; use -l, -c or a narrower pattern")
                break
    except Spent as spent:
        errors.append(str(spent))
    return Told(b"" if search.told == "q" else b"".join(told), 0 if found else 1)


def _of_text(search: Search, one: Input, *, named: bool, first: bool, view: View) -> tuple[bytes, bool]:
    name = raw(one.name if one.name not in ("", "-") else "(standard input)")
    if not search.inverted and not search.pattern.within(one.text):
        return _counted(search, 0, name, named=named), False
    binary = search.binary != "text" and b"\0" in one.text[:_BINARY_WITHIN]
    if binary and search.binary == "skip":
        return b"", False
    lines = lines_of(one.text)
    hits: list[int] = []
    for place, line in enumerate(lines):
        if len(hits) >= search.most:
            break
        if not place % 4096:
            view.budget.tick()
        if search.pattern.matches(line) != search.inverted:
            hits.append(place)
    if search.told or not hits:
        if search.told == "o" and not binary:
            return _parts(search, hits, lines, name if named else b"", view), bool(hits)
        if search.told != "o":
            return _counted(search, len(hits), name, named=named), bool(hits)
    if binary:
        return (b"grep: %s: binary file matches\n" % name if hits else b""), bool(hits)
    return _shown(search, hits, lines, name if named else b"", first=first), bool(hits)


def _counted(search: Search, hits: int, name: bytes, *, named: bool) -> bytes:
    if search.told == "c":
        if search.only_found and not hits:
            return b""
        return (name + b":" if named else b"") + b"%d\n" % hits
    return name + b"\n" if (search.told == "l" and hits) or (search.told == "L" and not hits) else b""


def _parts(search: Search, hits: list[int], lines: list[bytes], name: bytes, view: View) -> bytes:
    told: list[bytes] = []
    for place in hits if not search.inverted else []:
        start = _start(search, name, place, b":")
        for low, high in search.pattern.spans(lines[place]):
            told.append(start + lines[place][low:high] + b"\n")
            if not len(told) % 4096:
                view.budget.tick()
    return b"".join(told)


def _shown(search: Search, hits: list[int], lines: list[bytes], name: bytes, *, first: bool) -> bytes:
    told: list[bytes] = []
    matching = frozenset(hits)
    last = -1
    for place in _around(search, hits, len(lines)):
        if search.has_context and (place > last + 1 if last >= 0 else not first):
            told.append(b"--\n")
        last = place
        told.append(_start(search, name, place, b":" if place in matching else b"-") + lines[place] + b"\n")
    return b"".join(told)


def _around(search: Search, hits: list[int], count: int) -> Iterator[int]:
    shown = -1
    for hit in hits:
        for place in range(max(hit - search.before, shown + 1), min(hit + search.after + 1, count)):
            yield place
            shown = place


def _start(search: Search, name: bytes, place: int, mark: bytes) -> bytes:
    return (name + mark if name else b"") + (b"%d" % (place + 1) + mark if search.numbered else b"")


def _files(call: Call, given: Given, roots: list[str]) -> Iterator[Input]:
    included, excluded, folders = (given.all(name) for name in ("include", "exclude", "exclude-dir"))
    for root in roots or [""]:
        top = key(root) or ""
        try:
            paths = call.view.under(root)
        except Missing as missing:
            call.complain(missing)
            continue
        shown = f"{root.rstrip('/')}/" if root else ""
        for path in paths:
            *above, name = path.split("/")
            skipped = (
                (included and not any(fits(name, glob) for glob in included))
                or any(fits(name, glob) for glob in excluded)
                or any(fits(folder, glob) for folder in above for glob in folders)
            )
            if not skipped:
                below = path.removeprefix(top).removeprefix("/")
                try:
                    yield Input(
                        shown + below if below else root, call.view.content(call.view.files()[path], path)
                    )
                except Refusal as large:
                    call.complain(large)


def _hint(given: Given, syntax: str) -> str:
    patterns = given.all("e") or [word.text for word in given.words()[:1]]
    bare = "".join(patterns).replace("\\|", "").replace("\\+", "")
    if syntax or any(one in given for one in "EPFqcvs") or not any(char in bare for char in "|+("):
        return ""
    return "nothing found; without -E the characters | + ( ) mean themselves: try grep -E"
