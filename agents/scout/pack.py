"""From ranked units to the answer as it is sent, within a number of tokens."""

import heapq
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .units import Unit

CHARACTERS_PER_TOKEN = 4
DEAREST = 0.3
"""How much a hit's price counts against its score: 0 not at all, 1 in full."""
VARIETY = 0.95
"""What each further turn of an assistant's session is worth beside the one before."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A unit, what it scores, and why."""

    unit: Unit
    score: float
    reasons: tuple[str, ...] = ()


def tokens(answer: object) -> int:
    """What an answer costs: characters of its JSON by four, rounded up."""
    return -(-len(json.dumps(answer, ensure_ascii=False)) // CHARACTERS_PER_TOKEN)


def escaped(text: str) -> int:
    """How many characters a text takes inside JSON."""
    return len(json.dumps(text, ensure_ascii=False)) - 2


def source_of(unit: Unit) -> str:
    """The citation of the file a unit is in."""
    if unit.kind == "turn":
        return f"sessions/{unit.date[:10]} {unit.session_key}"
    return unit.path


def line_of(unit: Unit, shown: str) -> str:
    """A unit as one line of its block."""
    if unit.kind == "turn":
        said = f"{unit.speaker}: {shown}" if unit.speaker else shown
        return f"[{unit.turns[0]}] {said}" if unit.turns else said
    return f"{unit.date} | {shown}" if unit.date else shown


def _block(unit: Unit) -> dict[str, str]:
    # The source of a session begins with its date; saying it twice would cost a tenth of a short answer.
    dated = {} if unit.kind == "turn" else {"date": unit.date[:10]}
    return {"source": source_of(unit), **dated, "text": ""}


class Packer:
    """Fills an answer with the hits that are worth most for what they cost."""

    def __init__(self, room: int, show: Callable[[Unit], str], varied: bool) -> None:
        self.left = room
        self.show = show
        self.variety = VARIETY if varied else 1.0
        self.lines: dict[str, list[tuple[Unit, str]]] = {}
        self.said: set[tuple[str, int]] = set()

    def price(self, unit: Unit, line: int) -> int:
        """What showing a unit's line would add to the answer."""
        source = source_of(unit)
        if source in self.lines:
            return line + 2
        return line + len(json.dumps(_block(unit), ensure_ascii=False)) + 2

    def value(self, hit: Hit, line: int) -> float:
        """What a hit is worth now for its price."""
        taken = len(self.lines.get(source_of(hit.unit), ()))
        return hit.score * self.variety**taken / self.price(hit.unit, line) ** DEAREST

    def fill(self, hits: Sequence[Hit]) -> None:
        """Take hits while there is room, always the one worth most for its price."""
        lines: dict[int, str] = {}
        sizes = [min(len(hit.unit.text), 600) + 12 for hit in hits]
        by_source: dict[str, list[int]] = {}
        for at, hit in enumerate(hits):
            by_source.setdefault(source_of(hit.unit), []).append(at)
        heap = [(-self.value(hit, sizes[at]), at) for at, hit in enumerate(hits)]
        heapq.heapify(heap)
        done: set[int] = set()
        while heap and self.left > 40:
            value, at = heapq.heappop(heap)
            hit = hits[at]
            if at in done:
                continue
            if at not in lines:
                lines[at] = line_of(hit.unit, self.show(hit.unit))
                sizes[at] = escaped(lines[at])
            now = self.value(hit, sizes[at])
            if now < -value - 1e-9:
                heapq.heappush(heap, (-now, at))
                continue
            done.add(at)
            price = self.price(hit.unit, sizes[at])
            if price > self.left or not self.said.isdisjoint(hit.unit.marks):
                continue
            source = source_of(hit.unit)
            opened = source not in self.lines
            self.take(hit.unit, lines[at], price)
            if opened:
                for other in by_source[source]:
                    if other not in done:
                        heapq.heappush(heap, (-self.value(hits[other], sizes[other]), other))

    def take(self, unit: Unit, line: str, price: int) -> None:
        """Put one line into the answer."""
        self.left -= price
        self.said.update(unit.marks)
        self.lines.setdefault(source_of(unit), []).append((unit, line))

    def blocks(self) -> list[dict[str, str]]:
        """What was taken, newest source first, lines in the order of their file."""
        groups = sorted(self.lines.values(), key=lambda group: (group[0][0].date, group[0][0].path), reverse=True)
        blocks: list[dict[str, str]] = []
        for group in groups:
            group.sort(key=lambda taken: taken[0].first_line)
            blocks.append(_block(group[0][0]) | {"text": "\n".join(line for _, line in group)})
        return blocks
