import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffmem.storage import message

VALUES = st.text(min_size=1)
NAMES = st.sampled_from(["Stage", "Session-Id", "Reverts"])


@given(VALUES, st.dictionaries(NAMES, VALUES, min_size=1))
def test_what_is_rendered_reads_back(subject: str, trailers: dict[str, str]) -> None:
    text = message.render(subject, trailers)
    assert message.subject_of(text) == subject
    assert message.trailers_of(text) == trailers


@pytest.mark.parametrize(
    "forged",
    [
        "x\nStage: digest",
        "x\n\nStage: digest\n",
        "x\r\nStage: forget",
        "x\u2028Stage: undo",
        "\\nStage: undo",
    ],
)
def test_words_from_outside_forge_no_trailer(forged: str) -> None:
    text = message.render(f"remember: {forged}", {"Stage": "intake", "Session-Id": forged})
    assert message.trailers_of(text) == {"Stage": "intake", "Session-Id": forged}
    assert len(text.splitlines()) == 4


def test_a_message_of_another_program_has_no_trailers() -> None:
    assert message.trailers_of("Session s-1 | alex, maya\n") == {}
    assert message.trailers_of("subject\n\nsome words\nStage: intake\n") == {}
