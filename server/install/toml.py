"""One table put into, or taken out of, a TOML text whose other lines stay as they are."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_HEADER = re.compile(r"\s*\[[^\[].*\]\s*(?:#.*)?")


class BadToml(ValueError):
    """A text that is no TOML, or whose table is written in a way that cannot be changed line by line."""


def parse(text: str) -> dict[str, Any]:
    """Read TOML.

    Raises:
        BadToml: it cannot be read; the message names the line.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise BadToml(str(wrong)) from None


def with_table(text: str, path: Sequence[str], values: Mapping[str, Any]) -> str:
    """The text with one table, in the place of the one it had or at its end.

    Raises:
        BadToml: it cannot be read, or the table is written inline.
    """
    there = _at(parse(text), path)
    if there == values:
        return text
    eol = "\r\n" if "\r\n" in text else "\n"
    told = _table(path, values, eol)
    lines = text.splitlines(keepends=True)
    own = [number for number, mine in enumerate(_own(lines, path)) if mine and there is not None]
    if own:
        kept = [line for number, line in enumerate(lines) if number not in own]
        rest = "".join(kept[own[0] :])
        changed = "".join(kept[: own[0]]) + told + (eol + rest if rest.strip() else "")
    else:
        before = text.rstrip()
        changed = f"{before}{eol}{eol}{told}" if before else told
    return _checked(text, changed, path, dict(values))


def without_table(text: str, path: Sequence[str]) -> str:
    """The text without one table and those below it; as it is if there is none.

    Raises:
        BadToml: it cannot be read, or the table is written inline.
    """
    if _at(parse(text), path) is None:
        return text
    lines = text.splitlines(keepends=True)
    mine = _own(lines, path)
    kept = "".join(line for line, gone in zip(lines, mine, strict=True) if not gone)
    return _checked(text, kept.rstrip() + kept[-1:] if kept.strip() else "", path, None)


def _checked(before: str, after: str, path: Sequence[str], wanted: Any) -> str:
    """A change is taken only if it did what it should and nothing else."""
    old, new = parse(before), parse(after)
    if _at(new, path) != wanted or _without(old, path) != _without(new, path):
        raise BadToml(f"`{'.'.join(path)}` is written in a way that cannot be changed line by line")
    return after


def _at(value: Any, path: Sequence[str]) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None  # pyright: ignore[reportUnknownVariableType]
    return value  # pyright: ignore[reportUnknownVariableType]


def _without(told: Mapping[str, Any], path: Sequence[str]) -> dict[str, Any]:
    left = dict(told)
    if len(path) == 1:
        left.pop(path[0], None)
    elif isinstance(below := left.get(path[0]), dict):
        left[path[0]] = _without(below, path[1:])  # pyright: ignore[reportUnknownArgumentType]
        if not left[path[0]]:
            del left[path[0]]
    return left


def _own(lines: Sequence[str], path: Sequence[str]) -> list[bool]:
    """Which lines belong to a table or to one below it."""
    found: list[bool] = []
    mine = False
    for line in lines:
        if _HEADER.fullmatch(line.rstrip("\r\n")):
            mine = _names(line, path)
        found.append(mine)
    # Comments right before the next table are about that one.
    for number in range(len(lines) - 1, 0, -1):
        after = number + 1 < len(lines) and found[number + 1]
        if found[number] and not after and lines[number].lstrip().startswith("#"):
            found[number] = False
    return found


def _names(header: str, path: Sequence[str]) -> bool:
    try:
        return _at(tomllib.loads(header), path) is not None
    except tomllib.TOMLDecodeError:
        return False


def _table(path: Sequence[str], values: Mapping[str, Any], eol: str) -> str:
    lines = [f"[{'.'.join(_key(key) for key in path)}]"]
    lines.extend(f"{_key(key)} = {_value(value)}" for key, value in values.items())
    return eol.join(lines) + eol


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _value(key)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(_items(value))}]"  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(value, dict):
        pairs = (f"{_key(str(key))} = {_value(one)}" for key, one in value.items())  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        return f"{{ {', '.join(pairs)} }}"
    return str(value)


def _items(values: Sequence[Any]) -> Iterator[str]:
    return (_value(one) for one in values)
