"""How long recalls take on a large memory and on one ten times as large, beside `grep -rn` on its files."""

import random
import re
import shutil
import subprocess
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from conversations import load

from diffmem.agents.catalogue import Catalogue
from diffmem.agents.indexing import indexed
from diffmem.agents.reading import is_searched
from diffmem.agents.recall import Recaller
from diffmem.agents.scout.words import terms_in
from diffmem.ontologies import entity, session
from diffmem.ontologies.statement import Mark, Statement
from diffmem.storage.branch import Branch
from diffmem.storage.changes import Actor, ChangeSet, Stage
from diffmem.storage.durability import Durability
from diffmem.storage.names import SessionId, session_key, user_id
from diffmem.storage.snapshot import Snapshot
from diffmem.storage.store import Store

SIZES = (1000, 10_000)
TURNS, STATEMENTS = 25, 10
ASKED, GREPPED = 200, 20
TOKENS = 1000
TODAY = date(2025, 1, 1)
_FIRST_DAY, _DAYS = date(2015, 1, 1), 3650
_PEOPLE = ("Ann", "Bob")
_RECEIVED = "2025-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Words:
    """What people really said and asked."""

    turns: Sequence[str]
    questions: Sequence[str]

    @classmethod
    def of(cls, folder: Path) -> "Words":
        """From the conversations of friends."""
        talks = [talk for name in ("locomo", "realtalk") for talk in load(folder, name)]
        return cls(
            [" ".join(unit.text.split()) for talk in talks for unit in talk.turns if unit.text.strip()],
            [asked.question for talk in talks for asked in talk.questions],
        )


@dataclass(frozen=True, slots=True)
class Watched(Snapshot):
    """A snapshot that notes what is read of it."""

    noted: list[str] = field(default_factory=list[str])

    def content(self, blob: str) -> bytes:
        """The bytes of a blob, noted."""
        self.noted.append(blob)
        # Not `super()`: a class with slots is made twice, and the first one has no instances.
        return Snapshot.content(self, blob)

    @classmethod
    def of(cls, snapshot: Snapshot) -> "Watched":
        """The same commit, watched."""
        return cls(snapshot.repository, snapshot.commit)


def _session(words: Words, draw: random.Random, number: int) -> tuple[str, str]:
    """A session of two people as path and text; each turn has a word that few others have."""
    day = (_FIRST_DAY + timedelta(days=number % _DAYS)).isoformat()
    name = f"s{number}"
    said = "".join(
        f"{draw.choice(_PEOPLE)}: {draw.choice(words.turns)} x{draw.randrange(10_000)}\n"
        for _ in range(TURNS)
    )
    file = session.new(name, said, date=f"{day}T12:00:00+00:00", received=_RECEIVED)
    return session.path_for(name, session_key(SessionId(name)), day), file.render()


def _person(words: Words, draw: random.Random, number: int, sessions: int) -> tuple[str, str]:
    """An entity file of statements, each with the mark of a turn."""
    told = [
        Statement(
            (_FIRST_DAY + timedelta(days=draw.randrange(_DAYS))).isoformat(),
            draw.choice(words.turns)[:200],
            Mark(session_key(SessionId(f"s{draw.randrange(sessions)}")), draw.randrange(TURNS) + 1),
        )
        for _ in range(STATEMENTS)
    ]
    file = entity.new(f"Person {number}", "person", created="2015-01-01")
    return f"memories/people/person_{number}.md", file.with_statements("Statements", told).render()


def _commit(branch: Branch, write: Mapping[str, str | bytes]) -> Snapshot:
    with branch.writing() as writer:
        writer.commit(ChangeSet("fill", Stage.EDIT, Actor.WRITER, write))
    return branch.snapshot()


def filled(home: Path, words: Words, size: int) -> Branch:
    """A memory of as many entity files as sessions, with its index."""
    draw = random.Random(size)
    branch = Store(home, Durability.RELAXED).created(user_id("bench"))
    sessions = dict(_session(words, draw, number) for number in range(size))
    people = dict(_person(words, draw, number, size) for number in range(size))
    first = _commit(branch, {**sessions, **people})
    _commit(branch, indexed(first, Catalogue([]), people, "2025-01-01"))
    return branch


def _searched(snapshot: Snapshot) -> Iterator[int]:
    for file in snapshot.files():
        if is_searched(file.path):
            yield snapshot.size(file.blob)


def _laid_out(snapshot: Snapshot, folder: Path) -> None:
    for file in snapshot.files():
        place = folder / file.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(snapshot.content(file.blob))


def _grepped(folder: Path, question: str) -> float:
    """Milliseconds of one `grep -rn` for any of a question's words."""
    words = [word for word in re.findall(r"\w+", question) if len(word) > 2 and terms_in("english").of(word)]
    begun = time.perf_counter()
    command = [shutil.which("grep") or "grep", "-rniE", "|".join(words) or "nothing", str(folder)]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False, env={"LC_ALL": "C.UTF-8"})
    return (time.perf_counter() - begun) * 1e3


def _at(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def _recalled(recaller: Recaller, snapshot: Snapshot, question: str) -> float:
    begun = time.perf_counter()
    recaller.recall(snapshot, question, TOKENS, TODAY)
    return (time.perf_counter() - begun) * 1e3


def _memory(snapshot: Snapshot, question: str) -> int:
    """Bytes that are kept of a memory after one recall."""
    tracemalloc.start()
    recaller = Recaller()
    recaller.recall(snapshot, question, TOKENS, TODAY)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return kept


def _measure(words: Words, size: int, say: Callable[[str], None]) -> float:
    """Print the rows of one size; the milliseconds at the 95th percentile."""
    with tempfile.TemporaryDirectory() as folder:
        branch = filled(Path(folder) / "home", words, size)
        snapshot = branch.snapshot()
        text = sum(_searched(snapshot))
        draw = random.Random(1)
        questions = [draw.choice(words.questions) for _ in range(ASKED)]
        kept = _memory(snapshot, questions[0]) if size == min(SIZES) else 0
        recaller = Recaller()
        busy = time.process_time()
        first = _recalled(recaller, snapshot, questions[0])
        busy = time.process_time() - busy
        warm = [_recalled(recaller, snapshot, question) for question in questions]
        worktree = Path(folder) / "worktree"
        _laid_out(snapshot, worktree)
        grep = [_grepped(worktree, question) for question in questions[: GREPPED + 1]][1:]
        after = Watched.of(_commit(branch, dict([_session(words, draw, size)])))
        once_more = _recalled(recaller, after, questions[1])
    slow = _at(warm, 0.95)
    say(
        f"speed {size:6,} entity files + {size:6,} sessions ({size * TURNS:7,} turns, {text / 1e6:5.1f} MB): "
        f"first recall {first / 1e3:5.2f} s = {first / 1e3 / (text / 1e6):4.2f} s/MB "
        f"({busy / (text / 1e6):4.2f} of it at work)   "
        f"warm median {_at(warm, 0.5):5.1f} p95 {slow:5.1f} ms   "
        f"grep -rn median {_at(grep, 0.5):6.1f} ms ({_at(grep, 0.5) / _at(warm, 0.5):4.1f} times ours)   "
        f"after one more session {len(after.noted)} blob(s) read, {once_more:5.1f} ms"
        + (f"   kept in memory {kept / text:4.1f} x the text" if kept else "")
    )
    return slow


def report(folder: Path, say: Callable[[str], None], sizes: Sequence[int] = SIZES) -> None:
    """Print the time of recalls at each size, and how it grows."""
    words = Words.of(folder)
    slow = [_measure(words, size, say) for size in sizes]
    for size, value in zip(sizes[1:], slow[1:], strict=True):
        say(f"speed {size // sizes[0]} times the size: {value / slow[0]:.1f} times the time at p95")
