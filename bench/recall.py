"""Evidence recall of ours beside grep, BM25 and R1, on the development conversations.

`python bench/recall.py [--sets locomo,realtalk] [DATA]`; DATA defaults to `DIFFMEM_TEST_DATA`.
"""

import argparse
import os
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pepys
from conversations import SETS, Asked, Conversation, load
from evidence import Shown
from methods import METHODS, Reply

BUDGETS = (500, 1000, 2000, 4000, 8000)
MAIN = 1000
DRAWS = 2000


@dataclass(slots=True)
class Row:
    """How one method did on one question."""

    conversation: str
    category: str
    answerable: bool
    sure: float
    ms: float
    share: dict[int, float] = field(default_factory=dict[int, float])
    whole: dict[int, float] = field(default_factory=dict[int, float])
    own_words: float = 0.0
    newest_first: float | None = None
    only_stale: float = 0.0


def say(line: str = "") -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def mean(values: Iterable[float]) -> float:
    """The mean in per cent."""
    held = list(values)
    return 100 * sum(held) / len(held) if held else float("nan")


def order_of(text: str, turns: Sequence[str]) -> float:
    """The first line that holds one of the turns; infinite when none does."""
    whole = Shown(text)
    wanted = [turn for turn in turns if whole.holds(turn)]
    if not wanted:
        return float("inf")
    lines = text.split("\n[")
    at = [place for place, line in enumerate(lines) if any(Shown(line).holds(turn) for turn in wanted)]
    return min(at, default=len(lines))


def measure(conversation: Conversation, asked: Asked, ask: Callable[[Asked], Reply]) -> Row:
    """Ask once and score at every budget."""
    begun = time.perf_counter()
    reply = ask(asked)
    text = reply.text(MAIN)
    row = Row(
        conversation.name, asked.category, asked.answerable, reply.sure, (time.perf_counter() - begun) * 1e3
    )
    gold = [conversation.turns[at].text for at in asked.gold]
    for budget in BUDGETS if gold else ():
        shown = Shown(reply.text(budget))
        held = [shown.holds(turn) for turn in gold]
        row.share[budget], row.whole[budget] = sum(held) / len(held), float(all(held))
    row.own_words = Shown(text).share_of(asked.answer)
    if asked.new and asked.old:
        new = order_of(text, [conversation.turns[at].text for at in asked.new])
        old = order_of(text, [conversation.turns[at].text for at in asked.old])
        row.newest_first = 0.5 if new == old else float(new < old)
        row.only_stale = float(new == float("inf") and old < float("inf"))
    return row


def interval(ours: Sequence[Row], other: Sequence[Row]) -> tuple[float, float, float]:
    """The gain at the main budget, with the 95 % of a bootstrap that draws whole conversations."""
    gains: dict[str, list[float]] = defaultdict(list)
    for mine, theirs in zip(ours, other, strict=True):
        if mine.share and mine.answerable:
            gains[mine.conversation].append(mine.share[MAIN] - theirs.share[MAIN])
    names = list(gains)
    draw = random.Random(1)
    means = sorted(mean(gain for _ in names for gain in gains[draw.choice(names)]) for _ in range(DRAWS))
    return mean(gain for held in gains.values() for gain in held), means[DRAWS // 40], means[-DRAWS // 40]


def auroc(rows: Iterable[Row]) -> tuple[float, int]:
    """How well `sure` tells answerable questions from others, and how many others there are."""
    held = list(rows)
    yes = [row.sure for row in held if row.answerable]
    no = [row.sure for row in held if not row.answerable]
    wins = sum((a > b) + 0.5 * (a == b) for a in yes for b in no)
    return (wins / (len(yes) * len(no)) if yes and no else float("nan")), len(no)


def report(name: str, results: dict[str, list[Row]]) -> None:
    """Print one set."""
    for method, rows in results.items():
        main = [row for row in rows if row.share and row.answerable]
        times = sorted(row.ms for row in rows)
        shares = " / ".join(f"{mean(row.share[budget] for row in main):5.1f}" for budget in BUDGETS)
        wholes = " / ".join(f"{mean(row.whole[budget] for row in main):5.1f}" for budget in BUDGETS)
        say(
            f"{name:13s} {method:5s} R@B {shares}   all@B {wholes}   "
            f"A@{MAIN} {mean(row.own_words for row in main):5.1f}   "
            f"ms {times[len(times) // 2]:5.1f} p95 {times[int(len(times) * 0.95)]:5.1f}"
        )
    for other in results:
        if other != "ours":
            gain, low, high = interval(results["ours"], results[other])
            say(f"{name:13s} ours - {other:4s} R@{MAIN} {gain:+5.1f}  [{low:+5.1f}, {high:+5.1f}]")
    for category in sorted({row.category for row in results["ours"] if row.share}):
        each = {
            method: mean(row.share[MAIN] for row in rows if row.category == category and row.share)
            for method, rows in results.items()
        }
        count = sum(row.category == category and bool(row.share) for row in results["ours"])
        told = "  ".join(f"{method} {value:5.1f}" for method, value in each.items())
        say(f"{name:13s}   {category:28s} {count:4d}  {told}")


def pooled(results: dict[str, dict[str, list[Row]]]) -> None:
    """Print what is measured over several sets together."""
    for method in METHODS:
        updates = [row for rows in results.values() for row in rows[method] if row.newest_first is not None]
        say(
            f"updates {method:5s} newest first {mean(row.newest_first or 0 for row in updates):5.1f}  "
            f"only the stale one {mean(row.only_stale for row in updates):4.1f}  of {len(updates)}"
        )
    for method in METHODS:
        doubted = [
            row for name in ("locomo", "longmemeval_s") for row in results.get(name, {}).get(method, [])
        ]
        value, count = auroc(doubted)
        say(f"not in memory {method:5s} AUROC {value:.3f}  ({count} questions without an answer)")


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", nargs="?", default=os.environ.get("DIFFMEM_TEST_DATA", ""))  # noqa: TID251
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--no-pepys", action="store_true")
    given = parser.parse_args()
    folder = Path(given.data)
    if not given.data or not (folder / "bundles").is_dir():
        sys.exit("no development data: give its folder, or set DIFFMEM_TEST_DATA")
    results: dict[str, dict[str, list[Row]]] = {}
    for name in given.sets.split(","):
        results[name] = {method: [] for method in METHODS}
        for conversation in load(folder, name):
            for method, make in METHODS.items():
                ask = make(conversation).ask
                results[name][method] += [
                    measure(conversation, asked, ask) for asked in conversation.questions
                ]
        report(name, results[name])
    pooled(results)
    if not given.no_pepys:
        pepys.report(folder, say)


if __name__ == "__main__":
    main()
