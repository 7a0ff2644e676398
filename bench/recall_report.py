"""How methods did on questions, as figures with their intervals and as lines to print."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

BUDGETS = (500, 1000, 2000, 4000, 8000)
MAIN = 1000
OURS = ("ours", "product")
UNSURE = ("locomo", "longmemeval_s")
"""The sets whose questions without an answer are pooled."""
DRAWS = 2000
FEW_DRAWS = 200

Say = Callable[[str], None]
Shares = dict[int, float]


@dataclass(slots=True)
class Row:
    """How one method did on one question: shares by budget, of evidence and of the answer's own words."""

    conversation: str
    category: str
    answerable: bool
    sure: float = 0.0
    ms: float = 0.0
    spent: Shares = field(default_factory=dict[int, float])
    share: Shares = field(default_factory=dict[int, float])
    whole: Shares = field(default_factory=dict[int, float])
    own_words: Shares = field(default_factory=dict[int, float])
    newest_first: float | None = None
    only_stale: float = 0.0
    old_marked: float | None = None
    """Whether the old value, where it is shown, is shown as old."""

    @property
    def counts(self) -> bool:
        """Whether it is in the totals."""
        return bool(self.share) and self.answerable


Results = Mapping[str, Sequence[Row]]
"""By method, one row a question, in the same order for all."""


def mean(values: Iterable[float]) -> float:
    """The mean in per cent."""
    held = list(values)
    return 100 * sum(held) / len(held) if held else float("nan")


def clustered(
    rows: Sequence[Row], figure: Callable[[Sequence[Row]], float], draws: int = DRAWS
) -> tuple[float, float]:
    """The 95 % of a figure when whole conversations are drawn again and again."""
    by_name: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_name[row.conversation].append(row)
    names = list(by_name)
    draw = random.Random(1)
    found = sorted(figure([row for _ in names for row in by_name[draw.choice(names)]]) for _ in range(draws))
    return found[draws // 40], found[-draws // 40 - 1]


def gain(ours: Sequence[Row], other: Sequence[Row]) -> tuple[float, float, float]:
    """What the main figure gains over another method, with its interval."""
    pairs = [
        Row(mine.conversation, "", True, share={MAIN: mine.share[MAIN] - theirs.share[MAIN]})
        for mine, theirs in zip(ours, other, strict=True)
        if mine.counts
    ]
    return mean(row.share[MAIN] for row in pairs), *clustered(
        pairs, lambda rows: mean(row.share[MAIN] for row in rows)
    )


def auroc(rows: Iterable[Row]) -> float:
    """How well `sure` tells answerable questions from others."""
    held = sorted(rows, key=lambda row: row.sure)
    yes = sum(row.answerable for row in held)
    no = len(held) - yes
    if not yes or not no:
        return float("nan")
    rank, at, total = 0.0, 0, 0
    while at < len(held):
        end = at
        while end < len(held) and held[end].sure == held[at].sure:
            end += 1
        rank = (at + 1 + end) / 2
        total += rank * sum(row.answerable for row in held[at:end])
        at = end
    return (total - yes * (yes + 1) / 2) / (yes * no)


def one_set(name: str, results: Results, say: Say) -> None:
    """Print one set: totals, gains with their intervals, categories, updates, doubt."""
    head = " / ".join(f"{budget:5d}" for budget in BUDGETS)
    say(f"\n{name}: {len({row.conversation for row in results['ours']})} conversations, B = {head}")
    for method, rows in results.items():
        _totals(name, method, [row for row in rows if row.counts], say)
    for ours in OURS:
        for other in results:
            if ours in results and other not in (ours, "product"):
                value, low, high = gain(results[ours], results[other])
                say(f"{name:13s} {ours:7s} - {other:7s} R@{MAIN} {value:+5.1f}  [{low:+5.1f}, {high:+5.1f}]")
    for category in sorted({row.category for row in results["ours"] if row.share}):
        for method, rows in results.items():
            held = [row for row in rows if row.category == category and row.share]
            say(f"{name:13s} {category[:24]:24s} {len(held):4d} {method:7s} {_shares(held)}")
    updates(name, results, say)
    doubt(name, results, say)


def _totals(name: str, method: str, main: Sequence[Row], say: Say) -> None:
    times = sorted(row.ms for row in main)
    own = " / ".join(f"{mean(row.own_words[budget] for row in main):5.1f}" for budget in BUDGETS)
    spent = sum(row.spent[MAIN] for row in main) / max(len(main), 1)
    middle, slow = times[len(times) // 2], times[int(len(times) * 0.95)]
    say(
        f"{name:13s} {'all that count':24s} {len(main):4d} {method:7s} {_shares(main)}   A@B {own}   "
        f"sent@{MAIN} {spent:4.0f}   ms {middle:5.1f} p95 {slow:5.1f}"
    )


def _shares(rows: Sequence[Row]) -> str:
    shares = " / ".join(f"{mean(row.share[budget] for row in rows):5.1f}" for budget in BUDGETS)
    wholes = " / ".join(f"{mean(row.whole[budget] for row in rows):5.1f}" for budget in BUDGETS)
    return f"R@B {shares}   all@B {wholes}"


def updates(name: str, results: Results, say: Say) -> None:
    """Print whether the newest value comes first, whether only a stale one is told, and whether marked."""
    for method, rows in results.items():
        held = [row for row in rows if row.newest_first is not None]
        if not held:
            return
        low, high = clustered(held, lambda drawn: mean(row.newest_first or 0 for row in drawn))
        marked = [row.old_marked for row in held if row.old_marked is not None]
        say(
            f"{name:13s} updates {len(held):3d} {method:7s} newest first "
            f"{mean(row.newest_first or 0 for row in held):5.1f} [{low:5.1f}, {high:5.1f}]   "
            f"only a stale one {mean(row.only_stale for row in held):4.1f}   "
            f"old one shown {len(marked)}, marked as old {mean(marked):5.1f}"
        )


def doubt(name: str, results: Results, say: Say) -> None:
    """Print how well the confidence tells questions without an answer from others."""
    for method, rows in results.items():
        count = sum(not row.answerable for row in rows)
        if not count:
            return
        low, high = clustered(rows, lambda drawn: _known(auroc(drawn)), FEW_DRAWS)
        say(
            f"{name:13s} not in memory {count:3d} {method:7s} AUROC {auroc(rows):.3f} [{low:.3f}, {high:.3f}]"
        )


def _known(value: float) -> float:
    """A draw without one of the two kinds tells nothing."""
    return 0.5 if value != value else value


def pooled(results: Mapping[str, Results], say: Say) -> None:
    """Print what is measured over several sets together."""
    methods = list(dict.fromkeys(method for held in results.values() for method in held))
    together = {method: [row for held in results.values() for row in held[method]] for method in methods}
    say("")
    updates("all sets", together, say)
    unsure = [held for name, held in results.items() if name in UNSURE]
    if unsure:
        doubt("+".join(UNSURE)[:13], {m: [row for held in unsure for row in held[m]] for m in methods}, say)
