"""Evidence recall of ours beside grep, BM25 and R1, on the development conversations.

`python bench/recall.py [DATA] [--sets locomo,realtalk] [--without product,pepys,speed]`; DATA defaults to
`DIFFMEM_TEST_DATA`. `ours` reads turns alone; `product` is what a server answers after filing by rules.
"""

import argparse
import os
import re
import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pepys
import recall_report
import recall_speed
from conversations import SETS, Asked, Conversation, load
from evidence import Shown
from methods import METHODS, Reply
from recall_product import Product
from recall_report import BUDGETS, MAIN, Row

PARTS = ("product", "pepys", "speed")
_LINES = re.compile(r"\n(?=\[\d)")
_OLD = re.compile(r"\((?:until |no longer so)")


def say(line: str = "") -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def lines_with(text: str, turns: Sequence[str]) -> Iterator[tuple[float, str]]:
    """The lines that hold one of the turns, each with its place; the last place for what is in no line."""
    whole = Shown(text)
    wanted = [turn for turn in turns if whole.holds(turn)]
    lines = _LINES.split(text)
    found = False
    for place, line in enumerate(lines if wanted else ()):
        shown = Shown(line)
        if any(shown.holds(turn) for turn in wanted):
            found = True
            yield place, line
    if wanted and not found:
        yield len(lines), ""


def measure(conversation: Conversation, asked: Asked, ask: Callable[[Asked], Reply]) -> Row:
    """Ask once and score at every budget."""
    begun = time.perf_counter()
    reply = ask(asked)
    text = reply.text(MAIN)
    took = (time.perf_counter() - begun) * 1e3
    row = Row(conversation.name, asked.category, asked.answerable, reply.sure, took)
    gold = [conversation.turns[at].text for at in asked.gold]
    for budget in BUDGETS if gold else ():
        shown = Shown(reply.text(budget))
        held = [shown.holds(turn) for turn in gold]
        row.share[budget], row.whole[budget] = sum(held) / len(held), float(all(held))
        row.own_words[budget] = shown.share_of(asked.answer)
        row.spent[budget] = reply.spent(budget)
    if asked.new and asked.old:
        new = list(lines_with(text, [conversation.turns[at].text for at in asked.new]))
        old = list(lines_with(text, [conversation.turns[at].text for at in asked.old]))
        first = [min((place for place, _ in held), default=float("inf")) for held in (new, old)]
        row.newest_first = 0.5 if first[0] == first[1] else float(first[0] < first[1])
        row.only_stale = float(not new and bool(old))
        row.old_marked = float(all(_OLD.search(line) for _, line in old)) if old else None
    return row


def run(folder: Path, name: str, methods: Collection[str]) -> dict[str, list[Row]]:
    """Ask every method every question of a set."""
    results: dict[str, list[Row]] = {method: [] for method in methods}
    for conversation in load(folder, name):
        for method in methods:
            if method == "product":
                with closing(Product(conversation)) as product:
                    rows = [measure(conversation, asked, product.ask) for asked in conversation.questions]
            else:
                ask = METHODS[method](conversation).ask
                rows = [measure(conversation, asked, ask) for asked in conversation.questions]
            results[method] += rows
    return results


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", nargs="?", default=os.environ.get("DIFFMEM_TEST_DATA", ""))  # noqa: TID251
    parser.add_argument("--sets", default=",".join(SETS), help=f"which of {', '.join(SETS)}; none if empty")
    parser.add_argument("--without", default="", help=f"what to leave out: {', '.join(PARTS)}")
    given = parser.parse_args()
    folder, left_out = Path(given.data), given.without.split(",")
    if not given.data or not (folder / "bundles").is_dir():
        sys.exit("no development data: give its folder, or set DIFFMEM_TEST_DATA")
    methods = [*METHODS, "product"] if "product" not in left_out else list(METHODS)
    results: dict[str, dict[str, list[Row]]] = {}
    for name in filter(None, given.sets.split(",")):
        results[name] = run(folder, name, methods)
        recall_report.one_set(name, results[name], say)
    if results:
        recall_report.pooled(results, say)
    if "pepys" not in left_out:
        pepys.report(folder, say, product="product" in methods)
    if "speed" not in left_out:
        recall_speed.report(folder, say)


if __name__ == "__main__":
    main()
