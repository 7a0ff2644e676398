"""How git writes a commit: its pretty formats and dates."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pygit2

from .budget import Refusal
from .view import View

_NAMED = {"oneline", "short", "medium", "full", "fuller"}
_DATES = "short, iso, iso-strict, rfc, relative, unix, raw, human, local, default, format:%Y-%m-%d"
_PLACE = re.compile(
    r"%(?P<mark>[+ -]?)(?:(?P<short>[HhTtPpsbBfndDN%m]|a[nNeElLdDrtiIs]|c[nNeElLdDrtiIs]|x[0-9a-fA-F]{2})"
    r"|\((?P<long>trailers)(?::(?P<how>[^)]{0,200}))?\)"
    r"|C(?:\([^)]{0,80}\)|red|green|blue|reset))"
)
_DATE_PLACE = re.compile(r"%([a-zA-Z%])")
_DATE_LETTERS = frozenset("YmdHMSbBaAjyeFTzpIDRuwh")
_TRAILER = re.compile(r"([A-Za-z][A-Za-z0-9-]*):\s?(.*)")
_SHORT_ID = 7


def short(identity: object) -> str:
    """The first seven digits of an id."""
    return str(identity)[:_SHORT_ID]


def subject(message: str) -> str:
    """The first paragraph of a message in one line."""
    return " ".join(message.lstrip("\n").split("\n\n", 1)[0].split("\n")).strip()


class Format:
    """One way to write commits.

    `ends` is False where commits are only separated by line ends (`format:`).
    """

    def __init__(self, view: View, pretty: str = "medium", date: str = "", *, is_short: bool = False) -> None:
        self.is_short = is_short
        self.view = view
        self.dates = DateStyle(view.now, date)
        self.name = pretty if pretty in _NAMED else ""
        self.ends = not pretty.startswith("format:")
        self.template = re.sub(r"\A(?:t?format:)", "", pretty)
        if not self.name and "%" not in pretty and not pretty.startswith(("format:", "tformat:")):
            raise Refusal(
                f"git: there is no format {pretty[:40]!r}; there are: {', '.join(sorted(_NAMED))}, '%h %s'",
                128,
            )

    def of(self, commit: pygit2.Commit) -> str:
        """A commit as text, without a line end after it."""
        if self.name == "oneline":
            return f"{self._id(commit)} {subject(commit.message)}"
        if self.name:
            return self._block(commit)
        return _PLACE.sub(lambda found: self._marked(found, commit), self.template)

    @property
    def is_block(self) -> bool:
        """Whether it is one of git's own formats of several lines."""
        return bool(self.name) and self.name != "oneline"

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is written of a commit."""
        return not self.name and not self.template

    def _id(self, commit: pygit2.Commit) -> str:
        return short(commit.id) if self.is_short else str(commit.id)

    def _block(self, commit: pygit2.Commit) -> str:
        author, committer = commit.author, commit.committer
        told = [f"commit {self._id(commit)}"]
        if len(commit.parent_ids) > 1:
            told.append(f"Merge: {' '.join(map(short, commit.parent_ids))}")
        wide = "    " if self.name == "fuller" else ""
        told.append(f"Author: {wide}{author.name} <{author.email}>")
        if self.name == "medium":
            told.append(f"Date:   {self.dates.of(author)}")
        if self.name == "fuller":
            told.append(f"AuthorDate: {self.dates.of(author)}")
        if self.name in ("full", "fuller"):
            told.append(f"Commit: {wide}{committer.name} <{committer.email}>")
        if self.name == "fuller":
            told.append(f"CommitDate: {self.dates.of(committer)}")
        message = commit.message.strip("\n")
        text = subject(message) if self.name == "short" else message
        return "\n".join([*told, "", *(f"    {line.rstrip()}" for line in text.split("\n"))])

    def _marked(self, found: re.Match[str], commit: pygit2.Commit) -> str:
        value = self._value(found, commit)
        mark = found["mark"]
        return f"{chr(10) if mark == '+' else mark}{value}" if value and mark in ("+", " ") else value

    def _value(self, found: re.Match[str], commit: pygit2.Commit) -> str:
        place = found["short"]
        if found["long"]:
            return _trailers(commit.message, found["how"] or "")
        if not place:
            return ""
        if place[0] == "x":
            return chr(int(place[1:], 16)) if int(place[1:], 16) < 0x80 else ""
        if len(place) > 1:
            return self._person(commit.author if place[0] == "a" else commit.committer, place[1])
        return _SIMPLE[place](commit)

    def _person(self, who: pygit2.Signature, place: str) -> str:
        texts = {"n": who.name, "e": who.email, "l": who.email.partition("@")[0], "t": str(who.time)}
        styles = {"r": "relative", "i": "iso", "I": "iso-strict", "s": "short", "D": "rfc"}
        if place.lower() in texts and place != "I":
            return texts[place.lower()]
        return DateStyle(self.view.now, styles[place]).of(who) if place in styles else self.dates.of(who)


class DateStyle:
    """One way to write dates."""

    def __init__(self, now: datetime, style: str = "") -> None:
        self.now = now
        self.template = style[7:] if style.startswith("format:") else ""
        self.style = "format" if self.template else style.removesuffix("-local") or "default"
        self.utc = style.endswith("local")
        if self.style not in _STYLES and self.style != "format":
            raise Refusal(f"git: there is no date format {style[:40]!r}; there are: {_DATES}", 128)

    def of(self, who: pygit2.Signature) -> str:
        """When somebody signed."""
        zone = UTC if self.utc else timezone(timedelta(minutes=who.offset))
        when = datetime.fromtimestamp(who.time, zone)
        if self.style == "format":
            return _DATE_PLACE.sub(lambda found: _dated(when, found[1]), self.template)
        return _STYLES[self.style](when, self.now)


def _dated(when: datetime, letter: str) -> str:
    # Letters alone: widths as in %9999d would be written out by the C library.
    if letter == "%":
        return "%"
    if letter == "e":
        return f"{when.day:>2}"
    return when.strftime(f"%{letter}") if letter in _DATE_LETTERS else f"%{letter}"


def _default(when: datetime, _now: datetime) -> str:
    return f"{when:%a %b} {when.day} {when:%H:%M:%S %Y %z}"


def _rfc(when: datetime, _now: datetime) -> str:
    return f"{when:%a}, {when.day} {when:%b %Y %H:%M:%S %z}"


def _strict(when: datetime, _now: datetime) -> str:
    return when.isoformat() if when.utcoffset() else f"{when:%Y-%m-%dT%H:%M:%S}+00:00"


def relative(when: datetime, now: datetime) -> str:
    """How long ago a time was, in git's words."""
    passed = int((now - when).total_seconds())
    if passed < 0:
        return "in the future"
    if passed < 90:
        return _ago(passed, "second")
    minutes = (passed + 30) // 60
    if minutes < 90:
        return _ago(minutes, "minute")
    hours = (minutes + 30) // 60
    if hours < 36:
        return _ago(hours, "hour")
    days = (hours + 12) // 24
    if days < 14:
        return _ago(days, "day")
    if days < 70:
        return _ago((days + 3) // 7, "week")
    if days < 365:
        return _ago((days + 15) // 30, "month")
    if days < 1825:
        months = (days * 12 * 2 + 365) // (365 * 2)
        years, months = divmod(months, 12)
        return _ago(years, "year") if not months else f"{_counted(years, 'year')}, {_ago(months, 'month')}"
    return _ago((days + 183) // 365, "year")


def _ago(count: int, unit: str) -> str:
    return f"{_counted(count, unit)} ago"


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}{'s' if count != 1 else ''}"


_STYLES: dict[str, Callable[[datetime, datetime], str]] = {
    "default": _default,
    "local": lambda when, _: f"{when:%a %b} {when.day} {when:%H:%M:%S %Y}",
    "short": lambda when, _: f"{when:%Y-%m-%d}",
    "iso": lambda when, _: f"{when:%Y-%m-%d %H:%M:%S %z}",
    "iso8601": lambda when, _: f"{when:%Y-%m-%d %H:%M:%S %z}",
    "iso-strict": _strict,
    "iso8601-strict": _strict,
    "rfc": _rfc,
    "rfc2822": _rfc,
    "relative": relative,
    "human": relative,
    "unix": lambda when, _: str(int(when.timestamp())),
    "raw": lambda when, _: f"{int(when.timestamp())} {when:%z}",
}


def _body(message: str) -> str:
    _, _, rest = message.lstrip("\n").partition("\n\n")
    return rest.strip("\n") + "\n" if rest.strip("\n") else ""


_SIMPLE: dict[str, Callable[[pygit2.Commit], str]] = {
    "H": lambda commit: str(commit.id),
    "h": lambda commit: short(commit.id),
    "T": lambda commit: str(commit.tree_id),
    "t": lambda commit: short(commit.tree_id),
    "P": lambda commit: " ".join(map(str, commit.parent_ids)),
    "p": lambda commit: " ".join(map(short, commit.parent_ids)),
    "s": lambda commit: subject(commit.message),
    "f": lambda commit: re.sub(r"[^A-Za-z0-9._]+", "-", subject(commit.message)).strip("-.")[:64],
    "b": lambda commit: _body(commit.message),
    "B": lambda commit: commit.message.strip("\n") + "\n",
    "n": lambda _: "\n",
    "m": lambda _: ">",
    "%": lambda _: "%",
    "d": lambda _: "",
    "D": lambda _: "",
    "N": lambda _: "",
}


def _trailers(message: str, how: str) -> str:
    options = [one.partition("=") for one in how.split(",") if one]
    keys = [value.rstrip(":").lower() for name, _, value in options if name == "key"]
    only = any(name == "valueonly" for name, _, _ in options)
    between = next((value for name, _, value in options if name == "separator"), None)
    block = message.strip("\n").rpartition("\n\n")[2].split("\n")
    found = [one for line in block if (one := _TRAILER.fullmatch(line))]
    if len(found) != len(block) or "\n\n" not in message.strip("\n"):
        return ""
    told = [one[2] if only else f"{one[1]}: {one[2]}" for one in found if not keys or one[1].lower() in keys]
    if between is not None:
        return re.sub(r"%(n|x[01][0-9a-fA-F]|x2[0-9a-fA-F])", "\n", between).join(told)
    return "".join(f"{one}\n" for one in told)
