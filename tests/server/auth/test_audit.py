import json
import logging
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from diffmem.server.auth.audit import Audit

WHO = "local"


def lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text("ascii").splitlines()]


def test_a_change_is_one_line_of_who_what_whose_commit_and_when(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "audit.jsonl"
    audit = Audit(path, lambda: datetime(2026, 11, 22, 12, tzinfo=UTC))

    audit.record(WHO, "remember", "maya", "0f1490a", session="s\n1")
    audit.record(WHO, "forget", "zo\u00eb", "")

    assert lines(path) == [
        {"at": "2026-11-22T12:00:00.000+00:00", "who": "local", "verb": "remember", "user": "maya",
         "commit": "0f1490a", "session": "s\n1"},
        {"at": "2026-11-22T12:00:00.000+00:00", "who": "local", "verb": "forget", "user": "zo\u00eb"},
    ]  # fmt: skip
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["content", "words", "path", "query"])
def test_what_people_wrote_is_not_noted(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Audit(tmp_path / "a").record(WHO, "remember", "maya", "0f1490a", **{name: "a secret"})

    assert not (tmp_path / "a").exists()


def test_a_long_id_does_not_make_a_long_line(tmp_path: Path) -> None:
    Audit(tmp_path / "a").record(WHO, "remember", "maya", "0f1490a", session="x" * 9_000)

    assert len((tmp_path / "a").read_bytes()) < 500


def test_the_file_may_be_moved_away_under_a_running_server(tmp_path: Path) -> None:
    audit = Audit(tmp_path / "a")
    audit.record(WHO, "remember", "maya", "one")
    (tmp_path / "a").rename(tmp_path / "a.1")
    audit.record(WHO, "remember", "maya", "two")

    assert [line["commit"] for line in lines(tmp_path / "a.1")] == ["one"]
    assert [line["commit"] for line in lines(tmp_path / "a")] == ["two"]


def test_several_processes_note_whole_lines(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from diffmem.server.auth.audit import Audit;"
        "from diffmem.server.auth.principal import local;"
        "a = Audit(Path(sys.argv[1]));"
        "[a.record('local', 'remember', 'u', f'{sys.argv[2]}-{n}') for n in range(200)]"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "a")]
    for one in [subprocess.Popen([*command, name]) for name in "abc"]:
        assert one.wait(60) == 0

    commits = [line["commit"] for line in lines(tmp_path / "a")]
    assert sorted(commits) == sorted(f"{name}-{n}" for name in "abc" for n in range(200))


def test_a_log_that_cannot_be_written_does_not_undo_the_change_but_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        Audit(tmp_path).record(WHO, "remember", "maya", "0f1490a")

    assert "not noted" in caplog.text
    assert "0f1490a" in caplog.text
