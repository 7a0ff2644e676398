import pytest

from diffmem.memory import Forgotten, Loss, Receipt, Why
from diffmem.server import replies

LOSSES = tuple(Loss(f"sessions/{n}.md", 3, whole=True) for n in range(60))


@pytest.mark.parametrize("state", ["digested", "pending", "retracted"])
def test_a_receipt_says_what_became_of_the_words(state: str) -> None:
    told = replies.remembered(Receipt("maya", "s1", "c" * 40, "", state))

    assert told.state == state
    assert bool(told.note) == (state != "digested")


def test_a_long_receipt_is_cut_and_says_by_how_much() -> None:
    ids = tuple(f"{n:040x}" for n in range(100))
    erased = Forgotten("erase", "session s1", False, LOSSES, "c" * 40, 3, ids, 900, (), 1)

    lean, whole = replies.forgot(erased), replies.forgot(erased, whole=True)

    assert (len(lean.losses), lean.note) == (replies.MOST_LOSSES, "and 10 more files")
    assert (len(lean.removed_ids), lean.removed) == (replies.MOST_IDS, 100)
    assert (len(whole.losses), len(whole.removed_ids), whole.note) == (60, 100, "")


def test_an_erase_that_left_something_says_where() -> None:
    told = replies.forgot(Forgotten("erase", "words abc", False, (), "c" * 40, 1, (), 9, ("ab12",), 1))

    assert (told.note, told.found) == ("not everything is gone: see found", ["ab12"])


@pytest.mark.parametrize(
    ("losses", "question"),
    [
        ((), "Archive path a.md? Nothing that is present would go."),
        ((Loss("a.md", 1),), "Archive path a.md? 1 line would go (a.md)."),
        ((Loss("a.md", 9, whole=True),), "Archive path a.md? 1 file would go (a.md)."),
        (
            (Loss("a.md", 9, whole=True), Loss("b.md", 2)),
            "Archive path a.md? 1 file and 2 lines of other files would go (a.md, b.md).",
        ),
        (
            LOSSES,
            "Archive path a.md? 60 files would go (sessions/0.md, sessions/1.md, sessions/2.md, "
            "sessions/3.md, sessions/4.md, and 55 more).",
        ),
    ],
    ids=["nothing", "a line", "a file", "both", "many"],
)
def test_the_question_says_how_much_would_go(losses: tuple[Loss, ...], question: str) -> None:
    asked = replies.at_stake(Forgotten("archive", "path a.md", True, losses))

    assert asked == f"{question} {replies.MEANS['archive']}"


def test_a_question_stays_one_line_whatever_is_to_be_forgotten() -> None:
    asked = replies.at_stake(Forgotten("erase", "words a\n\nb " + "x" * 1000, True, ()))

    assert "\n" not in asked
    assert len(asked) < 400


@pytest.mark.parametrize(
    ("session", "mark", "actor", "note"),
    [
        ("s1", "k3f9qa2m-1", "writer", ""),
        ("", "k3f9qa2m-1", "writer", "the session this line came from is gone"),
        ("", "", "person", "somebody wrote this line by hand; nobody said it in a session"),
        ("", "", "writer", "this line is no statement; it was made from the files"),
    ],
    ids=["said", "gone", "by hand", "made"],
)
def test_a_line_without_a_session_is_told_why(session: str, mark: str, actor: str, note: str) -> None:
    why = Why("a.md", 3, "text", mark, session, "", "", 0, "", "", "", "c" * 40, "", actor)

    assert replies.unsaid(why) == note
    assert replies.traced(why).place == "a.md:3"
