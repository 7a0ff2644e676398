"""What is open stands on one page, and only what changed is written anew."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import put

from diffmem.agents import followups
from diffmem.agents.catalogue import Catalogue
from diffmem.agents.followups import PATH, Item, items, page
from diffmem.agents.indexing import indexed
from diffmem.agents.redaction import Redaction
from diffmem.ontologies import entity
from diffmem.ontologies.statement import Mark, Statement
from diffmem.storage.branch import Branch
from diffmem.storage.snapshot import Snapshot

MAYA, BOB = "memories/people/maya.md", "memories/people/bob.md"
TODAY = "2023-05-21"
FILE = """---
type: person
name: Maya
---
# Maya

### Open Items
- 2023-05-07 | Send the offer, due 2023-05-20 ^k3f9qa2m-6
- 2023-05-02 | [x] Book the room ^p5wc2xhd-3
- 2023-05-03 | [ ] Call Globex ^p5wc2xhd-4
  - 2023-05-01/2023-05-03 | Write to Globex ^p5wc2xhd-2
- [ ] Ask Bob | today
- [-] Forget it
- due 2023-02-31, whenever that is
```
- 2023-05-03 | an example
```
/END Open Items

### Work
- 2023-05-07 | Is due 2023-05-20 ^k3f9qa2m-7
"""
MARK = Mark("k3f9qa2m", 6)


def file(name: str, *texts: str) -> str:
    said = [Statement("2023-05-01", text, Mark("k3f9qa2m", at)) for at, text in enumerate(texts, 1)]
    return entity.new(name, "person", created=TODAY).with_statements(followups.TITLE, said).render()


def corporate(branch: Branch) -> Snapshot:
    put(branch, {"diffmem.yaml": "format: 1\nontology: corporate\n", MAYA: FILE})
    return branch.snapshot()


def written(snapshot: Snapshot, files: dict[str, str | None]) -> str | None:
    pages = indexed(snapshot, Catalogue.of(snapshot), files, TODAY)
    return str(pages[PATH]) if PATH in pages else None


def test_an_open_item_is_a_line_that_is_neither_past_nor_checked_off() -> None:
    assert list(items(MAYA, FILE)) == [
        Item(MAYA, "Maya", "Send the offer, due 2023-05-20", "2023-05-07", MARK),
        Item(MAYA, "Maya", "Call Globex", "2023-05-03", Mark("p5wc2xhd", 4)),
        Item(MAYA, "Maya", "Ask Bob | today"),
        Item(MAYA, "Maya", "due 2023-02-31, whenever that is"),
    ]


def test_the_page_tells_owner_due_and_age() -> None:
    assert page([(MAYA, FILE)], TODAY) == (
        "# Follow-ups\n\n4 open on 2023-05-21, 1 overdue, the oldest for 18 days\n\n"
        f"- due 2023-05-20 | since 2023-05-07 | [[{MAYA}|Maya]] | Send the offer, due 2023-05-20 ^{MARK}\n"
        f"- due - | since - | [[{MAYA}|Maya]] | Ask Bob | today\n"
        f"- due - | since - | [[{MAYA}|Maya]] | due 2023-02-31, whenever that is\n"
        f"- due - | since 2023-05-03 | [[{MAYA}|Maya]] | Call Globex ^p5wc2xhd-4\n"
    )
    assert page([(MAYA, "# Maya\n")], TODAY) == "# Follow-ups\n\nnothing open\n"


@pytest.mark.parametrize(
    ("since", "age"),
    [("2023-05-01", 20), ("2023-05", 20), ("2023-05-20/2023-06", 1), ("2024", 0), ("-", None)],
)
def test_the_age_counts_from_the_day_it_was_said(since: str, age: int | None) -> None:
    assert Item(MAYA, "Maya", "x", since).age(TODAY) == age


def test_an_item_is_overdue_the_day_after_it_was_due() -> None:
    item = Item(MAYA, "Maya", "x due by 2023-05-20")
    assert [item.is_overdue(day) for day in ("2023-05-20", "2023-05-21")] == [False, True]


WORDS = st.lists(
    st.sampled_from(["due 2023-05-20", "|", "[[a|b]]", "^k3f9qa2m-1", "\\", "x", "é"]), min_size=1
)
TEXTS = st.lists(WORDS.map(" ".join), max_size=3)


@given(TEXTS, TEXTS, TEXTS)
@settings(max_examples=60)
def test_lines_replaced_make_the_page_that_all_files_make(
    old: list[str], new: list[str], other: list[str]
) -> None:
    before, after, bob = file("Maya [[x]]", *old), file("Maya", *new), (BOB, file("Bob", *other))
    told = followups.replaced(page([(MAYA, before), bob], TODAY), {MAYA: after}, TODAY)
    assert (told or page([(MAYA, before), bob], TODAY)) == page([(MAYA, after), bob], TODAY)


def test_the_first_write_gathers_everybody(branch: Branch) -> None:
    told = written(corporate(branch), {BOB: file("Bob", "Pay the bill")})
    assert told is not None
    assert told.startswith("# Follow-ups\n\n5 open")


def test_a_write_replaces_the_lines_of_those_it_touches(branch: Branch) -> None:
    snapshot = corporate(branch)
    put(
        branch,
        {PATH: page([(MAYA, FILE), (BOB, file("Bob", "Pay the bill"))], "2023-05-08"), BOB: "# stale\n"},
    )
    told = written(branch.snapshot(), {MAYA: file("Maya", "Rest")})
    assert told is not None
    assert [line.rpartition("]] | ")[2] for line in told.splitlines()[4:]] == [
        "Pay the bill ^k3f9qa2m-1",
        "Rest ^k3f9qa2m-1",
    ]
    assert written(branch.snapshot(), {BOB: None}) == page([(MAYA, FILE)], TODAY)
    assert snapshot.blob(PATH) is None


def test_a_write_that_opens_nothing_leaves_the_page_as_it_is(branch: Branch) -> None:
    corporate(branch)
    put(branch, {PATH: page([(MAYA, FILE)], "2023-05-08")})
    assert written(branch.snapshot(), {MAYA: FILE.replace("### Work", "### Job")}) is None
    assert followups.of(branch.snapshot())[0].due == "2023-05-20"


@pytest.mark.parametrize("told", ["ontology: personal\n", "ontology: /nowhere/at/all\n", ""])
def test_a_memory_without_follow_ups_gets_no_page(branch: Branch, told: str) -> None:
    put(branch, {"diffmem.yaml": told, MAYA: FILE})
    assert written(branch.snapshot(), {BOB: file("Bob", "Pay the bill")}) is None


@pytest.mark.parametrize(
    ("redaction", "left"),
    [
        (Redaction(gone=frozenset({MAYA})), 1),
        (Redaction(names=frozenset({"maya"})), 1),
        (Redaction(sayings=frozenset({("k3f9qa2m", "pay the bill")})), 1),
        (Redaction(phrases=("the bill",)), 2),
    ],
    ids=["file", "name", "saying", "phrase"],
)
def test_what_is_forgotten_leaves_the_page(redaction: Redaction, left: int) -> None:
    before = page([(MAYA, file("Maya", "Rest")), (BOB, file("Bob", "Pay the bill"))], TODAY)
    after = redaction.content(PATH, before)
    assert after is not None
    assert after.count("\n- ") == left
    assert ("the bill" in after) is bool(redaction.gone or redaction.names)
