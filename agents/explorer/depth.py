"""Whether a question is worth asking a model about."""

import re
from datetime import date

from ...errors import BadInput
from ..context import Context
from ..recall import asked_in
from ..scout.question import take_apart

DEPTHS = ("fast", "auto", "deep")
UNSURE = 0.5
"""The confidence under which the scout's answer is worth a second look."""
_LONGEST = 2_000

_PAST = re.compile(
    r"\b(?:chang\w*|used to|no longer|any ?more|previous(?:ly)?|former(?:ly)?|originally|at first|"
    r"compar\w+|differen\w+|versus|vs|instead of|before .{2,80} (?:after|now)|"
    r"since when|over (?:time|the (?:last|past))|history of|evolv\w+|became)\b"
)


def wants_model(depth: str, baseline: Context, question: str = "") -> bool:
    """Whether a model is to be asked, given what the scout found.

    "fast" never, "deep" always; "auto" (also "") where the scout is unsure or the question is about the
    past of something.

    Raises:
        BadInput: no such depth.
    """
    if depth not in ("", *DEPTHS):
        raise BadInput(f"no depth {depth[:40]!r}; there are: {', '.join(DEPTHS)}")
    if depth in ("fast", "deep"):
        return depth == "deep"
    return not baseline or baseline.confidence < UNSURE or _is_about_change(question)


def _is_about_change(question: str) -> bool:
    text = asked_in(question)[:_LONGEST]
    return bool(_PAST.search(text.lower())) or take_apart(text, date.max, {}, ()).ordered
