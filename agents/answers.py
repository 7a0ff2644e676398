"""What the verbs answer; plain data that every door shows in its own way."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Receipt:
    """What `remember` answers: the words are committed. `state` is "pending" until they are digested."""

    user: str
    session_id: str
    commit: str
    path: str
    state: str
    digest: str = ""


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
    """What one tool of a consolidation did, or would do; `commit` is "" if there was nothing to do."""

    commit: str
    files: tuple[str, ...]
    considered: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Consolidation:
    """What each tool did, in the order they ran."""

    tools: Mapping[str, ToolReport] = field(default_factory=dict[str, ToolReport])
