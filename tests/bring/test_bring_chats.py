"""ChatGPT, Claude, Claude Code and Codex: who said what, and what nobody said."""

import json
from pathlib import Path

import pytest
from bring_samples import SAMPLES, found, read, said, skipped, zipped

from diffmem.server.bring.injected import said as said_by_the_user


def test_of_a_chatgpt_tree_the_shown_path_is_read() -> None:
    cello, boat = found(SAMPLES / "chatgpt")

    assert boat.id == "chatgpt-6b0f3c1e-1111-4a11-8a11-000000000001"
    assert boat.title == "A boat in Lisbon"
    assert boat.started.isoformat() == "2024-05-07T08:00:00+00:00"
    assert said(boat) == [
        ("user", "My sister Ines has bought a sailing boat in Lisbon."),
        ("assistant", "How lovely! What is she called? "),
        ("user", "[image]\nThe boat is called Andorinha. I will paint it in June."),
        ("assistant", "A swallow - a good name for a boat."),
    ]
    assert boat.turns[0].at
    assert boat.turns[0].at.isoformat() == "2024-05-07T08:00:01.500000+00:00"
    assert cello.title == "I have begun to learn the cello with Mr Okafor."


def test_a_broken_conversation_does_not_stop_the_others() -> None:
    (lost,) = skipped(SAMPLES / "chatgpt")

    assert lost.place.endswith("conversations.json, conversation 3")
    assert "no mapping" in lost.why


def test_an_export_in_shards_is_read_whole(tmp_path: Path) -> None:
    whole = json.loads((SAMPLES / "chatgpt" / "conversations.json").read_text("utf-8"))
    for number, entry in enumerate(whole):
        (tmp_path / f"conversations-{number:03}.json").write_text(json.dumps([entry]), "utf-8")

    assert [one.id for one in found(tmp_path)] == [one.id for one in found(SAMPLES / "chatgpt")]


def test_a_zip_is_read_as_the_folder_it_was_made_of(tmp_path: Path) -> None:
    for sample in ("chatgpt", "claude", "obsidian", "basic-memory"):
        archive = zipped(SAMPLES / sample, tmp_path / f"{sample}.zip")
        source = sample if sample == "obsidian" else "auto"
        in_zip, in_folder = found(archive, source=source), found(SAMPLES / sample)
        assert {(one.id, one.turns) for one in in_zip if one.turns} == {
            (one.id, one.turns) for one in in_folder if one.turns
        }
        assert {one.text for one in in_zip} == {one.text for one in in_folder}


def test_of_claude_only_words_are_read_and_pasted_ones_are_the_users() -> None:
    older, project, moving, kept = found(SAMPLES / "claude")

    assert said(older) == [("user", "My brother Rui teaches chemistry.")]
    assert said(moving) == [
        ("user", "I am moving to Porto in October.\n\nThe flat is in Rua das Flores.\n\n[file: flat.jpg]"),
        ("assistant", "Congratulations!"),
    ]
    assert moving.id == "claude-0c7d2a10-2222-4b22-9b22-000000000001"
    assert project.text == "# Boat\n\nRestoring the Andorinha\n\nAnswer as a shipwright."
    assert "plays the cello" in kept.text
    assert "restores a boat" in kept.text


def test_of_claude_code_tools_subagents_and_summaries_are_left_out() -> None:
    log, forked = found(SAMPLES / "claude-code")

    assert log.title == "Boat log in Python"
    assert said(log) == [
        ("user", "I want to keep a log of the boat in SQLite."),
        ("assistant", "I will make a table for each trip."),
        ("user", "Use the ISO format for all dates."),
        ("user", "Add a column for the wind."),
    ]
    assert said(forked) == [("user", "Let us try DuckDB instead.")]
    assert skipped(SAMPLES / "claude-code")[0].why == "the last line is cut short"


def test_of_codex_what_stands_around_the_conversation_is_left_out() -> None:
    old, tides = found(SAMPLES / "codex")

    assert said(old) == [("user", "Write the harbour list in Portuguese."), ("assistant", "Here it is.")]
    assert old.started.isoformat() == "2025-07-01T12:00:00+00:00"
    assert said(tides) == [
        ("user", "The tide tables are for Cascais, please fetch them every morning."),
        ("assistant", "Done: a job fetches them at six."),
    ]
    assert tides.id == "codex-019a2d7a-4444-7d44-8d44-000000000001"


@pytest.mark.parametrize(
    ("raw", "left"),
    [
        ("Hello <system-reminder>no\nword</system-reminder>there", "Hello there"),
        ("<environment_context>\n<cwd>/x</cwd>\n</environment_context>", ""),
        ("# AGENTS.md instructions for /x\n\nUse tabs", ""),
        ("<div>a page I wrote</div>", "<div>a page I wrote</div>"),
        ("Why does <command-name> appear here?", "Why does <command-name> appear here?"),
        ("<command-name>/clear</command-name>", ""),
    ],
)
def test_what_a_tool_puts_in_is_told_from_what_the_user_says(raw: str, left: str) -> None:
    assert said_by_the_user(raw) == left


@pytest.mark.parametrize(
    ("sample", "source"),
    [
        ("chatgpt", "chatgpt"),
        ("chatgpt/conversations.json", "chatgpt"),
        ("claude", "claude"),
        ("claude-code", "claude-code"),
        ("codex", "codex"),
        ("whatsapp", "whatsapp"),
        ("obsidian", "obsidian"),
        ("obsidian/People", "markdown"),
        ("basic-memory", "basic-memory"),
        ("mem0", "mem0"),
        ("server-memory", "server-memory"),
        ("diffmem", "diffmem-jsonl"),
    ],
)
def test_the_source_is_found_out(sample: str, source: str) -> None:
    assert list(read(SAMPLES / sample).sources.values()) == [source]
