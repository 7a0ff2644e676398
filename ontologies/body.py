"""The lines of an entity's body: which to read for a few new statements, and where those belong."""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from .sections import BELOW, heading, in_code
from .statement import UNKNOWN, Statement, parse_line, sort_key

_FEW = 8
"""For how many sessions a body is looked through for each; for more it is read whole."""


def stated(
    body: Sequence[str], code: Collection[int], among: Iterable[int] | None = None
) -> Iterator[tuple[int, Statement]]:
    """Yield the statements of a body by index, or those that some of its lines are; none lies in `code`."""
    for index in range(len(body)) if among is None else among:
        statement = None if index in code else parse_line(body[index])
        if statement:
            yield index, statement


def marked_by(body: Sequence[str], session_keys: Collection[str]) -> Sequence[int]:
    """Return the indexes of all lines that may bear a mark of these sessions, in order."""
    if len(session_keys) > _FEW:
        return range(len(body))
    found = [_holding(body, f"^{key}-") for key in session_keys]
    return found[0] if len(found) == 1 else sorted({at for some in found for at in some})


def like(body: Sequence[str], new: Iterable[Statement]) -> Sequence[int]:
    """Return the indexes of all lines that may say what one of `new` does, or bear a mark of its session."""
    keys = {statement.mark.session_key if statement.mark else "" for statement in new}
    # What has no mark can be said by any line.
    return range(len(body)) if "" in keys else marked_by(body, keys)


def group_end(body: Sequence[str], index: int) -> int:
    """Return the index after a statement and all that is indented below it."""
    below = (at for at in range(index + 1, len(body)) if body[at][:3] != BELOW and not _hangs(body[at]))
    return next(below, len(body))


def places(
    body: Sequence[str],
    others: Sequence[int],
    first: int,
    stop: int,
    otherwise: int,
    new: Iterable[Statement],
) -> Callable[[str], int]:
    """Return what finds the line before which one of `new` belongs: the first that is later.

    `others` are the `unlisted` lines.
    Looked at are the lines from `first` to `stop`, exclusive; with no statement there, it is `otherwise`.
    """
    code = in_code(body, others)
    back = (at for at in range(stop - 1, first - 1, -1) if body[at][:3] != BELOW)
    last = next((at for at, old in stated(body, code, back) if not old.former), None)
    end = otherwise if last is None else group_end(body, last)
    dates = [statement.when.partition("/")[0] for statement in new if statement.when != UNKNOWN]
    if dates:
        # A statement may begin with something else than a dash.
        later = sorted({*_since(body, min(dates), first, stop), *(at for at in others if first <= at < stop)})
    else:
        later = list[int]()
    heads = [at for at in stated(body, code, later) if not at[1].former]
    latest = _latest(old for _, old in heads)

    def place(when: str) -> int:
        key = sort_key(when)
        at = len(heads) if key is None else bisect_right(latest, key)
        return heads[at][0] if at < len(heads) else end

    return place


@dataclass(slots=True)
class Spot:
    """New statements for one place, kept in the order of their dates."""

    statements: list[Statement] = field(default_factory=list[Statement])
    latest: list[tuple[int, ...]] = field(default_factory=list[tuple[int, ...]])

    def add(self, new: Statement) -> None:
        """Put one more behind those that are not later."""
        key = sort_key(new.when)
        at = len(self.statements) if key is None else bisect_right(self.latest, key)
        self.statements.insert(at, new)
        before = self.latest[at - 1] if at else ()
        self.latest[at:] = [max(before, latest) for latest in _latest(self.statements[at:])]


def _latest(statements: Iterable[Statement]) -> list[tuple[int, ...]]:
    """Return the latest date up to each statement; unknown dates are later than nothing."""
    return list(accumulate((sort_key(statement.when) or () for statement in statements), max))


def _holding(body: Sequence[str], words: str) -> list[int]:
    return [at for at, line in enumerate(body) if words in line]


def _since(body: Sequence[str], date: str, first: int, stop: int) -> list[int]:
    """Return the indexes from `first` to `stop` of all lines of a list that may hold from a date on."""
    least = f"- {date}"
    return [at for at, line in enumerate(body[first:stop], first) if line >= least]


def _hangs(line: str) -> bool:
    return line.startswith((" ", "\t")) and bool(line.strip()) and heading(line) is None
