"""Zips that would harm, files that are broken, and conversations that are too long."""

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bring_samples import found, read, skipped

from diffmem.errors import BadInput
from diffmem.ontologies.transcript import MAX_BYTES, check
from diffmem.server.bring.conversation import Conversation, Turn, session_name
from diffmem.server.bring.documents import documents
from diffmem.server.bring.moments import moment
from diffmem.server.bring.parts import sessions
from diffmem.server.bring.streams import elements
from diffmem.server.bring.values import clean
from diffmem.storage.names import session_id

WHEN = datetime(2024, 5, 7, tzinfo=UTC)


def conversation(number: int, words: str = "hello") -> dict[str, object]:
    return {
        "uuid": f"c{number}",
        "created_at": f"2024-05-07T10:00:{number % 60:02}Z",
        "chat_messages": [{"sender": "human", "text": words}],
    }


def test_a_zip_that_unpacks_to_far_more_than_it_takes_is_refused(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", "[" + " " * 20_000_000 + "]")

    with pytest.raises(BadInput, match="times what it takes in the zip"):
        read(bomb)


def test_an_encrypted_zip_is_refused_with_the_way_out(tmp_path: Path) -> None:
    plain = tmp_path / "export.zip"
    with zipfile.ZipFile(plain, "w") as archive:
        archive.writestr("conversations.json", "[]")
    raw = bytearray(plain.read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(signature) + flags] |= 1
    plain.write_bytes(raw)

    with pytest.raises(BadInput, match="encrypted; unpack the zip with its password"):
        read(plain)


def test_a_zip_that_came_only_in_part_is_refused(tmp_path: Path) -> None:
    whole = tmp_path / "whole.zip"
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("conversations.json", json.dumps([conversation(1)]))
    part = tmp_path / "part.zip"
    part.write_bytes(whole.read_bytes()[:60])

    with pytest.raises(BadInput, match="only a part of one; download it again"):
        read(part)


def test_names_in_a_zip_lead_nowhere(tmp_path: Path) -> None:
    sly = tmp_path / "sly.zip"
    with zipfile.ZipFile(sly, "w") as archive:
        archive.writestr("../../conversations.json", json.dumps([conversation(1)]))
        archive.writestr("/etc/conversations.json", json.dumps([conversation(2)]))
        archive.writestr("ok/conversations.json", json.dumps([conversation(3)]))

    assert {one.id for one in found(sly)} <= {"claude-c1", "claude-c2", "claude-c3"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sly.zip"]


def test_what_stands_before_a_break_in_a_file_is_read_and_the_break_is_told(tmp_path: Path) -> None:
    text = json.dumps([conversation(number) for number in range(5)])
    file = tmp_path / "conversations.json"
    file.write_text(text[: len(text) - 40], "utf-8")

    assert len(found(file)) == 4
    (left,) = skipped(file)
    assert "after 4 entries the next is broken" in left.why
    assert left.place == str(file)


def test_a_large_array_is_read_one_by_one(tmp_path: Path) -> None:
    file = tmp_path / "conversations.json"
    long = "x, ] y [ " * 200_000
    file.write_text(json.dumps([conversation(1), conversation(2, long), conversation(3)], indent=1), "utf-8")

    with documents(file) as (document,):
        sizes = [len(json.dumps(entry)) for entry in elements(document)]

    assert len(sizes) == 3
    assert sizes[1] > 1_800_000


def test_a_file_of_another_encoding_is_named(tmp_path: Path) -> None:
    file = tmp_path / "WhatsApp Chat with Zoë.txt"
    file.write_bytes("07/05/24, 09:15 - Zoë: Hi\n".encode("latin-1"))

    assert "is not UTF-8 text (byte 20)" in skipped(file)[0].why


def test_a_long_conversation_becomes_sessions_whose_first_stay_as_they_are_when_it_grows() -> None:
    words = "word " * 60_000
    turns = tuple(Turn("user", f"{number} {words}", WHEN) for number in range(40))
    short = Conversation("chatgpt-x", "chatgpt", "", WHEN, "", turns[:36])
    long = Conversation("chatgpt-x", "chatgpt", "", WHEN, "", turns)

    before, after = list(sessions(short)), list(sessions(long))

    assert [session.id for session in after] == ["chatgpt-x", "chatgpt-x-2", "chatgpt-x-3"]
    assert before[:2] == after[:2] or [one.turns for one in before[:2]] == [one.turns for one in after[:2]]
    assert sum(len(session.turns) for session in after) == 40
    for session in after:
        check(session.content)


@pytest.mark.parametrize("letter", ["a", "ä", "\n", '"', "\x01", "🦆"])
def test_no_part_is_over_the_limit_whatever_it_holds(letter: str) -> None:
    told = Conversation("x", "x", "", WHEN, "", (Turn("user", letter * 2_600_000, WHEN),))

    parts = list(sessions(told))

    assert all(len(session.content.encode()) <= MAX_BYTES for session in parts)
    assert sum(turn.text.count(letter) for session in parts for turn in session.turns) > 0


@pytest.mark.parametrize(
    ("raw", "read_as"),
    [
        (1715068800.5, "2024-05-07T08:00:00.500000+00:00"),
        (1715068800500, "2024-05-07T08:00:00.500000+00:00"),
        ("2024-05-07T08:00:00Z", "2024-05-07T08:00:00+00:00"),
        ("2024-05-07T10:00:00+02:00", "2024-05-07T08:00:00+00:00"),
        ("2024-05-07 08:00:00 UTC", "2024-05-07T08:00:00+00:00"),
        ("2024-05-07", "2024-05-07T00:00:00+00:00"),
        ("soon", None),
        (True, None),
        (1e300, None),
        (None, None),
    ],
)
def test_times_of_every_form_are_read(raw: object, read_as: str | None) -> None:
    read_time = moment(raw, UTC)

    assert (read_time.isoformat() if read_time else None) == read_as


@pytest.mark.parametrize("raw", ["plain-id", "with\u200bzero", "x" * 300, "Notes/Ärger & Co", "a\nb", " "])
def test_every_name_of_a_source_makes_a_session_id_and_the_same_each_time(raw: str) -> None:
    name = session_name("obsidian", raw)

    assert session_id(name) == name
    assert session_name("obsidian", raw) == name
    assert name != session_name("obsidian", raw + "!")


def test_halves_of_characters_are_joined_or_replaced() -> None:
    assert clean("a\ud83e\udd86b\0") == "a🦆b"
    assert clean("a\ud83eb") == "a\ufffdb"
