"""cat, head, tail, nl, tac, wc, echo: whole texts and their ends."""

from collections.abc import Callable

from .call import Call, Input, Told, lines_of, raw, text_of
from .options import Given, Grammar, number

_CAT = Grammar(
    "cat", flags="-n=--number -b=--number-nonblank -s=--squeeze-blank -A=--show-all -E=--show-ends -v -u"
)
_ENDS = "-q=--quiet=--silent -v=--verbose"
_HEAD = Grammar("head", flags=_ENDS, values="-n=--lines -c=--bytes", digits="n")
_TAIL = Grammar("tail", flags=_ENDS, values="-n=--lines -c=--bytes", digits="n")
_WC = Grammar("wc", flags="-l=--lines -w=--words -c=--bytes -m=--chars -L=--max-line-length")
_NL = Grammar("nl", values="-b -w -s")
_TAC = Grammar("tac")


def cat(call: Call) -> Told:
    """Texts one after the other."""
    given = _CAT.parse(call.words)
    text = b"".join(one.text for one in call.inputs(given.words()))
    if not given.values.keys() - {"u"}:
        return Told(text, int(bool(call.errors)))
    lines = lines_of(text)
    if "s" in given:
        lines = [line for place, line in enumerate(lines) if line or not place or lines[place - 1]]
    ends = b"$\n" if "E" in given or "A" in given else b"\n"
    if "A" in given:
        lines = [line.replace(b"\t", b"^I") for line in lines]
    told = list[bytes]()
    count = 0
    for line in lines:
        numbered = ("b" in given and line) or ("n" in given and "b" not in given)
        count += bool(numbered)
        told.append((b"%6d\t" % count if numbered else b"") + line + ends)
    whole = b"".join(told)
    return Told(whole if text.endswith(b"\n") else whole.removesuffix(ends), int(bool(call.errors)))


def head(call: Call) -> Told:
    """The first lines or bytes of each text."""
    return _parts(call, _HEAD.parse(call.words), _first)


def tail(call: Call) -> Told:
    """The last lines or bytes of each text."""
    return _parts(call, _TAIL.parse(call.words), _last)


def wc(call: Call) -> Told:
    """Lines, words, characters and bytes."""
    given = _WC.parse(call.words)
    wanted = [name for name in "lwmcL" if name in given] or list("lwc")
    inputs = call.inputs(given.words())
    rows = [(_counts(one.text, wanted), one.name) for one in inputs]
    named = len(call.paths(given.words())) > 1
    if named:
        rows.append((_total([row for row, _ in rows], wanted), "total"))
    width = _width(inputs, single=len(wanted) == 1 and len(rows) <= 1)
    told = [
        " ".join(f"{count:>{width}}" for count in row) + (f" {name}" if name else "") for row, name in rows
    ]
    return Told(text_of(map(raw, told)), int(bool(call.errors)))


def nl(call: Call) -> Told:
    """Lines with their numbers; empty ones are not counted, unless `-ba`."""
    given = _NL.parse(call.words)
    width = given.number("w", 6, 20)
    between = raw(given.value("s", "\t"))
    told = list[bytes]()
    count = 0
    for line in (line for one in call.inputs(given.words()) for line in lines_of(one.text)):
        if line or given.value("b", "t") == "a":
            count += 1
            told.append(b"%*d%s%s" % (width, count, between, line))
        else:
            told.append(b" " * (width + len(between)) + line)
    return Told(text_of(told), int(bool(call.errors)))


def tac(call: Call) -> Told:
    """Lines, the last one first."""
    texts = call.inputs(_TAC.parse(call.words).words())
    return Told(b"".join(text_of(lines_of(one.text)[::-1]) for one in texts), int(bool(call.errors)))


def echo(call: Call) -> Told:
    """The words themselves."""
    words = call.paths(call.words)
    bare = words[:1] == ["-n"]
    return Told(raw(" ".join(words[bare:]) + ("" if bare else "\n")))


def true(_call: Call) -> Told:
    """Nothing, well."""
    return Told()


def false(_call: Call) -> Told:
    """Nothing, badly."""
    return Told(code=1)


def pwd(_call: Call) -> Told:
    """Where paths start: at the top of the memory."""
    return Told(b"/\n")


def _parts(call: Call, given: Given, part: Callable[[bytes, str, bool], bytes]) -> Told:
    unit = "c" if "c" in given else "n"
    asked = given.value(unit, "10")
    number(call.name, f"-{unit}", asked)
    inputs = call.inputs(given.words())
    titled = ("v" in given or len(call.paths(given.words())) > 1) and "q" not in given
    told = list[bytes]()
    for place, one in enumerate(inputs):
        if titled:
            title = one.name if one.name not in ("", "-") else "standard input"
            told.append(raw(f"{chr(10) if place else ''}==> {title} <==\n"))
        told.append(part(one.text, asked, unit == "c"))
    return Told(b"".join(told), int(bool(call.errors)))


def _first(text: bytes, asked: str, of_bytes: bool) -> bytes:
    count = int(asked)
    return text[:count] if of_bytes else _lines(text, slice(None, count))


def _last(text: bytes, asked: str, of_bytes: bool) -> bytes:
    count = abs(int(asked))
    start = max(count - 1, 0) if asked.startswith("+") else -count if count else len(text)
    return text[start:] if of_bytes else _lines(text, slice(start, None))


def _lines(text: bytes, which: slice) -> bytes:
    kept = [line + b"\n" for line in text.split(b"\n")]
    kept[-1] = kept[-1][:-1]
    return b"".join((kept if kept[-1] else kept[:-1])[which])


def _counts(text: bytes, wanted: list[str]) -> list[int]:
    counters: dict[str, Callable[[], int]] = {
        "l": lambda: text.count(b"\n"),
        "w": lambda: len(text.split()),
        "m": lambda: len(text.decode("utf-8", "ignore")),
        "c": lambda: len(text),
        "L": lambda: max(
            (len(line.decode("utf-8", "ignore").expandtabs()) for line in lines_of(text)), default=0
        ),
    }
    return [counters[name]() for name in wanted]


def _total(rows: list[list[int]], wanted: list[str]) -> list[int]:
    columns = [[row[place] for row in rows] for place in range(len(wanted))]
    return [
        max(column, default=0) if name == "L" else sum(column)
        for name, column in zip(wanted, columns, strict=True)
    ]


def _width(inputs: list[Input], *, single: bool) -> int:
    # As GNU wc has it: as wide as the sum of the sizes, 7 where a pipe's size is not known beforehand.
    if single:
        return 1
    piped = any(one.name in ("", "-") for one in inputs)
    return max(len(str(sum(len(one.text) for one in inputs))), 7 if piped else 1)
