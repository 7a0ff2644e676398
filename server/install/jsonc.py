"""One member put into, or taken out of, a JSON text whose comments and layout stay as they are."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .layout import Layout

_BLANK = re.compile(r"(?:[ \t\r\n]|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")
_DEEPEST = 200


class BadJson(ValueError):
    """A text that is no JSON, even with comments and trailing commas; `line` counts from 1."""

    def __init__(self, what: str, line: int) -> None:
        super().__init__(f"line {line}: {what}")
        self.line = line


@dataclass(frozen=True, slots=True)
class Node:
    """A value and the characters it takes; the members of an object, in their order."""

    start: int
    end: int
    value: Any
    members: "tuple[Member, ...]" = ()

    def member(self, key: str) -> "Member | None":
        """The member of that name that counts: the last one."""
        return next((one for one in reversed(self.members) if one.key == key), None)


@dataclass(frozen=True, slots=True)
class Member:
    """A key at `start` with its value; `comma` is where the comma after it stands, -1 if there is none."""

    key: str
    start: int
    node: Node
    comma: int


def parse(text: str) -> Node:
    """Read JSON with `//` and `/* */` comments and trailing commas.

    Raises:
        BadJson: it cannot be read; the message names the line.
    """
    reader = _Reader(text)
    node = reader.value(reader.blank(0), 0)
    end = reader.blank(node.end)
    if end != len(text):
        raise reader.wrong("there is more after the end", end)
    return node


def with_member(text: str, path: Sequence[str], value: Any) -> str:
    """The text with one value at a path of keys; objects on the way are made.

    Raises:
        BadJson: it cannot be read, or something on the way is no object.
    """
    node = parse(text)
    for depth, key in enumerate(path):
        if not isinstance(node.value, dict):
            name = f"`{path[depth - 1]}`" if depth else "the whole"
            raise BadJson(f"{name} is not an object", text.count("\n", 0, node.start) + 1)
        found = node.member(key)
        if found is None:
            return _inserted(text, node, key, _nested(path[depth + 1 :], value))
        node = found.node
    if node.value == value:
        return text
    layout = Layout.of(text)
    told = layout.json(value, layout.indent_at(text, node.start))
    return text[: node.start] + told + text[node.end :]


def without_member(text: str, path: Sequence[str]) -> str:
    """The text without the value at a path of keys; as it is if there is none.

    Raises:
        BadJson: it cannot be read.
    """
    node = parse(text)
    for key in path[:-1]:
        found = node.member(key)
        if found is None:
            return text
        node = found.node
    gone = node.member(path[-1])
    return text if gone is None else _removed(text, node, gone)


def _nested(path: Sequence[str], value: Any) -> Any:
    for key in reversed(path):
        value = {key: value}
    return value


def _inserted(text: str, node: Node, key: str, value: Any) -> str:
    layout = Layout.of(text)
    base = layout.indent_at(text, node.start)
    inner = layout.indent_at(text, node.members[0].start) if node.members else base + layout.unit
    if len(inner) <= len(base):
        inner = base + layout.unit
    told = f"{json.dumps(key, ensure_ascii=False)}: {layout.json(value, inner)}"
    # What stands before the brace, comments too, stays before the new member.
    body_end = len(text[: node.end - 1].rstrip())
    tail = text[body_end : node.end - 1]
    closing = tail if "\n" in tail else f"{layout.eol}{base}"
    last = node.members[-1] if node.members else None
    if last is None or last.comma >= 0:
        head = text[:body_end]
    else:
        head = f"{text[: last.node.end]},{text[last.node.end : body_end]}"
    return f"{head}{layout.eol}{inner}{told}{closing}{text[node.end - 1 :]}"


def _removed(text: str, node: Node, gone: Member) -> str:
    place = node.members.index(gone)
    end = gone.comma + 1 if gone.comma >= 0 else gone.node.end
    start = len(text[: gone.start].rstrip(" \t"))
    if text[:start].endswith("\n"):
        start -= 2 if text[:start].endswith("\r\n") else 1
    else:
        start = gone.start
        end += len(text[end:]) - len(text[end:].lstrip(" \t"))
    left = text[:start] + text[end:]
    before = node.members[place - 1] if place else None
    if before and before.comma >= 0 and gone.comma < 0 and place == len(node.members) - 1:
        left = left[: before.comma] + left[before.comma + 1 :]
    return left


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text

    def blank(self, at: int) -> int:
        found = _BLANK.match(self._text, at)
        return found.end() if found else at

    def wrong(self, what: str, at: int) -> BadJson:
        return BadJson(what, self._text.count("\n", 0, at) + 1)

    def value(self, at: int, depth: int) -> Node:
        if depth > _DEEPEST:
            raise self.wrong("it is nested too deeply", at)
        opening = self._text[at : at + 1]
        if opening == "{":
            return self._object(at, depth)
        if opening == "[":
            return self._array(at, depth)
        found = _STRING.match(self._text, at) or _PLAIN.match(self._text, at)
        if found is None:
            raise self.wrong("a value is missing" if opening else "it ends too early", at)
        try:
            return Node(at, found.end(), json.loads(found[0]))
        except ValueError:
            raise self.wrong("a text holds an escape that is none", at) from None

    def _object(self, start: int, depth: int) -> Node:
        members: list[Member] = []
        at = self.blank(start + 1)
        while self._text[at : at + 1] != "}":
            if members and members[-1].comma < 0:
                raise self.wrong("a comma or a brace is missing", at)
            key = _STRING.match(self._text, at)
            if key is None:
                raise self.wrong("a key in quotes is missing", at)
            colon = self.blank(key.end())
            if self._text[colon : colon + 1] != ":":
                raise self.wrong("a colon is missing", colon)
            node = self.value(self.blank(colon + 1), depth + 1)
            comma, after = self._comma(node.end)
            members.append(Member(json.loads(key[0]), at, node, comma))
            at = after
        return Node(start, at + 1, _values(members), tuple(members))

    def _array(self, start: int, depth: int) -> Node:
        values: list[Any] = []
        comma, at = 0, self.blank(start + 1)
        while self._text[at : at + 1] != "]":
            if comma < 0:
                raise self.wrong("a comma or a bracket is missing", at)
            node = self.value(at, depth + 1)
            values.append(node.value)
            comma, at = self._comma(node.end)
        return Node(start, at + 1, values)

    def _comma(self, at: int) -> tuple[int, int]:
        found = self.blank(at)
        if self._text[found : found + 1] != ",":
            return -1, found
        return found, self.blank(found + 1)


def _values(members: Sequence[Member]) -> Mapping[str, Any]:
    return {one.key: one.node.value for one in members}
