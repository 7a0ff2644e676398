"""An entity file keeps every byte that nobody edited."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffmem.errors import NotFound
from diffmem.ontologies.entity import Entity, h1, new, parse
from diffmem.ontologies.frontmatter import FrontMatterError
from diffmem.ontologies.sections import clean_title
from diffmem.ontologies.statement import Mark, Statement, one_line

K = "k3f7qa2m"
A, B, C = (Mark(K, turn) for turn in (1, 2, 3))

PIECES = [
    "---\n", "---\r\n", "name: Mel\n", "type: [\n", "# Mel\n", "# Two", "\r\n", "\n", "\n\n", "\r", "\u2028",
    "### Work [ALWAYS_LOAD]\n", "### Work\r\n", "/END Work\n", "/END", "/START\n", "[ALWAYS_LOAD]",
    "[/ALWAYS_LOAD]\n", "[Strength: High]", "## SEMANTIC INDEX\n", '{"a": 1}\n', "```\n",
    "- 2023 | was here ^k3f7qa2m-1\n", "   # x\n", "  - 2021/2023 | was there ^k3f7qa2m-2\n", "- mine\n",
    "words ", "  more\n", "#### Sub\n", "é", "\ufeff", "a\rb\r", "\x0b", "\x85", "---", "--- \n", "...\n",
    "\ufeff---\r\ntype: person\r\n---\r\n", "---\ntype: person\nname: 'M: x'\n---\n", "- - -\n",
]  # fmt: skip
ANY_TEXT = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=14).map("".join)

LEGACY = """# Mel
Loose words.

### Core [Strength: High] /START
[ALWAYS_LOAD]
Nurse.
[/ALWAYS_LOAD]
/END Core

## Group
#### Sub
words

[ALWAYS_LOAD]
Always this.
[/ALWAYS_LOAD]
```
### Not a heading
```
## SEMANTIC INDEX
{"aliases": ["Melanie"]}
"""


def said(when: str, text: str, mark: Mark | None = None) -> Statement:
    return Statement(when, text, mark)


def lines(entity: Entity) -> list[str]:
    return [line for line in entity.render().split("\n") if line.lstrip().startswith("- ")]


def work(*statements: Statement) -> Entity:
    return parse("# Mel\n").with_statements("Work", statements)


@given(ANY_TEXT)
@settings(max_examples=300)
def test_parse_and_render_are_inverses(text: str) -> None:
    assert parse(text).render() == text


@given(ANY_TEXT, st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=200)
def test_setting_a_field_keeps_every_byte_of_the_body(text: str, end: str) -> None:
    before = parse(f"---{end}type: person{end}mood: good{end}---{end}{text}")
    after = before.with_fields({"type": "event", "aliases": ["a: b", "#c"]})
    assert after.body == before.body
    assert (after.fields["mood"], after.type, after.aliases) == ("good", "event", ("a: b", "#c"))
    assert parse(after.render()) == after
    assert after.with_fields({"type": "event"}) == after


@given(ANY_TEXT)
@settings(max_examples=200)
def test_sections_are_the_lines_they_name_and_never_overlap(text: str) -> None:
    everything = text.split("\n")
    below = 0
    for section in parse(text).sections:
        assert below < section.first_line <= section.last_line
        below = section.last_line
        there = "\n".join(everything[section.first_line - 1 : section.last_line])
        assert section.text.removesuffix("\n") == there


@given(ANY_TEXT, st.sampled_from(["Work", "New [ALWAYS_LOAD] ###", "SEMANTIC INDEX"]))
@settings(max_examples=300)
def test_adding_a_statement_adds_lines_and_loses_none(text: str, title: str) -> None:
    statement = said("2022-05", "Something\nnew", A)
    before = parse(text)
    after = before.with_statements(title, [statement])
    old, added = (
        sorted(line.strip("\r\n") for line in each.render().split("\n")) for each in (before, after)
    )
    for line in old:
        if line:
            added.remove(line)
    assert len([line for line in added if line]) in (1, 3)
    number, found = next(at for at in after.statements() if at[1].text == "Something new")
    assert found.when == "2022-05"
    assert any(
        part.title == clean_title(title) and part.first_line <= number <= part.last_line
        for part in after.sections
    )
    assert after.with_statements(title, [statement]) == after


@given(ANY_TEXT)
@settings(max_examples=200)
def test_replacing_a_statement_loses_no_line_but_moves_them(text: str) -> None:
    entity = parse(text).with_statements("Work", [said("2020", "old", C)])
    mark = next(found.mark for _, found in entity.statements() if found.text == "old")
    assert mark is not None
    after = entity.with_replaced(mark, said("2024", "now", A), "2024")
    assert len(list(after.statements())) == len(list(entity.statements())) + 1
    past = next(found for _, found in after.statements() if found.text == "old")
    assert (past.when, past.former, past.mark) == ("2020/2024", True, mark)


def test_the_first_statement_makes_the_section() -> None:
    entity = work(said("2023-05-07", "Became a nurse", A))
    assert entity.render() == (f"# Mel\n\n### Work\n- 2023-05-07 | Became a nurse ^{A}\n/END Work\n")


def test_statements_stand_in_the_order_of_their_dates() -> None:
    entity = work(
        said("2023", "c"),
        said("-", "u"),
        said("2021", "a"),
        said("2022-05", "b"),
        said("2024", "d"),
        said("-", "v"),
    )
    assert "".join(line[-1] for line in lines(entity)) == "abcudv"


def test_a_section_without_end_mark_and_final_newline_is_filled_in_place() -> None:
    entity = parse("# Mel\r\n### work ###\r\nProse").with_statements("Work", [said("2023", "x", A)])
    assert entity.render() == f"# Mel\r\n### work ###\r\nProse\r\n- 2023 | x ^{A}\r\n"


def test_a_new_section_stands_before_the_semantic_index() -> None:
    entity = parse(LEGACY).with_statements("Work", [said("2023", "x", A)])
    assert entity.render().endswith(
        f'```\n\n### Work\n- 2023 | x ^{A}\n/END Work\n\n## SEMANTIC INDEX\n{{"aliases": ["Melanie"]}}\n'
    )


def test_more_from_one_turn_gets_the_next_letter() -> None:
    entity = work(said("2023", "a", A), said("2023", "b", A)).with_statements("Home", [said("2023", "c", A)])
    assert [str(found.mark) for _, found in entity.statements()] == [f"{K}-1", f"{K}-1b", f"{K}-1c"]
    assert entity.free_mark(K, 1) == Mark(K, 1, "d")
    assert entity.free_mark(K, 9) == Mark(K, 9)


def test_the_same_statement_is_not_added_twice() -> None:
    entity = work(said("2023", "a", A))
    assert entity.with_statements("Other", [said("2023", "a", A)]) == entity
    assert entity.with_statements("Work", [said("2023", "a", B)]) != entity


def test_what_is_replaced_stays_below_with_its_span_and_mark() -> None:
    entity = work(said("2021", "bakery", A), said("2022", "other", B))
    once = entity.with_replaced(A, said("2023-02-10", "nurse", C), "2023-02-10")
    assert lines(once) == [
        f"- 2022 | other ^{B}",
        f"- 2023-02-10 | nurse ^{C}",
        f"  - 2021/2023-02-10 | bakery ^{A}",
    ]
    twice = once.with_replaced(C, said("2024", "doctor", C), "2024-01")
    assert lines(twice) == [
        f"- 2022 | other ^{B}",
        f"- 2024 | doctor ^{C}b",
        f"  - 2023-02-10/2024-01 | nurse ^{C}",
        f"  - 2021/2023-02-10 | bakery ^{A}",
    ]


def test_what_was_replaced_before_stays_history() -> None:
    entity = work(said("2021", "a", A)).with_replaced(A, said("2022", "b", B), "2022")
    assert lines(entity.with_replaced(A, said("2023", "c", C), "2023")) == [
        f"- 2022 | b ^{B}",
        f"  - 2021/2022 | a ^{A}",
        f"- 2023 | c ^{C}",
    ]


def test_replacing_an_unknown_mark_is_an_error() -> None:
    with pytest.raises(NotFound):
        work(said("2021", "a", A)).with_replaced(B, said("2022", "b", C), "2022")


def test_dropping_a_statement_brings_back_what_it_replaced() -> None:
    entity = work(said("2021", "a", A)).with_replaced(A, said("2022", "b", B), "2022")
    entity = entity.with_replaced(B, said("2023", "c", C), "2023")
    assert lines(entity.without_marks({C})) == [f"- 2022 | b ^{B}", f"  - 2021/2022 | a ^{A}"]
    assert lines(entity.without_marks({B, C})) == [f"- 2021 | a ^{A}"]
    assert lines(entity.without_marks({A, B})) == [f"- 2023 | c ^{C}"]
    assert "Work" in entity.without_marks({A, B, C}).render()


def test_statements_tell_their_lines() -> None:
    entity = new("Mel", "person", created="2023-05-08").with_statements("Work", [said("2023", "a", A)])
    number, statement = next(entity.statements())
    assert entity.render().split("\n")[number - 1] == statement.line()


def test_code_holds_no_statements_and_no_headings() -> None:
    entity = parse("# Mel\n```\n### A\n- 2023 | x ^k3f7qa2m-1\n```\n")
    assert list(entity.statements()) == []
    assert [part.title for part in entity.sections] == [""]


def test_older_files_are_read() -> None:
    entity = parse(LEGACY)
    assert entity.name == "Mel"
    assert entity.semantic_index == {"aliases": ["Melanie"]}
    assert [(part.title, part.always_load, part.first_line, part.last_line) for part in entity.sections] == [
        ("", False, 2, 2),
        ("Core", True, 4, 8),
        ("Group", True, 10, 19),
    ]
    loose = parse("# Mel\na\n[ALWAYS_LOAD]\nb\n### C\n/END\n[/ALWAYS_LOAD]\nd\n").sections
    assert [(part.title, part.always_load, part.first_line, part.last_line) for part in loose] == [
        ("", False, 2, 2),
        ("", True, 3, 4),
        ("C", True, 5, 6),
        ("", False, 7, 8),
    ]


def test_a_new_file_has_its_fields_in_the_common_order() -> None:
    entity = new(
        "Maya [[x|y]] *Acme*", "person", created="2023-05-08", aliases=["May", "Mrs, Acme"], role="boss"
    )
    assert entity.render() == (
        "---\ntype: person\nname: Maya [[x|y]] *Acme*\naliases: [May, 'Mrs, Acme']\nrole: boss\n"
        "created: '2023-05-08'\n---\n\n# Maya \\[\\[x|y\\]\\] \\*Acme\\*\n"
    )
    assert (entity.name, entity.type, entity.aliases) == (
        "Maya [[x|y]] *Acme*",
        "person",
        ("May", "Mrs, Acme"),
    )


@given(st.text(max_size=30) | st.text("#_*[]\\^ a&;~=$-`", max_size=12))
@settings(max_examples=200)
def test_a_name_reads_back_from_its_heading(name: str) -> None:
    entity = parse(f"# {h1(name)}\n")
    assert entity.name == one_line(name)
    assert "[[" not in entity.render()


def test_snake_case_and_c_sharp_keep_their_looks() -> None:
    assert (h1("snake_case"), h1("C#"), h1("AT&T")) == ("snake_case", "C#", "AT&T")


def test_fields_are_set_and_the_rest_is_kept() -> None:
    text = "---\n# mine\nmood: good\n---\n# Mel\n"
    assert parse(text).with_fields({"type": "person"}).render() == (
        "---\n# mine\nmood: good\ntype: person\n---\n# Mel\n"
    )


def test_damaged_front_matter_is_left_alone() -> None:
    entity = parse("---\ntype: [\n---\n# Mel\n")
    assert (entity.name, entity.type, entity.aliases, entity.fields) == ("Mel", "", (), {})
    with pytest.raises(FrontMatterError):
        entity.with_fields({"type": "person"})


@pytest.mark.parametrize(
    ("value", "aliases"), [("Mel, Melly", ("Mel", "Melly")), ("[Mel, '']", ("Mel",)), ("", ())]
)
def test_aliases_as_people_write_them(value: str, aliases: tuple[str, ...]) -> None:
    assert parse(f"---\naliases: {value}\n---\n").aliases == aliases


def test_reading_files_does_not_load_pydantic() -> None:
    modules = "entity, session, timeline, index, transcript, loader"
    code = f"import sys; from diffmem.ontologies import {modules}; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
