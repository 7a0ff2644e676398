"""A small memory with a past whose commits have the same ids on every machine."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import pygit2

from diffmem.agents.context import Context
from diffmem.agents.recall import Recaller
from diffmem.ontologies import session
from diffmem.storage.names import SessionId, session_key
from diffmem.storage.objects import shut_out_settings
from diffmem.storage.snapshot import Snapshot

TODAY = date(2024, 6, 1)
QUESTION = "Where does Maya live, and where did she live before?"
MAYA = "memories/people/maya.md"
SPRING = "sessions/2024/04/2024-04-02_{key}_s-2.md"

FIRST = """\
user: My sister Maya moved to Berlin last week.
assistant: How lovely!
user: She plays the cello in an orchestra."""
SECOND = """\
user: Maya moved to Lisbon in March.

She sold the flat in Berlin, and the orchestra gave her a farewell concert.
assistant: Noted."""

HEAD = """\
---
type: person
name: Maya
aliases: [Mimi]
role: sister
created: '2023-05-08'
updated: '{updated}'
---

# Maya

### Core [ALWAYS_LOAD]
- 2023-05-08 | Maya is allergic to nuts. ^{one}-3b
/END Core

### Home
"""
BERLIN = "- 2023-05-01/2023-05-07 | Maya moved to Berlin. ^{one}-1\n"
LISBON = """\
- 2024-03 | Maya moved to Lisbon. ^{two}-1
  - 2023-05-01/2024-03 | Maya moved to Berlin. ^{one}-1
- 2024-03 | Maya sold the flat in Berlin. ^{two}-1b
"""
TAIL = "/END Home\n\n### Music\n- 2023-05-08 | Maya plays the cello in an orchestra. ^{one}-3\n/END Music\n"
ENTRY = """\
# Timeline: April 2024

#### 2024-04-02 (Session: s-2)
**Event**: Maya left Berlin for [[memories/people/maya.md|Lisbon]].
**Topics**: home
/END 2024-04-02
"""


def key_of(session_id: str) -> str:
    """The key of a session."""
    return session_key(SessionId(session_id))


def talk(session_id: str, day: str, text: str) -> tuple[str, str]:
    """The path and content of a session's file."""
    file = session.new(session_id, text, date=f"{day}T00:00:00+00:00", received=f"{day}T12:00:00+00:00")
    return session.path_for(session_id, key_of(session_id), day), file.render()


class Past:
    """Commits on one line in a repository of their own, at fixed times."""

    def __init__(self, folder: Path) -> None:
        shut_out_settings()
        self.repository = pygit2.init_repository(str(folder), bare=True)
        self.files: dict[str, str] = {}
        self.commits: list[str] = []

    def commit(self, subject: str, day: str, write: Mapping[str, str], **trailers: str) -> str:
        """Add files on top of what there is."""
        self.files |= write
        moment = int(datetime.fromisoformat(f"{day}T12:00:00+00:00").astimezone(UTC).timestamp())
        who = pygit2.Signature("DiffMem", "diffmem@localhost", moment, 0)
        told = "".join(f"\n{key.replace('_', '-')}: {value}" for key, value in trailers.items())
        parents = [pygit2.Oid(hex=one) for one in self.commits[-1:]]
        tree = self._tree(self.files)
        made = self.repository.create_commit(None, who, who, f"{subject}\n{told}\n", tree, parents)
        self.commits.append(str(made))
        return self.commits[-1]

    @property
    def snapshot(self) -> Snapshot:
        """The newest state."""
        return Snapshot(self.repository, self.commits[-1])

    def _tree(self, files: Mapping[str, str]) -> pygit2.Oid:
        builder = self.repository.TreeBuilder()
        folders: dict[str, dict[str, str]] = {}
        for path, text in files.items():
            top, _, rest = path.partition("/")
            if rest:
                folders.setdefault(top, {})[rest] = text
            else:
                builder.insert(top, self.repository.create_blob(text.encode()), pygit2.enums.FileMode.BLOB)
        for name, inside in folders.items():
            builder.insert(name, self._tree(inside), pygit2.enums.FileMode.TREE)
        return builder.write()


def maya(folder: Path) -> Past:
    """A sister who moved: two sessions, two digests."""
    past = Past(folder)
    marks = {"one": key_of("s-1"), "two": key_of("s-2")}
    first, second = talk("s-1", "2023-05-08", FIRST), talk("s-2", "2024-04-02", SECOND)
    then = {"Session_Id": "s-1", "Session_Date": "2023-05-08T00:00:00+00:00"}
    now = {"Session_Id": "s-2", "Session_Date": "2024-04-02T00:00:00+00:00"}
    past.commit("remember: s-1", "2023-05-08", dict([first]), Stage="intake", **then)
    page = (HEAD + BERLIN + TAIL).format(updated="2023-05-08", **marks)
    past.commit("digest: s-1 (1 file)", "2023-05-08", {MAYA: page}, Stage="digest", **then)
    past.commit("remember: s-2", "2024-04-02", dict([second]), Stage="intake", **now)
    page = (HEAD + LISBON + TAIL).format(updated="2024-04-02", **marks)
    write = {MAYA: page, "timeline/2024-04.md": ENTRY}
    past.commit("digest: s-2 (2 files)", "2024-04-02", write, Stage="digest", **now)
    return past


def found(snapshot: Snapshot, question: str = QUESTION, max_tokens: int = 400) -> Context:
    """What the scout finds."""
    return Recaller().recall(snapshot, question, max_tokens, TODAY)
