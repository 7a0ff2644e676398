"""From ranked hits to the answer as it is sent, within a number of tokens."""

import heapq
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypedDict

from .units import Unit

CHARACTERS_PER_TOKEN = 4
HEADING = 2.5
"""How much dearer than its characters another heading is; with less, headings pass 15 % of answers."""
LEAST_LONG = 300
"""What a long turn's window costs at the least."""
LEAST_ROOM = 40
"""Characters under which nothing worth showing fits."""


class Block(TypedDict):
    """Lines of one file, with its citation and day."""

    source: str
    date: str
    text: str


class Answer(TypedDict):
    """What a recall sends."""

    commit: str
    confidence: float
    blocks: list[Block]
    note: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A unit, what it scores, and why."""

    unit: Unit
    score: float
    reasons: tuple[str, ...] = ()
    until: str = ""
    """The day it stopped being so, as far as known; `?` when only that it did."""
    was: str = ""
    """What it replaced, as its statement tells."""
    must: bool = False
    """It goes in before anything else: one end of a change, or what replaced another hit."""


def tokens(answer: object) -> int:
    """What an answer costs: a quarter of the characters of its JSON, rounded up."""
    return -(-len(json.dumps(answer, ensure_ascii=False)) // CHARACTERS_PER_TOKEN)


def escaped(text: str) -> int:
    """How many characters a text takes inside JSON."""
    return len(json.dumps(text, ensure_ascii=False)) - 2


def source_of(unit: Unit) -> str:
    """The citation of the file a unit is in."""
    if unit.kind == "turn" and unit.session_key:
        return f"sessions/{unit.date[:10]} {unit.session_key}"
    return unit.path


def age(unit: Unit) -> tuple[str, str, int, str]:
    """A key that grows from old to new: the day, then when it was remembered, then the session's number."""
    day = unit.date.partition("/")[0] if unit.kind != "statement" else unit.date.rpartition("/")[2]
    number = re.search(r"(\d{1,9})\D*$", unit.session_id)
    return day, unit.learned, int(number[1]) if number else 0, unit.path


def line_of(hit: Hit, shown: str) -> str:
    """A hit as one line of its block."""
    unit = hit.unit
    past = "" if not hit.until else " (no longer so)" if hit.until == "?" else f" (until {hit.until})"
    if hit.was:
        past += f" (was: {hit.was})"
    if unit.kind == "turn":
        said = f"{unit.speaker}: {shown}{past}" if unit.speaker else f"{shown}{past}"
        return f"[{unit.turns[0]}] {said}" if unit.turns else said
    if unit.kind == "statement" and unit.date:
        return f"{unit.date} | {shown}{past}"
    return f"{shown}{past}"


def frame_of(unit: Unit) -> Block:
    """A unit's block without a line in it."""
    return {"source": source_of(unit), "date": unit.date[:10], "text": ""}


class Packer:
    """Fills an answer with the hits that are worth most for what they cost."""

    def __init__(self, room: int, show: Callable[[Unit], str]) -> None:
        self._left = room
        self._show = show
        self._lines: dict[str, list[tuple[Hit, str]]] = {}
        self._said: set[tuple[str, int]] = set()

    def fill(self, hits: Sequence[Hit]) -> None:
        """Take hits while there is room: what must be there, then always the one worth most for its price."""
        texts: dict[int, str] = {}
        sizes = [min(len(hit.unit.text), 600) + 12 for hit in hits]
        by_source: dict[str, list[int]] = {}
        for at, hit in enumerate(hits):
            by_source.setdefault(source_of(hit.unit), []).append(at)
        heap = [self._offer(hit, at, sizes[at]) for at, hit in enumerate(hits)]
        heapq.heapify(heap)
        done: set[int] = set()
        while heap and self._left > LEAST_ROOM:
            offer = heapq.heappop(heap)
            at = offer[-1]
            if at in done:
                continue
            if at not in texts and min(len(hits[at].unit.text), LEAST_LONG) > self._left:
                continue
            if at not in texts:
                texts[at] = line_of(hits[at], self._show(hits[at].unit))
                sizes[at] = escaped(texts[at])
                if (now := self._offer(hits[at], at, sizes[at])) > offer:
                    heapq.heappush(heap, now)
                    continue
            done.add(at)
            source = source_of(hits[at].unit)
            opened = source not in self._lines
            if self._take(hits[at], texts[at], sizes[at]) and opened:
                # Its neighbours no longer pay for the heading.
                for other in by_source[source]:
                    if other not in done:
                        heapq.heappush(heap, self._offer(hits[other], other, sizes[other]))

    def _offer(self, hit: Hit, at: int, size: int) -> tuple[bool, float, int]:
        price = self._price(hit.unit, size)
        return (not hit.must, -hit.score / (size + HEADING * (price - size)), at)

    def _price(self, unit: Unit, line: int) -> int:
        if source_of(unit) in self._lines:
            return line + 2
        return line + len(json.dumps(frame_of(unit), ensure_ascii=False)) + 2

    def _take(self, hit: Hit, line: str, size: int) -> bool:
        price = self._price(hit.unit, size)
        if price > self._left or not self._said.isdisjoint(hit.unit.marks):
            return False
        self._left -= price
        self._said.update(hit.unit.marks)
        self._lines.setdefault(source_of(hit.unit), []).append((hit, line))
        return True

    def groups(self, oldest_first: bool) -> list[list[tuple[Hit, str]]]:
        """What was taken, by source and day; the lines of a source in the order of its file."""
        groups = sorted(
            self._lines.values(),
            key=lambda group: max(age(hit.unit) for hit, _ in group),
            reverse=not oldest_first,
        )
        for group in groups:
            group.sort(key=lambda taken: (taken[0].unit.first_line, taken[0].unit.turns))
        return groups

    def taken(self, oldest_first: bool) -> list[tuple[Hit, str]]:
        """The same as one list."""
        return [pair for group in self.groups(oldest_first) for pair in group]

    def blocks(self, oldest_first: bool) -> list[Block]:
        """The same as blocks."""
        return [
            {**frame_of(group[0][0].unit), "text": "\n".join(line for _, line in group)}
            for group in self.groups(oldest_first)
        ]


def pack(
    hits: Sequence[Hit],
    max_tokens: int,
    show: Callable[[Unit], str],
    *,
    commit: str = "",
    confidence: float = 0.0,
    note: str = "",
    oldest_first: bool = False,
) -> Answer:
    """The answer with as much of the hits as fits; never more than `max_tokens`, unless its bare frame is."""
    answer: Answer = {"commit": commit, "confidence": round(confidence, 2), "blocks": [], "note": note}
    room = max_tokens * CHARACTERS_PER_TOKEN - len(json.dumps(answer, ensure_ascii=False))
    packer = Packer(room, show)
    packer.fill(hits)
    answer["blocks"] = packer.blocks(oldest_first)
    return answer
