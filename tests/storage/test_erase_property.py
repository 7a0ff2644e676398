import subprocess
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pygit2
from hypothesis import given, settings
from hypothesis import strategies as some
from redactions import CANARY, Lines

from diffmem.storage.branch import Branch
from diffmem.storage.durability import Durability
from diffmem.storage.erase import erase
from diffmem.storage.history import History
from diffmem.storage.names import user_id
from diffmem.storage.objects import commit_of
from diffmem.storage.snapshot import Snapshot
from diffmem.storage.store import Store
from diffmem.storage.tree import written

PATHS = ["a.md", "b/c.md", "b/d/e.md", "b-c.md", f"b/{CANARY}_1.txt", f"{CANARY}/f.txt", f"x/{CANARY}.md"]
LINES = ["one", "two", CANARY, f"about {CANARY} too", ""]


@dataclass(frozen=True, slots=True)
class Step:
    """A commit to make: which parents, what to write, delete and rename, and what to call it."""

    parents: tuple[int, ...]
    write: dict[str, list[str]]
    delete: frozenset[str]
    rename: tuple[str, str] | None
    subject: str


steps = some.builds(
    Step,
    parents=some.lists(some.integers(0, 20), min_size=1, max_size=2).map(tuple),
    write=some.dictionaries(
        some.sampled_from(PATHS), some.lists(some.sampled_from(LINES), max_size=3), max_size=3
    ),
    delete=some.frozensets(some.sampled_from(PATHS), max_size=2),
    rename=some.none() | some.tuples(some.sampled_from(PATHS), some.sampled_from(PATHS)),
    subject=some.sampled_from(["edit", "note", f"remember: {CANARY}"]),
)


def listing(handle: pygit2.Repository, commit: str) -> dict[str, bytes]:
    snapshot = Snapshot(handle, commit)
    return {path: snapshot.content(blob) for path, blob in snapshot.files()}


def made(branch: Branch, plan: list[Step]) -> list[str]:
    """Carry out the steps; the later of two commits may have the earlier one as a parent."""
    handle = pygit2.Repository(str(branch.repository))
    commits: list[str] = []
    for number, step in enumerate(plan):
        parents = list(dict.fromkeys(commits[-1 - at % len(commits)] for at in step.parents if commits))
        before = listing(handle, parents[0]) if parents else {}
        write = {path: "".join(f"{line}\n" for line in lines).encode() for path, lines in step.write.items()}
        delete = set(step.delete)
        if step.rename and step.rename[0] in before:
            delete.add(step.rename[0])
            write[step.rename[1]] = before[step.rename[0]]
        base = commit_of(handle, parents[0]).tree if parents else None
        who = pygit2.Signature("writer", "memory@diffmem", 1000 + number, 60)
        tree = written(handle, base, write, delete)
        commits.append(str(handle.create_commit(None, who, who, f"{step.subject}\n", tree, parents)))
    for number, commit in enumerate(commits[::3]):
        handle.references.create(f"refs/heads/archive/{number}", commit)
    handle.references.create(branch.ref, commits[-1])
    return commits


def filtered(files: dict[str, bytes], redaction: Lines) -> dict[str, bytes]:
    told = {redaction.path(path): redaction.content(path, content) for path, content in files.items()}
    return {path: content for path, content in told.items() if content is not None}


@settings(max_examples=60, deadline=None)
@given(
    plan=some.lists(steps, min_size=1, max_size=9),
    word=some.sampled_from([CANARY, "about"]),
    pack=some.booleans(),
)
def test_an_erase_filters_every_commit_and_touches_no_other(plan: list[Step], word: str, pack: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        branch = Store(Path(folder), Durability.RELAXED).created(user_id("alex"))
        made(branch, plan)
        if pack:
            subprocess.run(["git", "repack", "-adq"], cwd=branch.repository, check=True)
        handle = pygit2.Repository(str(branch.repository))
        tips = [handle.references[name].target for name in handle.references]
        line = {str(one.id) for tip in tips for one in handle.walk(tip)}
        before = {commit: listing(handle, commit) for commit in line}
        raw = {commit: handle.odb.read(pygit2.Oid(hex=commit))[1] for commit in line}
        told_before = {commit: History(Snapshot(handle, commit)).commit(commit) for commit in line}
        redaction = Lines(word)

        with branch.writing() as writer:
            told = erase(writer, redaction, [word.encode()], today=date(2026, 3, 2))

        assert told.found == ()
        handle = pygit2.Repository(str(branch.repository))
        touched: set[str] = set()
        for commit in sorted(line, key=lambda one: told_before[one].learned):
            own = filtered(before[commit], redaction) != before[commit] or word in told_before[commit].subject
            if own or touched & set(told_before[commit].parents):
                touched.add(commit)
        assert set(told.commits) == touched
        for commit in line - touched:
            assert handle.odb.read(pygit2.Oid(hex=commit))[1] == raw[commit]
        for old, new in told.commits.items():
            assert not new or listing(handle, new) == filtered(before[old], redaction)
            assert new or word in told_before[old].subject
            assert not new or people(handle, new) == [
                line for line in raw[old].split(b"\n") if b"memory@" in line
            ]
            assert pygit2.Oid(hex=old) not in handle
        fsck = subprocess.run(
            ["git", "fsck", "--strict"], cwd=branch.repository, check=False, capture_output=True
        )
        assert fsck.returncode == 0


def people(handle: pygit2.Repository, commit: str) -> list[bytes]:
    raw = handle.odb.read(pygit2.Oid(hex=commit))[1]
    return [line for line in raw.split(b"\n") if b"memory@" in line]
