"""What care notes of the commits that touched a path: it answers as the history does, or not at all."""

import tempfile
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pygit2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from redactions import CANARY, Lines
from support import put

from diffmem.errors import GitFailed
from diffmem.storage import trails
from diffmem.storage.branch import Branch
from diffmem.storage.bundle import bundle, restored
from diffmem.storage.care import tend
from diffmem.storage.durability import Durability
from diffmem.storage.erase import erase, erase_user
from diffmem.storage.failpoint import Hindered, on_reaching
from diffmem.storage.git import git_until
from diffmem.storage.history import History
from diffmem.storage.names import user_id
from diffmem.storage.objects import commit_of
from diffmem.storage.snapshot import Snapshot
from diffmem.storage.store import Store
from diffmem.storage.trail_survey import surveyed
from diffmem.storage.tree import written

PATHS = ["a.md", "b/c.md", "b/d/e.md", "b-c.md", "b", "é.md"]
ASKED = [*PATHS, "b/d", "nowhere.md"]
STAGES = ["digest", "edit", "onboard"]


@dataclass(frozen=True, slots=True)
class Step:
    """A commit to make: on which ones, what to write and delete, and which file to move where."""

    parents: tuple[int, ...]
    write: dict[str, str]
    delete: frozenset[str]
    move: tuple[str, str] | None
    stage: str


steps = some.builds(
    Step,
    parents=some.just((0,)) | some.lists(some.integers(0, 3), max_size=2).map(tuple),
    write=some.dictionaries(
        some.sampled_from([*PATHS, *PATHS[:1] * 4]), some.sampled_from("xyz"), max_size=2
    ),
    delete=some.frozensets(some.sampled_from(PATHS), max_size=1),
    move=some.none() | some.tuples(some.sampled_from(PATHS), some.sampled_from(PATHS)),
    stage=some.sampled_from(STAGES),
)


@pytest.fixture
def relaxed(tmp_path: Path) -> Branch:
    return Store(tmp_path / "home", Durability.RELAXED).created(user_id("alex"))


@pytest.fixture
def reaching() -> Generator[Callable[[Callable[[str], None]], None]]:
    yield on_reaching
    on_reaching(None)


def made(branch: Branch, plan: list[Step]) -> list[str]:
    """Carry out the steps, oldest first; a file gives way to a folder of its name, a folder to a file."""
    handle = pygit2.Repository(str(branch.repository))
    commits: list[str] = []
    contents: dict[str, dict[str, str]] = {}
    for number, step in enumerate(plan):
        parents = list(dict.fromkeys(commits[-1 - at % len(commits)] for at in step.parents if commits))
        before = contents[parents[0]] if parents else {}
        files = {path: text for path, text in before.items() if path not in step.delete}
        moved = {step.move[1]: files.pop(step.move[0])} if step.move and step.move[0] in files else {}
        for path, text in {**step.write, **moved}.items():
            files = {one: kept for one, kept in files.items() if not f"{one}/".startswith(f"{path}/")}
            files = {one: kept for one, kept in files.items() if not path.startswith(f"{one}/")}
            files[path] = text if path in moved else text + "\na line of many" * 9
        who = pygit2.Signature("writer", "memory@diffmem", 1000 + number // 3, 60)
        message = f"step {number}\n\nStage: {step.stage}\n"
        tree = written(handle, None, files, ())
        commits.append(str(handle.create_commit(None, who, who, message, tree, parents)))
        contents[commits[-1]] = files
    return commits


def noted(branch: Branch, tip: str) -> None:
    """Have a tip's commits be noted, as care does it."""
    handle = pygit2.Repository(str(branch.repository))
    handle.references.create(branch.ref, tip, force=True)

    def run(*arguments: str, told: str = "") -> str | None:
        return git_until(branch.repository, *arguments, stop=lambda: False, told=told)

    assert surveyed(run, branch.repository, branch.ref, branch.notes)


def told(tip: Snapshot, path: str) -> object:
    """All that a path's history says."""
    history = History(tip)
    paths = history.paths_of(path)
    commits = list(history.commits(paths))
    return paths, commits, [history.changes(one, lambda _: lambda _: "", paths) for one in commits]


@settings(max_examples=30, deadline=None)
@given(
    plan=some.lists(steps, min_size=2, max_size=12),
    care=some.lists(some.integers(0, 11), min_size=1, max_size=3),
    tips=some.lists(some.integers(0, 11), min_size=2, max_size=4),
    asked=some.sampled_from(ASKED),
)
def test_what_is_noted_never_changes_an_answer(
    plan: list[Step], care: list[int], tips: list[int], asked: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        branch = Store(Path(folder), Durability.RELAXED).created(user_id("alex"))
        commits = made(branch, plan)
        for at in care:
            noted(branch, commits[at % len(commits)])
        handle = pygit2.Repository(str(branch.repository))
        for tip in (commits[at % len(commits)] for at in [*tips, care[-1]]):
            for path in {asked, "a.md"}:
                with_notes = told(Snapshot(handle, tip, branch.notes), path)
                assert with_notes == told(Snapshot(handle, tip), path)


def numbered(branch: Branch, first: int, last: int) -> list[str]:
    return [put(branch, {f"{number % 3}.md": f"{number}\n"}) for number in range(first, last)]


def touching(branch: Branch, path: str, commit: str = "") -> list[str]:
    return [commit.id for commit in History(branch.snapshot(commit)).commits([path])]


def test_after_care_no_program_is_started_for_the_history_of_a_path(
    relaxed: Branch, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits = numbered(relaxed, 0, 12)
    tend(relaxed)
    monkeypatch.setenv("PATH", "")
    assert touching(relaxed, "1.md") == commits[1::3][::-1]
    assert touching(relaxed, "1.md", commits[6]) == [commits[4], commits[1]]
    assert touching(relaxed, "nowhere.md") == []
    history = History(relaxed.snapshot())
    newest = next(history.commits(["1.md"]))
    assert history.changes(newest, lambda _: lambda _: "", ["1.md"])[0].removed == ("7",)
    commits += [put(relaxed, {"1.md": "new\n"}), put(relaxed, {"2.md": "new\n"})]
    assert touching(relaxed, "1.md") == [commits[12], *commits[1:12:3][::-1]]
    relaxed.notes.joinpath(trails.NAME).unlink()
    with pytest.raises(GitFailed):
        touching(relaxed, "1.md")


def test_care_notes_what_is_new_after_what_it_noted_before(relaxed: Branch) -> None:
    early = numbered(relaxed, 0, 7)
    tend(relaxed)
    late = numbered(relaxed, 7, 20)
    assert touching(relaxed, "1.md") == [*early, *late][1::3][::-1]
    tend(relaxed)
    grown = relaxed.notes.joinpath(trails.NAME).read_bytes()
    assert touching(relaxed, "1.md") == [*early, *late][1::3][::-1]
    trails.drop(relaxed.notes)
    tend(relaxed)
    assert relaxed.notes.joinpath(trails.NAME).read_bytes() == grown


def test_a_line_that_joins_older_ones_is_noted_anew(relaxed: Branch) -> None:
    first, *_, last = commits = numbered(relaxed, 0, 5)
    tend(relaxed)
    handle = pygit2.Repository(str(relaxed.repository))
    who, tree = pygit2.Signature("a", "a@b", 9), commit_of(handle, last).tree_id
    aside = str(
        handle.create_commit(None, who, who, "aside", written(handle, None, {"1.md": "!"}, ()), [first])
    )
    joined = str(handle.create_commit(relaxed.ref, who, who, "joined", tree, [last, aside]))
    without = [one.id for one in History(Snapshot(handle, joined)).commits(["1.md"])]
    assert set(without) == {joined, aside, commits[4], commits[1]}
    assert touching(relaxed, "1.md") == without
    tend(relaxed)
    assert touching(relaxed, "1.md") == without
    # Of what is noted in between, one of the two lines has not come from the other.
    assert touching(relaxed, "1.md", last) == [commits[4], commits[1]]
    assert touching(relaxed, "1.md", aside) == [aside]


HARMS: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "half of it": lambda raw: raw[: len(raw) // 2],
    "short of a byte": lambda raw: raw[:-1],
    "of another version": lambda raw: raw.replace(b"trails 1", b"trails 9"),
    "a wrong commit": lambda raw: bytes([*raw[:30], raw[30] ^ 1, *raw[31:]]),
    "a wrong record": lambda raw: bytes([*raw[:-40], raw[-40] ^ 4, *raw[-39:]]),
}


@pytest.mark.parametrize("harm", HARMS.values(), ids=HARMS)
def test_a_damaged_file_is_as_good_as_none_until_care_comes_again(
    relaxed: Branch, harm: Callable[[bytes], bytes]
) -> None:
    commits = numbered(relaxed, 0, 9)
    tend(relaxed)
    file = relaxed.notes / trails.NAME
    whole = file.read_bytes()
    file.unlink()
    file.write_bytes(harm(whole))
    assert touching(relaxed, "1.md") == commits[1::3][::-1]
    with trails.opened(relaxed.notes) as found:
        assert found is None
    tend(relaxed)
    assert file.read_bytes() == whole


def test_care_that_is_cut_off_leaves_what_was_noted_before(
    relaxed: Branch, reaching: Callable[[Callable[[str], None]], None]
) -> None:
    commits = numbered(relaxed, 0, 5)
    tend(relaxed)
    commits += numbered(relaxed, 5, 9)
    before = relaxed.notes.joinpath(trails.NAME).read_bytes()

    def cut(name: str) -> None:
        if name == "trails.written":
            raise Hindered(name)

    reaching(cut)
    with pytest.raises(Hindered):
        tend(relaxed)
    assert relaxed.notes.joinpath(trails.NAME).read_bytes() == before
    assert touching(relaxed, "1.md") == commits[1::3][::-1]
    reaching(lambda _: None)
    tend(relaxed)
    assert touching(relaxed, "1.md") == commits[1::3][::-1]
    assert [path.name for path in relaxed.notes.glob(f"{trails.NAME}*")] == [trails.NAME]


@pytest.mark.parametrize("left", [trails.NAME, f"{trails.NAME}.tmp"], ids=["whole", "half written"])
def test_an_erase_takes_it_away(relaxed: Branch, left: str) -> None:
    path = f"people/{CANARY}.md"
    put(relaxed, {"a.md": f"{CANARY}\n", path: "of somebody\n"})
    numbered(relaxed, 0, 3)
    tend(relaxed)
    name = relaxed.notes / trails.NAME
    assert trails.digest(path) in name.read_bytes()
    name.rename(relaxed.notes / left)
    with relaxed.writing() as writer:
        assert erase(writer, Lines(), [CANARY.encode()], today=date(2026, 3, 2)).found == ()
    kept = [file.read_bytes() for file in relaxed.repository.rglob("*") if file.is_file()]
    assert not any(trails.digest(path) in raw for raw in kept)
    assert not list(relaxed.notes.glob(f"{trails.NAME}*"))
    assert touching(relaxed, path) == []
    tend(relaxed)
    assert touching(relaxed, path) == []
    assert len(touching(relaxed, "1.md")) == 1


def test_users_who_share_a_repository_have_each_their_own(tmp_path: Path) -> None:
    store = Store.shared(tmp_path / "storage", tmp_path / "worktrees", Durability.RELAXED)
    mine, other = (store.created(user_id(name)) for name in ("alex", "bob"))
    for branch in (mine, other):
        put(branch, {"a.md": f"{CANARY} and {branch.user}\n"})
        numbered(branch, 0, 4)
        tend(branch)
    assert touching(mine, "1.md") != touching(other, "1.md")
    with mine.writing() as writer:
        assert erase(writer, Lines(), [CANARY.encode()], today=date(2026, 3, 2)).found == ()
    assert [branch.notes.joinpath(trails.NAME).exists() for branch in (mine, other)] == [False, True]
    tend(mine)
    assert len(touching(mine, "1.md")) == 1
    assert erase_user(store, mine.user).found == ()
    assert not mine.notes.exists()
    assert len(touching(other, "a.md")) == 1


def test_a_bundle_does_not_carry_it(relaxed: Branch, tmp_path: Path) -> None:
    numbered(relaxed, 0, 4)
    tend(relaxed)
    bundle(relaxed, tmp_path / "file")
    there = restored(Store(tmp_path / "other", Durability.RELAXED), tmp_path / "file")
    assert not there.notes.joinpath(trails.NAME).exists()
    assert touching(there, "1.md") == touching(relaxed, "1.md")
