"""Files as they are read out: one of them, some of its lines, or the list of all."""

from ..errors import BadInput
from ..storage.names import UserId
from ..storage.snapshot import Snapshot
from .answers import FileInfo, Listing, Page
from .onboarding import profile_path


def page(snapshot: Snapshot, path: str, lines: str = "") -> Page:
    """A file, or the lines "12-14" of it, from 1, inclusive.

    Raises:
        UnknownPath: there is no such file.
        BadInput: `lines` are no lines.
    """
    every = snapshot.read(path).splitlines(keepends=True)
    first, last = _span(lines, len(every))
    return Page(path, "".join(every[first - 1 : last]), f"{first}-{last}", snapshot.commit)


def profile(snapshot: Snapshot, user: UserId) -> Page:
    """The user's own file.

    Raises:
        UnknownPath: there is none.
    """
    return page(snapshot, profile_path(user, snapshot))


def listing(snapshot: Snapshot) -> Listing:
    """Every file and its size."""
    files = tuple(FileInfo(file.path, snapshot.size(file.blob)) for file in snapshot.files())
    return Listing(snapshot.commit, files)


def _span(lines: str, count: int) -> tuple[int, int]:
    if not lines:
        return 1, count
    first, _, last = lines.partition("-")
    if not (first.isdecimal() and (last or first).isdecimal()):
        raise BadInput(f'lines is {lines[:40]!r}; give two line numbers such as "12-14"')
    start, end = int(first), int(last or first)
    if not 1 <= start <= end:
        raise BadInput(f"lines is {lines!r}; lines count from 1 and the first comes first")
    return start, min(end, count)
