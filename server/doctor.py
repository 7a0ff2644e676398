"""The verb of the command line that looks whether all is well, and mends what is safe to mend."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import anyio
import pygit2

from ..errors import DiffMemError
from ..storage.names import user_id
from .checks.check import Case, Result, State
from .checks.repository import damaged
from .checks.table import CHECKS, MEMORY_CHECKS
from .console import Console, visible
from .one_shot import writes
from .progress import progress

if TYPE_CHECKING:
    from ..memory import Memory, Uncited
    from .settings import Settings

_FAULTS = (DiffMemError, pygit2.GitError, OSError, KeyError, ValueError)
_COLOURS = {State.OK: "green", State.WARN: "yellow", State.FAIL: "red"}


@dataclass(frozen=True, slots=True)
class Mended:
    """What `--fix` has done, or why it could not."""

    name: str
    user: str
    told: str
    done: bool = True


@dataclass(frozen=True, slots=True)
class Checkup:
    """Every result, as things stand after what was mended."""

    results: list[Result] = field(default_factory=list[Result])
    mended: list[Mended] = field(default_factory=list[Mended])

    @property
    def well(self) -> bool:
        """Whether nothing fails."""
        return all(result.state is not State.FAIL for result in self.results)


@writes
def doctor(asked: argparse.Namespace, settings: Settings, memory: Memory) -> int:
    """Look whether all is well; answers 1 if something is wrong."""
    console = Console.here(settings.no_color)
    as_json = getattr(asked, "json", False)
    if asked.citations:
        uncited = list(anyio.run(memory.uncited, settings.user))
        console.answer(
            {"uncited": [asdict(one) for one in uncited]}, _cited(uncited, console), as_json=as_json
        )
        return 1 if uncited else 0
    here = tuple(memory.desk.store.users())
    users = here if asked.all else tuple(user for user in here if user == user_id(settings.user))
    done = checkup(Case(settings, memory, users, asked.online), fix=asked.fix)
    told = {
        "well": done.well,
        "results": [result.plain() for result in done.results],
        "mended": [asdict(one) for one in done.mended],
        "uncited": [asdict(one) for one in _uncited(memory, users)] if as_json else [],
    }
    console.answer(told, _laid_out(done, console, users), as_json=as_json)
    return 0 if done.well else 1


def checkup(case: Case, *, fix: bool = False) -> Checkup:
    """Make every check; with `fix`, mend what can be and look again."""
    done = Checkup()
    for check in CHECKS:
        _one(lambda check=check: check(case), check.__name__, "", done, fix=fix)
    if len(case.users) < 2:
        for user in case.users:
            _memory(case, user, done, fix=fix)
        return done
    with progress("doctor", len(case.users), "memories") as bar:
        for user in case.users:
            _memory(case, user, done, fix=fix)
            bar.step()
    return done


def _memory(case: Case, user: str, done: Checkup, *, fix: bool) -> None:
    try:
        branch = case.memory.desk.store.branch(user_id(user))
    except _FAULTS as fault:
        done.results.append(damaged("repository", fault, user))
        return
    for check in MEMORY_CHECKS:
        _one(lambda check=check: check(case, branch), check.__name__, user, done, fix=fix)


def _one(look: Callable[[], Iterable[Result]], name: str, user: str, done: Checkup, *, fix: bool) -> None:
    found = _tried(look, name, user)
    if fix and any(result.mend for result in found):
        done.mended.extend(_mended(result) for result in found if result.mend)
        found = _tried(look, name, user)
    done.results.extend(found)


def _tried(look: Callable[[], Iterable[Result]], name: str, user: str) -> list[Result]:
    try:
        return list(look())
    except _FAULTS as fault:
        return [damaged(name, fault, user)]


def _mended(result: Result) -> Mended:
    assert result.mend is not None
    try:
        return Mended(result.name, result.user, result.mend())
    except _FAULTS as fault:
        return Mended(result.name, result.user, f"could not be mended: {fault}", done=False)


def _uncited(memory: Memory, users: Iterable[str]) -> Iterator[Uncited]:
    for user in users:
        try:
            yield from anyio.run(memory.uncited, user)
        except _FAULTS:
            # That it cannot be read is among the results.
            continue


def _laid_out(done: Checkup, console: Console, users: tuple[str, ...]) -> Iterator[str]:
    for one in done.mended:
        head = console.paint("fixed" if one.done else "not fixed", "green" if one.done else "red")
        yield f"{head}  {one.name}  {visible(_whose(one.user, users) + one.told)}"
    for result in done.results:
        head = console.paint(f"{result.state:<4}", _COLOURS[result.state])
        yield f"{head}  {result.name:<12}  {visible(_whose(result.user, users) + result.told)}"
        yield from (console.paint(f"        {visible(line)}", "dim") for line in result.details)
        if result.advice:
            yield f"        {visible(result.advice)}"
    if not users:
        yield "there is no memory to look at yet; `diffmem remember` or `diffmem onboard` begins one"
    bad = sum(result.state is State.FAIL for result in done.results)
    odd = sum(result.state is State.WARN for result in done.results)
    yield console.paint(f"{bad} wrong, {odd} to know of", "red" if bad else "yellow" if odd else "green")


def _whose(user: str, users: tuple[str, ...]) -> str:
    return f"{user}: " if user and len(users) > 1 else ""


def _cited(uncited: list[Uncited], console: Console) -> Iterator[str]:
    for line in uncited:
        place = console.paint(visible(f"{line.path}:{line.line}"), "cyan")
        yield f"{place}  {visible(line.text)}  {console.paint(line.reason, 'yellow')}"
    if not uncited:
        yield console.paint("every line leads to a session or a person", "green")
