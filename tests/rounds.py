"""Rounds of cutting a deed off at its n-th point, n = 1, 2, ... until it is whole, and a look after it.

Run as a program: `rounds.py HOME DEED ACTION MOST [MUTANT [SEED]]`. Each act and each look is a forked child
of this one process, which has no threads; what they find comes through a pipe.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import pygit2
from hardships import DEEDS, USER, Case, Deed, lived

from diffmem.agents import intake
from diffmem.errors import DiffMemError, NotFound
from diffmem.ontologies import entity
from diffmem.storage import branch as line
from diffmem.storage.branch import Branch, Writer
from diffmem.storage.changes import ChangeSet, Stage
from diffmem.storage.failpoint import Action, Hindered, hinder, on_reaching
from diffmem.storage.history import described
from diffmem.storage.names import user_id
from diffmem.storage.snapshot import Snapshot
from diffmem.storage.store import Store

# Pushes and care are asked for without the service, which names the errors of the system.
_BARE = ("mirror.", "care.")
_TIMES = re.compile(rb"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)?")


@dataclass
class Tally:
    """What the rounds of one deed came to."""

    rounds: int = 0
    killed: int = 0
    points: Counter[str] = field(default_factory=Counter[str])
    violations: list[str] = field(default_factory=list[str])
    slowest: float = 0.0
    seconds: float = 0.0


@dataclass
class Told:
    """What a child says: what was acknowledged or reached, what it found wrong, and how it went on."""

    lines: list[str]
    exit: int

    def of(self, kind: str) -> list[str]:
        """The lines of one kind."""
        return [line.partition(" ")[2] for line in self.lines if line.partition(" ")[0] == kind]


Say = Callable[[str, str], None]


def child(work: Callable[[Say], object]) -> Told:
    """Do something in a forked child; answers what it said until it ended, however it did."""
    reader, writer = os.pipe()
    process = os.fork()
    if not process:
        os.close(reader)

        def say(kind: str, told: str) -> None:
            os.write(writer, f"{kind} {' '.join(told.split())[:2000]}\n".encode())

        try:
            work(say)
        except BaseException as failed:  # noqa: BLE001
            say("failed", f"{type(failed).__name__}: {failed}")
            os._exit(1)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "r", encoding="utf-8") as told:
        lines = told.read().splitlines()
    return Told(lines, os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))


def mutate(mutant: str, say: Say) -> None:
    """Break the write path on purpose, so that it can be seen whether these rounds would notice."""
    if mutant == "early-answer":
        make = line.commit_object

        def answering(handle: pygit2.Repository, parents: Sequence[str], changes: ChangeSet) -> str:
            made = make(handle, parents, changes)
            if changes.stage is Stage.INTAKE:
                say("ack", changes.trailers["Session-Id"])
            return made

        line.commit_object = answering
    elif mutant == "stale-locks":
        Branch._taken_over = lambda self: Writer(self)  # pyright: ignore[reportPrivateUsage]
    elif mutant == "no-idempotency":
        plan, known = intake.plan, intake.stored_at

        def forgetful(snapshot: Snapshot, words: intake.Words, **told: bool) -> intake.Intake:
            intake.stored_at = lambda snapshot, session: None
            try:
                return plan(snapshot, words, **told)  # pyright: ignore[reportArgumentType]
            finally:
                intake.stored_at = known

        intake.plan = forgetful  # pyright: ignore[reportAttributeAccessIssue]
    elif mutant:
        raise SystemExit(f"no mutant {mutant}")


class Round:
    """One deed in one place, again and again."""

    def __init__(self, place: Path, name: str, mutant: str = "", seed: int = 0) -> None:
        self.place, self.name, self.mutant, self.seed = place, name, mutant, seed
        self.deed: Deed = DEEDS[name]
        self.home = place / "work" / "home"
        self.tally = Tally()
        self.reference: dict[str, str] = {}
        self.order: list[str] = []
        self.tips: dict[str, str] = {}
        self.known: list[str] = []

    def prepare(self) -> None:
        """Build what is there before, and see what an undisturbed deed makes of it and which way it goes."""
        (self.place / "work").mkdir(parents=True)
        told = child(lambda say: anyio.run(self._before, Case(self.home, lambda one: say("ack", one))))
        assert told.exit == 0, told.lines
        self.known = told.of("ack")
        self.home.mkdir(exist_ok=True)
        shutil.copytree(self.place / "work", self.place / "template", symlinks=True)
        self.tips = tips(self.home)
        done = child(self.acting(None))
        assert done.exit == 0, done.lines
        self.order = done.of("point")
        filed = child(lambda say: self._file(Case(self.home)))
        assert filed.exit == 0, filed.lines
        self.reference = state(self.home)
        self.tally.points.update(self.order)

    async def _before(self, case: Case) -> None:
        if self.seed and not self.deed.begins:
            await lived(case, self.seed)
        await self.deed.before(case)

    def _file(self, case: Case) -> None:
        if USER in list(case.memory.desk.store.users()):
            anyio.run(case.memory.digest, USER)

    def acting(self, hook: Callable[[str], None] | None) -> Callable[[Say], None]:
        """The deed as a child does it."""

        def act(say: Say) -> None:
            mutate(self.mutant, say)
            on_reaching(hook or (lambda name: say("point", name)))
            anyio.run(self.deed.act, Case(self.home, lambda one: say("ack", one)))

        return act

    def run(self, action: Action, nth: int) -> bool:
        """Cut the deed off at its n-th point and look after it; False if it has no n-th point."""
        shutil.rmtree(self.place / "work")
        shutil.copytree(self.place / "template", self.place / "work", symlinks=True)
        passed = iter(range(1, 1 << 31))

        def hook(name: str) -> None:
            if next(passed) == nth:
                if action is Action.KILL and name == "commit.synced":
                    leave_locks(self.home)
                bare = name.startswith(_BARE) and action is not Action.KILL
                hinder(Action.RAISE if bare else action, name)

        if action is Action.KILL:
            told = child(self.acting(hook))
            hit = told.exit == -9
            self.tally.killed += hit
        else:
            told = child(lambda say: self._hindered(say, hook))
            hit = bool(told.of("hit"))
        where = self.order[nth - 1] if nth <= len(self.order) else "end"
        wrong = told.of("wrong") + (told.of("failed") if not hit else [])
        looked = child(lambda say: self._look(say, [*self.known, *told.of("ack")]))
        wrong += looked.of("wrong") + looked.of("failed")
        self.tally.violations += [f"{self.name} {action} {nth} {where}: {one}" for one in wrong]
        self.tally.slowest = max([self.tally.slowest, *map(float, looked.of("recovered"))])
        self.tally.rounds += 1
        return hit

    def _hindered(self, say: Say, hook: Callable[[str], None]) -> None:
        """Do the deed against a fault; then, in the same process, do something that nothing hinders."""

        def noting(name: str) -> None:
            try:
                hook(name)
            except (OSError, Hindered):
                say("hit", name)
                raise

        mutate(self.mutant, say)
        case = Case(self.home, lambda one: say("ack", one))
        on_reaching(noting)
        try:
            anyio.run(self.deed.act, case)
        except (DiffMemError, Hindered):
            pass
        except OSError as bare:
            if bare.errno in (errno.ENOSPC, errno.EIO):
                say("wrong", f"a bare {type(bare).__name__}: {bare}")
            else:
                raise
        on_reaching(None)
        # The fault is over: the same process goes on as if nothing had been.
        if not anyio.run(self.deed.done, case):
            anyio.run(self.deed.act, case)

    def _look(self, say: Say, acked: list[str]) -> None:
        """Reopen, read, resume, do again what is not done, and compare with a life without trouble."""
        mutate(self.mutant, say)
        case = Case(self.home, lambda one: None)
        try:
            began = time.monotonic()
            self._read_all(say)
            anyio.run(case.memory.resume)
            for user in case.memory.desk.store.users():
                with case.memory.desk.store.branch(user).writing(2):
                    pass
            say("recovered", str(time.monotonic() - began))
            for session in acked if not self.deed.rewrites else ():
                if not 1 <= counted(self.home)[session] <= self._times(session):
                    say(
                        "wrong",
                        f"{session} was acknowledged and is there {counted(self.home)[session]} times",
                    )
            self._ancestors(say)
            if not anyio.run(self.deed.done, case):
                anyio.run(self.deed.act, case)
            self._file(case)
        except (DiffMemError, KeyError) as stuck:
            say("wrong", f"stuck: {type(stuck).__name__}: {stuck}")
            return
        self._compare(say)
        self._sound(say)

    def _read_all(self, say: Say) -> None:
        """A reader sees whole commits, also before anything was put right."""
        store = Store(self.home)
        for user in store.users():
            try:
                snapshot = store.branch(user).snapshot()
            except NotFound:
                continue
            for path, blob in snapshot.files():
                text = snapshot.content(blob).decode("utf-8")
                if path.startswith("memories/") and entity.parse(text).render() != text:
                    say("wrong", f"{path} does not parse")

    def _ancestors(self, say: Say) -> None:
        now = tips(self.home)
        for user, old in self.tips.items() if not self.deed.rewrites else ():
            branch = Store(self.home).branch(user_id(user))
            handle = pygit2.Repository(str(branch.repository))
            if user not in now or (now[user] != old and not handle.descendant_of(now[user], old)):
                say("wrong", f"the history of {user} was rewritten")

    def _compare(self, say: Say) -> None:
        found = state(self.home)
        if found != self.reference:
            differ = sorted(p for p in found.keys() | self.reference if found.get(p) != self.reference.get(p))
            say("wrong", f"not what it would be without trouble: {differ[:6]}")
        doubled = {one: times for one, times in counted(self.home).items() if times > self._times(one)}
        if doubled:
            say("wrong", f"applied more than once: {doubled}")

    def _times(self, session: str) -> int:
        # What a session grows by is an intake of its own; one that was undone may come back.
        return 2 if session == "s-3" and self.name == "grow" else 1

    def _sound(self, say: Say) -> None:
        for repository in sorted(self.home.glob("users/*.git")):
            fsck = subprocess.run(
                ["git", "fsck", "--strict", "--no-dangling", "--no-progress"],
                cwd=repository, check=False, capture_output=True, text=True,
            )  # fmt: skip
            if fsck.returncode:
                say("wrong", f"git fsck: {fsck.stderr}")
            locks = [p.name for p in repository.rglob("*.lock")]
            if locks:
                say("wrong", f"locks are left: {locks}")


def leave_locks(home: Path) -> None:
    """What libgit2 and git leave when they are killed while they hold a reference."""
    for repository in home.glob("users/*.git"):
        place = repository / "refs" / "heads" / "user"
        place.mkdir(parents=True, exist_ok=True)
        place.joinpath(f"{repository.stem}.lock").touch()
        for name in ("packed-refs.lock", "config.lock"):
            repository.joinpath(name).touch()


def tips(home: Path) -> dict[str, str]:
    """The newest commit of each user."""
    store = Store(home)
    return {user: store.branch(user).tip() or "" for user in store.users()}


def counted(home: Path) -> Counter[str]:
    """How many intakes each session has in the whole history."""
    found: Counter[str] = Counter()
    store = Store(home)
    for user, tip in tips(home).items():
        handle = pygit2.Repository(str(store.branch(user_id(user)).repository))
        commits = map(described, handle.walk(tip)) if tip else ()
        found.update(one.session for one in commits if one.stage == "intake")
    return found


def state(home: Path) -> dict[str, str]:
    """Everything that is remembered, without the moments at which it was."""
    found: dict[str, str] = {}
    store = Store(home)
    for user, tip in tips(home).items():
        snapshot = store.branch(user_id(user)).snapshot() if tip else None
        for path, blob in snapshot.files() if snapshot else ():
            found[f"{user}/{path}"] = _TIMES.sub(b"T", snapshot.content(blob)).decode() if snapshot else ""
    return found


def chosen(order: list[str], most: int) -> list[int]:
    """Which points to cut at: all, or so many, the first of each name before others."""
    if not most or len(order) <= most:
        return list(range(1, len(order) + 2))
    first = {name: place for place, name in reversed(list(enumerate(order, 1)))}
    firsts = sorted(first.values())
    step = max(1, len(firsts) // most) if len(firsts) > most else 1
    picked = firsts[::step][:most]
    others = [n for n in range(1, len(order) + 1) if n not in picked]
    room = most - len(picked)
    picked += others[:: max(1, len(others) // room)][:room] if room else []
    return [*sorted(picked), len(order) + 1]


def main(place: Path, name: str, action: str, most: int, mutant: str = "", seed: str = "0") -> Tally:
    """All rounds of one deed."""
    began = time.monotonic()
    shutil.rmtree(place, ignore_errors=True)
    rounds = Round(place, name, mutant, int(seed))
    rounds.prepare()
    for nth in chosen(rounds.order, most):
        rounds.run(Action(action), nth)
    rounds.tally.seconds = round(time.monotonic() - began, 2)
    return rounds.tally


if __name__ == "__main__":
    anyio.run(anyio.sleep, 0)
    where, deeds, action, most, *rest = sys.argv[1:]
    for deed in deeds.split(","):
        answer = main(Path(where) / deed, deed, action, int(most), *rest)
        sys.stdout.write(json.dumps({"deed": deed, **vars(answer)}) + "\n")
