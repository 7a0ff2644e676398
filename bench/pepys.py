"""A diary of three years: what was he worth, how did it change, what is it now."""

import json
from collections.abc import Callable
from datetime import date
from itertools import combinations
from pathlib import Path

from conversations import Asked, Conversation, session_units
from evidence import Shown, words
from methods import METHODS

Entry = dict[str, str]
CHANGE = "How did Pepys' net worth change from {first} to {last}?"
NOW = "What is Pepys' net worth now?"
CHANGE_TOKENS, NOW_TOKENS = 2000, 1000
_EVERY = 5


def _load(folder: Path) -> tuple[list[Entry], list[Entry]]:
    with (folder / "pepys" / "entries.jsonl").open(encoding="utf-8") as lines:
        entries: list[Entry] = [json.loads(line) for line in lines]
    known = {entry["id"] for entry in entries}
    worths: list[Entry] = json.loads((folder / "pepys" / "networth.json").read_text("utf-8"))
    return entries, [worth for worth in worths if worth["id"] in known]


def _diary(entries: list[Entry], until: str) -> Conversation:
    files = dict(
        session_units(
            entry["id"], entry["date"], [("", text) for text in entry["text"].split("\n") if text], at
        )
        for at, entry in enumerate(entries)
        if entry["date"] <= until
    )
    return Conversation("pepys", files, [unit for units in files.values() for unit in units], [])


def _place(shown: Shown, text: str, value: str) -> int:
    """Where the five words before a value and the value stand in an answer, -1 if they do not."""
    before = words(text[: text.index(value)])[-5:]
    return shown.text.find(f" {' '.join([*before, *words(value)])}")


def _ask(method: str, diary: Conversation, question: str, today: str, tokens: int) -> Shown:
    asked = Asked("", question, "", date.fromisoformat(today), ())
    return Shown(METHODS[method](diary).ask(asked).text(tokens))


def report(folder: Path, say: Callable[[str], None]) -> None:
    """Print both ends of changes, and whether the present value comes first."""
    entries, worths = _load(folder)
    texts = {entry["id"]: entry["text"] for entry in entries}
    last = entries[-1]["date"]
    whole = _diary(entries, last)
    pairs = list(combinations(worths, 2))[::_EVERY]
    diaries = {worth["id"]: _diary(entries, worth["date_new_style"]) for worth in worths}
    for method in METHODS:
        answerer = METHODS[method](whole)
        both = 0
        for one, other in pairs:
            question = CHANGE.format(first=one["date_new_style"], last=other["date_new_style"])
            asked = Asked("", question, "", date.fromisoformat(last), ())
            shown = Shown(answerer.ask(asked).text(CHANGE_TOKENS))
            both += all(_place(shown, texts[end["id"]], end["value"]) >= 0 for end in (one, other))
        first = 0
        for at, worth in enumerate(worths):
            shown = _ask(method, diaries[worth["id"]], NOW, worth["date_new_style"], NOW_TOKENS)
            places = {
                each["id"]: _place(shown, texts[each["id"]], each["value"]) for each in worths[: at + 1]
            }
            held = {name: place for name, place in places.items() if place >= 0}
            first += bool(held) and min(held, key=lambda name: held[name]) == worth["id"]
        say(
            f"pepys {method:5s} both ends @{CHANGE_TOKENS} {100 * both / len(pairs):5.1f} of {len(pairs)}"
            f"   present value first @{NOW_TOKENS} {100 * first / len(worths):5.1f} of {len(worths)}"
        )
