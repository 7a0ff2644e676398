"""What an ontology says is looked up, never spelled out in code."""

import pytest

from diffmem.ontologies.loader import available, load
from diffmem.ontologies.prompts import prompt


@pytest.mark.parametrize(
    ("name", "kind", "raw", "status"),
    [
        ("personal", "person", "Active", "active"),
        ("personal", "person", "In Progress", "active"),
        ("corporate", "project", "in-progress (60 %)", "active"),
        ("corporate", "project", "  ON HOLD: waiting for legal", "blocked"),
        ("corporate", "project", "Done ✅", "done"),
        ("corporate", "project", "done - on 12 May", "done"),
        ("corporate", "projects", "todo", "planned"),
        ("corporate", "decision", "Approved.", "accepted"),
        ("corporate", "decision", "done", None),
        ("corporate", "person", "resigned", "left"),
        ("coding", "incident", "resolved", "fixed"),
        ("coding", "incident", "Resolved, see #12", "fixed"),
        ("coding", "component", "sunset", "deprecated"),
        ("coding", "ghost", "rfc", "proposed"),
        ("personal", "person", "", None),
        ("personal", "person", "lovely", None),
    ],
)
def test_a_status_is_mapped_to_the_list_of_its_type(
    name: str, kind: str, raw: str, status: str | None
) -> None:
    assert load(name).status_of(kind, raw) == status


@pytest.mark.parametrize("name", available())
def test_every_status_stands_for_itself_and_no_synonym_for_two(name: str) -> None:
    ontology = load(name)
    for kind in ontology.types:
        words = ontology.statuses_of(kind.name)
        assert words
        assert [ontology.status_of(kind.name, word) for word in words] == list(words)
        others = [other for word in words for other in ontology.synonyms.get(word, ())]
        assert len(set(others)) == len(others)
        assert not set(others) & set(words)


@pytest.mark.parametrize(
    ("name", "roles"),
    [
        ("personal", ("person", "event", "context")),
        ("corporate", ("person", "project", "project")),
        ("coding", ("person", "incident", "component")),
    ],
)
def test_every_role_is_played_by_a_type(name: str, roles: tuple[str, str, str]) -> None:
    ontology = load(name)
    assert (ontology.person, ontology.playing("event").name, ontology.playing("default").name) == roles
    assert ontology.home_of("nonsense") == ontology.playing("default").folder


def test_a_type_is_known_by_its_other_names() -> None:
    assert load("corporate").type("decisions") is load("corporate").type("decision")


def test_fields_of_a_type_come_on_top_of_the_common_ones() -> None:
    corporate = load("corporate")
    assert "replaced_by" in corporate.fields_of("decision")
    assert "replaced_by" not in corporate.fields_of("person")
    assert corporate.required_of("decision") == ("type", "name")


def test_a_word_speaks_of_the_themes_of_its_ontology() -> None:
    assert load("personal").themes_by_word["vegan"] == ("health", "food")
    assert "vegan" not in load("corporate").themes_by_word
    assert load("corporate").themes_by_word["invoice"] == ("budget",)


@pytest.mark.parametrize("name", available())
def test_every_prompt_of_an_ontology_can_be_filled_as_the_common_one(name: str) -> None:
    shown = prompt(name, "identify").text(types="- thing: x")
    assert "- thing: x" in shown
    assert (shown == prompt("personal", "identify").text(types="- thing: x")) == (name == "personal")
    assert prompt(name, "repair") == prompt("personal", "repair")
