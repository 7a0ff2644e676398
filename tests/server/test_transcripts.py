import json
import lzma
from pathlib import Path
from typing import Any

import pytest

from diffmem.errors import BadContent
from diffmem.ontologies import transcript
from diffmem.server.transcripts import Session, load, parse

TURNS = [
    {"role": "user", "content": "I moved.\nTo Porto."},
    {"speaker": "Ann", "text": "Nice!", "at": "2024-01-01T10:00:00Z"},
]
BUNDLE = {
    "id": "c1",
    "sessions": [{"sid": "s1", "date": "2024-01-01", "turns": TURNS}],
    "questions": [{"question": "Where?", "answer": "Porto"}, "Who?"],
}


def said(session: Session) -> list[tuple[str, str]]:
    """What `remember` makes of a session's content."""
    stored = transcript.canonical(session.content)
    return [(turn.speaker, turn.text) for turn in transcript.turns(stored)]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(TURNS),
        json.dumps({"turns": TURNS}),
        json.dumps([{"messages": TURNS}], indent=2),
        json.dumps({"turns": TURNS}) + "\n\n",
        json.dumps(BUNDLE) + "\n" + json.dumps(BUNDLE) + "\n",
    ],
    ids=["turns", "one session", "sessions", "lines", "bundles"],
)
def test_turns_keep_who_said_what(text: str) -> None:
    sessions = parse(text).sessions

    assert len(sessions) == 1
    assert said(sessions[0]) == [("user", "I moved.\nTo Porto."), ("Ann", "Nice!")]


def test_lines_are_a_session_each_with_its_id_and_date() -> None:
    lines: list[dict[str, Any]] = [
        {"session_id": "a", "date": "2024-01-01", "content": "user: hi"},
        {"id": "b", "text": "plain"},
        {"messages": []},
    ]

    sessions = parse("\n".join(json.dumps(line) for line in lines)).sessions

    assert sessions == (
        Session("a", "2024-01-01", "user: hi"),
        Session("b", "", "plain"),
        Session("session-3", "", "[]"),
    )


def test_a_bundle_brings_its_questions() -> None:
    found = parse(json.dumps(BUNDLE))

    assert found.questions == ("Where?", "Who?")
    assert (found.sessions[0].id, found.sessions[0].date) == ("s1", "2024-01-01")


def test_text_that_is_no_json_is_one_conversation() -> None:
    assert parse("user: hi\n{not json}", "talk.md").sessions == (
        Session("talk.md", "", "user: hi\n{not json}"),
    )


def test_a_packed_file_is_unpacked(tmp_path: Path) -> None:
    file = tmp_path / "c.jsonl.xz"
    file.write_bytes(lzma.compress(json.dumps(BUNDLE).encode()))

    assert load(file).sessions[0].id == "s1"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.jsonl.xz", b"not packed", "neither UTF-8 text nor an xz file"),
        ("a.txt", b"\xff\xfe", "neither UTF-8 text"),
        ("a.txt", b"  \n", "holds no conversation"),
        ("a.json", b"[]", "holds no conversation"),
        ("a.json", b'{"words": "x"}', "conversation 1 has none of: content, turns, messages"),
    ],
)
def test_a_file_without_conversations_is_an_error_that_says_so(
    tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(BadContent, match=told):
        load(tmp_path / name)
