from diffmem.memory import HistoryEntry, HistoryPage
from diffmem.server import pages
from diffmem.storage.history import Change


def entry(number: int, *changes: Change) -> HistoryEntry:
    commit = f"{number:040x}"
    return HistoryEntry(
        commit, "2026-01-01T00:00:00+00:00", "", "digest", "writer", "s1", "digest: s1", changes
    )


def change(path: str = "maya.md", removed: int = 0, added: int = 0) -> Change:
    return Change(
        path, "Facts", tuple(f"- old {n}" for n in range(removed)), tuple(f"- new {n}" for n in range(added))
    )


def test_a_short_page_is_shown_whole() -> None:
    assert pages.shortened("a\nb\n", "1-2") == ("a\nb\n", "1-2", "")


def test_a_long_page_ends_with_a_line_and_says_how_to_go_on() -> None:
    text = "".join(f"line {n}\n" for n in range(10_000))

    shown, lines, note = pages.shortened(text, "1-10000")

    assert len(shown) <= pages.LONGEST_PAGE
    assert shown.endswith("\n")
    last = shown.count("\n")
    assert lines == f"1-{last}"
    assert note == f'more follows: lines="{last + 1}-10000"'


def test_a_page_of_one_endless_line_is_cut_and_says_so() -> None:
    shown, lines, note = pages.shortened("x" * 100_000, "7-7")

    assert (len(shown), lines) == (pages.LONGEST_PAGE, "7-7")
    assert "cut" in note


def test_long_changes_are_shortened_and_the_answer_says_so() -> None:
    past = pages.past_of(HistoryPage((entry(1, change(added=100)),), ""))

    assert past.entries[0].changes[0].added[-1] == f"... {100 - pages.LONGEST_CHANGE + 1} more lines"
    assert len(past.entries[0].changes[0].added) == pages.LONGEST_CHANGE
    assert past.note


def test_pages_of_the_index_are_left_out_unless_asked_for() -> None:
    page = HistoryPage(
        (entry(1, change("index.md", added=1), change("index/people-a.md", added=1), change()),), ""
    )

    assert pages.past_of(page).entries[0].changes == []
    assert len(pages.past_of(page, generated=True).entries[0].changes) == 2


def test_the_guide_that_every_memory_begins_with_is_left_out_unless_asked_for() -> None:
    page = HistoryPage((entry(1, change("repo_guide.md", added=1), change("diffmem.yaml", added=1)),), "")

    assert pages.past_of(page).entries[0].changes == []
    assert len(pages.past_of(page, generated=True).entries[0].changes) == 2


def test_of_a_stored_session_the_words_are_shown_and_not_what_stands_above_them() -> None:
    above = (
        "---",
        "session_id: s1",
        "date: '2024-05-05T00:00:00+00:00'",
        "source: ''",
        "sha256: 21a7",
        "parts: [2]",
    )
    words = ("user: The date: Friday.", "#### Plans", "date: soon")
    stored = Change("sessions/2024/05/2024-05-05_iescxh5o_s1.md", "", (), above + words)

    assert tuple(pages.past_of(HistoryPage((entry(1, stored),), "")).entries[0].changes[0].added) == words


def test_a_history_too_long_for_one_answer_goes_on_from_its_last_commit() -> None:
    many = tuple(entry(n, *(change(f"memories/{k}.md", added=8) for k in range(60))) for n in range(9))

    past = pages.past_of(HistoryPage(many, "the end"))

    assert 1 <= len(past.entries) < 9
    assert past.next_cursor == past.entries[-1].commit
    assert len(past.model_dump_json()) < 2 * pages.LONGEST_HISTORY


def test_what_frames_a_section_is_not_a_change_worth_telling() -> None:
    framed = Change("maya.md", "Facts", ("updated: '2023'",), ("### Facts", "- a fact", "/END Facts"))

    assert pages.past_of(HistoryPage((entry(1, framed),), "")).entries[0].changes[0].added == ["- a fact"]
