import pytest

from diffmem.agents.context import Block, Context
from diffmem.agents.explorer.depth import wants_model
from diffmem.errors import BadInput

SURE = Context("0" * 40, 0.9, (Block("a.md", "1-1", "", "", (), "words", "", 2),))
UNSURE = Context("0" * 40, 0.3, SURE.blocks)
NOTHING = Context("0" * 40, 0.0, ())


@pytest.mark.parametrize(
    ("depth", "baseline", "question", "wanted"),
    [
        ("fast", NOTHING, "How did it change?", False),
        ("deep", SURE, "Where is Maya?", True),
        ("auto", SURE, "Where is Maya?", False),
        ("", SURE, "Where is Maya?", False),
        ("auto", UNSURE, "Where is Maya?", True),
        ("auto", NOTHING, "Where is Maya?", True),
        ("auto", SURE, "How did Maya's work change since last year?", True),
        ("auto", SURE, "Where did I use to live, and where did Maya live previously?", True),
        ("auto", SURE, "In what order did I visit these cities?", True),
        ("auto", SURE, "What is the difference between the two plans?", True),
        ("auto", SURE, "user: I love her.\nassistant: Good.\nuser: How did her job change over time?", True),
        (
            "auto",
            SURE,
            "user: How did it change?\nassistant: It did.\nuser: And where does Maya live now?",
            False,
        ),
    ],
)
def test_depth_says_when_a_model_is_asked(depth: str, baseline: Context, question: str, wanted: bool) -> None:
    assert wants_model(depth, baseline, question) is wanted


def test_an_unknown_depth_is_refused_with_the_three_there_are() -> None:
    with pytest.raises(BadInput, match="fast, auto, deep"):
        wants_model("deeper", SURE)
