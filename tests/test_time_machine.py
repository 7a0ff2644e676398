"""Random lives of a memory: every earlier moment reads as it did, but for what was erased."""

import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC
from pathlib import Path
from typing import TypeVar

import anyio
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from diffmem import Memory
from diffmem.errors import BadInput, Conflict, SessionDiffers, UnknownCommit, UnknownPath, UnknownSession
from diffmem.storage import epoch
from diffmem.storage.names import UserId
from diffmem.storage.store import Store

Answer = TypeVar("Answer")
Files = dict[str, str]

SAID = [
    "My sister Maya moved to Berlin last week.",
    "I work at Acme as a nurse.",
    "I now work at Globex.",
    "Maya said she loves the canary-one.",
    "I met Xaviera Quill at the canary-two yesterday.",
    "We ate at the Blue Door on 3 March 2021.",
    "I like tea, and Rob said he likes the canary-three.",
]
SESSIONS = st.sampled_from(["one", "two", "three", "four"])
CANARIES = st.sampled_from(["canary-one", "canary-two", "canary-three"])
DAYS = st.sampled_from(["1969-07-20", "2023-05-08", "2022-12-31", "2024-02-29"])
WORDS = st.lists(st.sampled_from(SAID), min_size=1, max_size=3, unique=True)
QUESTION = "Where does Maya live, where do I work, and what about the canary?"


class Life(RuleBasedStateMachine):
    """A memory and, beside it, plain dictionaries of what each commit read like when it was the newest."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.home = Path(self.folder.name)
        self.memory = Memory.open(self.home, zone=UTC, durability="relaxed")
        self.known: dict[str, tuple[Files, str]] = {}
        self.erased: set[str] = set()
        self.checked = 0
        self.do(lambda: self.memory.remember("alex", "user: I like cake.", "zero", "2020-01-01"))

    def teardown(self) -> None:
        self.folder.cleanup()

    def do(self, verb: Callable[[], Awaitable[Answer]]) -> Answer:
        answer = anyio.run(verb)
        self.note()
        return answer

    def files(self, as_of: str = "") -> Files:
        async def read() -> Files:
            listing = await self.memory.list("alex", as_of)
            return {f.path: (await self.memory.read("alex", f.path, as_of)).text for f in listing.files}

        return anyio.run(read)

    def recalled(self, as_of: str = "") -> str:
        return str(anyio.run(lambda: self.memory.recall("alex", QUESTION, 500, as_of)))

    def note(self) -> None:
        commit = anyio.run(lambda: self.memory.list("alex")).commit
        if commit not in self.known:
            self.known[commit] = self.files(), self.recalled()

    def commits(self) -> list[str]:
        return list(self.known)

    @rule(session=SESSIONS, day=DAYS, words=WORDS)
    def remember(self, session: str, day: str, words: list[str]) -> None:
        try:
            self.do(lambda: self.memory.remember("alex", f"user: {' '.join(words)}", session, day))
        except SessionDiffers:
            return

    @rule(text=st.sampled_from(["By hand: Maya plays chess.", "A note on canary-two."]))
    def edit_by_hand(self, text: str) -> None:
        folder = self.do(lambda: self.memory.view("alex"))
        file = folder / "memories" / "My Note.md"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"# My Note\n\n{text}\n", encoding="utf-8")
        self.do(lambda: self.memory.view("alex"))

    @rule()
    def consolidate(self) -> None:
        self.do(lambda: self.memory.consolidate("alex"))

    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        commit = data.draw(st.sampled_from(self.commits()))
        path = data.draw(st.sampled_from(sorted(self.known[commit][0])))
        try:
            self.do(lambda: self.memory.restore("alex", path, commit))
        except (BadInput, UnknownCommit):
            return

    @rule(session=SESSIONS)
    def undo(self, session: str) -> None:
        try:
            self.do(lambda: self.memory.undo("alex", session=session))
        except (UnknownSession, Conflict):
            return

    @rule(how=st.sampled_from(["archive", "retract"]), words=CANARIES)
    def put_away_words(self, how: str, words: str) -> None:
        try:
            self.do(lambda: self.memory.forget("alex", how=how, words=words))
        except BadInput:
            return
        now = "\n".join(self.files().values())
        statements = [line for line in now.split("\n") if words in line and "^" in line]
        assert not statements

    @rule(how=st.sampled_from(["archive", "retract"]), session=SESSIONS)
    def put_away_session(self, how: str, session: str) -> None:
        try:
            self.do(lambda: self.memory.forget("alex", how=how, session=session))
        except (BadInput, UnknownSession):
            return
        assert not [path for path in self.files() if path.endswith(f"_{session}.md")]

    @precondition(lambda self: len(self.known) > 2)
    @rule(words=CANARIES)
    def erase(self, words: str) -> None:
        before = dict(self.known)
        self.known = {}
        done = self.do(lambda: self.memory.forget("alex", how="erase", words=words))
        assert not done.found
        self.erased.add(words)
        newest = next(epoch.epochs(Store(self.home).branch(UserId("alex"))), None)
        moved = newest.commits if newest and newest.number == done.epoch else {}
        for commit, (files, recalled) in before.items():
            new = moved.get(commit, commit)
            if new == commit:
                self.known[commit] = files, recalled
            elif new:
                assert self.without_lines_of(words, self.files(new)) == self.without_lines_of(words, files)
                self.known[new] = self.files(new), self.recalled(new)
        assert words.encode() not in b"".join(
            file.read_bytes() for file in self.home.rglob("*") if file.is_file()
        )

    def without_lines_of(self, words: str, files: Files) -> list[str]:
        """Every line of every file but those that spoke of it, and the hashes of what they said."""
        gone = (words, "[erased]", ": sha256: ", "retracted.md: ")
        lines = [f"{path}: {line}" for path, text in files.items() for line in text.split("\n")]
        return [line for line in lines if not any(sign in line for sign in gone)]

    @invariant()
    def every_earlier_moment_reads_as_it_did(self) -> None:
        for commit in self.commits()[-6:]:
            files, recalled = self.known[commit]
            assert self.files(commit) == files
            assert self.recalled(commit) == recalled

    @invariant()
    def what_was_erased_is_found_by_no_read(self) -> None:
        fresh = "\n".join(self.files().values())
        for words in self.erased - {w for w in self.erased if w in fresh}:
            for commit in self.commits()[-3:]:
                assert words not in self.recalled(commit) or words in "\n".join(self.files(commit).values())

    @invariant()
    def an_unknown_path_is_unknown_at_every_moment(self) -> None:
        try:
            anyio.run(lambda: self.memory.read("alex", "never/there.md"))
        except UnknownPath:
            return
        raise AssertionError("a path that never was could be read")


Life.TestCase.settings = settings(
    max_examples=8,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestLife = Life.TestCase
