"""What a plan shows: whose words, from which lines, and never more than fits."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diffmem.agents.context import Block, Context
from diffmem.agents.explorer import frame
from diffmem.agents.explorer.places import Places
from diffmem.agents.explorer.plan import Plan, Pointer
from diffmem.agents.explorer.resolver import Resolved, resolved
from diffmem.server import wire

from .past import MAYA, QUESTION, SECOND, Past, found, key_of, talk

SPRING, SPRING_TEXT = talk("s-2", "2024-04-02", SECOND)
NOTHING = Context("0" * 40, 0.0, ())


def shown(past: Past, *pointers: Pointer, entities: tuple[str, ...] = (), cap: int = 4000) -> Resolved:
    plan = Plan(pointers=list(pointers), entities=list(entities))
    return resolved(Places(past.snapshot), plan, NOTHING, QUESTION, max_tokens=cap)


def texts(answer: Resolved) -> list[str]:
    return [block.text for block in answer.blocks]


def test_a_line_of_a_file_says_where_it_was_said(past: Past) -> None:
    (block,) = shown(past, Pointer(path=MAYA, lines="17", reason="her new home")).blocks

    assert block == Block(
        path=MAYA,
        lines="17-17",
        date="2024-03",
        session_id="s-2",
        turns=(1,),
        text='2024-03 | Maya moved to Lisbon. (was: "Maya moved to Berlin." until 2024-03)',
        reason="chosen by the model: her new home",
        tokens=19,
        score=block.score,
        origin="agent",
    )


def test_what_held_before_says_until_when(past: Past) -> None:
    (block,) = shown(past, Pointer(path=MAYA, lines="18-18")).blocks

    assert block.former
    assert block.text == "2023-05-01/2024-03 | Maya moved to Berlin. (until 2024-03)"
    assert (block.session_id, block.turns) == ("s-1", (1,))


def test_a_section_is_its_lines_without_marks_and_headings(past: Past) -> None:
    answer = shown(past, Pointer(path=MAYA, kind="section", section="### music"))

    assert texts(answer) == ["2023-05-08 | Maya plays the cello in an orchestra."]
    assert answer.blocks[0].kind == "section"


def test_a_whole_file_leaves_out_what_stands_above_its_words(past: Past) -> None:
    told = texts(shown(past, Pointer(path=MAYA)))

    assert len(told) == 5
    assert not any("created" in text or "type:" in text or "^" in text for text in told)


def test_lines_that_are_asked_for_are_shown_even_above_the_words(past: Past) -> None:
    assert texts(shown(past, Pointer(path=MAYA, lines="4-5"))) == ["aliases: [Mimi]\nrole: sister"]


def test_a_turn_is_shown_as_it_was_said(past: Past) -> None:
    (block,) = shown(past, Pointer(path=SPRING, lines="9-11")).blocks

    assert block.text.startswith("[1] user: Maya moved to Lisbon in March.\n\nShe sold the flat")
    assert (block.lines, block.date, block.session_id, block.turns) == ("9-11", "2024-04-02", "s-2", (1,))


def test_a_part_of_a_turn_says_that_there_is_more(past: Past) -> None:
    (block,) = shown(past, Pointer(path=SPRING, lines="11")).blocks

    assert block.text.startswith("[1] … She sold the flat in Berlin")
    assert (block.lines, block.turns) == ("11-11", (1,))


def test_an_entry_of_the_timeline_has_its_day_and_session(past: Past) -> None:
    (block,) = shown(past, Pointer(path="timeline/2024-04.md")).blocks

    assert block.text == "**Event**: Maya left Berlin for Lisbon.\n**Topics**: home"
    assert (block.date, block.session_id) == ("2024-04-02", "s-2")


def test_an_earlier_state_says_so(past: Past) -> None:
    (block,) = shown(past, Pointer(path=MAYA, lines="17", at=past.commits[1][:9])).blocks

    assert block.text == "(as of 2023-05-08) 2023-05-01/2023-05-07 | Maya moved to Berlin."
    assert block.commit == past.commits[1]


def test_a_line_that_did_not_change_is_not_shown_of_two_states(past: Past) -> None:
    answer = shown(
        past,
        Pointer(path=MAYA, kind="section", section="Music"),
        Pointer(path=MAYA, kind="section", section="Music", at=past.commits[1]),
    )
    assert len(answer.blocks) == 1


def test_a_diff_is_the_last_change_of_a_file_with_its_commit(past: Past) -> None:
    (block,) = shown(past, Pointer(path=MAYA, kind="diff")).blocks

    assert block.text.split("\n") == [
        f"changed 2024-04-02 in commit {past.commits[3][:7]} (digest: s-2 (2 files)):",
        "[Home]",
        "- 2023-05-01/2023-05-07 | Maya moved to Berlin.",
        "+ 2024-03 | Maya moved to Lisbon.",
        "+ 2023-05-01/2024-03 | Maya moved to Berlin.",
        "+ 2024-03 | Maya sold the flat in Berlin.",
    ]
    assert (block.commit, block.date, block.kind) == (past.commits[3], "2024-04-02", "diff")
    assert (block.session_id, block.turns, block.lines) == ("s-2", (1,), "")


def test_a_diff_of_an_earlier_moment_is_the_last_change_until_then(past: Past) -> None:
    (block,) = shown(past, Pointer(path=MAYA, kind="diff", at=past.commits[2])).blocks

    assert block.commit == past.commits[1]
    assert "+ 2023-05-01/2023-05-07 | Maya moved to Berlin." in block.text


def test_a_log_lists_the_changes_of_a_file_newest_first(past: Past) -> None:
    (block,) = shown(past, Pointer(path=MAYA, kind="log")).blocks

    assert block.text.split("\n") == [
        f"2024-04-02 {past.commits[3][:7]} digest: s-2 (2 files)",
        f"2023-05-08 {past.commits[1][:7]} digest: s-1 (1 file)",
    ]
    assert (block.commit, block.kind) == (past.commits[3], "log")


@pytest.mark.parametrize(
    ("pointer", "why"),
    [
        (Pointer(path="memories/people/rob.md"), "no such file"),
        (Pointer(path="memories"), "no such file"),
        (Pointer(path=""), "no such file"),
        (Pointer(path="memories/../memories/people/maya.md"), "no such file"),
        (Pointer(path=f"/{MAYA}"), "no such file"),
        (Pointer(path=MAYA, lines="99"), "no such lines"),
        (Pointer(path=MAYA, lines="9-3"), "no such lines"),
        (Pointer(path=MAYA, lines="0-3"), "no such lines"),
        (Pointer(path=MAYA, lines="all"), "no such lines"),
        (Pointer(path=MAYA, kind="section", section="Work"), "no such section"),
        (Pointer(path=MAYA, at="HEAD"), "no such commit"),
        (Pointer(path=MAYA, at="HEAD~1"), "no such commit"),
        (Pointer(path=MAYA, at="abcdef0"), "no such commit"),
        (Pointer(path=MAYA, at="2024-01-01"), "no such commit"),
        (Pointer(path=MAYA, kind="diff", at="--output=/tmp/x"), "no such commit"),
    ],
    ids=str,
)
def test_what_leads_nowhere_is_passed_over_with_a_word(past: Past, pointer: Pointer, why: str) -> None:
    answer = shown(past, pointer, Pointer(path=MAYA, lines="17"))

    assert len(answer.blocks) == 1
    assert answer.note == f"pointers passed over: 1 of {why}"


def test_a_commit_that_does_not_lead_here_is_none(past: Past) -> None:
    newest = past.snapshot
    foreign = past.commit("edit: later", "2024-05-01", {MAYA: "# Maya\n\nA secret of tomorrow.\n"})

    plan = Plan(pointers=[Pointer(path=MAYA, at=foreign)])
    answer = resolved(Places(newest), plan, NOTHING, QUESTION, max_tokens=1000)

    assert answer.blocks == ()


def test_no_line_is_shown_twice(past: Past) -> None:
    answer = shown(
        past, Pointer(path=MAYA, lines="17-19"), Pointer(path=MAYA), Pointer(path=MAYA, lines="18")
    )

    assert len({block.lines for block in answer.blocks}) == len(answer.blocks) == 5


def test_no_line_of_a_persons_own_notes_is_shown_twice(past: Past) -> None:
    past.commit("edit", "2024-05-01", {"My Note.md": "# Ideas\n\nA trip to Lisbon.\nA cello concert.\n"})

    answer = shown(past, Pointer(path="My Note.md", lines="3"), Pointer(path="My Note.md"))

    assert texts(answer) == ["A trip to Lisbon.", "A cello concert."]


def test_words_shown_as_statements_are_not_shown_as_their_turn_again(past: Past) -> None:
    past.commit("edit", "2024-05-01", {"n.md": f"- 2024-04-02 | assistant: Noted. ^{key_of('s-2')}-2\n"})
    baseline = found(past.snapshot)
    assert any(block.text == "[2] assistant: Noted." for block in baseline.blocks)

    plan = Plan(pointers=[Pointer(path="n.md")])
    answer = resolved(Places(past.snapshot), plan, baseline, QUESTION, max_tokens=1000)

    assert sum("Noted" in block.text for block in answer.blocks) == 1


def test_what_must_be_shown_goes_in_before_what_may(past: Past) -> None:
    answer = shown(
        past,
        Pointer(path=SPRING, priority=3),
        Pointer(path=MAYA, lines="17", priority=1),
        cap=75,
    )
    assert answer.blocks[0].lines == "17-17"
    assert answer.blocks[0].score == max(block.score for block in answer.blocks)


def test_always_loaded_sections_come_with_the_entities_by_any_name(past: Past) -> None:
    answer = shown(past, Pointer(path=MAYA, lines="17"), entities=("mimi", "Nobody"))

    assert [block.origin for block in answer.blocks] == ["agent", "always_load"]
    assert answer.blocks[1].text == "2023-05-08 | Maya is allergic to nuts."
    assert answer.blocks[1].reason == "always loaded with Maya"


def test_only_what_happened_in_the_time_asked_for_is_shown(past: Past) -> None:
    places = Places(past.snapshot, (date(2024, 1, 1), None))
    plan = Plan(pointers=[Pointer(path=MAYA)], entities=["Maya"])

    answer = resolved(places, plan, NOTHING, QUESTION, max_tokens=1000)

    assert {block.lines for block in answer.blocks} == {"17-17", "18-18", "19-19"}


def test_the_scout_fills_what_is_left(past: Past) -> None:
    baseline = found(past.snapshot)
    plan = Plan(pointers=[Pointer(path=SPRING, lines="9-11")])
    answer = resolved(Places(past.snapshot), plan, baseline, QUESTION, max_tokens=1000)

    assert [block.origin for block in answer.blocks][:2] == ["agent", "scout"]
    assert sum("Lisbon in March" in block.text for block in answer.blocks) == 1
    scores = [block.score for block in answer.blocks]
    assert scores[0] > max(scores[1:])


def test_of_a_long_turn_the_part_that_answers_is_shown(past: Past) -> None:
    long = (
        f"{'We talked of the weather. ' * 200}Maya lives in Lisbon near the river. {'It rained on. ' * 200}"
    )
    path, text = talk("s-3", "2024-05-01", f"user: {long}\nassistant: I see.")
    past.commit("remember: s-3", "2024-05-01", {path: text})

    (block,) = shown(past, Pointer(path=path, lines="9"), cap=150).blocks

    assert "Maya lives in Lisbon" in block.text
    assert block.text.endswith("…")


def test_a_long_file_does_not_starve_the_other_pointers(past: Past) -> None:
    pages = "".join(f"Note {number}: it rained all day on the roof.\n\n" for number in range(400))
    past.commit("edit", "2024-05-01", {"notes.md": f"# Notes\n\n{pages}"})

    answer = shown(past, Pointer(path="notes.md"), Pointer(path=MAYA, lines="17"), cap=300)

    assert {block.path for block in answer.blocks} == {"notes.md", MAYA}


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(
    cap=st.integers(60, 900),
    pointers=st.lists(
        st.sampled_from(
            [
                Pointer(path=MAYA),
                Pointer(path=MAYA, kind="diff"),
                Pointer(path=MAYA, kind="log"),
                Pointer(path=SPRING),
                Pointer(path=MAYA, at="0" * 40),
                Pointer(path="timeline/2024-04.md", priority=1),
            ]
        ),
        max_size=6,
    ),
    explain=st.booleans(),
)
def test_no_answer_is_over_its_cap_and_what_was_weighed_is_what_is_sent(
    past: Past, cap: int, pointers: list[Pointer], explain: bool
) -> None:
    baseline = found(past.snapshot, max_tokens=cap)
    plan = Plan(pointers=pointers, entities=["Maya"])
    answer = resolved(Places(past.snapshot), plan, baseline, QUESTION, max_tokens=cap)
    context = Context(past.commits[-1], 0.5, answer.blocks, answer.note)

    sent = wire.recalled(context, cap)

    assert wire.cost(sent) <= cap
    assert wire.cost(sent) == frame.cost(context.commit, 0.5, answer.blocks, answer.note)
    assert wire.cost(wire.recalled(context, cap, explain=explain)) <= cap
