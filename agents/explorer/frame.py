"""A recall as it is sent: how a block is cited there, what the whole costs, and whether one more fits."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from ...ontologies.session import path_key
from ..context import Block
from ..scout import pack
from ..scout.pack import CHARACTERS_PER_TOKEN, Answer, escaped, tokens
from .echo import Echo

_BETWEEN = 2
"""What parts two blocks, or two lines of one, in JSON: `, ` or an escaped line end."""


def source_of(path: str) -> str:
    """How a file is cited: a session by its date and key, any other file by its path."""
    key = path_key(path)
    return f"sessions/{path.rpartition('/')[2][:10]} {key}" if key else path


def passages(blocks: Iterable[Block]) -> list[pack.Block]:
    """Blocks by source, first named first, each in the order of its file; a date only where all share it."""
    groups: dict[str, list[Block]] = {}
    for block in blocks:
        groups.setdefault(source_of(block.path), []).append(block)
    return [_passage(source, group) for source, group in groups.items()]


def _size(part: object) -> int:
    return len(json.dumps(part, ensure_ascii=False))


def _passage(source: str, group: list[Block]) -> pack.Block:
    inline = sorted(group, key=lambda block: int(block.lines.partition("-")[0] or 0))
    dates = {block.date[:10] for block in inline}
    text = "\n".join(block.text for block in inline)
    return {"source": source, "date": dates.pop() if len(dates) == 1 else "", "text": text}


def cost(commit: str, confidence: float, blocks: Iterable[Block], note: str) -> int:
    """The tokens of an answer with these blocks."""
    answer: Answer = {
        "commit": commit,
        "confidence": round(confidence, 2),
        "blocks": passages(blocks),
        "note": note,
    }
    return tokens(answer)


@dataclass(slots=True)
class Tray:
    """Blocks gathered for one answer of at most `max_tokens`."""

    commit: str
    note: str
    max_tokens: int
    blocks: list[Block] = field(default_factory=list[Block])
    room: int = field(init=False)
    """Characters that are still free."""
    _sources: set[str] = field(default_factory=set[str])
    _echo: Echo = field(default_factory=Echo)

    def __post_init__(self) -> None:
        empty: Answer = {"commit": self.commit, "confidence": 0.55, "blocks": [], "note": self.note}
        self.room = self.max_tokens * CHARACTERS_PER_TOKEN - _size(empty)

    def price(self, block: Block) -> int:
        """What a block takes of the room, with the heading it would need."""
        source = source_of(block.path)
        heading = 0
        if source not in self._sources:
            heading = _size({"source": source, "date": "2000-01-01", "text": ""})
        return escaped(block.text) + heading + _BETWEEN

    def take(self, block: Block) -> bool:
        """Put a block in if there is room for it; what repeats what is in already counts as taken."""
        if self._echo.repeats(block):
            return True
        price = self.price(block)
        if price > self.room:
            return False
        self.room -= price
        self._echo.add(block)
        self._sources.add(source_of(block.path))
        self.blocks.append(block)
        return True
