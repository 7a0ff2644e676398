"""What is known of an entity's lines after edits is what reading the edited file anew tells."""

import random

import pytest

from diffmem.ontologies import entity
from diffmem.ontologies.entity import Entity, UnknownMark
from diffmem.ontologies.statement import Mark, Statement, parse_line

DATES = ("2023-05-07", "2023-05", "2023", "2023-05-01/2023-05-07", "-", "2024-01-01")
WORDS = ("I ran 5 km", "Mel went", "a | b", "nobody ^abcdefg1-2 came")
KEYS = ("abcdefg1", "k3f9qa2m", *(f"zzzzzzz{number}" for number in range(9)))
OTHERS = (
    *("", "# Maya", "## Sub", "### Statements", "### Other [ALWAYS_LOAD]", "/END Statements", "/END"),
    *("[ALWAYS_LOAD]", "[/ALWAYS_LOAD]", "```", "  ```", "~~~", "## SEMANTIC INDEX", "prose", "    more"),
)


class Hand:
    """Writes files and statements of every kind at random."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def mark(self) -> str:
        letter = self.random.choice(("", "", "b", "z"))
        return f"{self.random.choice(KEYS)}-{self.random.randrange(4)}{letter}"

    def line(self) -> str:
        choose = self.random.choice
        if self.random.random() < 0.3:
            return choose(OTHERS)
        head = f"{choose(('', '', '', ' ', '  ', chr(9)))}{choose('---*+')} {choose(DATES)} | {choose(WORDS)}"
        return head + (f" ^{self.mark()}" if self.random.random() < 0.8 else "")

    def file(self) -> Entity:
        end = self.random.choice(("\n", "\n", "\r\n"))
        front = self.random.choice(("", f"---{end}name: Maya{end}---{end}"))
        lines = end.join(self.line() for _ in range(self.random.randrange(30)))
        return entity.parse(front + lines + self.random.choice(("", end)))

    def statement(self) -> Statement:
        mark = Mark.parse(self.mark()) if self.random.random() < 0.9 else None
        return Statement(self.random.choice(DATES), self.random.choice(WORDS), mark)

    def edited(self, file: Entity) -> Entity:
        marks = [one.mark for line in file.lines() if (one := parse_line(line)) and one.mark]
        step = self.random.random()
        if step < 0.4 and marks:
            return file.with_replaced(self.random.choice(marks), self.statement(), "2024-02-02")
        if step < 0.5:
            return file.with_fields({"updated": "2024-02-02"})
        count = self.random.choice((0, 1, 3, 12))
        title = self.random.choice(("Statements", "New"))
        return file.with_statements(title, [self.statement() for _ in range(count)])


@pytest.mark.parametrize("seed", range(40))
def test_an_edited_file_is_known_as_if_it_were_read_anew(seed: int) -> None:
    hand = Hand(seed)
    for _ in range(10):
        file = hand.file()
        for _ in range(5):
            file = hand.edited(file)
            anew = entity.parse(file.render())
            assert file == anew
            assert file.sections == anew.sections
            assert list(file.statements()) == list(anew.statements())
            assert list(file.lines()) == list(anew.lines())


def test_what_stands_in_an_old_semantic_index_cannot_be_replaced() -> None:
    file = entity.parse("# Maya\n\n## SEMANTIC INDEX\n- 2023 | I ran 5 km ^abcdefg1-2\n")
    assert not [line for line in file.lines() if "^" in line]
    with pytest.raises(UnknownMark):
        file.with_replaced(Mark("abcdefg1", 2), Statement("2024", "I ran 6 km"), "2024")


@pytest.mark.parametrize(
    ("before", "date", "place"),
    [
        pytest.param(["- 2023-05-07 | a", "- 2023-05-09 | b"], "2023-05-08", 1, id="between"),
        pytest.param(
            ["- 2023-05-09 | a", "- 2023-05-07 | b"], "2023-05-08", 0, id="before the first later one"
        ),
        pytest.param(["* 2023-05-09 | a"], "2023-05-08", 0, id="another bullet"),
        pytest.param([" - 2023-05-09 | a"], "2023-05-08", 0, id="one blank to the right"),
        pytest.param(["  - 2023-05-09 | a"], "2023-05-08", 1, id="what no longer holds has no place"),
        pytest.param(["- 2023-05-08 | a", "  - 2022 | old"], "2023-05-08", 2, id="after what hangs below"),
        pytest.param(["- 2023-05 | a", "- 2024 | b"], "2023-05-01", 1, id="a month before its first day"),
        pytest.param(["- buy milk", "- 2023-05-09 | a"], "2023-05-08", 1, id="a person's own line"),
    ],
)
def test_a_statement_comes_before_the_first_later_one(before: list[str], date: str, place: int) -> None:
    lines = ["### Notes", *before, "/END Notes", ""]
    file = entity.parse("\n".join(lines)).with_statements("Notes", [Statement(date, "new")])
    assert file.body[1:-1].index(f"- {date} | new\n") == place
