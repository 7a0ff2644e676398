"""What one user is told does not depend on whether another exists, in either layout of the store."""

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pygit2
import pytest
from attacks import fuzz

from diffmem.agents.explore.address import Address, Answer, Request
from diffmem.agents.explore.interpreter import interpreted
from diffmem.storage.durability import Durability
from diffmem.storage.names import user_id
from diffmem.storage.store import Store

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WHO = pygit2.Signature("t", "t@t", 1_700_000_000)
LINES = 400
Line = list[dict[str, str]]

ALICE: Line = [
    {"index.md": "ann: memories/people/ann.md\n", "notes.md": "hello world\nsecond line\n"},
    {
        "index.md": "ann: memories/people/ann.md\n",
        "notes.md": "hello world\n",
        "memories/people/ann.md": "# Ann\n",
    },
]
# Hundreds of foreign objects, so that every short id of Alice's is ambiguous somewhere in a shared store.
BOB: Line = [{"bob.md": f"# Bob {number}\n", "notes.md": "hello world\n"} for number in range(300)]


def _committed(repository: pygit2.Repository, ref: str, states: Line) -> str:
    parents: list[pygit2.Oid] = []
    for number, files in enumerate(states):
        index = pygit2.Index()
        for path, text in files.items():
            blob = repository.create_blob(text.encode())
            index.add(pygit2.IndexEntry(path, blob, pygit2.enums.FileMode.BLOB))
        tree = index.write_tree(repository)
        parents = [repository.create_commit(ref, WHO, WHO, f"Session {number}\n", tree, parents)]
    return str(parents[0])


def _own(home: Path, *, crowded: bool) -> Address:
    store = Store(home, Durability.RELAXED)
    if crowded:
        bob = store.created(user_id("bob"))
        _committed(pygit2.Repository(str(bob.repository)), bob.ref, BOB)
    alice = store.created(user_id("alice"))
    return Address(
        str(alice.repository), _committed(pygit2.Repository(str(alice.repository)), alice.ref, ALICE)
    )


def _shared(home: Path, *, crowded: bool) -> Address:
    subprocess.run(["git", "init", "-q", str(home)], check=True, capture_output=True)
    repository = pygit2.Repository(str(home))
    if crowded:
        _committed(repository, "refs/heads/user/bob", BOB)
        (home / ".git" / "logs").mkdir(exist_ok=True)
    return Address(repository.path, _committed(repository, "refs/heads/user/alice", ALICE))


@pytest.mark.parametrize("layout", [_own, _shared], ids=["a repository each", "one shared"])
def test_one_user_is_told_the_same_with_and_without_another(
    tmp_path: Path, layout: Callable[..., Address]
) -> None:
    alone, beside = layout(tmp_path / "alone", crowded=False), layout(tmp_path / "beside", crowded=True)
    assert alone.commit == beside.commit
    foreign = {"BOB_SHA": "0" * 40, "BOBID": "bob", "BOB": "user/bob", "ALICE_SHA": alone.commit}
    prefixes = [f"git show {alone.commit[:length]}" for length in range(1, 41)]

    for line in [*prefixes, *fuzz.lines(7, LINES, foreign)]:
        command = line.encode("utf-8", "replace").decode()
        told: list[Answer] = [interpreted(Request(address, command, NOW)) for address in (alone, beside)]
        assert told[0] == told[1], line
