"""Which statements take the place of others."""

import pytest

from diffmem.agents.rules.changes import Values, supersedes
from diffmem.ontologies.statement import Statement

REPLACED = [
    ("I lead a team of 4 engineers.", "I now lead a team of five engineers."),
    ("I weigh 82 kg.", "I weigh 79 kg now."),
    (
        "I've been using my Fitbit Charge 3 for 6 months.",
        "I've now been using my Fitbit Charge 3 for 9 months.",
    ),
    ("I work at Acme as a welder.", "I started working at Globex."),
    ("I work as a welder at Acme, since 2022.", "I start at Globex on 5 May, so I leave Acme."),
    ("I work for Acme.", "I got hired as a nurse."),
    ("I live in Berlin.", "I moved to Hamburg."),
    ("I'm vegetarian.", "I eat fish now."),
    ("I'm engaged.", "I got married."),
    ("My favorite color is blue.", "My favorite color is now green."),
    ("I have saved $1,200 so far.", "I have now saved $2,400."),
    ("The sprint deadline is April 1.", "The new sprint deadline is April 5."),
    ("I find myself worth about £80.", "I find myself worth near £100 now."),
]
KEPT = [
    ("I have 2 cats.", "I have 3 dogs now."),
    ("I ran 5 km yesterday.", "I ran 8 km yesterday."),
    ("I lead a team of 4 engineers.", "I lead a team of 4 engineers."),
    ("Do you lead 4 engineers?", "I now lead five engineers."),
    ("I like the sea.", "I like the mountains now."),
    ("I moved to Hamburg.", "I moved my couch."),
    ("I work for Acme.", "I start at 9 every day."),
    ("I work for Acme.", "I start as soon as I can."),
    ("cache.set('a', {age: 1})", "cache.set('a', {age: 2})"),
    ("I started painting three years ago.", "I met my wife five years ago."),
]


@pytest.mark.parametrize(("old", "new"), REPLACED)
def test_another_value_for_the_same_thing_replaces(old: str, new: str) -> None:
    assert supersedes(new, old)


@pytest.mark.parametrize(("old", "new"), KEPT)
def test_what_may_both_be_so_is_kept(old: str, new: str) -> None:
    assert not supersedes(new, old)


def test_the_newest_of_the_earlier_ones_is_replaced() -> None:
    earlier = [Statement("2023-01", "I weigh 82 kg."), Statement("2023-02", "I weigh 80 kg now.")]
    earlier.append(Statement("2023-03", "I like tea."))
    known = Values([one.line() for one in earlier])
    assert known.replaced_by(Statement("2023-04", "I weigh 78 kg now.")) == earlier[1]


def test_nothing_is_replaced_by_a_statement_without_a_value() -> None:
    assert Values(["- 2023-01 | I weigh 82 kg."]).replaced_by(Statement("2023-04", "I like coffee.")) is None


def test_what_was_replaced_already_is_not_replaced_again() -> None:
    known = Values(["- 2023-02 | I weigh 80 kg now.\n", "  - 2023-01/2023-02 | I weigh 78 kg.\n"])
    found = known.replaced_by(Statement("2023-03", "I weigh 77 kg now."))
    assert found == Statement("2023-02", "I weigh 80 kg now.")


@pytest.mark.parametrize(
    ("earlier", "later"),
    [("2026-11-22", "2024-05-05"), ("2026", "2024-05"), ("2026-01-05/2026-01-11", "2026-01-04")],
)
def test_what_happened_before_replaces_nothing_that_came_after_it(earlier: str, later: str) -> None:
    known = Values([f"- {earlier} | I live in Leeds."])
    assert known.replaced_by(Statement(later, "I moved to Porto.")) is None


@pytest.mark.parametrize(
    ("earlier", "later"), [("2024-05-05", "2024-05-05"), ("-", "2024"), ("2024-05", "-")]
)
def test_of_one_day_or_of_no_known_day_what_is_learned_last_replaces(earlier: str, later: str) -> None:
    known = Values([f"- {earlier} | I live in Leeds."])
    assert known.replaced_by(Statement(later, "I moved to Porto.")) == Statement(earlier, "I live in Leeds.")
