import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import put
from tidying import DAY, PEOPLE, filled, person, statements, tidied

from diffmem.agents.consolidator.merging import Merge, merge_plan
from diffmem.agents.consolidator.unmerge import NoSuchMerge, unmerge_plan
from diffmem.errors import Conflict
from diffmem.storage.branch import Branch
from diffmem.storage.history import History
from diffmem.storage.names import user_id
from diffmem.storage.store import Store

ONE, OTHER = f"{PEOPLE}/maya.md", f"{PEOPLE}/may.md"


def taken_apart(branch: Branch, asked: str) -> tuple[int, int, tuple[str, ...]]:
    done = unmerge_plan(branch.snapshot(), asked)
    with branch.writing() as writing:
        writing.commit(done.changes)
    return done.back, done.by_name, done.stayed


@pytest.fixture
def merged(branch: Branch) -> Branch:
    files = {
        ONE: person("Maya Lind", "- 2023-01-01 | Sings. ^aaaaaaaa-1", role="friend"),
        OTHER: person("Maya E. Lind", "- 2023-02-01 | Paints. ^aaaaaaaa-1", aliases=("Mays",), cues=("art",)),
        "alex.md": person("alex", f"- 2023-01-01 | Saw [[{OTHER}|her]] and [[{ONE}|Maya Lind]]. ^aaaaaaaa-3"),
    }
    # Both stand in one line of alex.md, which is not theirs.
    filled(branch, files, {ONE: (3, DAY), OTHER: (2, DAY)})
    assert tidied(branch, "dedupe")[1] == ["consolidate(dedupe): maya <- may"]
    return branch


def test_a_merger_taken_apart_at_once_is_as_if_it_had_not_been(merged: Branch) -> None:
    before = merged.snapshot(next(History(merged.snapshot()).commits()).parents[0])
    assert taken_apart(merged, "may") == (1, 0, ())
    now = merged.snapshot()
    for path in (ONE, OTHER, "alex.md"):
        assert now.read(path) == before.read(path)
    assert "2 edits" in now.read("index/people-m.md")


def test_what_later_sessions_added_goes_by_name(merged: Branch) -> None:
    later = (
        "- 2024-01-01 | Mays moved to Rome. ^cccccccc-1\n"
        "- 2024-01-02 | Maya Lind moved to Oslo. ^cccccccc-2\n"
        "- 2024-01-03 | She has a cat. ^cccccccc-3\n/END Statements"
    )
    put(merged, {ONE: merged.snapshot().read(ONE).replace("/END Statements", later)})
    back, by_name, stayed = taken_apart(merged, "Maya E. Lind")
    assert (back, by_name, stayed) == (1, 1, ("She has a cat.",))
    assert "Mays moved to Rome." in merged.snapshot().read(OTHER)
    assert "Rome" not in merged.snapshot().read(ONE)
    assert "Maya Lind moved to Oslo." in merged.snapshot().read(ONE)


def test_a_line_that_was_taken_out_since_does_not_come_back(merged: Branch) -> None:
    text = merged.snapshot().read(ONE)
    put(merged, {ONE: "".join(line for line in text.splitlines(keepends=True) if "Paints." not in line)})
    taken_apart(merged, "may")
    assert "Paints." not in merged.snapshot().read(OTHER)


def test_nobody_merges_again_what_was_taken_apart(merged: Branch) -> None:
    taken_apart(merged, next(History(merged.snapshot()).commits()).id)
    survey, subjects = tidied(merged, "dedupe")
    assert subjects == []
    assert any("taken apart before" in told for told in survey.passed)
    with pytest.raises(Conflict):
        unmerge_plan(merged.snapshot(), "may")


def test_a_merger_that_never_was_is_not_taken_apart(branch: Branch) -> None:
    filled(branch, {ONE: person("Maya")})
    with pytest.raises(NoSuchMerge):
        unmerge_plan(branch.snapshot(), "rob")


@st.composite
def marked(draw: st.DrawFn) -> list[str]:
    turns = draw(st.lists(st.integers(1, 3), max_size=3, unique=True))
    whens = st.sampled_from(["2021", "2022-03", "-"])
    words = st.text("ab ", min_size=1, max_size=4).map(lambda raw: raw.strip() or "x")
    return [f"- {draw(whens)} | {draw(words)} ^aaaaaaaa-{turn}" for turn in turns]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(marked(), marked())
def test_merged_and_taken_apart_both_say_what_they_said(
    tmp_path_factory: pytest.TempPathFactory, one: list[str], other: list[str]
) -> None:
    branch = Store(tmp_path_factory.mktemp("home")).created(user_id("alex"))
    filled(branch, {ONE: person("Maya Lind", *one), OTHER: person("Rob", *other)})
    before = [statements(branch, [path]) for path in (ONE, OTHER)]
    plan = merge_plan(branch.snapshot(), [Merge(ONE, OTHER)])
    assert plan
    with branch.writing() as writing:
        writing.commit(plan)
    taken_apart(branch, OTHER)
    assert [statements(branch, [path]) for path in (ONE, OTHER)] == before
