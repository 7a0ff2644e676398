"""Which sessions wait, answered from what waited at the commit before."""

import random
from collections.abc import Mapping
from pathlib import Path

import pygit2
import pytest

from diffmem.storage import pending
from diffmem.storage.branch import commit_object
from diffmem.storage.changes import Actor, ChangeSet, Stage
from diffmem.storage.objects import commit_of
from diffmem.storage.snapshot import Snapshot

SESSIONS = ("a", "b", "c", "d")
ENDS = (Stage.DIGEST, Stage.UNDO, Stage.FORGET)


class Lines:
    """Lines of commits in one repository, written at random."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.handle = pygit2.init_repository(str(folder), bare=True)
        self.random = random.Random(seed)
        self.tips = [self.made([], Stage.ONBOARD, {"user.md": "x"})]

    def grow(self) -> str:
        """One more commit on one of the lines, or two of them joined, or one more line."""
        step = self.random.random()
        at = self.random.randrange(len(self.tips))
        if step < 0.15 and len(self.tips) > 1:
            here, there = self.random.sample(self.tips, 2)
            if here != there:
                self.tips = [tip for tip in self.tips if tip not in (here, there)]
                self.tips.append(self.made([here, there], Stage.MERGE, {}))
                return self.tips[-1]
        if step < 0.3 and len(self.tips) < 3:
            self.tips.append(self.tips[at])
        self.tips[at] = self._next(self.tips[at])
        return self.tips[at]

    def waiting(self, tip: str) -> list[str]:
        """What waits at a commit."""
        return pending.sessions(Snapshot(self.handle, tip))

    def _next(self, tip: str) -> str:
        session, step = self.random.choice(SESSIONS), self.random.random()
        waits = session in self.waiting(tip)
        if step < 0.1:
            return self._foreign(tip)
        if step < 0.2:
            return self.made([tip], Stage.EDIT, {"user.md": str(self.random.random())})
        if step < 0.6 or not waits:
            before = Snapshot(self.handle, tip).text(f"s/{session}")
            stage = self.random.choice((Stage.INTAKE, Stage.INTAKE, Stage.RESTORE))
            hold = {"Hold": "yes"} if self.random.random() < 0.2 else {}
            words = {f"s/{session}": f"{before}{self.random.random()}\n"}
            return self.made([tip], stage, words, session, 0 if waits else 1, hold)
        return self.made([tip], self.random.choice(ENDS), {f"m/{session}": "filed"}, session, -1)

    def made(
        self,
        parents: list[str],
        stage: Stage,
        write: Mapping[str, str],
        session: str = "",
        waiting: int = 0,
        more: dict[str, str] | None = None,
    ) -> str:
        """A commit of ours."""
        trailers = ({"Session-Id": session} if session else {}) | (more or {})
        changes = ChangeSet("x", stage, Actor.USER, write, trailers=trailers, waiting=waiting)
        return commit_object(self.handle, parents, changes)

    def _foreign(self, tip: str) -> str:
        who = pygit2.Signature("a", "a@b", 1, 0)
        tree = commit_of(self.handle, tip).tree.id
        return str(self.handle.create_commit(None, who, who, "by hand", tree, [tip]))


@pytest.mark.parametrize("seed", range(12))
def test_what_is_kept_and_what_is_walked_agree(tmp_path: Path, seed: int) -> None:
    lines = Lines(tmp_path, seed)
    for _ in range(40):
        tip = lines.grow()
        if lines.random.random() < 0.1:
            pending.forget()
        kept, snapshot = lines.waiting(tip), Snapshot(lines.handle, tip)
        assert kept == (pending.joined(lines.handle, [tip]) if pending.count(snapshot) else [])
        assert sorted(kept) == sorted([*pending.held(snapshot), *pending.free(snapshot)])


@pytest.mark.parametrize("seed", [3, 7])
def test_a_commit_that_was_passed_over_is_answered_as_well(tmp_path: Path, seed: int) -> None:
    lines = Lines(tmp_path, seed)
    every = [lines.grow() for _ in range(40)]
    pending.forget()
    lines.random.shuffle(every)
    for tip in every:
        told = pending.joined(lines.handle, [tip]) if pending.count(Snapshot(lines.handle, tip)) else []
        assert lines.waiting(tip) == told


def test_the_next_answer_takes_no_walk(tmp_path: Path) -> None:
    lines = Lines(tmp_path, 1)
    line = [*lines.tips]
    for number in range(20):
        line.append(lines.made(line[-1:], Stage.INTAKE, {f"s/{number}": "x"}, f"w{number}", 1))
    assert len(lines.waiting(line[-1])) == 20
    done = lines.made(line[-1:], Stage.DIGEST, {"m/w0": "filed"}, "w0", -1)
    for commit in line[:-1]:
        tmp_path.joinpath("objects", commit[:2], commit[2:]).unlink()
    snapshot = Snapshot(pygit2.Repository(str(tmp_path)), done)
    assert pending.sessions(snapshot) == [f"w{number}" for number in range(1, 20)]
    pending.forget()
    with pytest.raises(KeyError):
        pending.sessions(snapshot)
