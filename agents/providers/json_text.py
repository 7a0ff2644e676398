"""The JSON object in what a model said."""

from __future__ import annotations

import json
import re
from typing import Any

_THOUGHT = re.compile(r"\s*<think>.*?(</think>|\Z)", re.S)
_FENCE = re.compile(r"```(?:json)?[ \t]*\n\s*(?=\{)", re.I)
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"|[{}]', re.S)


def object_in(text: str) -> dict[str, Any]:
    """The first JSON object of a text: the whole, in a fence, or among words.

    Raises:
        ValueError: there is none, or it is broken; the message says where.
    """
    said = _THOUGHT.sub("", text, count=1) if text.lstrip().startswith("<think>") else text
    start = _start(said)
    if start < 0:
        raise ValueError("there is no JSON object in it")
    try:
        return json.loads(said[start : _end(said, start)], strict=False)
    except json.JSONDecodeError as broken:
        where = f"line {broken.lineno}, column {broken.colno}"
        raise ValueError(f"the JSON is broken at {where}: {broken.msg}") from None
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def _start(said: str) -> int:
    if said.lstrip().startswith("{"):
        return said.index("{")
    fence = _FENCE.search(said)
    return fence.end() if fence else said.find("{")


def _end(said: str, start: int) -> int:
    depth = 0
    for token in _TOKEN.finditer(said, start):
        depth += {"{": 1, "}": -1}.get(token[0], 0)
        if depth == 0:
            return token.end()
    return len(said)
