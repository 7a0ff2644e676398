import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffmem.agents.consolidator.link import Names, with_links
from diffmem.ontologies.index import IndexLine

MAYA = IndexLine("memories/people/maya.md", "Maya Lind", "person", aliases=("Maya",))
ROB = IndexLine("memories/people/rob.md", "Rob", "person")
NAMES = Names.of([MAYA, ROB])
PATH = "alex.md"


@pytest.mark.parametrize(
    ("text", "linked"),
    [
        ("I met Maya.", "I met [[memories/people/maya.md|Maya]]."),
        ("I met Maya Lind.", "I met [[memories/people/maya.md|Maya Lind]]."),
        ("Maya and Maya", "[[memories/people/maya.md|Maya]] and Maya"),
        ("Maya's car", "[[memories/people/maya.md|Maya]]'s car"),
        ("maya, Mayan, robust", "maya, Mayan, robust"),
        ("`Maya` and [Maya](x) and https://Maya.example", "`Maya` and [Maya](x) and https://Maya.example"),
        ("# Maya\n\nText", "# Maya\n\nText"),
        ("---\nname: Maya\n---\nRob", "---\nname: Maya\n---\n[[memories/people/rob.md|Rob]]"),
        ("```\nMaya\n```\nRob", "```\nMaya\n```\n[[memories/people/rob.md|Rob]]"),
        ("Rob\n## SEMANTIC INDEX\nMaya", "[[memories/people/rob.md|Rob]]\n## SEMANTIC INDEX\nMaya"),
        (
            "- 2023-05-07 | Rob sang. ^k3f9qa2m-4",
            "- 2023-05-07 | [[memories/people/rob.md|Rob]] sang. ^k3f9qa2m-4",
        ),
        ("``Maya `` Rob", "``Maya `` [[memories/people/rob.md|Rob]]"),
        ("a ` b Maya", "a ` b [[memories/people/maya.md|Maya]]"),
        ("    Maya in code", "    Maya in code"),
        ("    - Maya in a list", "    - [[memories/people/maya.md|Maya]] in a list"),
        ("Maya\n====\nRob", "Maya\n====\n[[memories/people/rob.md|Rob]]"),
        ("[Maya][ref] and <b title=Maya>", "[Maya][ref] and <b title=Maya>"),
        ("Maya " + "x " * 6000, "Maya " + "x " * 6000),
        ("[[memories/people/rob.md|Robert]] and Rob", "[[memories/people/rob.md|Robert]] and Rob"),
    ],
)
def test_the_first_sensible_mention_becomes_a_link(text: str, linked: str) -> None:
    assert with_links(text, PATH, NAMES) == linked
    assert with_links(linked, PATH, NAMES) == linked


def test_a_file_does_not_link_to_itself() -> None:
    assert with_links("Rob here", ROB.path, NAMES) == "Rob here"


def test_a_name_that_two_bear_leads_nowhere() -> None:
    other = IndexLine("memories/people/rob_2.md", "Rob", "person")
    assert with_links("Rob", PATH, Names.of([ROB, other])) == "Rob"


PIECES = st.sampled_from(
    [
        *(
            "Maya",
            "Maya Lind",
            "Rob",
            "Rob's",
            " ",
            "\n",
            "[",
            "]",
            "[[",
            "]]",
            "|",
            "`",
            "``",
            "```\n",
            "# ",
        ),
        *("---\n", "- ", "(", ")", "<", ">", "==\n", "    ", "## SEMANTIC INDEX\n", "\\", "http://", "/END "),
    ]
)


@given(st.lists(PIECES, max_size=25).map("".join))
def test_what_is_linked_once_is_linked_for_good(text: str) -> None:
    linked = with_links(text, PATH, NAMES)
    assert with_links(linked, PATH, NAMES) == linked
