from hypothesis import given
from hypothesis import strategies as st

from diffmem.agents.consolidator.bodies import identity
from diffmem.agents.consolidator.merging import CannotMerge, merged
from diffmem.ontologies import entity
from diffmem.ontologies.entity import Entity
from diffmem.ontologies.sections import heading, in_code
from diffmem.ontologies.statement import parse_line

DATES = st.sampled_from(["2021-03-01", "2022", "2023-05/2023-06", "-"])
WORDS = st.text("abc é[]|*", min_size=1, max_size=8).map(lambda raw: raw.strip() or "x")
MARKS = st.sampled_from(["", " ^aaaaaaaa-1", " ^aaaaaaaa-1b", " ^bbbbbbbb-2", " ^aaaaaaaa-1z"])


@st.composite
def statement_lines(draw: st.DrawFn) -> str:
    return f"{draw(st.sampled_from(['', '  ']))}- {draw(DATES)} | {draw(WORDS)}{draw(MARKS)}"


STATEMENT = statement_lines()
PROSE = st.sampled_from(
    [
        "Words of people.",
        "- a plain item",
        "  hanging",
        "",
        "```",
        "~~~",
        "| a | b |",
        "> quoted",
        "[ALWAYS_LOAD]",
    ]
)
HEAD = st.sampled_from(
    [
        *(
            "# Maya",
            "### Statements",
            "/END Statements",
            "### Family [ALWAYS_LOAD]",
            "/END Family",
            "#### Deep",
        ),
        "## SEMANTIC INDEX",
    ]
)
BODY = st.lists(st.one_of(STATEMENT, STATEMENT, PROSE, HEAD), max_size=14)
FRONT = st.sampled_from(
    [
        "",
        "---\nname: Maya\ntype: person\n---\n",
        "---\nname: Maya L.\nrole: friend\naliases: [M]\ncues: music, art\n---\n",
        "---\n# mine\nname: Maya\nnested:\n  a: 1\ncreated: '2020-01-01'\n---\n",
        "---\r\nname: Maya\r\n---\r\n",
    ]
)
END = st.sampled_from(["\n", "\n", "\r\n"])


@st.composite
def files(draw: st.DrawFn) -> str:
    end = draw(END)
    return draw(FRONT) + "".join(line + end for line in draw(BODY))


FILES = files()


def said(file: Entity) -> set[object]:
    return {identity(statement) for _, statement in file.statements()}


def prose(file: Entity) -> list[str]:
    code = in_code(file.body)
    lines = [line.strip() for at, line in enumerate(file.body) if at not in code and not parse_line(line)]
    return sorted(line for line in lines if line and not heading(line) and not line.startswith("/END"))


@given(FILES, FILES)
def test_no_line_of_either_file_is_lost(one: str, other: str) -> None:
    first, second = entity.parse(one), entity.parse(other)
    try:
        made = merged(first, second, "one.md", "other.md")
    except CannotMerge:
        return
    assert said(first) | said(second) <= said(made.file)
    count = sum(1 for _ in made.file.statements())
    assert count + made.same >= sum(1 for file in (first, second) for _ in file.statements())
    for line in {*prose(first), *prose(second)}:
        assert line in [each.strip() for each in made.file.body]


@given(FILES)
def test_a_file_without_fences_can_always_take_in_another(other: str) -> None:
    plain = "".join(line for line in other.splitlines(keepends=True) if not line.startswith(("```", "~~~")))
    merged(entity.parse("---\nname: Maya\n---\n# Maya\n"), entity.parse(plain), "one.md", "other.md")


def test_statements_come_in_the_order_of_their_dates_and_contradictions_side_by_side() -> None:
    one = entity.parse(
        "### Statements\n- 2021 | Lives in Porto. ^aaaaaaaa-1\n"
        "- 2023 | Lives in Rome. ^aaaaaaaa-2\n/END Statements\n"
    )
    other = entity.parse(
        "### Statements\n- 2022 | Lives in Oslo. ^bbbbbbbb-1\n"
        "  - 2020/2022 | Lives in Bonn. ^bbbbbbbb-2\n/END Statements\n"
    )
    made = merged(one, other, "one.md", "other.md").file
    assert [statement.text for _, statement in made.statements()] == [
        "Lives in Porto.",
        "Lives in Oslo.",
        "Lives in Bonn.",
        "Lives in Rome.",
    ]


def test_a_mark_that_both_have_gets_the_next_letter_and_the_same_line_stands_once() -> None:
    one = entity.parse("### S\n- 2021 | Sings. ^aaaaaaaa-1\n/END S\n")
    other = entity.parse("### S\n- 2021 | Paints. ^aaaaaaaa-1\n- 2021 | Sings. ^aaaaaaaa-1b\n/END S\n")
    made = merged(one, other, "one.md", "other.md")
    marks = [(statement.text, str(statement.mark)) for _, statement in made.file.statements()]
    assert marks == [("Sings.", "aaaaaaaa-1"), ("Paints.", "aaaaaaaa-1c")]
    assert made.same == 1


def test_front_matter_that_says_something_else_is_kept_as_a_note() -> None:
    one = entity.parse("---\nname: Maya\nrole: friend\n---\n# Maya\n")
    other = entity.parse(
        "---\nname: Maya Lind\nrole: colleague\nphone: '12'\nnested:\n  a: 1\n---\n# Maya Lind\n"
    )
    made = merged(one, other, "one.md", "maya_(acme).md").file
    assert made.aliases == ("Maya Lind", "maya_(acme)")
    assert made.fields["phone"] == "12"
    assert "- Maya Lind: role colleague\n" in made.render()
    assert "  a: 1\n" in made.render()
