"""What the verbs answer; plain data that every door shows in its own way."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .providers.provider import Usage


@dataclass(frozen=True, slots=True)
class Receipt:
    """What `remember` answers: the words are committed.

    `state` is "pending" until they are digested, "staged" while the digest waits for its caller, and
    "retracted" for words that were taken back and are therefore not kept again. `note` says why a digest
    waits, `usage` what a model was asked for it.
    """

    user: str
    session_id: str
    commit: str
    path: str
    state: str
    digest: str = ""
    note: str = ""
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Onboarded:
    """What `onboard` answers; `created` is False for a memory that was there already.

    `about` is the receipt of the about-text, None if there was none or it was stored already.
    """

    user: str
    created: bool
    commit: str
    path: str
    about: Receipt | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A file, or the lines of it that were asked for ("12-14"), at a commit."""

    path: str
    text: str
    lines: str
    commit: str


@dataclass(frozen=True, slots=True)
class FileInfo:
    """One file of a listing and its size in bytes."""

    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Listing:
    """Every file of a memory at a commit."""

    commit: str
    files: tuple[FileInfo, ...]


@dataclass(frozen=True, slots=True)
class ToolReport:
    """What one tool of a consolidation did, or would do; `commit` is the last, "" if there was nothing to do.

    `considered` counts files, `compared` pairs of names. `done` tells of each step, `passed` what was looked
    at and left alone, and why (the first hundred), `proposed` what somebody is to decide.
    """

    commit: str
    files: tuple[str, ...]
    considered: int
    note: str = ""
    commits: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    compared: int = 0
    proposed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Consolidation:
    """What each tool did, in the order they ran."""

    tools: Mapping[str, ToolReport] = field(default_factory=dict[str, ToolReport])


@dataclass(frozen=True, slots=True)
class Loss:
    """How many lines of a file go; `whole` if the file does."""

    path: str
    lines: int
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was forgotten, or with a dry run would be.

    `commit` is the new tip ("" for a dry run or a whole user). Of an erase: `removed` are the ids of the
    objects that are gone, `scanned` how many were read afterwards in search of what was `sought`, `found`
    where something of it still stands (nowhere, unless said), `epoch` the count of erases. `held` are the
    ids of objects that a mirror holds yet, or may hold where it lies on another machine.
    """

    how: str
    target: str
    dry_run: bool
    losses: tuple[Loss, ...]
    commit: str = ""
    sought: int = 0
    removed: tuple[str, ...] = ()
    scanned: int = 0
    found: tuple[str, ...] = ()
    epoch: int = 0
    held: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Restored:
    """The commit that took something back, and the files it changed."""

    commit: str
    subject: str
    files: tuple[str, ...]
