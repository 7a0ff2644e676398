"""What a question finds, in what order, and how sure the answer is."""

import json
from datetime import date

import pytest

from diffmem.agents.scout.corpus import Corpus
from diffmem.agents.scout.pack import tokens

from .memories import ask, corpus_of, filed, session, shown

FRIENDS = (
    session(
        "2023-05-08",
        "Caroline: Hey Mel! Good to see you!",
        "Melanie: Hey! What's new with you?",
        "Caroline: I went to a support group yesterday and it was powerful.",
        "Melanie: I painted a sunrise over the lake last year.",
    ),
    session(
        "2023-06-09",
        "Melanie: We adopted a puppy, her name is Luna.",
        "Caroline: So cute! I am applying to adoption agencies myself.",
        "Melanie: We took the kids camping in the mountains last weekend.",
    ),
    session("2023-07-01", "Caroline: I started pottery lessons.", "Melanie: Lovely, I play the violin now."),
)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What did Melanie paint?", "painted a sunrise"),
        ("What pets does Melanie have?", "adopted a puppy"),
        ("Which instrument does Melanie play?", "violin"),
        ("Where did Caroline go in May 2023?", "support group"),
        ("What did the family do outdoors?", "camping in the mountains"),
    ],
)
def test_the_best_hit_answers(question: str, answer: str) -> None:
    found = ask(corpus_of(*FRIENDS), question)
    assert answer in found.hits[0].unit.text


@pytest.mark.parametrize(
    "question",
    ["What is my job?", "What is my profession?", "Who is my employer?", "What do I do for a living?"],
)
def test_what_people_say_of_work_answers_whatever_word_for_work_is_asked(question: str) -> None:
    corpus = corpus_of(
        session("2025-01-14", "user: I live in Leeds, and my cat is grumpy.", "assistant: Oh dear."),
        session("2025-06-20", "user: Globex made me lead of the data team.", "assistant: Well done!"),
        session("2025-07-08", "user: I found a small flat with a balcony.", "assistant: Lovely."),
    )
    assert "lead of the data team" in ask(corpus, question).hits[0].unit.text


def test_a_question_about_the_wrong_person_is_answered_with_less_confidence() -> None:
    corpus = corpus_of(*FRIENDS)
    right = ask(corpus, "What did Melanie paint last year?")
    wrong = ask(corpus, "What did Caroline paint last year?")
    assert wrong.confidence < right.confidence / 2


def test_a_question_of_which_memory_holds_little_is_answered_with_less_confidence() -> None:
    corpus = corpus_of(
        session("2023-05-08", "user: My sister adopted a puppy in Lisbon.", "assistant: Lovely!"),
        session("2023-05-09", "user: I am learning to bake sourdough bread.", "assistant: Enjoy!"),
    )
    known = ask(corpus, "Where did my sister adopt a puppy?")
    unknown = ask(corpus, "Which zeppelin museum did my sister recommend?")
    assert unknown.hits
    assert unknown.confidence < known.confidence / 1.5


def test_an_alias_finds_what_its_bearer_said() -> None:
    corpus = corpus_of(*FRIENDS)
    names = {"Melanie": "Melanie", "Mel": "Melanie"}
    assert ask(corpus, "Which instrument does Mel play?", names=names).hits[0].unit.speaker == "Melanie"


def test_nothing_found_is_an_answer_without_blocks_and_without_confidence() -> None:
    answer = ask(corpus_of(*FRIENDS), "zeppelin?").answer(1000)
    assert answer["blocks"] == []
    assert answer["confidence"] == 0


def test_an_empty_memory_answers_nothing() -> None:
    assert ask(Corpus(), "Who am I?").answer(1000)["blocks"] == []


WEIGHTS = (
    session("2023-01-05", "Ann: I weigh 82 kg now.", name="s1"),
    session("2023-04-05", "Ann: I weigh 78 kg now.", name="s2"),
    session("2023-09-05", "Ann: I weigh 74 kg now.", name="s3"),
)


def test_the_newest_value_comes_first_and_older_ones_say_until_when() -> None:
    text = shown(ask(corpus_of(*WEIGHTS), "How much does Ann weigh now?"))
    assert text.index("74 kg") < text.index("78 kg") < text.index("82 kg")
    assert "82 kg now. (until 2023-04-05)" in text
    assert "74 kg now. (until" not in text


def test_what_was_remembered_later_on_one_day_is_newer() -> None:
    first = session("2023-09-05", "Ann: I weigh 74 kg now.", learned="2023-09-05T10:00:00Z")
    second = session("2023-09-05", "Ann: I weigh 75 kg now.", learned="2023-09-05T11:00:00Z")
    text = shown(ask(corpus_of(first, second), "How much does Ann weigh?"))
    assert text.index("75 kg") < text.index("74 kg")


def test_both_ends_of_a_change_are_in_the_answer() -> None:
    many = [
        session(f"2022-{m:02}-10", f"Ann: My boat cost me {m}0 euros this month, weighing on me.")
        for m in range(1, 13)
    ]
    found = ask(
        corpus_of(*WEIGHTS, *many), "How did Ann's weight change from January 2023 to September 2023?"
    )
    text = shown(found, 160)
    assert text.index("82 kg") < text.index("74 kg")


def test_a_turn_and_the_statement_made_from_it_are_shown_once() -> None:
    path, turns = FRIENDS[1]
    statement = ("2023-06-09", "We adopted a puppy, her name is Luna.", turns[0], False)
    people = filed("memories/people/melanie.md", "Melanie", statement)
    text = shown(ask(corpus_of((path, turns), people), "What is the name of the puppy?"))
    assert text.count("Luna") == 1


def test_a_statement_whose_session_is_gone_is_shown_with_its_date() -> None:
    people = filed(
        "memories/people/melanie.md", "Melanie", ("2023-06-09", "Adopted a puppy named Luna", None, False)
    )
    answer = ask(corpus_of(people), "What is the name of the puppy?").answer(500)
    assert answer["blocks"] == [
        {
            "source": "memories/people/melanie.md",
            "date": "2023-06-09",
            "text": "2023-06-09 | Adopted a puppy named Luna",
        }
    ]


def test_a_turn_whose_statement_no_longer_holds_says_so() -> None:
    path, turns = session("2021-03-01", "Ann: I work at Acme as a welder.")
    people = filed(
        "memories/people/ann.md",
        "Ann",
        ("2021-03-01/2023-02-10", "I work at Acme as a welder.", turns[0], True),
    )
    assert "(until 2023-02-10)" in shown(ask(corpus_of((path, turns), people), "Where does Ann work?"))


LONG = " ".join(f"This is filler sentence number {n} about nothing much." for n in range(300))


def test_a_long_turn_is_shown_as_whole_sentences_around_the_answer() -> None:
    said = f"user: {LONG} The spare key hangs behind the green door. {LONG}"
    text = shown(ask(corpus_of(session("2023-05-08", said)), "Where is the spare key?"))
    assert "The spare key hangs behind the green door." in text
    assert len(text) < 1200
    assert text.startswith("[1] user: … ")
    assert text.endswith("much. …")


def test_words_that_stand_together_in_a_long_turn_speak_for_it() -> None:
    apart = f"user: My spare room is nice. {LONG} The green door squeaks. {LONG} I lost a key once."
    close = f"user: {LONG} The spare key hangs behind the green door. {LONG}"
    corpus = corpus_of(session("2023-05-08", apart), session("2023-05-09", close))
    assert ask(corpus, "Is the spare key behind the green door?").hits[0].unit.text == close[6:]


def test_neighbours_in_the_question_speak_for_a_turn_where_they_are_neighbours_too() -> None:
    corpus = corpus_of(
        session("2023-05-08", "user: The stone in our garden looks cold beside a new lamp on that wall."),
        session("2023-05-09", "user: The stone wall in our garden looks new beside a cold lamp."),
    )
    assert "stone wall" in ask(corpus, "What about the stone wall?").hits[0].unit.text


@pytest.mark.parametrize("budget", [30, 50, 100, 300, 1000, 4000, 10_000_000])
def test_an_answer_never_costs_more_than_its_budget(budget: int) -> None:
    files = [
        session(f"2023-{m:02}-{d:02}", *(f'Ann: The "kite" flew\nover {m} hills {d} é 山' for _ in range(9)))
        for m in range(1, 10)
        for d in range(1, 9)
    ]
    answer = ask(corpus_of(*files), "How did the kite fly over the hills?").answer(budget, "a" * 12, "note")
    assert tokens(answer) <= budget
    assert len(json.dumps(answer, ensure_ascii=False)) <= 4 * budget


@pytest.mark.parametrize("budget", [0, 1])
def test_a_budget_for_nothing_brings_the_bare_frame(budget: int) -> None:
    assert ask(corpus_of(*FRIENDS), "What did Melanie paint?").answer(budget)["blocks"] == []


@pytest.mark.parametrize(
    "question",
    [
        "",
        " ",
        "the of and",
        "😀😀😀",
        ".*[a-z]+(?P<",
        "\\",
        "\x00",
        "a" * 100_000,
        "kite " * 20_000,
        "?" * 5000,
    ],
)
def test_odd_questions_get_an_answer(question: str) -> None:
    answer = ask(corpus_of(*FRIENDS), question).answer(1000)
    assert tokens(answer) <= 1000


TONGUES = {
    "zh": (
        [
            "我们上个月搬到了上海，住在静安区。",
            "我的女儿在学钢琴，每周三上课。",
            "昨天和李明去吃了火锅，味道很好。",
        ],
        [("我们搬到哪里了？", 0), ("她女儿学什么乐器？", 1), ("我和谁吃了火锅？", 2)],
    ),
    "de": (
        [
            "Wir sind nach München gezogen.",
            "Meine Tochter lernt Klavier.",
            "Gestern habe ich mit Peter Spätzle gegessen.",
        ],
        [
            ("Wohin sind wir gezogen?", 0),
            ("Was lernen die Töchter?", 1),
            ("Mit wem habe ich Spätzle gegessen?", 2),
        ],
    ),
    "ar": (
        [
            "انتقلنا الشهر الماضي إلى القاهرة.",
            "ابنتي تتعلم العزف على البيانو.",
            "أمس أكلت الكشري مع صديقي أحمد.",
        ],
        [("إلى أين انتقلنا؟", 0), ("ماذا تتعلم ابنتي؟", 1), ("مع من أكلت الكشري؟", 2)],
    ),
    "es": (
        [
            "Nos mudamos a Valencia.",
            "Mi hija está aprendiendo a tocar el piano.",
            "Ayer cené paella con Carmen.",
        ],
        [("¿Adónde nos mudamos?", 0), ("¿Qué aprende mi hija?", 1), ("¿Con quién cené paella?", 2)],
    ),
}


@pytest.mark.parametrize(("tongue", "question", "at"), [(t, q, n) for t in TONGUES for q, n in TONGUES[t][1]])
def test_a_question_finds_sessions_in_its_own_language(tongue: str, question: str, at: int) -> None:
    files = [
        session(f"2023-05-{day:02}", f"user: {text}", "assistant: OK", name=other)
        for other, (texts, _) in TONGUES.items()
        for day, text in enumerate(texts, 1)
    ]
    assert ask(corpus_of(*files), question, date(2023, 6, 1)).hits[0].unit.text == TONGUES[tongue][0][at]
