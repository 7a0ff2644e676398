from datetime import date

from support import put

from diffmem.storage.attempt import carried_out
from diffmem.storage.branch import Branch, Writer
from diffmem.storage.changes import Actor, ChangeSet, Stage
from diffmem.storage.erase import erase
from diffmem.storage.history import Commit
from diffmem.storage.snapshot import Snapshot


class Without:
    """Takes one word out of every file."""

    def content(self, path: str, data: bytes) -> bytes | None:
        return data.replace(b"canary", b"[erased]")

    def path(self, path: str) -> str:
        return path

    def message(self, commit: Commit, message: str) -> str | None:
        return message


def commit(writing: Writer, changes: ChangeSet) -> str:
    return writing.commit(changes)


def test_a_plan_is_made_again_when_what_it_rests_on_has_moved(branch: Branch) -> None:
    put(branch, {"a.md": "1"})
    seen: list[str] = []

    def plan(snapshot: Snapshot) -> ChangeSet:
        seen.append(snapshot.read("a.md"))
        if len(seen) == 1:
            put(branch, {"a.md": "2"})
        return ChangeSet("plan", Stage.DIGEST, Actor.WRITER, {"b.md": seen[-1]}, rests_on=frozenset({"a.md"}))

    assert carried_out(branch, plan, commit)
    assert seen == ["1", "2"]
    assert branch.snapshot().read("b.md") == "2"


def test_a_write_elsewhere_does_not_disturb_a_plan(branch: Branch) -> None:
    put(branch, {"a.md": "1"})
    seen: list[str] = []

    def plan(snapshot: Snapshot) -> ChangeSet:
        seen.append(snapshot.commit)
        put(branch, {f"other/{len(seen)}.md": "x"})
        return ChangeSet("plan", Stage.DIGEST, Actor.WRITER, {"b.md": "b"})

    assert carried_out(branch, plan, commit)
    assert len(seen) == 1


def test_a_plan_made_of_what_was_erased_meanwhile_is_never_committed(branch: Branch) -> None:
    put(branch, {"a.md": "the canary sings"})
    seen: list[str] = []

    def plan(snapshot: Snapshot) -> ChangeSet:
        seen.append(snapshot.read("a.md"))
        if len(seen) == 1:
            with branch.writing() as writing:
                erase(writing, Without(), [b"canary"], today=date(2026, 1, 1))
        return ChangeSet("plan", Stage.DIGEST, Actor.WRITER, {"b.md": seen[-1]})

    assert carried_out(branch, plan, commit)
    assert branch.snapshot().read("b.md") == "the [erased] sings"
