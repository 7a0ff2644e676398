"""cut, tr and the one form of awk that prints fields."""

import re
from collections.abc import Callable

from .budget import Refusal
from .call import Call, Told, lines_of, raw, text_of
from .options import Given, Grammar
from .patterns import compiled

_CUT = Grammar(
    "cut",
    flags="-s=--only-delimited --complement -n",
    values="-d=--delimiter -f=--fields -c=--characters -b=--bytes --output-delimiter",
)
_TR = Grammar("tr", flags="-d=--delete -s=--squeeze-repeats -c=--complement -C")
_AWK = Grammar("awk", values="-F")
_RANGE = re.compile(r"(\d{0,6})(-?)(\d{0,6})")
_SETS = {
    "[:upper:]": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "[:lower:]": "abcdefghijklmnopqrstuvwxyz",
    "[:digit:]": "0123456789",
    "[:space:]": " \t\n\r\v\f",
    "[:blank:]": " \t",
    "[:punct:]": "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
}
_SETS["[:alpha:]"] = _SETS["[:upper:]"] + _SETS["[:lower:]"]
_SETS["[:alnum:]"] = _SETS["[:digit:]"] + _SETS["[:alpha:]"]
_PROGRAM = re.compile(r"\s*(?:(?P<when>[^{}]*?)\s*)?\{\s*print(?P<what>[^{}]*?);?\s*\}\s*")
_WHAT = re.compile(r"\s*(?:\$(\d{1,4}|NF)|(NR|NF)|\"((?:[^\"\\]|\\.)*)\"|(,))")
_FIELD = re.compile(r"\$(\d{1,3}|NF)\s*(==|<=|>=|<|>|!=|~|!~)\s*(?:\"([^\"]*)\"|/(.*)/|(-?\d+(?:\.\d+)?))")
_NR = re.compile(r"NR\s*(==|<=|>=|<|>|!=)\s*(\d{1,9})")
_AWK_HINT = "awk knows '{print $1, $NF}' with -F, after /pattern/, NR==2 or $1 == \"x\", and no more"
_Split = Callable[[bytes], list[bytes]]
_Test = Callable[[bytes, int], bool]
_ESCAPES = {"n": "\n", "t": "\t", "\\": "\\", "r": "\r", '"': '"'}


def cut(call: Call) -> Told:
    """Some fields or characters of each line."""
    given = _CUT.parse(call.words)
    kinds = [kind for kind in "fcb" if kind in given]
    if len(kinds) != 1:
        raise Refusal("cut: give one of -f, -c and -b; for example `cut -d'|' -f2`")
    chosen = _list(given.value(kinds[0]), complement="complement" in given)
    told: list[bytes] = []
    for line in (line for one in call.inputs(given.words()) for line in lines_of(one.text)):
        if kinds[0] == "f":
            told += _fields(line, given, chosen)
        elif kinds[0] == "b":
            told.append(bytes(line[place] for place in chosen(len(line))))
        else:
            text = line.decode("utf-8", "surrogateescape")
            told.append(raw("".join(text[place] for place in chosen(len(text)))))
    return Told(text_of(told), int(bool(call.errors)))


def tr(call: Call) -> Told:
    """Characters replaced, deleted or squeezed."""
    given = _TR.parse(call.words)
    sets = [_set(word.text) for word in given.words()]
    if not 1 <= len(sets) <= 2 or call.piped is None:
        raise Refusal("tr: works on a pipe; for example `cat index.md | tr a-z A-Z`")
    text = call.piped.decode("utf-8", "surrogateescape")
    first = sets[0]
    if "c" in given or "C" in given:
        first = "".join(sorted(set(text) - set(first)))
    if "d" in given:
        text = text.translate({ord(char): None for char in first})
    elif len(sets) == 2:
        # ASCII letters map one to one; a second set that is short repeats its last character.
        second = sets[1] + sets[1][-1:] * (len(first) - len(sets[1]))
        text = text.translate({ord(old): ord(new) for old, new in zip(first, second, strict=False)})
    if "s" in given:
        squeezed = re.escape(sets[-1] if len(sets) == 2 or "c" not in given else first)
        text = re.sub(f"([{squeezed}])\\1+", r"\1", text) if squeezed else text
    return Told(raw(text))


def awk(call: Call) -> Told:
    """Fields of each line."""
    given = _AWK.parse(call.words)
    operands = given.words()
    found = _PROGRAM.fullmatch(operands[0].text) if operands else None
    if not found:
        raise Refusal(_AWK_HINT)
    split = _splitter(given.value("F", " "))
    wanted = _condition(found["when"] or "", split)
    parts = _printed(found["what"])
    told: list[bytes] = []
    lines = (line for one in call.inputs(operands[1:]) for line in lines_of(one.text))
    for number, line in enumerate(lines, 1):
        if wanted(line, number):
            told.append(_filled(parts, line, split(line), number))
    return Told(text_of(told), int(bool(call.errors)))


def _fields(line: bytes, given: Given, chosen: Callable[[int], list[int]]) -> list[bytes]:
    delimiter = raw(given.value("d", "\t"))
    if len(given.value("d", "\t")) != 1:
        raise Refusal("cut: -d takes one character; `awk '{print $2}'` splits at any blanks")
    if delimiter not in line:
        return [] if "s" in given else [line]
    parts = line.split(delimiter)
    between = raw(given.value("output-delimiter")) if "output-delimiter" in given else delimiter
    return [between.join(parts[place] for place in chosen(len(parts)))]


def _list(spelled: str, *, complement: bool) -> Callable[[int], list[int]]:
    ranges: list[tuple[int, int]] = []
    for part in spelled.split(","):
        found = _RANGE.fullmatch(part)
        if not found or part in ("", "-") or part.startswith("0"):
            raise Refusal(f"cut: a list is like 1,3-5 or 2-, not {spelled[:40]!r}")
        low = int(found[1] or 1)
        ranges.append((low, int(found[3] or 10**6) if found[2] else low))

    def chosen(length: int) -> list[int]:
        inside = {place for low, high in ranges for place in range(low - 1, min(high, length))}
        return sorted(set(range(length)) - inside if complement else {one for one in inside if one < length})

    return chosen


def _set(spelled: str) -> str:
    for name, chars in _SETS.items():
        spelled = spelled.replace(name, chars)
    spelled = re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), spelled)
    return re.sub(r"(.)-(.)", _range, spelled, flags=re.DOTALL)[:5000]


def _range(found: re.Match[str]) -> str:
    low, high = ord(found[1]), ord(found[2])
    return "".join(map(chr, range(low, high + 1))) if low <= high < low + 1000 else found[0]


def _condition(spelled: str, split: _Split) -> _Test:
    if not spelled:
        return lambda _line, _number: True
    tests = [_test(part.strip(), split) for part in spelled.split("&&")]
    return lambda line, number: all(test(line, number) for test in tests)


def _test(spelled: str, split: _Split) -> _Test:
    negated = spelled.startswith("!/")
    text = spelled[negated:]
    if len(text) > 1 and text.startswith("/") and text.endswith("/"):
        pattern = compiled([text[1:-1]], "E")
        return lambda line, _number: pattern.matches(line) != negated
    if found := _NR.fullmatch(spelled):
        sign, than = found[1], int(found[2])
        return lambda _line, number: _compares(number, sign, than)
    if found := _FIELD.fullmatch(spelled):
        return _of_field(found, split)
    raise Refusal(_AWK_HINT)


def _of_field(found: re.Match[str], split: _Split) -> _Test:
    place, sign, text, regex, number = found.groups()

    def field(line: bytes) -> bytes:
        fields = split(line)
        at = len(fields) if place == "NF" else int(place)
        return line if not at else fields[at - 1] if at <= len(fields) else b""

    if regex is not None and sign in ("~", "!~"):
        pattern = compiled([regex], "E")
        return lambda line, _number: pattern.matches(field(line)) != (sign == "!~")
    if text is not None and sign in ("==", "!="):
        return lambda line, _number: (field(line) == raw(text)) != (sign == "!=")
    if number is not None and "~" not in sign:
        return lambda line, _number: _compares(_value(field(line)), sign, float(number))
    raise Refusal(_AWK_HINT)


def _value(text: bytes) -> float:
    found = re.match(rb"\s*[+-]?(\d{1,300}\.?\d{0,300}|\.\d{1,300})", text)
    return float(found[0]) if found else 0.0


def _compares(number: float, sign: str, than: float) -> bool:
    return {
        "==": number == than,
        "!=": number != than,
        "<": number < than,
        ">": number > than,
        "<=": number <= than,
        ">=": number >= than,
    }[sign]


def _printed(spelled: str) -> list[tuple[str, str]]:
    parts: list[tuple[str, str]] = []
    here = 0
    while spelled[here:].strip():
        found = _WHAT.match(spelled, here)
        if not found:
            raise Refusal(_AWK_HINT)
        here = found.end()
        if found[1] or found[2]:
            parts.append(("field" if found[1] else "count", found[1] or found[2]))
        else:
            text = re.sub(r"\\(.)", lambda one: _ESCAPES.get(one[1], one[0]), found[3] or "")
            parts.append(("text", " " if found[4] else text))
    return parts or [("field", "0")]


def _filled(parts: list[tuple[str, str]], line: bytes, fields: list[bytes], number: int) -> bytes:
    told: list[bytes] = []
    for kind, value in parts:
        if kind == "text":
            told.append(raw(value))
        elif kind == "count":
            told.append(b"%d" % (number if value == "NR" else len(fields)))
        else:
            place = len(fields) if value == "NF" else int(value)
            told.append(line if not place else fields[place - 1] if place <= len(fields) else b"")
    return b"".join(told)


def _splitter(separator: str) -> Callable[[bytes], list[bytes]]:
    if separator == " ":
        return lambda line: line.split()
    if len(separator) == 1:
        return lambda line: line.split(raw(separator)) if line else []
    pattern = compiled([separator], "E")

    def split(line: bytes) -> list[bytes]:
        parts: list[bytes] = []
        here = 0
        for start, end in pattern.spans(line):
            parts.append(line[here:start])
            here = end
        return [*parts, line[here:]] if line else []

    return split
