"""What can go wrong, as seen by a caller.

DiffMemError
├── BadInput            what was given cannot be used; the message says what can
│   ├── BadName         a user or session id that no rule can turn into a key
│   ├── BadDate         neither a date nor a time
│   ├── BadContent      words that cannot be stored as they are
│   └── BadOntology     an ontology file that does not say what it must
├── NotFound            nothing of that name here
│   ├── UnknownUser     no memory for this user
│   ├── UnknownPath     no such file at that commit
│   ├── UnknownEntity   no file bears that name
│   ├── UnknownSession  no session with that id
│   └── UnknownCommit   no such moment in this memory
├── Refused             the memory is in a state that forbids it
│   ├── SessionDiffers  the same session id came with other words
│   ├── Conflict        two changes touch the same lines
│   └── MirrorDiverged  the mirror and the memory here went ways that cannot be joined
├── StoreError          the disk, the lock or git did not do its part; nothing was written
│   ├── Busy            somebody else holds this memory
│   ├── GitFailed       the git program failed
│   ├── Quarantined     this one memory is damaged and out of use; all others are served
│   └── MirrorFailed    the mirror did not do its part; the memory here is as it was
└── ModelError          the model did not do its part; what was stored stays stored
    ├── ModelUnavailable  no answer, after all retries
    ├── ModelRefused    its server does not take the request
    │   └── ModelDeclined  it takes others, but not this one: too long, or the model will not answer it
    └── ModelNonsense   its answer cannot be used, also after it was shown why
"""

from collections.abc import Sequence


class DiffMemError(Exception):
    """The root of all errors a caller may catch."""


class BadInput(DiffMemError):
    """What was given cannot be used."""


class BadName(BadInput):
    """A user or session id that no rule can turn into a key."""

    def __init__(self, kind: str, why: str) -> None:
        super().__init__(
            f"this {kind} cannot be used: {why}; give 1 to 128 characters of text without "
            "control, zero-width or text-direction characters"
        )
        self.kind = kind


class BadDate(BadInput):
    """Neither a date nor a time."""

    def __init__(self, raw: str, accepted: str) -> None:
        super().__init__(f"{raw[:60]!r} is not a date; give {accepted}")
        self.raw = raw


class BadContent(BadInput):
    """Words that cannot be stored as they are."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the content was not stored: {why}")


class BadOntology(BadInput):
    """An ontology file that does not say what it must."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"ontology file {path}: {why}")
        self.path = path


class NotFound(DiffMemError):
    """Nothing of that name here."""


def _near(nearest: Sequence[str]) -> str:
    return f"; nearest: {', '.join(nearest)}" if nearest else ""


class UnknownUser(NotFound):
    """No memory for this user."""

    def __init__(self, user: str) -> None:
        super().__init__(f"no memory for user {user!r} yet; `remember` something first")
        self.user = user


class UnknownPath(NotFound):
    """No such file at that commit."""

    def __init__(self, path: str, nearest: Sequence[str] = ()) -> None:
        super().__init__(f"no file {path[:200]!r} in this memory{_near(nearest)}")
        self.path = path


class UnknownEntity(NotFound):
    """No file bears that name."""

    def __init__(self, name: str, nearest: Sequence[str] = ()) -> None:
        super().__init__(f"nothing is filed under the name {name[:200]!r}{_near(nearest)}")
        self.name = name


class UnknownSession(NotFound):
    """No session with that id."""

    def __init__(self, session_id: str) -> None:
        super().__init__(f"no session {session_id[:200]!r} in this memory")
        self.session_id = session_id


class UnknownCommit(NotFound):
    """No such moment in this memory."""

    def __init__(self, asked: str, why: str = "no such commit in this memory") -> None:
        super().__init__(
            f"{asked[:80]!r}: {why}; give a commit from `history`, a date such as 2023-05-08, or a time"
        )
        self.asked = asked


class Refused(DiffMemError):
    """The memory is in a state that forbids it."""


class SessionDiffers(Refused):
    """The same session id came with other words."""

    def __init__(self, session_id: str) -> None:
        super().__init__(
            f"session {session_id!r} is already stored with other words; send the same words, the same "
            "words and more after them, or another session_id"
        )
        self.session_id = session_id


class Conflict(Refused):
    """Two changes touch the same lines."""


class MirrorDiverged(Refused):
    """The mirror and the memory here went ways that cannot be joined; neither was changed."""

    def __init__(self, user: str, why: str) -> None:
        super().__init__(
            f"the mirror of {user!r} was left as it is: {why}; `diffmem doctor` shows both sides"
        )
        self.user = user


class StoreError(DiffMemError):
    """The disk, the lock or git did not do its part; nothing was written."""


class Busy(StoreError):
    """Somebody else holds this memory."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"this memory is being written by somebody else since {seconds:.0f} s; try again")


class GitFailed(StoreError):
    """The git program failed."""

    def __init__(self, verb: str, detail: str) -> None:
        super().__init__(f"git {verb} failed: {detail.strip()[:500] or 'no message'}")
        self.verb = verb


class Quarantined(StoreError):
    """This one memory is damaged and out of use; all others are served."""

    def __init__(self, user: str, why: str) -> None:
        super().__init__(
            f"the memory of {user!r} is damaged and out of use: {why}, and no earlier commit is whole; move "
            "its repository away and bring it back from the mirror (`diffmem backup`) or from a bundle "
            "(`diffmem restore-bundle`)"
        )
        self.user = user


class MirrorFailed(StoreError):
    """The mirror did not do its part; the memory here is as it was."""

    def __init__(self, verb: str, why: str) -> None:
        super().__init__(
            f"the mirror could not be reached or refused ({verb}): {why.strip()[:500] or 'no message'}"
        )
        self.verb = verb


class ModelError(DiffMemError):
    """The model did not do its part; what was stored stays stored."""


class ModelUnavailable(ModelError):
    """No answer from the model, after all retries."""

    def __init__(self, model: str, why: str, tries: int = 1) -> None:
        times = "once" if tries == 1 else f"{tries} times"
        super().__init__(f"model {model[:80]} did not answer, asked {times}: {why[:300]}")
        self.model = model


class ModelRefused(ModelError):
    """The model's server does not take the request."""

    _ADVICE = "; check key, address and name of the model"

    def __init__(self, model: str, why: str) -> None:
        super().__init__(f"model {model[:80]} refused: {why[:300]}{self._ADVICE}")
        self.model = model


class ModelDeclined(ModelRefused):
    """The model takes other requests, but not this one: it is too long, or it will not be answered."""

    _ADVICE = ""


class ModelNonsense(ModelError):
    """The model's answer cannot be used, also after it was shown why."""

    def __init__(self, model: str, why: str) -> None:
        super().__init__(f"model {model[:80]} gave an answer that cannot be used: {why[:300]}")
        self.model = model
