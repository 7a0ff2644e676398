from datetime import date
from pathlib import Path

import pytest
from support import put

from diffmem.agents.recall import Recaller
from diffmem.storage.branch import Branch
from diffmem.storage.names import user_id
from diffmem.storage.snapshot import Snapshot
from diffmem.storage.store import Store

READ: list[str] = []


class Counting(Snapshot):
    """A snapshot that notes what is read of it."""

    def content(self, blob: str) -> bytes:
        READ.append(blob)
        return super().content(blob)


def branches(home: Path, number: int) -> list[Branch]:
    found = [Store(home).created(user_id(f"user-{at}")) for at in range(number)]
    for branch in found:
        put(branch, {"memories/people/ana.md": "# Ana\n\n- Ana has a red kite.\n"})
    return found


def reads(recaller: Recaller, branch: Branch) -> int:
    snapshot = branch.snapshot()
    counting = Counting(snapshot.repository, snapshot.commit)
    READ.clear()
    recaller.recall(counting, "Who has a kite?", 500, date(2024, 1, 1))
    return len(READ)


def test_many_small_memories_are_read_once_each(tmp_path: Path) -> None:
    recaller, asked = Recaller(), branches(tmp_path, 30)
    first, second = ([reads(recaller, branch) for branch in asked] for _ in range(2))

    assert all(first)
    assert not any(second)
    recaller.forget()
    assert reads(recaller, asked[0])


def test_large_memories_make_room_for_one_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diffmem.agents.recall._KEPT_WORDS", 1)
    recaller, asked = Recaller(), branches(tmp_path, 9)
    for branch in asked:
        reads(recaller, branch)

    assert reads(recaller, asked[-1]) == 0
    assert reads(recaller, asked[0]) > 0
    assert reads(recaller, asked[1]) > 0
    assert reads(recaller, asked[-1]) == 0
