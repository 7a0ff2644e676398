"""Which statement a newer one replaces: the same thing said of the same person, with another value."""

import re
from collections.abc import Sequence

from ...ontologies.statement import Statement

# What a person has one of at a time, and how they say so.
_SLOTS = (
    (
        "job",
        re.compile(
            r"\bI(?:'m| am)? (?:now )?(?:work|started|working) (?:at|for|as)\b|\bmy new job\b|\bI(?:'m| am) an? \w+ at [A-Z]",
            re.I,
        ),
    ),
    (
        "home",
        re.compile(
            r"\bI (?:now )?live in\b|\bI(?:'ve| have)? (?:just )?moved to\b|\bI(?:'m| am) (?:now )?living in\b",
            re.I,
        ),
    ),
    (
        "diet",
        re.compile(
            r"\bI(?:'m| am|'ve gone| have gone| went| became| turned) (?:now |a )?(?:vegetarian|vegan|pescatarian)\b|\bI eat (?:fish|meat)\b",
            re.I,
        ),
    ),
)


def replaces(new: Statement, earlier: Sequence[Statement]) -> Statement | None:
    """The newest earlier statement that no longer holds once the new one does, if there is one."""
    slot = _slot(new.text)
    if slot is None:
        return None
    return next((old for old in reversed(earlier) if _slot(old.text) == slot and old.text != new.text), None)


def _slot(text: str) -> str | None:
    return next((name for name, said in _SLOTS if said.search(text)), None)
