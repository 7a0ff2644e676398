"""Whatever a model answers in the right shape, files stay files and nothing in them is lost."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model_memories import ALEX, MAYA, MAYA_FILE, OWNER, PERSONAL, begun, remembered

from diffmem.agents.providers.provider import Scripted
from diffmem.agents.writer import writer
from diffmem.agents.writer.editing import lost
from diffmem.ontologies import entity, timeline
from diffmem.ontologies.entity import Entity
from diffmem.storage.snapshot import Snapshot
from diffmem.storage.store import Store

NOTES = "memories/contexts/notes.md"
ODD_FILE = (
    "\ufeff---\r\ntype: context\r\nname: Notes\r\nmine: [a, b]\r\n---\r\n# Notes\r\n\r\n"
    "```\r\n- code\r\n```\r\n"
    "[ALWAYS_LOAD]\r\nloose words of a person\r\n[/ALWAYS_LOAD]\r\n"
    "### Plans [ALWAYS_LOAD]\r\n- 2020 | Notes say to paint the house ^aaaaaaaa-1\r\n"
    "  - 2019/2020 | Notes say to sell the house ^aaaaaaaa-2\r\n- a person's own line\r\n/END Plans\r\n"
    '\r\n## SEMANTIC INDEX\r\n{"cues": ["house"]}'
)
SENTENCES = [
    "Maya started at Globex last week.",
    "Rob Stone sold the house to Maya.",
    "The notes say the house is blue now.",
    "I moved to Porto in March.",
]
SCRAPS = [
    *SENTENCES,
    "^p5wc2xhd-9", "^aaaaaaaa-1", "Maya works at Acme as a welder", "Notes say to paint the house",
    "Maya sings in a choir on Tuesdays.", "a person's own line", "loose words of a person", "- code",
    "### Work", "/END Work", "[ALWAYS_LOAD]", "---", "```", "## SEMANTIC INDEX", "Work", "Plans", "Notes",
    "Maya", "Rob Stone", "Alex", MAYA, NOTES, "repo_guide.md", "2023-05-01", "person", "context", "\r\n", "↳",
    "Maya started\n# Globex", "  - 2020 | former ^aaaaaaaa-2", "[[alex.md|Alex]]",
]  # fmt: skip


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> tuple[Snapshot, str]:
    branch = Store(tmp_path_factory.mktemp("property") / "home").created(ALEX)
    begun(branch, {MAYA: MAYA_FILE, NOTES: ODD_FILE})
    return remembered(branch, [("user", sentence) for sentence in SENTENCES])


def words(most: int) -> st.SearchStrategy[str]:
    return st.one_of(st.sampled_from(SCRAPS), st.text(max_size=20), st.just("")).map(lambda text: text[:most])


REFS = st.sampled_from(["owner", "e1", "e2", "e3", "", MAYA[:20]])
ENTITY = st.fixed_dictionaries(
    {"ref": REFS, "name": words(100), "path": words(100), "type": words(40), "role": words(60)}
)
FACT = st.fixed_dictionaries(
    {
        "entity": REFS,
        "statement": st.one_of(st.sampled_from(SENTENCES), words(200).filter(bool)),
        "turn": st.integers(0, 6),
        "when": words(30),
        "replaces": words(100),
    }
)
EDIT = st.fixed_dictionaries(
    {
        "fact": st.integers(0, 6),
        "do": st.sampled_from(["add", "replace", "insert", "skip"]),
        "section": words(60),
        "line": words(100),
        "statement": words(100),
    }
)
FILE = st.fixed_dictionaries(
    {
        "file": REFS,
        "edits": st.lists(EDIT, max_size=5),
        "role": words(60),
        "status": words(40),
        "aliases": st.lists(words(40), max_size=3),
        "cues": st.lists(words(40), max_size=3),
        "always_load": words(60),
    }
)
IDENTIFIED = st.fixed_dictionaries(
    {"entities": st.lists(ENTITY, max_size=4), "facts": st.lists(FACT, min_size=1, max_size=5)}
)
DRAFT = st.fixed_dictionaries(
    {"files": st.lists(FILE, max_size=4), "event": words(200), "topics": st.lists(words(40), max_size=3)}
)
REPAIRS = st.fixed_dictionaries(
    {"edits": st.lists(st.fixed_dictionaries({"number": st.integers(0, 6), "line": words(100)}), max_size=4)}
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(IDENTIFIED, DRAFT, REPAIRS)
def test_no_answer_breaks_a_file_or_loses_a_line(
    waiting: tuple[Snapshot, str], identified: dict[str, Any], draft: dict[str, Any], repairs: dict[str, Any]
) -> None:
    snapshot, path = waiting
    model = Scripted(*(json.dumps(one) for one in (identified, draft, repairs)))

    changes = writer.plan(snapshot, path, OWNER, PERSONAL, model)

    for where, content in changes.write.items():
        assert isinstance(content, str)
        if where.startswith("memories/") or where == "alex.md":
            after = entity.parse(content)
            assert after.render() == content
            assert not lost(entity.parse(snapshot.text(where)), after)
            assert marks(entity.parse(snapshot.text(where))) <= marks(after)
            assert after.name
            assert content.count("\ufeff") == snapshot.text(where).count("\ufeff")
    assert len(timeline.parse(str(changes.write["timeline/2023-05.md"]))) == 1
    assert not changes.delete
    assert changes.write.keys().isdisjoint({"repo_guide.md", "diffmem.yaml", path})


def marks(file: Entity) -> set[str]:
    return {str(statement.mark) for _, statement in file.statements() if statement.mark}
