"""The index is read and written by difference, and says what reading all of it would say."""

from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import put

from diffmem.agents import catalogue
from diffmem.agents.catalogue import Catalogue
from diffmem.agents.indexing import INDEX, indexed
from diffmem.ontologies import entity, index
from diffmem.ontologies.index import IndexLine
from diffmem.ontologies.ranks import TOP, Ranks
from diffmem.storage.branch import Branch
from diffmem.storage.snapshot import Snapshot

DAY = "2026-03-02"
PATHS = [f"memories/{path}.md" for path in ("people/mel", "people/max", "people/deep/ann", "zoo", "things/x")]


def person(name: str, *aliases: str) -> str:
    return entity.new(name, "person", created=DAY, aliases=aliases).render()


def alone(snapshot: Snapshot) -> list[IndexLine]:
    """The catalogue as somebody who remembers nothing reads it."""
    catalogue.forget()
    return list(Catalogue.of(snapshot))


def filed(branch: Branch, files: Mapping[str, str | None], day: str = DAY) -> Snapshot:
    """Commit files with their index, as a digest does."""
    snapshot = branch.snapshot()
    pages = indexed(snapshot, Catalogue.of(snapshot), files, day)
    write = {path: text for path, text in files.items() if text is not None}
    put(branch, {**write, **pages}, [path for path, text in files.items() if text is None])
    return branch.snapshot()


Steps = list[tuple[dict[str, str], dict[str, str | None]]]
LINES = st.builds(
    IndexLine,
    st.sampled_from(PATHS),
    st.sampled_from(["Mel", "Max", "Zoë"]),
    st.just("person"),
    aliases=st.lists(st.sampled_from(["Melanie", "M"]), max_size=2).map(tuple),
    edits=st.integers(0, 3),
)
SHARDS = st.sampled_from(["index/people-m.md", "index/people-a.md", "index/zoo-z.md"])
STEPS = st.lists(
    st.tuples(
        st.dictionaries(
            SHARDS, st.lists(LINES, max_size=3).map(lambda ls: index.with_lines("", ls)), max_size=2
        ),
        st.dictionaries(
            st.sampled_from(PATHS), st.sampled_from([person("Mel"), person("Ann", "Anna"), None])
        ),
    ),
    min_size=1,
    max_size=5,
)


@given(steps=STEPS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_read_by_difference_is_what_is_read_at_once(branch: Branch, steps: Steps) -> None:
    catalogue.forget()
    for shards, files in steps:
        written = {path: text for path, text in files.items() if text is not None}
        put(branch, {**shards, **written}, [path for path, text in files.items() if text is None])
        snapshot = branch.snapshot()
        by_difference = Catalogue.of(snapshot)
        told = {name: by_difference.find(name) for name in ("Mel", "Anna", "melanie", "zoe")}
        everything = list(by_difference)
        assert everything == alone(snapshot)
        at_once = Catalogue(everything)
        assert told == {name: at_once.find(name) for name in told}
        assert +by_difference.counts == at_once.counts
        assert by_difference.ranks == at_once.ranks


def test_a_renamed_file_is_found_under_its_new_name_only(branch: Branch) -> None:
    put(branch, {"x.md": ""})
    before = filed(branch, {"memories/people/mel.md": person("Mel")})
    assert Catalogue.of(before).find("Mel") is not None
    put(branch, {"memories/people/melanie.md": person("Melanie")}, ["memories/people/mel.md"])
    after = Catalogue.of(branch.snapshot())
    assert after.find("Mel") is None
    assert [line.path for line in after] == ["memories/people/melanie.md"]
    assert [line.path for line in Catalogue.of(before)] == ["memories/people/mel.md"]


def test_a_file_a_person_made_is_read_again_when_they_edit_it(branch: Branch) -> None:
    put(branch, {"memories/people/a.md": "# Ann\n"})
    assert Catalogue.of(branch.snapshot()).find("Ann") is not None
    put(branch, {"memories/people/a.md": "# Bea\n"})
    after = Catalogue.of(branch.snapshot())
    assert after.find("Ann") is None
    assert after.find("Bea") is not None


def test_the_memories_of_two_users_do_not_mix(branch: Branch) -> None:
    put(branch, {"memories/people/a.md": "# Ann\n"})
    ann = branch.snapshot()
    put(branch, {"memories/people/b.md": "# Bea\n", "index/x-x.md": "x"}, ["memories/people/a.md"])
    bea = branch.snapshot()
    for _ in range(2):
        assert [line.name for line in Catalogue.of(ann)] == ["Ann"]
        assert [line.name for line in Catalogue.of(bea)] == ["Bea"]


def test_a_change_writes_the_shards_it_concerns_and_no_others(branch: Branch) -> None:
    put(branch, {"x.md": ""})
    filed(branch, {f"memories/people/{name}.md": person(name.title()) for name in ("ann", "bob", "mel")})
    snapshot = branch.snapshot()
    moved = indexed(snapshot, Catalogue.of(snapshot), {"memories/people/mel.md": person("Zoe", "Mel")}, DAY)
    assert set(moved) == {"index/people-m.md", "index/people-z.md", INDEX}
    assert index.parse(str(moved["index/people-m.md"])) == ()
    assert "aka Mel - 2 edits" in str(moved["index/people-z.md"])
    gone = indexed(snapshot, Catalogue.of(snapshot), {"memories/people/bob.md": None}, DAY)
    assert set(gone) == {"index/people-b.md", INDEX}
    assert str(gone[INDEX]).startswith("# Index\n\n2 person\n")


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.sampled_from(["2023-01-01", "2025-07-01", DAY, "", "soon"])),
        max_size=40,
    ),
    st.sampled_from(["2023-05-01", DAY]),
)
@settings(max_examples=100)
def test_the_strongest_are_those_a_full_sort_finds(given_lines: list[tuple[int, str]], now: str) -> None:
    lines = [IndexLine(f"p{at}", "x", edits=edits, last=last) for at, (edits, last) in enumerate(given_lines)]
    ranks = Ranks().changed([], lines[::2]).changed(lines[:4:2], lines[1::2]).changed([], lines[:4:2])
    assert ranks == Ranks.of(lines)
    by_hand = sorted(lines, key=lambda line: (-index.strength(line.edits, line.last, now), line.path))
    assert ranks.strongest(now, 7) == [line.path for line in by_hand[:7]]


def test_the_page_keeps_its_length_when_a_strong_one_goes(branch: Branch) -> None:
    lines = [
        IndexLine(f"memories/people/p{at}.md", f"P{at}", "person", edits=at + 1) for at in range(TOP + 9)
    ]
    files = {line.path: "" for line in lines}
    put(branch, {**files, "index/people-p.md": index.with_lines("", lines)})
    page = indexed(branch.snapshot(), Catalogue.of(branch.snapshot()), {lines[-1].path: None}, DAY)[INDEX]
    told = [line.path for line in index.parse(str(page))]
    assert len(told) == TOP
    assert (told[0], told[-1]) == (lines[-2].path, lines[8].path)


@pytest.mark.parametrize("wanted", ["Anna", "ánna", "  ANNA ", "memories/people/ann.md"])
def test_an_entity_is_found_by_any_spelling_of_any_name(branch: Branch, wanted: str) -> None:
    put(branch, {"x.md": ""})
    found = Catalogue.of(filed(branch, {"memories/people/ann.md": person("Ann", "Anna")})).find(wanted)
    assert found is not None
    assert found.name == "Ann"
