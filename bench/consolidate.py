"""Dedupe by rules on labelled names: precision, recall, pairs compared, the curve, and the time.

`python bench/consolidate.py [DATA]`; DATA defaults to `DIFFMEM_TEST_DATA`.
"""

import argparse
import csv
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path

from diffmem.agents.catalogue import Catalogue
from diffmem.agents.consolidator import tools
from diffmem.agents.consolidator.candidates import candidates
from diffmem.agents.consolidator.decisions import SAFE, decide
from diffmem.agents.consolidator.names import Kind
from diffmem.agents.consolidator.survey import Task
from diffmem.agents.indexing import indexed
from diffmem.ontologies import entity, loader
from diffmem.ontologies.index import IndexLine
from diffmem.storage.attempt import carried_out
from diffmem.storage.branch import Branch
from diffmem.storage.changes import Actor, ChangeSet, Stage
from diffmem.storage.names import user_id
from diffmem.storage.store import Store

SIZES = (0, 1_000, 10_000)
LEAST = 3
"""From how many pairs on a kind is judged at all."""
ALL = "all in one memory"
_SYLLABLES = [a + b for a in "bdfghklmnprstvz" for b in "aeio"]

Groups = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Score:
    """Pairs merged that are one, pairs merged that are not, and pairs that are one."""

    right: int
    wrong: int
    true: int

    def told(self) -> str:
        """The score as it is printed."""
        precision = self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0
        recall = self.right / self.true if self.true else 1.0
        counted = f"({self.right} right, {self.wrong} wrong of {self.true})"
        return f"precision {precision:.3f}  recall {recall:.3f}  {counted}"


def say(line: str = "") -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def labelled(folder: Path) -> dict[str, Groups]:
    """The sets of name groups: real people, and each novel."""
    people = json.loads((folder / "people.json").read_text("utf-8"))
    novels = json.loads((folder / "novel_characters.json").read_text("utf-8"))
    return {"people": people} | {name: [each["aliases"] for each in told] for name, told in novels.items()}


def noise(folder: Path, count: int) -> list[str]:
    """Names of people who are nobody's double: given names that there are, surnames that there are not."""
    draw = random.Random(7)
    with (folder / "nicknames.csv").open(encoding="utf-8", newline="") as rows:
        given = sorted({row["name1"].capitalize() for row in csv.DictReader(rows)})
    surnames: set[str] = set()
    while len(surnames) < count:
        surnames.add("".join(draw.choices(_SYLLABLES, k=draw.choice((2, 3, 3, 4)))).capitalize())
    return sorted(f"{draw.choice(given)} {surname}" for surname in sorted(surnames))


def lines_of(
    groups: Groups, others: Iterable[str] = ()
) -> tuple[list[IndexLine], Mapping[str, frozenset[int]]]:
    """One entity a name, and which groups bear it; a name of two groups is one entity of both."""
    borne: dict[str, set[int]] = {}
    for number, names in enumerate(groups):
        for name in names:
            borne.setdefault(name, set()).add(number)
    for name in others:
        borne.setdefault(name, set())
    lines = [
        IndexLine(f"memories/people/{at:05d}.md", name, "person") for at, name in enumerate(sorted(borne))
    ]
    return lines, {name: frozenset(numbers) for name, numbers in borne.items()}


def scored(merged: Iterable[Sequence[str]], groups: Mapping[str, frozenset[int]]) -> Score:
    """Compare pairs within the merged with pairs within the groups."""
    pairs = [pair for names in merged for pair in combinations(names, 2)]
    right = sum(bool(groups[a] & groups[b]) for a, b in pairs)
    bearers: dict[int, list[str]] = {}
    for name, numbers in groups.items():
        for number in numbers:
            bearers.setdefault(number, []).append(name)
    true = {pair for names in bearers.values() for pair in combinations(sorted(names), 2)}
    return Score(right, len(pairs) - right, len(true))


def measured(groups: Groups, safe: Iterable[Kind], others: Iterable[str] = ()) -> tuple[Score, int]:
    """The score of some rules on one memory, and the pairs they compared."""
    lines, borne = lines_of(groups, others)
    found = candidates(lines)
    clusters = decide(found, lambda _: "", safe)
    merged = [[found.lines[place].name for place in places] for places in clusters.together()]
    return scored(merged, borne), found.compared


def curve(sets: Mapping[str, Groups]) -> None:
    """What each kind of likeness adds, the surest first; the ones that rules merge by are marked."""
    say("\ncurve: each kind of likeness together with those above it, each set a memory of its own")
    for number, kind in enumerate(Kind, 1):
        taken = list(Kind)[:number]
        scores = [measured(groups, taken)[0] for groups in sets.values()]
        total = Score(
            *(sum(column) for column in zip(*((s.right, s.wrong, s.true) for s in scores), strict=True))
        )
        say(f"  {'*' if kind in SAFE else ' '} {kind.value:52s} {total.told()}")


def left_out(sets: Mapping[str, Groups]) -> None:
    """Rules chosen on all sets but one, measured on that one."""
    say("\nleft out: kinds that are >= 0.98 right on all other sets, measured on the one left out")
    total = [0, 0, 0]
    for name, groups in sets.items():
        rest = [other for key, other in sets.items() if key != name]
        taken = [kind for kind in Kind if kind is Kind.EQUAL or _is_safe(kind, rest)]
        score, _ = measured(groups, taken)
        total = [a + b for a, b in zip(total, (score.right, score.wrong, score.true), strict=True)]
        say(f"  {name:32s} {score.told()}")
    say(f"  {'together':32s} {Score(*total).told()}")


def _is_safe(kind: Kind, sets: Iterable[Groups]) -> bool:
    """Whether a kind adds some pairs to those of the others, and no more wrong ones than one in fifty."""
    before = [each for each in SAFE if each != kind]
    right = wrong = 0
    for groups in sets:
        less, more = measured(groups, before)[0], measured(groups, [*before, kind])[0]
        right, wrong = right + more.right - less.right, wrong + more.wrong - less.wrong
    return right + wrong >= LEAST and right / (right + wrong) >= 0.98


def filled(home: Path, names: Sequence[str]) -> Branch:
    """A memory with one file a name and its index."""
    branch = Store(home, "relaxed").created(user_id("bench"))
    day = "2024-01-01"
    first = ChangeSet(
        "begun",
        Stage.ONBOARD,
        Actor.WRITER,
        {"bench.md": entity.new("bench", "person", created=day).render()},
    )
    with branch.writing() as writing:
        writing.commit(first)
    write: dict[str, str] = {}
    lines: list[IndexLine] = []
    for at, name in enumerate(names):
        path = f"memories/people/{at:05d}.md"
        told = (date(2023, 1, 1) + timedelta(at % 365)).isoformat()
        text = entity.new(name, "person", created=told).render()
        write[path] = f"{text}\n### Statements\n- {told} | {name} was here. ^aaaaaaaa-{at}\n/END Statements\n"
        lines.append(IndexLine(path, name, "person", edits=1 + at % 7, last=told))
    pages = indexed(branch.snapshot(), Catalogue(lines), write, day, edit=False)
    with branch.writing() as writing:
        writing.commit(ChangeSet("filled", Stage.DIGEST, Actor.WRITER, {**write, **pages}))
    return branch


def timed(names: Sequence[str]) -> tuple[float, float, int]:
    """Seconds of work to plan a dedupe, and to commit it too, and how many merges it made."""
    task = Task("bench.md", loader.load(), loader.DEFAULT, date(2024, 6, 1))
    with tempfile.TemporaryDirectory() as home:
        branch = filled(Path(home), names)
        begun = time.process_time()
        survey = tools.survey("dedupe", branch.snapshot(), task)
        planned = time.process_time() - begun
        for step in survey.steps:
            carried_out(branch, step.plan, lambda writing, changes: writing.commit(changes))
        return planned, time.process_time() - begun, sum(step.told.count(" <- ") for step in survey.steps)


def doubled(folder: Path, count: int) -> list[str]:
    """So many names, one in ten of them a second spelling of another."""
    names = noise(folder, count - count // 10)
    return [*names, *(name.upper() for name in names[: count // 10])]


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", nargs="?", default=os.environ.get("DIFFMEM_TEST_DATA", ""))  # noqa: TID251
    given = parser.parse_args()
    folder = Path(given.data) / "aliases"
    if not given.data or not folder.is_dir():
        sys.exit("no development data: give its folder, or set DIFFMEM_TEST_DATA")
    sets = labelled(folder)
    alone = {name: measured(groups, SAFE) for name, groups in sets.items()}
    for name, (score, compared) in alone.items():
        told = f"{sum(map(len, sets[name])):6d} names {compared:8d} pairs"
        say(f"{name:32s} {told}  {score.told()}")
    total = Score(*map(sum, zip(*((s.right, s.wrong, s.true) for s, _ in alone.values()), strict=True)))
    say(f"{'each by itself, together':32s} {'':30s} {total.told()}")
    together = [names for groups in sets.values() for names in groups]
    count = sum(map(len, together))
    for size in SIZES:
        score, compared = measured(together, SAFE, noise(folder, size))
        name = f"{ALL} + {size} others"
        say(f"{name:32s} {count + size:6d} names {compared:8d} pairs  {score.told()}")
    curve(sets)
    left_out(sets)
    say("\ntime, a tenth of the files being doubles")
    times = {size: timed(doubled(folder, size)) for size in (1_000, 10_000)}
    for size, (planned, done, merges) in times.items():
        say(f"  {size:6d} entities  plan {planned:6.2f} s  plan and commit {done:7.2f} s  ({merges} merges)")
    small, large = times[1_000], times[10_000]
    say(f"  ratio  plan {large[0] / small[0]:.1f}  plan and commit {large[1] / small[1]:.1f}")


if __name__ == "__main__":
    main()
