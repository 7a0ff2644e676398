"""Ontologies are data, and a wrong one says where."""

import json
from pathlib import Path
from typing import Any

import pytest

from diffmem.errors import BadOntology
from diffmem.ontologies.loader import available, guide, load, read

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
        ({"types": [GOOD["types"][0] | {"status": ["open"]}]}, "status open of team"),
        ({"types": [GOOD["types"][0] | {"required": ["size"]}]}, "required: size"),
        ({"types": [GOOD["types"][0] | {"plays": "boss"}]}, "types.0.plays"),
        (
            {"types": [{"name": n, "folder": f"memories/{n}", "plays": "event"} for n in ("team", "b")]},
            "event",
        ),
        ({"synonyms": {"done": ["over"]}}, "synonyms: done"),
        ({"types": [GOOD["types"][0], GOOD["types"][0]]}, "types"),
        ({"types": [{"name": "Team"}]}, "types.0.name"),
        ({"contexts": "theme"}, "contexts"),
        ({"fields": ["type"]}, "fields"),
        ({"timeline": "maybe"}, "timeline"),
    ],
    ids=[
        "unknown-key",
        "folder",
        "our-folder",
        "type-status",
        "required",
        "plays",
        "plays-twice",
        "synonyms",
        "twice",
        "name",
        "contexts",
        "fields",
        "timeline",
    ],
)
def test_a_wrong_ontology_names_file_and_key(tmp_path: Path, changes: dict[str, object], key: str) -> None:
    with pytest.raises(BadOntology) as caught:
        load(str(written(tmp_path, **changes)))
    assert "schema.json" in str(caught.value)
    assert key in str(caught.value)


OLDER: dict[str, dict[str, Any]] = {
    "by-name": {
        "name": "Sales Team",
        "entity_types": {
            "people": {"folder": "people", "index_type": "person"},
            "deals": {
                "folder": "memories/deals/",
                "description": "Deals\nand offers",
                "status": ["Open", "Won"],
            },
        },
        "contexts_folder": "memories/deals",
        "status_enums": {"people": ["active", "left"]},
        "frontmatter_fields": {"deals": ["amount"]},
        "timeline": {"enabled": False},
        "colour": "red",
    },
    "as-a-list": {
        "name": "sales_team",
        "types": [
            {
                "key": "people",
                "path": "memories/people",
                "index_type": "person",
                "status_values": ["active", "left"],
            },
            {"index_type": "deal", "path": "deals", "status": ["Open", "Won"], "fields": ["amount"]},
        ],
        "contexts": "deal",
        "timeline": False,
        "colour": "red",
    },
}


@pytest.mark.parametrize("told", OLDER.values(), ids=OLDER)
def test_a_folder_of_the_older_shape_is_read_with_good_will(tmp_path: Path, told: dict[str, object]) -> None:
    (tmp_path / "schema.json").write_text(json.dumps(told), encoding="utf-8")
    loaded = read(tmp_path)
    ontology = loaded.ontology
    assert loaded.unread == ("colour",)
    assert (ontology.name, ontology.timeline, ontology.profile) == ("sales_team", False, True)
    assert {kind.folder for kind in ontology.types} == {"memories/people", "memories/deals"}
    deals = ontology.type(ontology.contexts)
    assert deals is not None
    assert deals.folder == "memories/deals"
    assert ontology.person == "person"
    assert ontology.home_of("people") == "memories/people"
    assert ontology.status_of(deals.name, "won") == "won"
    assert ontology.status_of("person", "won") is None
    assert "amount" in ontology.fields_of(deals.name)
    assert "amount" not in ontology.fields_of("person")


@pytest.mark.parametrize("content", [b"{", b"\xff", b"[]"], ids=["json", "bytes", "list"])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "schema.json").write_bytes(content)
    with pytest.raises(BadOntology, match=r"schema\.json"):
        load(str(tmp_path))


def test_an_unknown_name_tells_the_known_ones() -> None:
    with pytest.raises(BadOntology, match="personal"):
        load("impersonal")
