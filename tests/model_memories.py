"""Small memories with a session that waits, for writers that ask a model."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from support import put

from diffmem.agents import intake, onboarding
from diffmem.agents.intake import Words
from diffmem.agents.onboarding import profile_path
from diffmem.agents.rules.writer import Owner
from diffmem.ontologies import index, loader
from diffmem.ontologies.index import IndexLine
from diffmem.storage.branch import Branch
from diffmem.storage.names import user_id
from diffmem.storage.snapshot import Snapshot

ALEX = user_id("alex")
OWNER = Owner(profile_path(ALEX), (ALEX,))
PERSONAL = loader.load()
DATE = "2023-05-08"

MAYA = "memories/people/maya.md"
MAYA_FILE = """\
---
type: person
name: Maya
aliases: [May]
role: sister
created: '2021-03-01'
updated: '2021-03-01'
---

# Maya

### Work
- 2021-03-01 | Maya works at Acme as a welder ^p5wc2xhd-9
/END Work

### Notes
Maya sings in a choir on Tuesdays.
/END Notes
"""


def begun(branch: Branch, files: Mapping[str, str] | None = None) -> Branch:
    """A memory with its first commit, with Maya in it unless other files are given."""
    now = datetime(2021, 1, 1, tzinfo=UTC)
    with branch.writing() as writer:
        writer.commit(onboarding.plan(ALEX, PERSONAL, loader.guide(PERSONAL), now))
    given = {MAYA: MAYA_FILE} if files is None else files
    if given:
        put(branch, given)
    return branch


def with_entities(branch: Branch, count: int) -> Branch:
    """A memory with many people in its index, each with a file."""
    files: dict[str, str] = {}
    lines: list[IndexLine] = []
    for number in range(count):
        path = f"memories/people/person_{number}.md"
        name = f"Person{number} Surname{number}"
        files[path] = f"---\ntype: person\nname: {name}\n---\n\n# {name}\n"
        lines.append(
            IndexLine(path, name, "person", "colleague", cues=("work", "travel"), edits=3, last="2023-01-01")
        )
    shards: dict[str, list[IndexLine]] = {}
    for line in lines:
        shards.setdefault(index.shard_path("memories/people", line.name), []).append(line)
    pages = {shard: index.with_lines("", its) for shard, its in shards.items()}
    return begun(branch, {**files, **pages, MAYA: MAYA_FILE})


def remembered(
    branch: Branch, content: str | Sequence[tuple[str, str]], session: str = "s-1", date: str = DATE
) -> tuple[Snapshot, str]:
    """Take a session in; the state that waits for its digest, and where the session lies."""
    if not isinstance(content, str):
        content = json.dumps([{"role": who, "content": words} for who, words in content])
    words = Words.given(content, session, date, "", UTC)
    with branch.writing() as writer:
        taken = intake.plan(branch.snapshot(), words, waiting=False)
        assert taken.changes
        writer.commit(taken.changes)
    return branch.snapshot(), taken.path


def answer(entities: Sequence[object] = (), facts: Sequence[object] = ()) -> str:
    """What a model says to the first question."""
    return json.dumps({"entities": list(entities), "facts": list(facts)})


def drafted(*files: object, event: str = "", topics: Sequence[str] = (), context: str = "") -> str:
    """What a model says to the second one."""
    told = {"files": list(files), "event": event, "topics": list(topics), "context": context}
    return json.dumps(told)


def fact(entity: str, statement: str, turn: int = 1, **more: str) -> dict[str, object]:
    """A fact as a model gives it."""
    return {"entity": entity, "statement": statement, "turn": turn, **more}
