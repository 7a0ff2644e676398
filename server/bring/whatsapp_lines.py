"""The lines of a WhatsApp chat: which begin a message, who sent it, and what their dates mean."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import pairwise

from ...errors import BadInput

ORDERS = ("dmy", "mdy", "ymd")

_DIRECTIONS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
_MARKS = re.compile(f"[{_DIRECTIONS}]")
_SPACES = re.compile("[\u00a0\u202f]")
_DAY = r"(\d{1,4})([./-]) ?(\d{1,2})[./-] ?(\d{1,4})\.?"
_TIME = r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?: ?([AaPp])\.? ?[Mm]\.?)?"
# Some languages put a word between day and time, such as "klo" or "at".
_ANDROID = re.compile(rf"{_DAY},? (?:\D{{1,8}} )?{_TIME} [-–] (.*)", re.DOTALL)
_IPHONE = re.compile(rf"\[{_DAY},? (?:\D{{1,8}} )?{_TIME}\] (.*)", re.DOTALL)
_SENT = re.compile(r"([^:\n]{1,80}?): ?(.*)", re.DOTALL)
_FILE = re.compile(r"[^\n]{1,120}\.\w{2,5} \([^()\n]{3,40}\)(?:\n|\Z)")
# On iPhones, an invisible mark stands before what is not the sender's own.
_PROGRAM = "\u200e"
_OMITTED = re.compile(rf"{_PROGRAM}<[^<>\n]+>|<This message was edited>|\A<[^<>\n]{{3,60}}>\Z")
_REPORTS = frozenset(
    {"null", "this message was deleted", "you deleted this message", "missed voice call", "missed video call"}
)


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it stands in the file."""

    line: int
    day: tuple[str, str, str]
    time: tuple[int, int, int]
    afternoon: str
    dotted: bool
    sender: str
    text: str


def messages(words: str) -> Iterator[Message]:
    """The messages that somebody sent; what WhatsApp itself reports of the chat is left out."""
    begun: list[str] = []
    number = 0
    for count, line in enumerate(words.split("\n"), 1):
        if begins(line):
            yield from _message(number, begun)
            begun, number = [], count
        begun.append(line.removesuffix("\r"))
    yield from _message(number, begun)


def begins(line: str) -> bool:
    """Whether a line begins a message or a report."""
    return _head(line) is not None


def said(message: Message) -> str:
    """What a message says without what stands for pictures and sounds; "" if that is all."""
    if message.text.startswith(_PROGRAM) or message.text.strip().rstrip(".").lower() in _REPORTS:
        return ""
    words = _MARKS.sub("", _OMITTED.sub("", message.text))
    return _FILE.sub("", words, count=1).strip()


def order_of(found: Sequence[Message]) -> str:
    """Whether day, month or year comes first in the dates of a chat, as far as they tell."""
    if any(len(message.day[0]) == 4 for message in found):
        return "ymd"
    if any(int(message.day[0]) > 12 for message in found):
        return "dmy"
    if any(int(message.day[1]) > 12 for message in found):
        return "mdy"
    back = {order: _steps_back(found, order) for order in ("dmy", "mdy")}
    if back["dmy"] != back["mdy"]:
        return min(back, key=lambda order: back[order])
    # Nothing in the dates tells them apart: the United States write 1/2/24, 3:04 PM.
    american = not any(message.dotted for message in found) and any(m.afternoon.isupper() for m in found)
    return "mdy" if american else "dmy"


def moment(message: Message, order: str, zone: tzinfo) -> datetime:
    """When a message was sent.

    Raises:
        BadInput: there is no such day in that order.
    """
    told = dict(zip(order, map(int, message.day), strict=True))
    hour, minute, second = message.time
    if message.afternoon:
        hour = hour % 12 + (12 if message.afternoon in "Pp" else 0)
    year = told["y"] + (2000 if told["y"] < 100 else 0)
    try:
        return datetime(year, told["m"], told["d"], hour, minute, second, tzinfo=zone)
    except ValueError:
        shown = "/".join(message.day)
        raise BadInput(
            f"line {message.line}: there is no day {shown} as {order}; give --date-order"
        ) from None


def _steps_back(found: Iterable[Message], order: str) -> int:
    """How often a message would be older than the one before it."""
    at = [order.index("y"), order.index("m"), order.index("d")]
    days = [tuple(int(message.day[index]) for index in at) for message in found]
    return sum(later < earlier for earlier, later in pairwise(days))


def _message(number: int, lines: list[str]) -> Iterator[Message]:
    found = _head("\n".join(lines))
    sent = _SENT.fullmatch(found[9]) if found else None
    if found and sent:
        day = found[1], found[3], found[4]
        time = int(found[5]), int(found[6]), int(found[7] or 0)
        sender = " ".join(_MARKS.sub("", sent[1]).removeprefix("~").split())
        yield Message(number, day, time, found[8] or "", found[2] == ".", sender, sent[2])


def _head(line: str) -> re.Match[str] | None:
    plain = _SPACES.sub(" ", line.lstrip(_DIRECTIONS))
    return _IPHONE.fullmatch(plain) or _ANDROID.fullmatch(plain)
