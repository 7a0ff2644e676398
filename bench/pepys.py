"""A diary of three years: what was he worth, how did it change, what is it now."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import date
from itertools import combinations
from pathlib import Path

from conversations import Asked, Conversation, session_units
from evidence import Shown, words
from methods import METHODS, Reply
from recall_product import Product

Entry = dict[str, str]
Ask = Callable[[Asked], Reply]
CHANGE = "How did Pepys' net worth change from {first} to {last}?"
NOW = "What is Pepys' net worth now?"
CHANGE_TOKENS, NOW_TOKENS = 2000, 1000
_EVERY = 5
_FILED_EVERY = 5
"""Of the entries without a value only some are filed: all of them would take minutes."""


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


def _first(shown: Shown, worths: Sequence[Entry], texts: Mapping[str, str]) -> bool:
    """Whether the last of some values comes before all others in an answer."""
    places = {each["id"]: _place(shown, texts[each["id"]], each["value"]) for each in worths}
    held = {name: place for name, place in places.items() if place >= 0}
    return bool(held) and min(held, key=lambda name: held[name]) == worths[-1]["id"]


def _both(pair: tuple[Entry, Entry], today: str, texts: Mapping[str, str], ask: Ask) -> bool:
    question = CHANGE.format(first=pair[0]["date_new_style"], last=pair[1]["date_new_style"])
    asked = Asked("", question, "", date.fromisoformat(today), ())
    shown = Shown(ask(asked).text(CHANGE_TOKENS))
    return all(_place(shown, texts[end["id"]], end["value"]) >= 0 for end in pair)


def _now(today: str, ask: Ask) -> Shown:
    return Shown(ask(Asked("", NOW, "", date.fromisoformat(today), ())).text(NOW_TOKENS))


def _through_product(whole: Conversation, worths: Sequence[Entry], product: Product) -> list[Shown]:
    """Remember the diary entry by entry, and ask for the present value on the day of each."""
    answers: list[Shown] = []
    telling = {worth["id"] for worth in worths}
    for at, units in enumerate(whole.files.values()):
        if at % _FILED_EVERY and units[0].session_id not in telling:
            continue
        while len(answers) < len(worths) and worths[len(answers)]["date_new_style"] < units[0].date:
            answers.append(_now(units[0].date, product.ask))
        product.remember(units)
    while len(answers) < len(worths):
        answers.append(_now(worths[len(answers)]["date_new_style"], product.ask))
    return answers


def report(folder: Path, say: Callable[[str], None], *, product: bool = True) -> None:
    """Print both ends of changes, and whether the present value comes first."""
    entries, worths = _load(folder)
    texts = {entry["id"]: entry["text"] for entry in entries}
    last = entries[-1]["date"]
    whole = _diary(entries, last)
    pairs = list(combinations(worths, 2))[::_EVERY]
    diaries = {worth["id"]: _diary(entries, worth["date_new_style"]) for worth in worths}

    def told(method: str, ask: Ask, now: Sequence[Shown]) -> None:
        both = sum(_both(pair, last, texts, ask) for pair in pairs)
        first = sum(_first(shown, worths[: at + 1], texts) for at, shown in enumerate(now))
        say(
            f"pepys {method:7s} both ends @{CHANGE_TOKENS} {100 * both / len(pairs):5.1f} of {len(pairs)}"
            f"   present value first @{NOW_TOKENS} {100 * first / len(worths):5.1f} of {len(worths)}"
        )

    say("")
    for method, make in METHODS.items():
        now = [_now(worth["date_new_style"], make(diaries[worth["id"]]).ask) for worth in worths]
        told(method, make(whole).ask, now)
    if product:
        with closing(Product(Conversation("pepys", {}, [], []))) as memory:
            now = _through_product(whole, worths, memory)
            told("product", memory.ask, now)
