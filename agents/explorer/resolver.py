"""From a plan to the blocks that are sent: what it points at, a safety net, and what the scout found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...ontologies import entity
from ..catalogue import Catalogue
from ..context import Block, Context
from ..scout.pack import CHARACTERS_PER_TOKEN, escaped
from .frame import Tray
from .places import Nowhere, Places
from .relevance import Relevance

if TYPE_CHECKING:
    from .plan import Plan, Pointer

LEAST_SHOWN = 120
"""Characters under which no part of a block is worth showing."""
NET = 0.5
"""The share of what the plan leaves free that sections which are always loaded may take."""
_CHARACTERS_PER_WORD = 7
_RANKS = ("scout", "always_load", "agent")


@dataclass(frozen=True, slots=True)
class Resolved:
    """The blocks for a plan, what matters most first, and a word on pointers that led nowhere."""

    blocks: tuple[Block, ...]
    note: str

    @property
    def by_agent(self) -> bool:
        """Whether the plan brought anything at all."""
        return any(block.origin == "agent" for block in self.blocks)


def resolved(places: Places, plan: Plan, baseline: Context, question: str, *, max_tokens: int) -> Resolved:
    """The blocks a plan means, within `max_tokens` of the answer as it is sent.

    Pointers come first, by priority; then the sections that are always loaded of the entities named; then
    what the scout found. A pointer that leads nowhere in this memory is passed over and counted in the note.
    """
    found, note = _found(places, plan)
    tray = Tray(places.snapshot.commit, note, max_tokens)
    relevance = Relevance(question)
    for priority in sorted(found):
        _serve(tray, found[priority], relevance)
    reserve = tray.room * (1 - NET)
    for block in _always_loaded(places, plan.entities):
        if tray.room - tray.price(block) >= reserve:
            tray.take(block)
    _fill(tray, baseline)
    return Resolved(_scored(tray.blocks, baseline), note)


def _found(places: Places, plan: Plan) -> tuple[dict[int, list[list[Block]]], str]:
    """The blocks of each pointer, by priority, and what became of the others."""
    found: dict[int, list[list[Block]]] = {}
    lost: Counter[str] = Counter()
    for pointer in sorted(plan.pointers, key=lambda pointer: pointer.priority):
        try:
            blocks = places.blocks(pointer)
        except Nowhere as why:
            lost[str(why)] += 1
            continue
        reason = _reason(pointer)
        told = [replace(block, reason=reason, origin="agent") for block in blocks]
        found.setdefault(pointer.priority, []).append(told)
    missed = ", ".join(f"{count} of {why}" for why, count in lost.items())
    return found, f"pointers passed over: {missed}" if missed else ""


def _reason(pointer: Pointer) -> str:
    why = " ".join(pointer.reason.split())
    return f"chosen by the model: {why}" if why else "chosen by the model"


def _serve(tray: Tray, found: Sequence[Sequence[Block]], relevance: Relevance) -> None:
    """Give each pointer of one priority at most half of the room, then the rest to whoever needs it."""
    waiting: list[Block] = []
    for blocks in found:
        share = tray.room // 2
        fits = sum(map(tray.price, blocks)) <= share
        for block in blocks if fits else relevance.first(blocks):
            price = tray.price(block)
            if price <= share and tray.take(block):
                share -= price
            else:
                waiting.append(block)
    for block in waiting:
        if not tray.take(block):
            _take_part(tray, block, relevance)


def _take_part(tray: Tray, block: Block, relevance: Relevance) -> None:
    """Put in the part of a long block that answers, as far as there is room."""
    heading = tray.price(block) - escaped(block.text)
    room = tray.room - heading - len(" …")
    if room < LEAST_SHOWN:
        return
    text = relevance.window(block.text, room // _CHARACTERS_PER_WORD)
    while (over := escaped(text) - room) > 0:
        text = text[:-over].rstrip()
    text = text if text.endswith("…") else f"{text} …"
    tray.take(replace(block, text=text, tokens=-(-len(text) // CHARACTERS_PER_TOKEN)))


def _always_loaded(places: Places, names: Sequence[str]) -> Iterator[Block]:
    """What is always loaded of the entities named, and was not given out."""
    if not names:
        return
    snapshot = places.snapshot
    catalogue = Catalogue.of(snapshot)
    lines = {line.path: line for name in names if (line := catalogue.find(name))}
    for path, line in lines.items():
        if snapshot.blob(path) is None:
            continue
        for section in entity.parse(snapshot.read(path)).sections:
            if section.always_load:
                reason = f"always loaded with {line.name}"
                for block in places.lines(snapshot, path, section.first_line, section.last_line):
                    yield replace(block, reason=reason, origin="always_load", kind="section")


def _fill(tray: Tray, baseline: Context) -> None:
    """Fill up with what the scout found, best first, where none of it is shown already."""
    shown = {at for block in tray.blocks if not block.commit for at in _lines(block)}
    for block in sorted(baseline.blocks, key=lambda block: -block.score):
        if shown.isdisjoint(_lines(block)):
            tray.take(block)


def _lines(block: Block) -> Iterator[tuple[str, int]]:
    first, _, last = block.lines.partition("-")
    return ((block.path, at) for at in range(int(first or 1), int(last or first or 0) + 1))


def _scored(blocks: Sequence[Block], baseline: Context) -> tuple[Block, ...]:
    """Blocks with scores that put the plan above the net and the net above the scout."""
    top = max((block.score for block in baseline.blocks), default=0.0)
    told = list[Block]()
    for place, block in enumerate(blocks):
        rank = _RANKS.index(block.origin)
        score = block.score if not rank else round(top + rank + 1 - place / (len(blocks) + 1), 4)
        told.append(replace(block, score=score))
    return tuple(told)
