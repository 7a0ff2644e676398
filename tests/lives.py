"""Random lives of a memory: every earlier moment reads as it did, but for what was erased."""

import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import TypeVar

import anyio
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from diffmem import Memory
from diffmem.agents.places import is_entity
from diffmem.errors import (
    BadInput,
    Conflict,
    NotFound,
    SessionDiffers,
    UnknownCommit,
    UnknownPath,
    UnknownSession,
)
from diffmem.memory import CONSOLIDATION_TOOLS
from diffmem.ontologies import entity, session
from diffmem.ontologies.statement import Mark
from diffmem.storage import epoch
from diffmem.storage.durability import Durability
from diffmem.storage.names import SessionId, UserId, session_key
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
    "Maya Lind has a dog called Biscuit.",
    "Yesterday Dr. Lind and M. Lind gave a talk.",
]
ABOUT = [
    "",
    "My name is Alex Stone. My sister Maya Lind lives in Oslo.\n\nI love the canary-one.",
    "maya lind is my sister. I work at Acme.",
]
FACTS = [
    {"entity": name, "type": "person", "statement": statement}
    for name in ("Maya Lind", "maya lind", "M. Lind", "Xaviera Quill")
    for statement in ("She plays chess.", "She loves the canary-two.", "She moved to Berlin.")
] + [
    {
        "entity": "Maya Lind",
        "type": "person",
        "statement": "She left Berlin.",
        "replaces": "She moved to Berlin.",
    },
    {"entity": "M. Lind", "type": "person", "statement": "She lives in Bonn.", "when": "last week"},
]
TOOLS = st.lists(st.sampled_from(CONSOLIDATION_TOOLS), max_size=2, unique=True)
SESSIONS = st.sampled_from(["one", "two", "three", "four"])
MERGED = st.sampled_from(["Maya Lind", "maya lind", "M. Lind", "Maya", "Dr. Lind"])
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
        self.memory = self.opened()
        self.known: dict[str, tuple[Files, str]] = {}
        self.erased: set[str] = set()
        self.checked = ""
        self.orphans: set[str] = set()

    def store(self) -> Store:
        """Where the memories lie; the one place to name a layout."""
        return Store(self.home, Durability.RELAXED)

    def opened(self) -> Memory:
        """The memories, as a new process has them."""
        return Memory(self.store(), zone=UTC)

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

    def now(self, verb: Callable[[], Awaitable[Answer]]) -> Answer:
        return anyio.run(verb)

    def marked(self) -> Iterator[tuple[str, int, Mark]]:
        """Where each filed statement stands now, with its mark."""
        for path, text in self.files().items():
            if is_entity(path):
                for line, statement in entity.parse(text).statements():
                    if statement.mark:
                        yield path, line, statement.mark

    def told(self) -> set[tuple[str, int]]:
        """Which turns of which sessions some line was filed from."""
        return {(mark.session_key, mark.turn) for _, _, mark in self.marked()}

    def keys(self) -> set[str]:
        """The keys of the sessions that are remembered."""
        return {key for path in self.files() if (key := session.path_key(path))}

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

    @initialize(about=st.sampled_from(ABOUT))
    def begin(self, about: str) -> None:
        self.do(lambda: self.memory.onboard("alex", about))
        self.do(lambda: self.memory.remember("alex", "user: I like cake.", "zero", "2020-01-01"))

    @rule(session=SESSIONS, day=DAYS, facts=st.lists(st.sampled_from(FACTS), min_size=1, max_size=4))
    def remember_with_facts(self, session: str, day: str, facts: list[dict[str, str]]) -> None:
        words = f"user: {' '.join(fact['statement'] for fact in facts)}"
        try:
            self.do(lambda: self.memory.remember("alex", words, session, day, facts=facts))
        except SessionDiffers:
            return

    @rule(session=SESSIONS, day=DAYS, words=WORDS, commit=st.booleans())
    def stage(self, session: str, day: str, words: list[str], commit: bool) -> None:
        try:
            receipt = self.do(lambda: self.memory.stage("alex", f"user: {' '.join(words)}", session, day))
        except SessionDiffers:
            return
        if commit and receipt.state != "retracted":
            self.do(lambda: self.memory.commit_staged("alex", session))

    @rule(session=SESSIONS)
    def commit_staged(self, session: str) -> None:
        try:
            self.do(lambda: self.memory.commit_staged("alex", session))
        except UnknownSession:
            return

    @rule()
    def digest(self) -> None:
        self.do(lambda: self.memory.digest("alex"))
        held = self.now(lambda: self.memory.status("alex")).held
        assert tuple(self.now(lambda: self.memory.pending("alex"))) == tuple(held)

    @rule(data=st.data())
    def add_a_line_by_hand(self, data: st.DataObject) -> None:
        folder = self.do(lambda: self.memory.view("alex"))
        path = data.draw(st.sampled_from(sorted(path for path in self.files() if is_entity(path))))
        with (folder / path).open("a", encoding="utf-8") as file:
            file.write("- 2019 | Told by nobody but me.\n")
        self.do(lambda: self.memory.view("alex"))

    @rule(text=st.sampled_from(["By hand: Maya plays chess.", "A note on canary-two."]))
    def edit_by_hand(self, text: str) -> None:
        folder = self.do(lambda: self.memory.view("alex"))
        file = folder / "memories" / "My Note.md"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"# My Note\n\n{text}\n", encoding="utf-8")
        self.do(lambda: self.memory.view("alex"))

    @rule(tools=TOOLS, cap=st.sampled_from([50, 32_000]))
    def consolidate(self, tools: list[str], cap: int) -> None:
        before = self.told()
        self.do(lambda: self.memory.consolidate("alex", tools, soft_cap_tokens=cap))
        assert self.told() == before
        if cap < 32_000:
            # Lines that went into another file may make that one too long for so small a bound.
            return
        again = self.do(lambda: self.memory.consolidate("alex", tools, soft_cap_tokens=cap))
        assert not [report.done for report in again.tools.values() if report.commits]

    @rule(merged=MERGED)
    def unmerge(self, merged: str) -> None:
        told = {"type": "person", "statement": "She sings."}
        facts = [told | {"entity": name} for name in ("Maya Lind", "M. Lind")]
        with suppress(SessionDiffers):
            self.do(lambda: self.memory.remember("alex", "user: Maya Lind sings.", "five", facts=facts))
        self.do(lambda: self.memory.consolidate("alex", ["dedupe"]))
        before = self.told()
        try:
            self.do(lambda: self.memory.unmerge("alex", merged))
        except (BadInput, Conflict, NotFound):
            return
        assert self.told() == before
        self.do(lambda: self.memory.consolidate("alex", ["dedupe"]))
        with suppress(BadInput, Conflict, NotFound):
            self.do(lambda: self.memory.unmerge("alex", merged))

    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        commit = data.draw(st.sampled_from(self.commits()))
        path = data.draw(st.sampled_from(sorted(self.known[commit][0])))
        try:
            self.do(lambda: self.memory.restore("alex", path, commit))
        except (BadInput, UnknownCommit):
            return
        # A file may come back that tells of a session which is forgotten meanwhile.
        self.orphans |= {mark.session_key for _, _, mark in self.marked()} - self.keys()

    @rule(session=SESSIONS)
    def undo(self, session: str) -> None:
        try:
            self.do(lambda: self.memory.undo("alex", session=session))
        except UnknownSession:
            return
        if session_key(SessionId(session)) not in self.keys():
            assert session_key(SessionId(session)) not in {key for key, _ in self.told()}

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
        assert session_key(SessionId(session)) not in {key for key, _ in self.told()}

    @precondition(lambda self: len(self.known) > 2)
    @rule(words=CANARIES)
    def erase(self, words: str) -> None:
        before = dict(self.known)
        self.known = {}
        done = self.do(lambda: self.memory.forget("alex", how="erase", words=words))
        assert not done.found
        self.erased.add(words)
        newest = next(epoch.epochs(self.store().branch(UserId("alex"))), None)
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
        held = self.store().branch(UserId("alex")).snapshot().repository
        assert not [oid for oid in held if words.encode() in held[oid].read_raw()]

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
    def every_line_leads_to_what_was_said(self) -> None:
        tip = self.now(lambda: self.memory.tip("alex"))
        if tip == self.checked:
            return
        self.checked = tip
        lines = self.now(lambda: self.memory.uncited("alex"))
        assert not [line for line in lines if not any(key in line.reason for key in self.orphans)]
        keys = self.keys()
        for path, line, mark in self.marked():
            if mark.session_key in keys:
                found = self.now(partial(self.memory.why, "alex", f"{path}:{line}"))
                assert (session_key(SessionId(found.session_id)), found.turn) == (mark.session_key, mark.turn)
                assert found.quote
                assert found.learned_in
            else:
                assert mark.session_key in self.orphans

    @invariant()
    def every_file_is_read_and_written_alike(self) -> None:
        for text in self.files().values():
            assert entity.parse(text).render() == text
        self.now(lambda: self.memory.findings("alex"))

    @invariant()
    def an_unknown_path_is_unknown_at_every_moment(self) -> None:
        try:
            anyio.run(lambda: self.memory.read("alex", "never/there.md"))
        except UnknownPath:
            return
        raise AssertionError("a path that never was could be read")
