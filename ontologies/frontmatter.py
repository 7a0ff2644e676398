"""YAML front matter, read strictly and rewritten line by line."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import yaml

from ..errors import BadInput

MAX_BYTES = 16_384
MAX_DEPTH = 6

Value = str | list[str]
_BLOCK = re.compile(r"\A(\ufeff?---[ \t]*\r?\n)(.*?^)---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
# The line ends of YAML 1.1, so that our line numbers are those of the parser.
_BREAK = re.compile(r"[\n\r\x85\u2028\u2029]")
_LINE = re.compile(r"[^\n\r\x85\u2028\u2029]*(?:\r\n|[\n\r\x85\u2028\u2029]|\Z)")

# Numbers of YAML 1.2, which our dumper takes for text and other readers do not.
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|0o[0-7]+")

_LOADER = cast("type[yaml.BaseLoader]", getattr(yaml, "CBaseLoader", yaml.BaseLoader))


class FrontMatterError(BadInput):
    """Front matter that cannot be read as a plain table of keys."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the front matter cannot be read: {why}; mend the lines between the two ---")


@dataclass(frozen=True, slots=True)
class _Entry:
    """One key and the lines it takes, from 0, `end` exclusive; the value None is kept but not read."""

    key: str
    value: str | tuple[str, ...] | None
    start: int
    end: int


def split(text: str) -> tuple[str, str]:
    """Part `text` into its front matter with fences, or "", and the rest."""
    found = _BLOCK.match(text)
    return (text[: found.end()], text[found.end() :]) if found else ("", text)


def parse(raw: str) -> dict[str, Value]:
    """Read a front matter block; scalars stay strings, nested values are passed over.

    Raises:
        FrontMatterError: not plain YAML, too large, or more than a table of keys.
    """
    return {
        entry.key: list(entry.value) if isinstance(entry.value, tuple) else entry.value
        for entry in _entries(raw)
        if entry.value is not None
    }


def updated(text: str, fields: Mapping[str, str | Sequence[str]]) -> str:
    """Set `fields` in the front matter of `text`; every line of another key stays as it is.

    Raises:
        FrontMatterError: the front matter cannot be read, or has no lines of its own to set.
    """
    raw, body = split(text)
    if not raw:
        bom = "\ufeff" if text.startswith("\ufeff") else ""
        return bom + _with_ends(render(fields), body) + body.removeprefix("\ufeff") if fields else text
    entries = {entry.key: entry for entry in _entries(raw)}
    changed = {
        key: value
        for key, value in fields.items()
        if key not in entries or entries[key].value != _frozen(value)
    }
    if not changed:
        return text
    block = _rewritten(raw, entries, changed)
    expected = {key: entry.value for key, entry in entries.items()} | {
        key: _frozen(value) for key, value in changed.items()
    }
    if {entry.key: entry.value for entry in _entries(block)} != expected:
        raise FrontMatterError("its keys do not stand on lines of their own")
    return block + body


def render(fields: Mapping[str, str | Sequence[str]]) -> str:
    """Write a new block; every value reads back as the string it was.

    Raises:
        FrontMatterError: the block would be too long to be read again.
    """
    block = "---\n" + "".join(_dumped(key, value) for key, value in fields.items()) + "---\n"
    _limit(block)
    return block


def _rewritten(raw: str, entries: Mapping[str, _Entry], changed: Mapping[str, str | Sequence[str]]) -> str:
    head, inner, tail = _parts(raw)
    lines = [line for line in _LINE.findall(inner) if line]
    indent = ""
    if entries:
        first = lines[next(iter(entries.values())).start]
        indent = first[: len(first) - len(first.lstrip(" "))]
    new = {key: _with_ends(indent + _dumped(key, value), raw) for key, value in changed.items()}
    for entry in sorted(entries.values(), key=lambda entry: entry.start, reverse=True):
        if entry.key in new:
            lines[entry.start : entry.end] = [new.pop(entry.key)]
    lines.extend(new[key] for key in changed if key in new)
    return head + "".join(lines) + tail


def _parts(raw: str) -> tuple[str, str, str]:
    found = _BLOCK.fullmatch(raw)
    if not found:
        raise FrontMatterError("it does not stand between two lines of ---")
    return found[1], found[2], raw[found.end(2) :]


def _with_ends(block: str, like: str) -> str:
    line_end = re.search(r"\r?\n", like)
    return block.replace("\n", "\r\n") if line_end and line_end[0] == "\r\n" else block


def _frozen(value: str | Sequence[str]) -> str | tuple[str, ...]:
    return value if isinstance(value, str) else tuple(value)


@lru_cache(maxsize=512)
def _entries(raw: str) -> tuple[_Entry, ...]:
    if not raw:
        return ()
    _limit(raw)
    inner = _parts(raw)[1]
    try:
        parsed = cast("Iterable[yaml.Event]", yaml.parse(inner, Loader=_LOADER))
        events = list(_checked(parsed))
    except UnicodeEncodeError as broken:
        raise FrontMatterError("half a character stands in it") from broken
    except yaml.YAMLError as broken:
        mark: yaml.Mark | None = getattr(broken, "problem_mark", None)
        why: str = getattr(broken, "problem", None) or "a character that YAML does not allow"
        raise FrontMatterError(f"{why}{f' (line {mark.line + 2})' if mark else ''}") from broken
    entries = tuple(_root_entries(events, inner))
    if len({entry.key for entry in entries}) < len(entries):
        raise FrontMatterError("a key stands there twice")
    return entries


def _limit(raw: str) -> None:
    if len(raw.encode("utf-8", "replace")) > MAX_BYTES:
        raise FrontMatterError(f"it is longer than {MAX_BYTES} bytes")


def _checked(events: Iterable[yaml.Event]) -> Iterable[yaml.Event]:
    depth = documents = 0
    for event in events:
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        documents += isinstance(event, yaml.DocumentStartEvent)
        if depth > MAX_DEPTH:
            raise FrontMatterError(f"it is nested deeper than {MAX_DEPTH}")
        if getattr(event, "anchor", None) is not None:
            raise FrontMatterError("anchors and aliases are not read")
        if documents > 1:
            raise FrontMatterError("it holds more than one document")
        yield event


def _root_entries(events: Sequence[yaml.Event], inner: str) -> Iterable[_Entry]:
    """Walk the events of the one mapping at the root, key by key."""
    nodes = [e for e in events if isinstance(e, yaml.NodeEvent | yaml.CollectionEndEvent)]
    if not nodes or (len(nodes) == 1 and isinstance(nodes[0], yaml.ScalarEvent) and not nodes[0].value):
        return
    if not isinstance(nodes[0], yaml.MappingStartEvent):
        raise FrontMatterError("it is not a table of `key: value` lines")
    lines = _LINE.findall(inner)
    at = 1
    while at < len(nodes) - 1:
        key = nodes[at]
        if not isinstance(key, yaml.ScalarEvent):
            raise FrontMatterError("a key is not plain text")
        end = _node_end(nodes, at + 1)
        last = max(_last_line(event) for event in nodes[at:end] if not _closes_a_block(event))
        while last > key.start_mark.line and not lines[last].strip():
            last -= 1
        yield _Entry(key.value, _value(nodes[at + 1 : end]), key.start_mark.line, last + 1)
        at = end


def _node_end(nodes: Sequence[yaml.Event], at: int) -> int:
    depth = 0
    for index in range(at, len(nodes)):
        depth += isinstance(nodes[index], yaml.CollectionStartEvent)
        depth -= isinstance(nodes[index], yaml.CollectionEndEvent)
        if depth == 0:
            return index + 1
    raise AssertionError("the parser closes what it opens")


def _last_line(event: yaml.Event) -> int:
    start, end = event.start_mark, event.end_mark
    # A block scalar ends at the beginning of the line after it.
    return end.line - 1 if end.column == 0 and end.line > start.line else end.line


def _closes_a_block(event: yaml.Event) -> bool:
    # The end of a block collection is only noticed at the next key, comments further down.
    return isinstance(event, yaml.CollectionEndEvent) and event.start_mark.index == event.end_mark.index


def _value(nodes: Sequence[yaml.Event]) -> str | tuple[str, ...] | None:
    if isinstance(nodes[0], yaml.ScalarEvent):
        return str(nodes[0].value)
    items = [node for node in nodes[1:-1] if isinstance(node, yaml.ScalarEvent)]
    if isinstance(nodes[0], yaml.SequenceStartEvent) and len(items) == len(nodes) - 2:
        return tuple(str(item.value) for item in items)
    return None


class _Dumper(yaml.SafeDumper):
    """Lists on one line, and no string over several."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = '"' if _BREAK.search(value) else "'" if _NUMBER.fullmatch(value) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _row(dumper: yaml.SafeDumper, value: list[str]) -> yaml.SequenceNode:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=True)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(list, _row)


def _dumped(key: str, value: str | Sequence[str]) -> str:
    plain = value if isinstance(value, str) else [str(item) for item in value]
    # The Python dumper, never the C one: the same bytes on every machine.
    return yaml.dump(
        {key: plain}, Dumper=_Dumper, allow_unicode=True, width=1 << 30, default_flow_style=False
    )
