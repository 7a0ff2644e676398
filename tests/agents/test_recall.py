import json

import pytest

from diffmem.agents.recall import asked_in

TALK = "user: I met Maya in Berlin last year.\nassistant: How nice! What did you do?\nuser: {last}"


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Where does Maya live?", "Where does Maya live?"),
        ("Two lines\nof one question", "Two lines\nof one question"),
        (TALK.format(last="Do you remember where she works now?"), "Do you remember where she works now?"),
        (
            TALK.format(last="And when?"),
            "I met Maya in Berlin last year.\nHow nice! What did you do?\nAnd when?",
        ),
        (
            json.dumps(
                [{"role": "user", "content": "Hello there."}, {"role": "assistant", "content": "Hi!"}]
            ),
            "Hello there.",
        ),
        ('[{"role": "user", "content": "Where is Maya?"}]', "Where is Maya?"),
        ("[not json", "[not json"),
        ('[{"content": "nobody"}]', '[{"content": "nobody"}]'),
    ],
    ids=[
        "a question",
        "two lines",
        "a conversation",
        "a few words",
        "an array",
        "one message",
        "a bracket",
        "no speaker",
    ],
)
def test_of_a_conversation_the_last_words_of_a_person_are_the_question(text: str, question: str) -> None:
    assert asked_in(text) == question
