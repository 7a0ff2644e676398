"""Words as they are looked up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffmem.agents.scout.cues import ASKS, COUNTS, OWN, TIMES, asks
from diffmem.agents.scout.index import Numbers, Vocabulary
from diffmem.agents.scout.languages import language_of
from diffmem.agents.scout.windows import window
from diffmem.agents.scout.words import terms_in


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("went", "going"),
        ("children", "kids"),
        ("mum", "mother"),
        ("bought", "buys"),
        ("photos", "picture"),
        ("favourite", "favorites"),
    ],
)
def test_forms_of_one_word_are_one_term(one: str, other: str) -> None:
    terms = terms_in("english")
    assert terms.of(one) == terms.of(other)


def test_the_commonest_words_are_no_terms() -> None:
    assert terms_in("english").of("What did she do with it?") == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I went to the market with my sister", "english"),
        ("Ich bin mit meiner Schwester auf den Markt gegangen", "german"),
        ("Fui al mercado con mi hermana y una amiga", "spanish"),
        ("ذهبت إلى السوق مع أختي", "arabic"),
        ("我和姐姐去了市场", "unspaced"),
        ("Я пошла на рынок с сестрой", "russian"),
        ("", "english"),
        ("42", "english"),
    ],
)
def test_a_language_is_told_by_script_and_common_words(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("text", "cue"),
    [("My dog", OWN), ("two dogs", COUNTS), ("in 2019", COUNTS | TIMES), ("yesterday", TIMES), ("a dog", 0)],
)
def test_words_give_cues(text: str, cue: int) -> None:
    assert terms_in("english").read(text)[1] == cue


@pytest.mark.parametrize(
    ("text", "is_one"), [("Why? ", True), ("为什么？", True), ("No.", False), ("", False)]
)
def test_a_question_ends_in_its_mark(text: str, is_one: bool) -> None:
    assert asks(text) is is_one
    assert ASKS


def test_a_window_of_a_text_without_sentences_is_short() -> None:
    shown = window("x" * 50_000 + " key " + "y" * 50_000, {"key": 1.0}, terms_in("english"))
    assert len(shown) < 3000


def test_of_equal_places_the_one_that_answers_is_shown() -> None:
    filler = "And so the day went on with little to tell. " * 20
    text = f"It was well worth seeing. {filler} I am now worth 240 pounds. {filler}"
    assert "240" in window(text, {"worth": 1.0}, terms_in("english"), answers=lambda said: "240" in said)


SPELT = st.lists(st.sampled_from("the kids went 1999 two 我们搬到了上海 ok火锅 İstanbul my - élan".split()))


@given(st.lists(st.one_of(st.text(max_size=20), SPELT.map(" ".join)), max_size=6))
def test_many_texts_read_together_have_the_words_and_cues_of_each(texts: list[str]) -> None:
    words = Vocabulary()
    numbers, ends, cues = Numbers(words, Vocabulary()).read(texts, "english")
    said = [words.word(number) for number in numbers.tolist()]
    starts = [0, *ends.tolist()]
    found = [(said[a:b], cue) for a, b, cue in zip(starts, ends.tolist(), cues.tolist(), strict=False)]
    assert found == [terms_in("english").read(text) for text in texts]
