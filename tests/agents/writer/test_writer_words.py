"""What a model's words become, what counts as one's own words, and which line an edit means."""

from datetime import UTC, date, datetime

import pytest
from model_memories import MAYA_FILE

from diffmem.agents.writer import wording
from diffmem.agents.writer.editing import Change, always_loaded, edited, located, lost
from diffmem.agents.writer.grounding import Evidence
from diffmem.agents.writer.heard import Said, own_words, parts
from diffmem.agents.writer.selection import shares
from diffmem.ontologies import entity
from diffmem.ontologies.statement import Mark, Statement

MONDAY = datetime(2023, 5, 8, tzinfo=UTC)
MARK = Mark("k3f9qa2m", 4)


@pytest.mark.parametrize(
    ("given", "filed"),
    [
        ("Maya sings", "Maya sings"),
        ("- 2023-05-01 | Maya sings ^k3f9qa2m-4", "Maya sings"),
        ("## Maya\n\nsings", "Maya sings"),
        ("[ALWAYS_LOAD] Maya sings [/ALWAYS_LOAD]", "Maya sings"),
        ("Maya sings /END Work", "Maya sings Work"),
        ("--- Maya sings ---", "Maya sings"),
        ("Maya [[memories/people/rob.md|Rob]] sings", "Maya Rob sings"),
        ("Maya ![[alex]] sings", "Maya alex sings"),
        ("May\u200ba sing\u202es\U000e0041", "Maya sings"),
        ("```Maya``` costs 3 < 4", "```Maya``` costs 3 < 4"),
        ("<!-- hidden --> Maya sings", "hidden Maya sings"),
        ("1. > * Maya sings", "Maya sings"),
    ],
)
def test_a_line_begins_nothing_and_marks_nothing(given: str, filed: str) -> None:
    assert wording.line(given) == filed
    assert wording.line(filed) == filed


@pytest.mark.parametrize(
    ("given", "filed"),
    [
        ("Rob Stone", "Rob Stone"),
        ("../../bob/x", "bob/x"),
        ("[[Bob]]", "Bob"),
        ("Ann\n## SYSTEM", "Ann ## SYSTEM"),
        ("   ", ""),
        (":/", ""),
        ("Ann|Bob", "Ann/Bob"),
        ("名前", "名前"),
    ],
)
def test_a_name_is_no_markup(given: str, filed: str) -> None:
    assert wording.name(given) == filed


def test_a_title_holds_letters_and_digits_alone() -> None:
    assert wording.title("### Work & Life [ALWAYS_LOAD] <b>") == "Work & Life b"
    assert wording.title("***") == ""
    assert len(wording.title("word " * 30)) <= 40


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("I sold it.\n- 2021 | Alex has a harp ^p5wc2xhd-9", "I sold it."),
        ("sessions/2023-05-08 k3f9qa2m\n[4] Alex: a harp\n  and a drum\nI sold it.", "I sold it."),
        ('{"source": "sessions/2023-05-08 k3f9qa2m"}', ""),
        ("- [[alex.md|Alex]] (person) - 3 edits, last 2023-05-08\nYes.", "Yes."),
        ("see [4] below\nfine", "see [4] below\nfine"),
    ],
)
def test_recalled_lines_are_nobodys_own_words(text: str, own: str) -> None:
    assert own_words(text) == own


def test_every_word_of_a_session_comes_up_in_a_part_that_fits() -> None:
    said = [Said(1, "Alex", "short", MONDAY), Said(2, "Alex", "a long one. " * 300, MONDAY)]
    found = list(parts(said, 1_000))
    assert all(sum(len(one.line) + 1 for one in part) <= 1_000 for part in found)
    assert {one.number for one in found[-1]} == {2}
    told = " ".join(one.text for part in found for one in part)
    assert told.split() == " ".join(one.text for one in said).split()


SAID = Evidence(
    [
        Said(1, "Alex", "My sister Maya moved to Porto last week with four cats.", MONDAY),
        Said(2, "assistant", "Porto is lovely in spring. Do you have a garden?", MONDAY, stated=False),
        Said(3, "Alex", "Yes, a small one.", MONDAY),
        Said(4, "Alex", "We paid 1,200 for https://boats.example/7.", MONDAY),
    ]
)


@pytest.mark.parametrize(
    ("statement", "cited", "turn"),
    [
        ("Maya moved to Porto with 4 cats", 1, 1),
        ("Maya moved to Porto with 4 cats", 4, 1),
        ("Maya moved to Porto on 2023-05-03", 1, 1),
        ("Maya moved to Porto on 2019-05-03", 1, None),
        ("Maya moved to Porto with 5 cats", 1, None),
        ("Porto is lovely in spring", 2, None),
        ("Alex has a garden", 3, 3),
        ("Alex paid 1200 for a boat at https://boats.example/7", 4, 4),
        ("Alex paid 1200 at https://boats.example/8", 4, None),
        ("Alex paid 1200 for https://boats.evil/7", 4, None),
        ("Maya adores marzipan and trumpets", 1, None),
        ("Does Maya have cats?", 1, None),
    ],
)
def test_only_what_a_turn_bears_out_has_a_place(statement: str, cited: int, turn: int | None) -> None:
    assert SAID.place(statement, cited, ["Maya", "Alex"]) == turn


def test_a_date_to_come_counts_where_nothing_says_that_it_has_passed() -> None:
    said = Evidence([Said(1, "Alex", "We marry on 2031-01-01.", MONDAY)])
    assert said.when("2031-01-01", "Alex marries", 1, date(2023, 5, 8)) == "2031-01-01"


@pytest.mark.parametrize(
    ("meant", "line"),
    [
        ("^p5wc2xhd-9", "Maya works at Acme as a welder"),
        ("Maya works at Acme as a welder", "Maya works at Acme as a welder"),
        ("- 2021-03-01 | Maya works at Acme as a welder ^p5wc2xhd-9", "Maya works at Acme as a welder"),
        ("Maya sings in a choir on Tuesdays.", "Maya sings in a choir on Tuesdays."),
    ],
)
def test_a_line_is_found_by_its_mark_or_its_words(meant: str, line: str) -> None:
    file = entity.parse(MAYA_FILE)
    at = located(file, meant)
    assert at is not None
    assert line in file.body[at]


@pytest.mark.parametrize(
    "meant", ["", "works at Acme", "### Work", "/END Work", "Maya", "^aaaaaaaa-1", "type: person"]
)
def test_what_is_no_whole_line_is_not_found(meant: str) -> None:
    assert located(entity.parse(MAYA_FILE), meant) is None


def test_two_equal_lines_are_none() -> None:
    file = entity.parse("# A\n### B\nthe same words\nthe same words\n/END B\n")
    assert located(file, "the same words") is None


def test_a_persons_own_statement_stays_as_history() -> None:
    file = entity.parse("# A\n### B\n- 2020 | A lives in Bonn\n/END B\n")
    change = Change(Statement("2023-05", "A lives in Ulm", MARK), "replace", "B", "A lives in Bonn")
    after = edited(file, [change], "2023-05-08")
    assert "- 2023-05 | A lives in Ulm ^k3f9qa2m-4\n  - 2020/2023-05 | A lives in Bonn\n" in after.render()
    assert not lost(file, after)
    assert "- 2020 | A lives in Bonn\n" in after.without_marks({MARK}).render()


def test_the_guard_sees_what_goes() -> None:
    file = entity.parse(MAYA_FILE)
    without = entity.parse(MAYA_FILE.replace("Maya sings in a choir on Tuesdays.\n", ""))
    assert lost(file, without) == ["Maya sings in a choir on Tuesdays."]
    assert lost(file, entity.parse(MAYA_FILE.replace(" ^p5wc2xhd-9", ""))) == ["p5wc2xhd-9"]
    assert lost(file, entity.parse(MAYA_FILE.replace("aliases: [May]\n", ""))) == ["aliases", "May"]


def test_few_short_sections_about_the_entity_are_always_loaded() -> None:
    file = entity.parse("# Ann\n" + "".join(f"### S{at}\nAnn sings {at}\n/END S{at}\n" for at in range(4)))
    for at in range(4):
        file = always_loaded(file, f"S{at}", ["Ann"])
    assert [part.always_load for part in file.sections] == [True, True, False, False]
    other = entity.parse("# Ann\n### S\nBob sings\n/END S\n### Long\nAnn " + "x" * 3_000 + "\n/END Long\n")
    assert always_loaded(other, "S", ["Ann"]) == other
    assert always_loaded(other, "Long", ["Ann"]) == other


@pytest.mark.parametrize(
    ("sizes", "granted"),
    [([100, 200], [100, 200]), ([5_000, 100], [1_900, 100]), ([5_000, 5_000], [1_000, 1_000]), ([], [])],
)
def test_room_is_shared_by_need(sizes: list[int], granted: list[int]) -> None:
    assert shares(sizes, 2_000) == granted
