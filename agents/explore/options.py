"""What options a command understands, by exact spelling."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from .budget import Refusal
from .tokens import Word

_NUMBER = re.compile(r"[+-]?\d{1,9}")


@dataclass(slots=True)
class Given:
    """The options and operands a command was given.

    `after` holds what stood behind `--`, or None if there was none.
    """

    command: str
    values: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    operands: list[Word] = field(default_factory=list[Word])
    after: list[Word] | None = None

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def value(self, name: str, default: str = "") -> str:
        """The last value given for an option."""
        return self.values[name][-1] if name in self.values else default

    def all(self, name: str) -> list[str]:
        """Every value given for an option."""
        return self.values.get(name, [])

    def number(self, name: str, default: int, most: int = 1_000_000) -> int:
        """An option's value as a number, at most `most`.

        Raises:
            Refusal: it is none.
        """
        if name not in self.values:
            return default
        return number(self.command, name, self.values[name][-1], most)

    def words(self) -> list[Word]:
        """All operands, those behind `--` too."""
        return [*self.operands, *(self.after or [])]


def number(command: str, name: str, raw: str, most: int = 1_000_000) -> int:
    """A count from outside.

    Raises:
        Refusal: it is not a number of at most nine digits.
    """
    if not _NUMBER.fullmatch(raw):
        raise Refusal(f"{command}: {name} takes a number of at most 9 digits, not {raw[:40]!r}")
    return min(int(raw), most)


class Grammar:
    """The options of one command.

    Each of `flags` and `values` is a list of spellings: `"-n=--lines -q"`; the first one without its
    dashes is the name. A value of `maybe` may be left out (`--stat`, `--stat=80`). With `digits`,
    `-20` is a value of that name.
    """

    def __init__(
        self, command: str, flags: str = "", values: str = "", maybe: str = "", digits: str = ""
    ) -> None:
        self.command = command
        self.digits = digits
        self._flags = _names(flags)
        self._values = _names(values)
        self._maybe = _names(maybe)

    def parse(self, words: Sequence[Word]) -> Given:
        """Sort words into options and operands.

        Raises:
            Refusal: an option that is not in the grammar; the message lists those that are.
        """
        given = Given(self.command)
        rest = list(reversed(words))
        while rest:
            word = rest.pop()
            if word.text == "--":
                given.after = rest[::-1]
                break
            if word.text == "-" or not word.text.startswith("-"):
                given.operands.append(word)
            elif word.text.startswith("--"):
                self._long(given, word.text, rest)
            elif self.digits and word.text[1:].isdecimal():
                given.values.setdefault(self.digits, []).append(word.text[1:])
            else:
                self._cluster(given, word.text, rest)
        return given

    def known(self) -> str:
        """The options there are, for a message."""
        digits = ["-N"] if self.digits else []
        flags = sorted({*self._flags, *self._maybe}, key=_order)
        return (
            ", ".join([*digits, *flags, *(f"{one} X" for one in sorted(self._values, key=_order))]) or "none"
        )

    def _long(self, given: Given, text: str, rest: list[Word]) -> None:
        name, equals, value = text.partition("=")
        if name in self._values:
            self._put(given, self._values[name], value if equals else self._following(name, rest))
        elif name in self._maybe:
            self._put(given, self._maybe[name], value)
        elif name in self._flags and not equals:
            self._put(given, self._flags[name], "")
        else:
            raise self._unknown(name)

    def _cluster(self, given: Given, text: str, rest: list[Word]) -> None:
        # `find` and `git` spell some long names with one dash or in a cluster; both are exact here.
        here = 1
        while here < len(text):
            option = f"-{text[here]}"
            here += 1
            if option in self._values:
                value = text[here:] or self._following(option, rest)
                self._put(given, self._values[option], value)
                return
            if option in self._maybe:
                self._put(given, self._maybe[option], text[here:])
                return
            if option not in self._flags:
                raise self._unknown(option)
            self._put(given, self._flags[option], "")

    def _following(self, option: str, rest: list[Word]) -> str:
        if not rest:
            raise Refusal(f"{self.command}: {option} needs a value")
        return rest.pop().text

    @staticmethod
    def _put(given: Given, name: str, value: str) -> None:
        given.values.setdefault(name, []).append(value)

    def _unknown(self, option: str) -> Refusal:
        return Refusal(f"{self.command}: there is no option {option[:40]}; there are: {self.known()}")


def _names(spelled: str) -> dict[str, str]:
    return {option: one.split("=")[0].lstrip("-") for one in spelled.split() for option in one.split("=")}


def _order(option: str) -> tuple[bool, str, str]:
    return option.startswith("--"), option.lower(), option
