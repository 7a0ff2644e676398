"""Lives with crashes, restarts, other processes, other users, packing, and a clock that jumps."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

import time_machine
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule
from lives import CANARIES, DAYS, QUESTION, SESSIONS, WORDS, Life
from mirrors import is_sound

from diffmem.agents.explore.explore import Explored
from diffmem.errors import BadInput, DiffMemError, NotFound, SessionDiffers, UnknownUser
from diffmem.storage.durability import Durability
from diffmem.storage.failpoint import on_reaching
from diffmem.storage.names import UserId
from diffmem.storage.store import Store

COMMANDS = ["ls -R", "git log --oneline", "grep -rc Maya .", "git shortlog -s", "git show HEAD~1"]


VERBS = st.sampled_from("remember stage digest consolidate retract undo view maintain".split())


class Crash(RuntimeError):
    """The end of a process, as far as whoever called it can tell."""


class HardLife(Life):
    """A life that goes on through whatever happens to a machine."""

    def __init__(self) -> None:
        super().__init__()
        self.other = self.opened()
        self.clock = time_machine.travel(datetime(2026, 1, 1, tzinfo=UTC), tick=True)
        self.clock.start()
        self.steps = 0

    def teardown(self) -> None:
        on_reaching(None)
        self.clock.stop()
        super().teardown()

    @rule()
    def restart(self) -> None:
        self.memory = self.opened()
        self.do(self.memory.resume)

    @rule()
    def be_another_process(self) -> None:
        self.memory, self.other = self.other, self.memory

    @rule()
    def maintain(self) -> None:
        before = self.now(lambda: self.memory.tip("alex"))
        self.do(lambda: self.memory.maintain("alex"))
        assert self.now(lambda: self.memory.tip("alex")) == before

    @rule(days=st.sampled_from([-4000, -1, 1, 400]))
    def have_the_clock_jump(self, days: int) -> None:
        then = datetime.now(UTC) + timedelta(days=days)
        self.clock.stop()
        self.clock = time_machine.travel(then, tick=True)
        self.clock.start()

    @rule(
        at=st.integers(1, 40),
        session=SESSIONS,
        day=DAYS,
        words=WORDS,
        canary=CANARIES,
        verb=VERBS,
    )
    def crash(self, at: int, session: str, day: str, words: list[str], canary: str, verb: str) -> None:
        """A verb is cut off at some point of its way; the one after it finds everything in order."""
        said, memory = f"user: {' '.join(words)}", self.memory
        verbs: dict[str, Callable[[], Awaitable[object]]] = {
            "remember": lambda: memory.remember("alex", said, session, day),
            "stage": lambda: memory.stage("alex", said, session, day),
            "digest": lambda: memory.digest("alex"),
            "consolidate": lambda: memory.consolidate("alex"),
            "retract": lambda: memory.forget("alex", how="retract", words=canary),
            "undo": lambda: memory.undo("alex", session=session),
            "view": lambda: memory.view("alex"),
            "maintain": lambda: memory.maintain("alex"),
        }
        before = self.now(lambda: memory.tip("alex"))
        left = iter(range(at, 0, -1))

        def hook(name: str) -> None:
            if next(left, 0) == 1:
                raise Crash(name)

        on_reaching(hook)
        try:
            with suppress(Crash, DiffMemError):
                self.now(verbs[verb])
        finally:
            on_reaching(None)
        self.restart()
        tip = self.store().branch(UserId("alex")).snapshot()
        assert tip.commit == before or tip.follows(before)

    @rule(session=SESSIONS, day=DAYS, words=WORDS)
    def say_twice(self, session: str, day: str, words: list[str]) -> None:
        said = f"user: {' '.join(words)}"
        try:
            first = self.do(lambda: self.memory.remember("alex", said, session, day))
        except SessionDiffers:
            return
        before = self.now(lambda: self.memory.tip("alex"))
        again = self.do(lambda: self.other.remember("alex", said, session, day))
        assert again == first
        assert self.now(lambda: self.memory.tip("alex")) == before

    @rule(session=SESSIONS, day=DAYS, words=WORDS, gone=st.booleans(), command=st.sampled_from(COMMANDS))
    def have_another_user(self, session: str, day: str, words: list[str], gone: bool, command: str) -> None:
        """Whatever somebody else does, not a byte of what is told here is another."""
        before = self.told_now(command)
        with suppress(SessionDiffers):
            self.now(lambda: self.memory.remember("bob", f"user: {' '.join(words)}", session, day))
        if gone:
            self.now(lambda: self.other.forget("bob", how="erase", everything=True))
            try:
                self.now(lambda: self.memory.list("bob"))
            except UnknownUser:
                pass
            else:
                raise AssertionError("somebody who was erased is there")
        assert self.told_now(command) == before

    @precondition(lambda self: len(self.known) > 3)
    @rule(about=st.sampled_from(["", "My sister Maya Lind lives in Oslo."]))
    def be_forgotten_whole(self, about: str) -> None:
        self.now(lambda: self.memory.forget("alex", how="erase", everything=True))
        assert "alex" not in self.now(self.other.users)
        self.known, self.erased, self.orphans, self.checked = {}, set(), set(), ""
        self.begin(about)

    def told_now(self, command: str) -> list[object]:
        """Everything that is told of the memory as it is, but for how long a command took."""
        printed: Explored = self.now(lambda: self.memory.explore("alex", command))
        past = self.now(lambda: self.other.history("alex", limit=20))
        context = self.now(lambda: self.memory.recall("alex", QUESTION, 500))
        return [self.files(), context, past, printed.output, printed.exit_code]

    @invariant()
    def history_only_grows(self) -> None:
        tip = self.store().branch(UserId("alex")).snapshot()
        for commit in self.commits()[-6:]:
            assert tip.commit == commit or tip.follows(commit)
        times = [commit.commit_time for commit in tip.repository.walk(tip.commit)]
        assert times == sorted(times, reverse=True)

    @invariant()
    def git_finds_it_sound(self) -> None:
        self.steps += 1
        if self.steps % 5 == 0:
            assert is_sound(self.store().branch(UserId("alex")).repository)

    @invariant()
    def an_error_has_a_name(self) -> None:
        for asked in ("nowhere.md", "../bob.md"):
            with suppress(NotFound, BadInput):
                self.now(partial(self.memory.read, "alex", asked))
                raise AssertionError("a path that never was could be read")


class SharedLife(HardLife):
    """The same where all users share a repository, as the seed has it."""

    def store(self) -> Store:
        return Store.shared(self.home / "storage", self.home / "worktrees", Durability.RELAXED)
