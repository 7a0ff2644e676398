"""Sessions are filed by whatever ontology a memory has; a new one needs no code."""

import json
from pathlib import Path

import pytest
from support import put

from diffmem.agents.followups import PATH
from diffmem.agents.rules import writer
from diffmem.agents.rules.writer import Owner
from diffmem.ontologies import entity, session
from diffmem.ontologies.checking import new
from diffmem.ontologies.loader import load
from diffmem.storage.branch import Branch

SAID = (
    "user: My boss Maya Lopez told me about the Stripe project. Maya Lopez said the budget is 5000 euros.\n"
    "Bob: I think the Stripe project needs a new lawyer.\n"
)


def filed(branch: Branch, ontology: str) -> dict[str, str]:
    file = session.new("s1", SAID, date="2023-05-08T00:00:00+00:00", received="2023-05-08T00:00:00+00:00")
    put(
        branch,
        {"diffmem.yaml": f"ontology: {json.dumps(ontology)}\n", "sessions/2023/05/x.md": file.render()},
    )
    owner = Owner("alex.md", ("alex",))
    changes = writer.plan(branch.snapshot(), "sessions/2023/05/x.md", owner, load(ontology))
    return {path: str(text) for path, text in changes.write.items()}


@pytest.mark.parametrize(
    ("ontology", "people", "theme", "kind"),
    [
        ("personal", "memories/people", "memories/contexts/work.md", "context"),
        ("corporate", "memories/people", "memories/projects/budget.md", "project"),
    ],
)
def test_people_and_themes_go_to_their_folders(
    branch: Branch, ontology: str, people: str, theme: str, kind: str
) -> None:
    write = filed(branch, ontology)
    assert {f"{people}/maya_lopez.md", f"{people}/bob.md", theme, "timeline/2023-05.md"} <= set(write)
    assert entity.parse(write[theme]).type == kind
    assert "(person) boss" in write["index/people-m.md"]
    assert (PATH in write) == load(ontology).followups


def test_an_ontology_of_ones_own_is_followed_to_the_letter(branch: Branch, tmp_path: Path) -> None:
    folder = tmp_path / "ship"
    new(folder, "ship")
    told = {
        "name": "ship",
        "types": [
            {"name": "sailor", "folder": "memories/crew", "plays": "person"},
            {"name": "log", "folder": "memories/log/notes"},
            {"name": "thing", "folder": "memories/hold", "plays": "default"},
        ],
        "contexts": "log",
        "timeline": False,
        "followups": True,
        "fields": ["type", "name", "aliases", "role", "cues", "related", "created", "updated"],
        "themes": {"money": ["euros budget"], "law": ["lawyer"]},
    }
    (folder / "schema.json").write_text(json.dumps(told), encoding="utf-8")
    write = filed(branch, str(folder))
    assert {path for path in write if "/" in path and not path.startswith("index/")} == {
        "memories/crew/maya_lopez.md",
        "memories/crew/bob.md",
        "memories/log/notes/money.md",
        "memories/log/notes/law.md",
        "memories/hold/stripe.md",
    }
    assert entity.parse(write["memories/crew/bob.md"]).type == "sailor"
    assert entity.parse(write["alex.md"]).type == "sailor"
    assert "Maya Lopez" in entity.parse(write["alex.md"]).listed("related")
    assert "index/log-notes-m.md" in write
    assert write[PATH] == "# Follow-ups\n\nnothing open\n"
