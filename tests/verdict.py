"""Looks through a memory's history for what clients were told: nothing lost, nothing twice, in order."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pygit2
from fleet import Ledger, Said
from mirrors import is_sound

from diffmem.storage.branch import Branch
from diffmem.storage.changes import Stage
from diffmem.storage.history import described


@dataclass(frozen=True, slots=True)
class Past:
    """A history, oldest first: where each commit stands, and where each session was taken in."""

    places: dict[str, int]
    intakes: list[tuple[str, int]]
    tip: str
    merges: int

    @classmethod
    def of(cls, branch: Branch) -> "Past":
        """The history of a branch."""
        handle = pygit2.Repository(str(branch.repository))
        tip = branch.tip() or ""
        order = pygit2.enums.SortMode.TOPOLOGICAL | pygit2.enums.SortMode.REVERSE
        commits = [described(found) for found in handle.walk(tip, order)]
        return cls(
            places={commit.id: place for place, commit in enumerate(commits)},
            intakes=[
                (commit.session, place)
                for place, commit in enumerate(commits)
                if commit.stage == Stage.INTAKE and commit.session
            ],
            tip=tip,
            merges=sum(len(commit.parents) > 1 for commit in commits),
        )


def wrong(branch: Branch, ledger: Ledger, *, one_line: bool = True, erased: bool = False) -> list[str]:
    """Whatever of a user's history is not as their clients were told.

    `one_line` expects no merges, and an order that agrees with the clients' clock; where something was
    `erased` meanwhile, commits have other ids than were told.
    """
    past = Past.of(branch)
    mine = [one for one in ledger.said if one.user == branch.user]
    found = [*_counted(past, mine)]
    if not erased:
        found += [f"{one.session}: {one.commit} is gone" for one in mine if _gone(past, one)]
        seen = {one.commit for one in ledger.seen if one.user == branch.user}
        found += [f"a reader saw {commit}, which is not there" for commit in seen - past.places.keys()]
    if one_line:
        found += [f"{past.merges} merges"] if past.merges else []
        found += [*_order(past, mine), *_stale(past, mine, ledger)]
    if not is_sound(branch.repository):
        found.append("git finds the repository damaged")
    return [f"{branch.user}: {what}" for what in found]


def target(repository: Path, name: str) -> str:
    """What a reference of a repository points at, "" if there is none."""
    found = pygit2.Repository(str(repository)).references.get(name)
    return str(found.target) if found else ""


def _gone(past: Past, one: Said) -> bool:
    return bool(one.commit) and one.commit not in past.places


def _counted(past: Past, mine: list[Said]) -> Iterator[str]:
    """Each acknowledged session is in exactly one intake, each other in one at most."""
    counted = Counter(session for session, _ in past.intakes)
    for one in mine:
        if counted[one.session] > 1 or (one.commit and not counted[one.session]):
            yield f"{one.session} was taken in {counted[one.session]} times; acknowledged: {bool(one.commit)}"
    yield from (f"{one} was never said" for one in counted.keys() - {one.session for one in mine})


def _order(past: Past, mine: list[Said]) -> Iterator[str]:
    """What was acknowledged before something else was sent stands before it."""
    by_name = {one.session: one for one in mine}
    latest = 0.0
    for session, _ in past.intakes:
        one = by_name.get(session)
        if one is not None:
            if one.acknowledged < latest:
                yield f"{session} stands behind what was sent after its acknowledgement"
            latest = max(latest, one.sent)


def _stale(past: Past, mine: list[Said], ledger: Ledger) -> Iterator[str]:
    """A reader sees whatever was acknowledged before the question."""
    places = dict(past.intakes)
    told = sorted(
        (one.acknowledged, places[one.session]) for one in mine if one.commit and one.session in places
    )
    reads = sorted(
        (one for one in ledger.seen if one.newest and one.user in {said.user for said in mine}),
        key=lambda one: one.sent,
    )
    newest, index = -1, 0
    for read in reads:
        while index < len(told) and told[index][0] < read.sent:
            newest = max(newest, told[index][1])
            index += 1
        if past.places.get(read.commit, newest) < newest:
            yield f"a reader saw {read.commit}, older than what was acknowledged before"
