"""Date phrases: what they mean, and what only looks like one."""

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffmem.agents.dates import When, find, meant, statement_date

from ..data_folder import DATA

# A Wednesday.
SAID = datetime(2023, 5, 10, 14, 30, tzinfo=UTC)

RESOLVED = [
    ("the first week of June", "2023-06-01/2023-06-07"),
    ("late 2021", "2021-09-01/2021-12-31"),
    ("a couple of years back", "2021"),
    ("Tuesday evening", "2023-05-09"),
    ("the other day", "2023-05-03/2023-05-09"),
    ("the end of last month", "2023-04-23/2023-04-30"),
    ("on my last day of 2020", "2020-12-31"),
    ("early next week", "2023-05-15/2023-05-17"),
    ("the middle of July", "2023-07-11/2023-07-21"),
    ("mid-2019", "2019-05-01/2019-08-31"),
    ("the second Tuesday in March 2023", "2023-03-14"),
    ("the last Friday of April", "2023-04-28"),
    ("the first half of 2022", "2022-01-01/2022-06-30"),
    ("the second quarter of 2021", "2021-04-01/2021-06-30"),
    ("the day after Christmas", "2022-12-26"),
    ("two days before Christmas", "2022-12-23"),
    ("the week before Christmas", "2022-12-18/2022-12-24"),
    ("the weekend after Thanksgiving", "2022-11-26/2022-11-27"),
    ("a week from Friday", "2023-05-19"),
    ("two weeks from tomorrow", "2023-05-25"),
    ("a year ago today", "2022-05-10"),
    ("a week ago on Tuesday", "2023-05-02"),
    ("two years ago in May", "2021-05"),
    ("three weekends ago", "2023-04-22/2023-04-23"),
    ("two summers ago", "2021-06-01/2021-08-31"),
    ("the summer before last", "2021-06-01/2021-08-31"),
    ("the year before last", "2021"),
    ("the month after next", "2023-07"),
    ("twenty-five years ago", "1998"),
    ("2-3 days ago", "2023-05-07/2023-05-08"),
    ("two or three weeks ago", "2023-04-19/2023-04-26"),
    ("more than a decade ago", "2013"),
    ("about six months ago", "2022-11"),
    ("1.5 years ago", "2021-11"),
    ("two and a half years ago", "2020-11"),
    ("a year and two months ago", "2022-03"),
    ("days ago", "2023-05-04/2023-05-08"),
    ("several weeks ago", "2023-03-22/2023-04-19"),
    ("three hours ago", "2023-05-10"),
    ("15 hours ago", "2023-05-09"),
    ("in the last three months", "2023-02-10/2023-05-10"),
    ("over the past few weeks", "2023-04-12/2023-05-10"),
    ("in the next two weeks", "2023-05-10/2023-05-24"),
    ("the past year", "2022-05-10/2023-05-10"),
    ("this past weekend", "2023-05-06/2023-05-07"),
    ("this coming Saturday", "2023-05-13"),
    ("last week Tuesday", "2023-05-02"),
    ("Tuesday of last week", "2023-05-02"),
    ("next week on Monday", "2023-05-15"),
    ("last year in June", "2022-06"),
    ("June of last year", "2022-06"),
    ("last year at Christmas", "2022-12-25"),
    ("Christmas 2021", "2021-12-25"),
    ("New Year's Eve", "2022-12-31"),
    ("Valentine's Day", "2023-02-14"),
    ("Easter 2023", "2023-04-09"),
    ("last Thanksgiving", "2022-11-24"),
    ("on Halloween", "2022-10-31"),
    ("the 1990s", "1990-01-01/1999-12-31"),
    ("the early '90s", "1990-01-01/1993-12-31"),
    ("the 19th century", "1800-01-01/1899-12-31"),
    ("May '21", "2021-05"),
    ("Sept. 5, 2022", "2022-09-05"),
    ("5-7 May 2022", "2022-05-05/2022-05-07"),
    ("May 5–7", "2023-05-05/2023-05-07"),
    ("from May 30 to June 2, 2022", "2022-05-30/2022-06-02"),
    ("between March and May 2023", "2023-03-01/2023-05-31"),
    ("from December 2021 to February", "2021-12-01/2022-02-28"),
    ("from 2019 to 2021", "2019-01-01/2021-12-31"),
    ("2014-2018", "2014-01-01/2018-12-31"),
    ("winter 2021 - 2022", "2021-12-01/2022-02-28"),
    ("the winter of 2020", "2020-12-01/2021-02-28"),
    ("Sunday, May 7", "2023-05-07"),
    ("Monday the 8th", "2023-05-08"),
    ("the fourth of July", "2023-07-04"),
    ("the twenty-first of March", "2023-03-21"),
    ("the 5th of last month", "2023-04-05"),
    ("2023/05/07", "2023-05-07"),
    ("13/02/2023", "2023-02-13"),
    ("07.05.2023", "2023-05-07"),
    ("2023-05", "2023-05"),
    ("2023-05-07T10:00:00Z", "2023-05-07"),
    ("am 7. Mai 2023", "2023-05-07"),
    ("el 7 de mayo de 2023", "2023-05-07"),
    ("le 7 mai 2023", "2023-05-07"),
    ("en enero de 2022", "2022-01"),
    ("im März", "2023-03"),
    ("gestern", "2023-05-09"),
    ("ayer", "2023-05-09"),
    ("je suis allé hier", "2023-05-09"),
    ("this time last year", "2022-05"),
    ("later this week", "2023-05-10/2023-05-14"),
    ("earlier this year", "2023-01-01/2023-05-10"),
    ("yesterday's", "2023-05-09"),
    ("the weekend of 6 May", "2023-05-06/2023-05-07"),
    ("the week of May 1st", "2023-05-01/2023-05-07"),
    ("Sunday before 25 April 2023", "2023-04-23"),
    ("the first weekend of April", "2023-04-01/2023-04-02"),
    ("in the next few days", "2023-05-10/2023-05-14"),
    ("a fortnight ago", "2023-04-26"),
    ("Friday last", "2023-05-05"),
    ("Sunday after next", "2023-05-21"),
    ("end of the month", "2023-05-24/2023-05-31"),
    ("the start of the year", "2023-01-01/2023-03-31"),
    ("by the end of the week", "2023-05-13/2023-05-14"),
    ("over the weekend", "2023-05-06/2023-05-07"),
    ("back in 2016", "2016"),
    ("my 2019 trip", "2019"),
    ("in 1660", "1660"),
    ("In 1812", "1812"),
    ("Boston in the fall of 1776", "1776-09-01/1776-11-30"),
    ("Easter Monday", "2023-04-10"),
    ("a week later", "2023-05-17"),
    ("within three days", "2023-05-10/2023-05-13"),
    ("the night before last", "2023-05-08"),
    ("the last two weeks of May", "2023-05-18/2023-05-31"),
    ("the coming weekend", "2023-05-13/2023-05-14"),
    ("Q3 2022", "2022-07-01/2022-09-30"),
    ("Memorial Day weekend", "2023-05-27/2023-05-28"),
    ("in '98", "1998"),
    ("two hundred years ago", "1823"),
    ("a year or two ago", "2021-01-01/2022-12-31"),
    ("the latter half of 2021", "2021-07-01/2021-12-31"),
    ("throughout 2020", "2020"),
    ("a month from now", "2023-06"),
    ("the 2nd week of April", "2023-04-08/2023-04-14"),
    ("the Saturday after next", "2023-05-20"),
    ("this Thursday", "2023-05-11"),
    ("early in the year", "2023-01-01/2023-04-30"),
    ("07/04/2021", "2021-07-04"),
]

NO_DATE = [
    "I may go",
    "I may be 5 minutes late",
    "March with us",
    "We march on",
    "you may 5 times",
    "the sun is out",
    "wait a second",
    "the second one",
    "we sat there",
    "fall down",
    "in the fall down",
    "spring break",
    "my summer camp",
    "winter coat",
    "it costs $2000",
    "2000 people",
    "in 2000 words",
    "version v2.0.1",
    "at 12:30",
    "call 555-1234 or 555 1234 5678",
    "+49 170 2023456",
    "1,000 people",
    "1/2 cup",
    "3/4 of them",
    "room 2019",
    "1500 meters",
    "May I ask?",
    "April said hi",
    "June and I",
    "in my 20s",
    "in my early 30s",
    "the next day",
    "every Sunday",
    "each year",
    "on Sundays",
    "every other week",
    "two weeks before my birthday",
    "the week before my birthday",
    "a year",
    "for 4 years",
    "five years old",
    "a two-week trip",
    "30-day plan",
    "the 5th floor",
    "on the 5th floor",
    "my 18th birthday",
    "Sunday school",
    "one day",
    "some day",
    "at the moment",
    "last time",
    "last name",
    "the last minute",
    "next step",
    "We",
    "sun",
    "sat",
    "second",
    "may",
    "march",
    "fall",
    "Christmas tree",
    "an Easter egg",
    "August personage",
    "the end of the book",
    "middle of nowhere",
    "the beginning of the end",
    "10.5 percent",
    "192.168.2023.5",
    "https://example.com/2023/05/07/x",
    "file-2023-05-07.md",
    "in two parts",
    "once in two weeks",
    "I finished it in two days",
    "haven't been there in 3 years",
    "the day I left",
    "week after week",
    "the last week of school",
    "the last two weeks of winter break",
    "The next quarter I took the class again",
    "going to Miami for a couple of days",
    "temperatures in the mid-60s °F",
    "it can last 3 days",
    "0-80 mph in 2 seconds",
    "datetime.today",
    "day by day",
]

IN_A_SENTENCE = [
    ("I went to a support group yesterday and it was so powerful.", "2023-05-07", "2023-05-08"),
    ("We're thinking about going camping next month.", "2023-06", "2023-05-25"),
    ("Last Fri I finally took my kids to a workshop.", "2023-07-14", "2023-07-15"),
    ("I've had them for 3 years now and they bring me joy!", "2019", "2022-01-23"),
    ("I'm organizing a party two weekends later - it'll be fun!", "2022-06-18/2022-06-19", "2022-06-03"),
    ("I won my fourth tournament on Friday!", "2022-07-08", "2022-07-10"),
    ("We will meet on Friday.", "2022-07-15", "2022-07-10"),
    ("We went camping in June.", "2022-06", "2023-05-10"),
    ("I'm going camping in June.", "2023-06", "2023-05-10"),
    ("We had a great time this summer.", "2023-06-01/2023-08-31", "2024-01-14"),
    ("He told me the news before the war.", "", "2023-05-10"),
    ("I moved there before June 2022.", "", "2023-05-10"),
    ("In 2019 I saw it, on 3 May 2019 to be exact.", "2019-05-03", "2023-05-10"),
    ("My Lord came to town in May.", "1660-05", "1661-01-20"),
    ("It was built in 1660, they say.", "1660", "1661-01-20"),
]

STORIES = [
    ("We arrived on 3 May 2021 and the next day we left.", ["2021-05-03", "2021-05-04"]),
    ("They met in June 2019, and two years later they married.", ["2019-06", "2021"]),
    ("Sales fell in 2020 compared to the previous year.", ["2020", "2019"]),
    ("I ran on Monday, and on Tuesday I rested.", ["2023-05-08", "2023-05-09"]),
]

QUESTIONS = [
    ("What did she do last summer?", date(2022, 6, 1), date(2022, 8, 31)),
    ("Where were we between March and May 2023?", date(2023, 3, 1), date(2023, 5, 31)),
    ("What happened before June 2022?", date.min, date(2022, 5, 31)),
    ("What happened after June 2022?", date(2022, 7, 1), date.max),
    ("What has changed since January?", date(2023, 1, 1), date(2023, 5, 10)),
    ("Where did I live until March 2023?", date.min, date(2023, 3, 31)),
    ("Who did I meet shortly before 7 Jan 2023?", date(2022, 12, 31), date(2023, 1, 6)),
    ("What happened the Sunday before 25 May 2023?", date(2023, 5, 21), date(2023, 5, 21)),
    ("In which month of 2022 did he call? In May 2022?", date(2022, 5, 1), date(2022, 5, 31)),
]

RENDERED = [
    (date(2023, 5, 7), date(2023, 5, 7), "2023-05-07"),
    (date(2023, 5, 1), date(2023, 5, 31), "2023-05"),
    (date(2024, 2, 1), date(2024, 2, 29), "2024-02"),
    (date(2023, 1, 1), date(2023, 12, 31), "2023"),
    (date(2023, 5, 1), date(2023, 5, 7), "2023-05-01/2023-05-07"),
    (date(2022, 1, 1), date(2023, 12, 31), "2022-01-01/2023-12-31"),
    (date(987, 1, 1), date(987, 12, 31), "0987"),
]


@pytest.mark.parametrize(("phrase", "expected"), RESOLVED, ids=[row[0] for row in RESOLVED])
def test_a_phrase_means_its_interval(phrase: str, expected: str) -> None:
    assert [when.event_date() for when in find(phrase, SAID)] == [expected]


@pytest.mark.parametrize("text", NO_DATE, ids=NO_DATE)
def test_what_is_no_date_gives_none(text: str) -> None:
    assert find(text, SAID) == ()


@pytest.mark.parametrize(
    ("sentence", "expected", "said"), IN_A_SENTENCE, ids=[row[0] for row in IN_A_SENTENCE]
)
def test_a_sentence_has_the_date_it_speaks_of(sentence: str, expected: str, said: str) -> None:
    assert statement_date(sentence, date.fromisoformat(said)) == expected


@pytest.mark.parametrize(("text", "expected"), STORIES, ids=[row[0] for row in STORIES])
def test_a_date_can_be_told_from_the_one_before_it(text: str, expected: list[str]) -> None:
    assert [when.event_date() for when in find(text, SAID)] == expected


@pytest.mark.parametrize(("question", "first", "last"), QUESTIONS, ids=[row[0] for row in QUESTIONS])
def test_a_question_means_an_interval(question: str, first: date, last: date) -> None:
    assert (first, last) in [(when.first, when.last) for when in meant(question, SAID.date())]


@pytest.mark.parametrize(("first", "last", "expected"), RENDERED, ids=[row[2] for row in RENDERED])
def test_an_interval_is_rendered_as_briefly_as_it_can_be(first: date, last: date, expected: str) -> None:
    assert When(first, last, 0, 1).event_date() == expected


def test_the_span_is_the_words_of_the_phrase() -> None:
    text = "Well, I joined “two weeks ago” – on Mother’s Day 2023, I think."

    assert [text[when.start : when.end] for when in find(text, SAID)] == [
        "two weeks ago",
        "Mother’s Day 2023",
    ]


def test_a_time_without_a_zone_and_a_bare_day_give_the_same_date() -> None:
    assert statement_date("yesterday", date(2023, 5, 10)) == statement_date("yesterday", SAID) == "2023-05-09"


@pytest.mark.parametrize("edge", [date.min, date.max], ids=["the first day", "the last day"])
def test_the_ends_of_the_calendar_hold(edge: date) -> None:
    for phrase, _ in RESOLVED:
        assert all(when.first <= when.last for when in find(phrase, edge)), phrase


WORDS = sorted(
    {word for phrase, _ in RESOLVED for word in phrase.split()}
    | {"9999", "0", "31st", "-", "2-1", "999999 years"}
)


@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join), st.dates())
def test_any_words_in_any_order_give_ordered_intervals_inside_the_text(text: str, said: date) -> None:
    end = 0
    for when in find(text, said):
        assert when.first <= when.last
        assert end <= when.start < when.end <= len(text)
        end = when.end
        when.event_date()


@given(st.text(max_size=80))
def test_no_text_breaks_it(text: str) -> None:
    find(text, SAID)


def test_phrases_nested_without_end_are_given_up() -> None:
    assert find("the day before " * 5_000, SAID) == ()


@pytest.mark.skipif(DATA is None, reason="the development data is not here")
def test_the_shared_phrases_resolve() -> None:
    assert DATA is not None
    rows = [json.loads(line) for line in (DATA / "dates" / "relative.jsonl").read_text("utf-8").splitlines()]

    missed = [
        row["phrase"]
        for row in rows
        if not statement_date(row["phrase"], datetime.fromisoformat(row["said_at"])).startswith(
            tuple(row["starts_with"])
        )
    ]

    assert missed == []
