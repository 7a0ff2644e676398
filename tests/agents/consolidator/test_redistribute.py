from tidying import OWNER, PEOPLE, filled, person, statements, tidied

from diffmem.agents.consolidator import redistribute
from diffmem.agents.providers.provider import Scripted
from diffmem.ontologies import entity
from diffmem.storage.branch import Branch

MAYA = f"{PEOPLE}/maya.md"
CHESS = "memories/contexts/chess.md"
OWN = [
    f"- 2023-01-{day:02d} | I went out again, for the {day}th time. ^aaaaaaaa-{day}" for day in range(1, 31)
]
HERS = [f"- 2023-02-{day:02d} | Maya paints the wall number {day}. ^bbbbbbbb-{day}" for day in range(1, 21)]


def profile(*parts: tuple[str, list[str]]) -> str:
    told = "".join(
        f"\n### {title}\n" + "".join(f"{line}\n" for line in lines) + f"/END {title}\n"
        for title, lines in parts
    )
    return person("alex") + told


def test_what_tells_of_somebody_else_goes_to_their_file_with_its_marks(branch: Branch) -> None:
    filled(branch, {OWNER: profile(("Statements", OWN + HERS)), MAYA: person("Maya")})
    before = statements(branch)

    survey, subjects = tidied(branch, "redistribute", soft_cap_tokens=500)

    assert subjects[0].startswith("consolidate(redistribute): alex (")
    assert statements(branch) == before
    text = branch.snapshot().read(OWNER)
    assert redistribute.tokens(text) <= 500 or "still" in survey.passed[0]
    assert "Maya paints the wall number 1. ^bbbbbbbb-1" in branch.snapshot().read(MAYA)
    assert "I went out" not in branch.snapshot().read(MAYA)


def test_a_short_file_is_left_alone(branch: Branch) -> None:
    filled(branch, {OWNER: profile(("Statements", OWN + HERS)), MAYA: person("Maya")})
    assert tidied(branch, "redistribute")[1] == []


def test_a_section_with_the_name_of_another_file_goes_there_with_its_prose(branch: Branch) -> None:
    filled(
        branch, {OWNER: profile(("Statements", OWN), ("Maya", ["She is kind.", *HERS])), MAYA: person("Maya")}
    )
    tidied(branch, "redistribute", soft_cap_tokens=400)
    now = branch.snapshot()
    assert "She is kind." in now.read(MAYA)
    assert "### Maya" not in now.read(OWNER)


def test_a_theme_becomes_a_file_of_its_own(branch: Branch) -> None:
    moves = [
        f"- 2023-03-{day:02d} | Opened with the pawn of file {day}. ^cccccccc-{day}" for day in range(1, 21)
    ]
    filled(branch, {OWNER: profile(("Statements", OWN), ("Chess", moves))})
    before = statements(branch)
    tidied(branch, "redistribute", soft_cap_tokens=500)
    made = entity.parse(branch.snapshot().read(CHESS))
    assert (made.name, made.type) == ("Chess", "context")
    assert statements(branch) == before
    assert f"[[{CHESS}|Chess]]" in branch.snapshot().read("index.md")


def test_smaller_files_are_filled_first_and_none_beyond_the_cap(branch: Branch) -> None:
    full = person("Maya", *(f"- 2022-01-01 | Long ago, number {n}. ^dddddddd-{n}" for n in range(1, 40)))
    rob = [f"- 2023-02-{day:02d} | Rob sails the boat number {day}. ^bbbbbbbb-{day}" for day in range(1, 21)]
    filled(
        branch,
        {
            OWNER: profile(("Statements", [*OWN, *HERS[:5], *rob])),
            MAYA: full,
            f"{PEOPLE}/rob.md": person("Rob"),
        },
    )
    tidied(branch, "redistribute", soft_cap_tokens=500)
    assert "paints" not in branch.snapshot().read(MAYA)
    assert "Rob sails" in branch.snapshot().read(f"{PEOPLE}/rob.md")


def test_what_stands_there_already_is_not_said_twice(branch: Branch) -> None:
    told = [line.replace("| Maya", "| alex: Maya") for line in HERS]
    filled(
        branch,
        {
            OWNER: profile(("Statements", OWN + HERS)),
            MAYA: person("Maya", *told, title="Mentioned by others"),
        },
    )
    tidied(branch, "redistribute", soft_cap_tokens=450)
    words = [statement.text for _, statement in entity.parse(branch.snapshot().read(MAYA)).statements()]
    assert len(words) == len(HERS)
    assert "Maya paints the wall number 1." not in branch.snapshot().read(OWNER)


def test_what_is_always_loaded_stays(branch: Branch) -> None:
    filled(branch, {OWNER: profile(("Statements [ALWAYS_LOAD]", HERS)), MAYA: person("Maya")})
    survey, subjects = tidied(branch, "redistribute", soft_cap_tokens=100)
    assert subjects == []
    assert "nothing in it belongs elsewhere" in survey.passed[0]


def test_a_model_says_where_the_rest_belongs(branch: Branch) -> None:
    filled(branch, {OWNER: profile(("Statements", OWN))})
    model = Scripted(
        '{"moves": [{"name": "Outings", "new": true, "lines": [1, 2, 3, 99]}, {"name": "x", "lines": [5]}]}'
    )
    tidied(branch, "redistribute", soft_cap_tokens=400, provider=model)
    made = entity.parse(branch.snapshot().read("memories/contexts/outings.md"))
    assert [statement.mark.turn for _, statement in made.statements() if statement.mark] == [1, 2, 3]
