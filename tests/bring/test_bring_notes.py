"""Notes and memories: their days, their words, and the facts they hold."""

from pathlib import Path

from bring_samples import SAMPLES, found, skipped

from diffmem.ontologies import loader
from diffmem.server.bring.conversation import Told
from diffmem.server.bring.fitting import fitted


def test_a_daily_note_has_the_day_of_its_name_and_another_that_of_its_front_matter() -> None:
    ines, daily = found(SAMPLES / "obsidian")

    assert ines.id == "obsidian-obsidian/People/Ines"
    assert ines.started.isoformat() == "2024-04-01T10:00:00+00:00"
    assert ines.text.startswith(
        "# Ines\n\nMy sister. She sails since 2010, see [[Daily/2024-05-08|that day]]."
    )
    assert daily.started.isoformat() == "2024-05-08T00:00:00+00:00"
    assert daily.text.startswith("Met [[Ines]] at the harbour.")


def test_an_empty_note_is_left_out_and_settings_and_drawings_are_not_even_looked_at() -> None:
    assert [one.id for one in skipped(SAMPLES / "obsidian")] == ["obsidian-obsidian/Empty"]


def test_front_matter_that_cannot_be_read_costs_no_words(tmp_path: Path) -> None:
    (tmp_path / "odd.md").write_text("---\n: [\n---\nStill here\n", "utf-8")

    assert "Still here" in found(tmp_path)[0].text


def test_observations_and_relations_of_basic_memory_are_facts() -> None:
    ines = next(one for one in found(SAMPLES / "basic-memory") if one.title == "Ines Lind")

    assert ines.id == "basic-memory-people/ines-lind"
    assert ines.started.date().isoformat() == "2024-04-02"
    assert [(fact.entity, fact.kind, fact.statement) for fact in ines.facts] == [
        ("Ines Lind", "Person", "Sails single-handed"),
        ("Ines Lind", "Person", "Lives in Lisbon since 2019 (Alfama)"),
        ("Ines Lind", "Person", "sister of Mara Lind"),
        ("Ines Lind", "Person", "owns Andorinha (since 2024)"),
    ]


def test_memories_of_mem0_are_facts_about_the_user_on_their_day() -> None:
    peanuts, compass = found(SAMPLES / "mem0")

    assert peanuts.started.isoformat() == "2024-02-26T06:57:00.108347+00:00"
    assert peanuts.facts == (Told("", "", "Is allergic to peanuts"),)
    assert compass.id == "mem0-f38b689d-6666-4f66-8f66-000000000002"


def test_a_knowledge_graph_becomes_facts_without_a_date() -> None:
    by_id = {one.id: one for one in found(SAMPLES / "server-memory")}

    assert by_id["server-memory-Ines_Lind"].facts[0] == Told(
        "Ines Lind", "person", "Speaks fluent Portuguese", "-"
    )
    assert by_id["server-memory-Ines_Lind relations"].facts == (
        Told("Ines Lind", "person", "is member of Harbour Club", "-"),
    )


def test_a_session_of_our_own_keeps_its_id_its_day_and_its_words() -> None:
    lemon, walk = found(SAMPLES / "diffmem")

    assert (lemon.id, lemon.started.isoformat()) == ("s-aa11bb22cc33", "2023-05-07T10:00:00+02:00")
    assert lemon.text == "user: I planted a lemon tree today.\nassistant: Well done.\n"
    assert [turn.speaker for turn in walk.turns] == ["Mara", "Ines"]


def test_facts_are_fitted_to_the_types_there_are_and_long_ones_are_parted() -> None:
    personal = loader.load("personal")
    said = found(SAMPLES / "mem0")[0].started
    told = (
        Told("Ines", "Person", "Sails"),
        Told("Harbour Club", "organization", "Meets on Thursdays"),
        Told("", "", "Likes tea"),
        Told("Ines", "person", " ".join(["She says a whole sentence of some length."] * 12)),
        Told("Ines", "person", "word" * 200),
    )

    facts = fitted(told, personal, "mara", said)

    assert [(fact.entity, fact.type) for fact in facts[:3]] == [
        ("Ines", "person"),
        ("Harbour Club", "context"),
        ("mara", "person"),
    ]
    assert len(facts) == 3 + 12
