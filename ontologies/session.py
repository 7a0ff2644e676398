"""The session file: a few facts, then the words as they were given."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ..errors import BadDate
from . import frontmatter, slug
from .frontmatter import FrontMatterError
from .statement import is_day
from .transcript import Turn, turns

MAX_STEM = 40

_PATH = re.compile(r"sessions/[0-9]{4}/[0-9]{2}/[0-9]{4}-[0-9]{2}-[0-9]{2}_([a-z0-9]{8})_[^/]+\.md")
_OLDER = re.compile(r"sessions/([0-9]{4}-[0-9]{2}-[0-9]{2})_([^/]+)\.txt")
_FACTS = ("session_id", "date", "source", "received", "sha256")
_WORDS_BEGIN = len(_FACTS) + 4


@dataclass(frozen=True, slots=True)
class SessionFile:
    """One session; `parts` counts the turns after each time that words came in."""

    session_id: str
    date: str
    source: str
    received: str
    sha256: str
    parts: tuple[int, ...]
    text: str
    first_line: int = field(default=_WORDS_BEGIN, compare=False)

    def render(self) -> str:
        """Write the file; `parse` gives back the same session."""
        facts = {key: str(getattr(self, key)) for key in _FACTS}
        head = frontmatter.render(facts).removesuffix("---\n")
        return f"{head}parts: [{', '.join(map(str, self.parts))}]\n---\n{self.text}"

    def turns(self) -> tuple[Turn, ...]:
        """Return the turns with their lines in the file, front matter counted."""
        above = self.first_line - 1
        return tuple(
            replace(turn, first_line=turn.first_line + above, last_line=turn.last_line + above)
            for turn in turns(self.text)
        )

    def grown(self, text: str, received: str) -> "SessionFile | None":
        """Return the session with the longer `text`, itself if nothing is new, None if the words differ.

        The new part begins with the first turn that is not as it was: a last turn that ran on is in it.
        """
        old, new = turns(self.text), turns(text)
        same = _same(old, new)
        if same == len(old) == len(new):
            return self
        # What was numbered stays numbered: an earlier turn must neither change nor begin elsewhere.
        if len(new) < len(old) or same < len(old) - 1:
            return None
        if same < len(old) and not _runs_on(old[same], new[same]):
            return None
        parts = tuple(min(count, same) for count in self.parts)
        facts = (self.session_id, self.date, self.source, received, digest(text))
        return SessionFile(*facts, parts=(*parts, len(new)), text=text)


def new(session_id: str, text: str, *, date: str, received: str, source: str = "") -> SessionFile:
    """Begin a session file with its first part."""
    return SessionFile(session_id, date, source, received, digest(text), (len(turns(text)),), text)


def parse(text: str) -> SessionFile:
    """Read a session file.

    Raises:
        FrontMatterError: the facts above the words are missing or damaged.
    """
    front, words = frontmatter.split(text)
    fields = frontmatter.parse(front)
    facts = [fields.get(key) for key in _FACTS]
    counts = fields.get("parts")
    if not isinstance(counts, list) or not all(re.fullmatch("[0-9]{1,9}", count) for count in counts):
        raise FrontMatterError("a session file tells its parts, such as `parts: [12]`")
    told = [fact for fact in facts if isinstance(fact, str)]
    if len(told) < len(_FACTS) or not told[0]:
        raise FrontMatterError(f"a session file tells {', '.join(_FACTS)} and parts")
    parts = tuple(int(count) for count in counts)
    return SessionFile(*told, parts=parts, text=words, first_line=front.count("\n") + 1)


def at(path: str, text: str) -> SessionFile:
    """Read the session file at a path: one of ours, or the bare words that an older program stored there.

    Raises:
        FrontMatterError: it is one of ours, and the facts above the words are missing or damaged.
    """
    identity = older_id(path)
    if identity is None:
        return parse(text)
    date = f"{path.removeprefix('sessions/')[:10]}T00:00:00+00:00"
    return SessionFile(identity, date, "", date, digest(text), (len(turns(text)),), text, first_line=1)


def older_id(path: str) -> str | None:
    """Return the session id in a path of an older program, `sessions/<date>_<id>.txt`; None for any other."""
    found = _OLDER.fullmatch(path)
    return found[2] if found and is_day(found[1]) else None


def digest(text: str) -> str:
    """Return the sha256 of the words as they are stored."""
    return hashlib.sha256(text.encode()).hexdigest()


def path_for(session_id: str, session_key: str, date: str) -> str:
    """Return where the session lies, by the day of its date as written.

    Raises:
        BadDate: `date` does not begin with a day.
    """
    day = date[:10]
    if not is_day(day):
        raise BadDate(date, "a date such as 2023-05-08, or an RFC 3339 time")
    name = f"{day}_{session_key}_{slug.stem(session_id, MAX_STEM)}.md"
    return f"sessions/{day[:4]}/{day[5:7]}/{name}"


def path_key(path: str) -> str | None:
    """Return the session key in a session's path; None for any other path."""
    found = _PATH.fullmatch(path)
    return found[1] if found else None


def _same(old: Sequence[Turn], new: Sequence[Turn]) -> int:
    pairs = zip(old, new, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if _said(a) != _said(b)), min(len(old), len(new)))


def _said(turn: Turn) -> tuple[str, str, str]:
    return turn.speaker, turn.text.rstrip("\n"), turn.at


def _runs_on(old: Turn, new: Turn) -> bool:
    if old.speaker != new.speaker:
        # A lone `Ada: hi` is a paragraph until a second speaker shows that it was a turn.
        return not old.speaker and f"{new.speaker}: {new.text}".startswith(old.text)
    return old.at == new.at and new.text.startswith(old.text.rstrip("\n"))
