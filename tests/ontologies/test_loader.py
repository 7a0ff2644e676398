"""Ontologies are data, and a wrong one says where."""

import json
from pathlib import Path
from typing import Any

import pytest

from diffmem.errors import BadOntology
from diffmem.ontologies.loader import available, guide, load

GOOD: dict[str, Any] = {
    "name": "mine",
    "types": [{"name": "team", "folder": "memories/teams"}],
    "contexts": "team",
    "fields": ["type", "name"],
}


def written(folder: Path, **changes: object) -> Path:
    (folder / "schema.json").write_text(json.dumps(GOOD | changes), encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", available())
def test_what_is_available_loads_and_has_a_guide(name: str) -> None:
    ontology = load(name)
    assert ontology.name == name
    assert ontology.type(ontology.contexts) is not None
    assert all(kind.folder.split("/")[-1] in guide(ontology) for kind in ontology.types)


def test_the_personal_ontology() -> None:
    personal = load()
    assert {kind.name: kind.folder for kind in personal.types} == {
        "person": "memories/people",
        "context": "memories/contexts",
        "event": "memories/events",
    }
    kind = personal.type_at("memories/people/mel.md")
    assert kind is not None
    assert kind.name == "person"
    assert personal.type_at("memories/peoples/mel.md") is None
    assert personal.type("ghost") is None


def test_a_folder_of_ones_own(tmp_path: Path) -> None:
    ontology = load(str(written(tmp_path)))
    assert ontology.name == "mine"
    assert guide(ontology) == guide(load("personal"))
    (tmp_path / "repo_guide.md").write_text("# Ours\n", encoding="utf-8")
    assert guide(load(str(tmp_path / "schema.json"))) == "# Ours\n"


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"colour": 1}, "colour"),
        ({"types": [{"name": "team", "folder": "../x"}]}, "types.0.folder"),
        ({"types": [{"name": "team", "folder": "sessions/x"}]}, "types"),
        ({"types": [GOOD["types"][0], GOOD["types"][0]]}, "types"),
        ({"types": [{"name": "Team"}]}, "types.0.name"),
        ({"contexts": "theme"}, "contexts"),
        ({"fields": ["type"]}, "fields"),
        ({"timeline": "maybe"}, "timeline"),
    ],
    ids=["unknown-key", "folder", "our-folder", "twice", "name", "contexts", "fields", "timeline"],
)
def test_a_wrong_ontology_names_file_and_key(tmp_path: Path, changes: dict[str, object], key: str) -> None:
    with pytest.raises(BadOntology) as caught:
        load(str(written(tmp_path, **changes)))
    assert "schema.json" in str(caught.value)
    assert key in str(caught.value)


@pytest.mark.parametrize("content", [b"{", b"\xff", b"[]"], ids=["json", "bytes", "list"])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "schema.json").write_bytes(content)
    with pytest.raises(BadOntology, match=r"schema\.json"):
        load(str(tmp_path))


def test_an_unknown_name_tells_the_known_ones() -> None:
    with pytest.raises(BadOntology, match="personal"):
        load("impersonal")
