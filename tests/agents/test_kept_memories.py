from datetime import date
from pathlib import Path

import pytest
from support import put

from diffmem.agents import kept
from diffmem.agents.kept import Memory
from diffmem.agents.recall import Recaller
from diffmem.storage.branch import Branch
from diffmem.storage.names import user_id
from diffmem.storage.snapshot import Snapshot
from diffmem.storage.store import Store

READ: list[str] = []
TODAY = date(2024, 1, 1)


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


def reads(recaller: Recaller, branch: Branch, user: str = "") -> int:
    snapshot = branch.snapshot()
    counting = Counting(snapshot.repository, snapshot.commit)
    READ.clear()
    recaller.recall(counting, "Who has a kite?", 500, TODAY, user=user)
    return len(READ)


def test_many_small_memories_are_read_once_each(tmp_path: Path) -> None:
    recaller, asked = Recaller(), branches(tmp_path, 30)
    first, second = ([reads(recaller, branch) for branch in asked] for _ in range(2))

    assert all(first)
    assert not any(second)
    recaller.forget()
    assert reads(recaller, asked[0])


def test_users_of_one_repository_do_not_push_each_other_out(tmp_path: Path) -> None:
    recaller, [branch] = Recaller(), branches(tmp_path, 1)
    first = reads(recaller, branch, "ana")

    assert reads(recaller, branch, "ben") == first > 0
    assert reads(recaller, branch, "ana") == reads(recaller, branch, "ben") == 0


def test_large_memories_make_room_for_one_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "READY", 1)
    monkeypatch.setattr(kept, "PACKED", 0)
    recaller, asked = Recaller(), branches(tmp_path, 9)
    for branch in asked:
        reads(recaller, branch)

    assert reads(recaller, asked[-1]) == 0
    assert reads(recaller, asked[0]) > 0
    assert reads(recaller, asked[1]) > 0
    assert reads(recaller, asked[-1]) == 0


def test_a_memory_that_was_packed_answers_without_being_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "READY", 1)
    recaller, asked = Recaller(), branches(tmp_path, 9)
    for branch in asked:
        reads(recaller, branch)
    before = answer(recaller, asked[0])

    assert reads(recaller, asked[0]) == 0
    assert answer(recaller, asked[0]) == before == answer(Recaller(), asked[0])
    put(asked[0], {"memories/people/ben.md": "# Ben\n\n- Ben has a kite, too.\n"})
    assert reads(recaller, asked[1]) == 0
    for branch in asked[2:8]:
        reads(recaller, branch)
    assert reads(recaller, asked[0]) == 1
    assert answer(recaller, asked[0]) == answer(Recaller(), asked[0])
    recaller.forget()
    assert reads(recaller, asked[0]) == 2


def test_what_is_erased_while_it_is_packed_does_not_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "READY", 1)
    recaller, asked = Recaller(), branches(tmp_path, 5)
    pack = Memory.packed

    def erased_meanwhile(memory: Memory) -> bytes:
        recaller.forget()
        return pack(memory)

    for branch in asked[:-1]:
        reads(recaller, branch)
    monkeypatch.setattr(Memory, "packed", erased_meanwhile)
    reads(recaller, asked[-1])

    assert reads(recaller, asked[0]) > 0


def test_what_was_written_since_is_read_before_somebody_asks(tmp_path: Path) -> None:
    recaller, [asked, never] = Recaller(), branches(tmp_path, 2)
    reads(recaller, asked)
    for branch in (asked, never):
        put(branch, {"memories/people/ben.md": "# Ben\n\n- Ben has a boat.\n"})
        recaller.refresh(branch.snapshot(), "")

    assert reads(recaller, asked) == 0
    assert reads(recaller, never) > 0


def test_what_was_read_before_all_was_dropped_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recaller, [branch] = Recaller(), branches(tmp_path, 1)
    read = Counting.content

    def erased_meanwhile(snapshot: Counting, blob: str) -> bytes:
        recaller.forget()
        return read(snapshot, blob)

    with monkeypatch.context() as during:
        during.setattr(Counting, "content", erased_meanwhile)
        recaller.recall(Counting(branch.snapshot().repository, branch.snapshot().commit), "kite", 500, TODAY)

    assert reads(recaller, branch) > 0


def test_what_is_kept_stays_within_its_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recaller, asked = Recaller(), branches(tmp_path, 12)
    reads(recaller, asked[0])
    one = recaller.kept.ready_size
    monkeypatch.setattr(kept, "READY", 6 * one)
    monkeypatch.setattr(kept, "PACKED", 1500)
    for branch in asked * 2:
        reads(recaller, branch)

    assert 5 * one <= recaller.kept.ready_size <= 6 * one
    assert 0 < recaller.kept.packed_size <= 1500


def answer(recaller: Recaller, branch: Branch) -> object:
    return recaller.recall(branch.snapshot(), "Who has a kite?", 500, TODAY).blocks
