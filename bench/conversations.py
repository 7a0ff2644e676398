"""The development conversations, as questions with the turns that answer them and as units to recall."""

import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from diffmem.agents.scout.units import Unit

SETS = ("locomo", "realtalk", "longmemeval_s", "beam100K", "beam500K")
UNASKED = ("adversarial", "abstention")
"""Categories whose answer is not in memory: in no total, but what confidence is for."""
MACHINES = ("user", "assistant")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and its gold turns; for an update, those that tell the newest value and an old one."""

    category: str
    question: str
    answer: str
    today: date
    gold: tuple[int, ...]
    new: tuple[int, ...] = ()
    old: tuple[int, ...] = ()
    answerable: bool = True


@dataclass(frozen=True, slots=True)
class Conversation:
    """Sessions as files of units, and what is asked of them; gold turns are places in `turns`."""

    name: str
    files: dict[str, list[Unit]]
    turns: list[Unit]
    questions: list[Asked]

    @property
    def speakers(self) -> dict[str, str]:
        """The people who speak, by name."""
        return {unit.speaker: unit.speaker for unit in self.turns if unit.speaker not in MACHINES}


def load(folder: Path, name: str) -> Iterator[Conversation]:
    """The conversations of a set."""
    with lzma.open(folder / "bundles" / f"{name}.jsonl.xz", "rt", encoding="utf-8") as lines:
        for line in lines:
            yield _conversation(json.loads(line))


def session_units(sid: str, day: str, turns: list[tuple[str, str]], number: int) -> tuple[str, list[Unit]]:
    """A session of (speaker, text) turns as the file it would be stored in."""
    key = sha256(sid.encode()).hexdigest()[:8]
    path = f"sessions/{day[:4]}/{day[5:7]}/{day[:10]}_{key}_{number}.md"
    return path, [
        Unit(
            kind="turn",
            path=path,
            first_line=at + 8,
            last_line=at + 8,
            text=text,
            speaker=speaker,
            date=day,
            session_key=key,
            session_id=sid,
            turns=(at,),
            learned=f"{number:06d}",
        )
        for at, (speaker, text) in enumerate(turns, 1)
    ]


def _conversation(raw: dict[str, Any]) -> Conversation:
    files: dict[str, list[Unit]] = {}
    place: dict[str, int] = {}
    turns: list[Unit] = []
    for number, session in enumerate(raw["sessions"]):
        said: list[tuple[str, str]] = [(turn["speaker"], turn["text"]) for turn in session["turns"]]
        path, units = session_units(session["sid"], session["date"], said, number)
        files[path] = units
        place.update({turn["tid"]: len(turns) + at for at, turn in enumerate(session["turns"])})
        turns += units
    last = raw["sessions"][-1]["date"]
    return Conversation(raw["id"], files, turns, [_asked(each, place, last) for each in raw["questions"]])


def _asked(raw: dict[str, Any], place: dict[str, int], last: str) -> Asked:
    def places(name: str) -> tuple[int, ...]:
        return tuple(place[turn] for turn in raw.get(name) or () if turn in place)

    today = date.fromisoformat((raw.get("qdate") or last)[:10].replace("/", "-"))
    return Asked(
        category=raw["cat"],
        question=raw["question"],
        answer=str(raw["answer"]),
        today=today,
        gold=places("evidence"),
        new=places("new"),
        old=places("old"),
        answerable=raw["cat"] not in UNASKED and not raw["qid"].endswith("_abs"),
    )
