"""The import as a whole: once, again, further, and what is left out."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

import anyio
import pytest
from bring_samples import SAMPLES, read, zipped

from diffmem.memory import Memory
from diffmem.server.bring.conversation import Conversation
from diffmem.server.bring.importing import Import, Report
from diffmem.server.bring.wishes import Wishes
from diffmem.server.cli import main

USER = "mara"


@pytest.fixture(autouse=True)
def _surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIFFMEM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DIFFMEM_USER", USER)
    monkeypatch.setenv("DIFFMEM_TIMEZONE", "Europe/Lisbon")
    monkeypatch.setenv("DIFFMEM_DURABILITY", "relaxed")
    monkeypatch.chdir(tmp_path)


def asked(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert main(list(words)) == code
    return capsys.readouterr().out


def imported(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict[str, Any]:
    return json.loads(asked(capsys, "import", "--json", *words, code=code))


def test_what_was_imported_is_recalled_with_its_words_and_its_day(capsys: pytest.CaptureFixture[str]) -> None:
    told = imported(capsys, str(SAMPLES / "chatgpt"))

    assert (told["imported"], told["unchanged"], told["waiting"]) == (2, 0, 0)
    assert "The boat is called Andorinha" in asked(capsys, "recall", "What is the boat called?")
    assert "2024-05-07" in asked(capsys, "why", "called Andorinha")
    assert "digest: chatgpt-6b0f3c1e" in asked(capsys, "history", "--stage", "digest")


def test_the_same_again_commits_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    samples = [str(SAMPLES / name) for name in ("claude", "codex", "whatsapp", "mem0", "server-memory")]
    first = imported(capsys, *samples)
    before = asked(capsys, "history", "--limit", "1", "--json")

    again = imported(capsys, *samples)

    assert (again["imported"], again["grown"]) == (0, 0)
    assert again["unchanged"] == first["imported"]
    assert asked(capsys, "history", "--limit", "1", "--json") == before


def test_a_dry_run_tells_of_them_and_makes_no_memory(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    told = asked(capsys, "import", "--dry-run", str(SAMPLES / "chatgpt"))

    assert "would import 2 sessions" in told
    assert "from 2024-03-03 to 2024-05-07" in told
    assert "A boat in Lisbon" in told
    assert not (tmp_path / "home").exists()


def test_a_conversation_that_went_on_grows_and_an_older_export_takes_nothing_back(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    whole = json.loads((SAMPLES / "claude" / "conversations.json").read_text("utf-8"))
    older, newer = tmp_path / "older.json", tmp_path / "newer.json"
    newer.write_text(json.dumps(whole), "utf-8")
    whole[0]["chat_messages"] = whole[0]["chat_messages"][:1]
    older.write_text(json.dumps(whole), "utf-8")

    assert imported(capsys, str(older))["imported"] == 2
    grown = imported(capsys, str(newer))
    back = imported(capsys, str(older))

    assert (grown["grown"], grown["unchanged"]) == (1, 1)
    assert (back["grown"], back["unchanged"], len(back["skipped"])) == (0, 2, 1)
    assert "Congratulations!" in asked(capsys, "recall", "Congratulations")


def test_other_words_under_the_same_id_are_told_and_left_as_they_are(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    vault = tmp_path / "vault"
    vault.mkdir()
    (vault / "2024-05-08.md").write_text("The mast is cracked.\n", "utf-8")
    (vault / "2024-05-09.md").write_text("It rains.\n", "utf-8")
    imported(capsys, str(vault))
    (vault / "2024-05-08.md").write_text("The mast is whole.\n", "utf-8")

    told = asked(capsys, "import", str(vault))

    assert "0 sessions, 0 grown, 1 unchanged, 1 skipped" in told
    assert "other words are stored under this session id" in told
    assert "markdown-vault/2024-05-08" in told
    assert "cracked" in asked(capsys, "recall", "mast")


def test_a_zone_that_has_changed_since_makes_no_other_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = [str(SAMPLES / name) for name in ("chatgpt", "claude-code", "whatsapp")]
    imported(capsys, *samples)
    monkeypatch.setenv("DIFFMEM_TIMEZONE", "Asia/Tokyo")

    told = imported(capsys, *samples)

    assert (told["imported"], told["grown"]) == (0, 0)
    assert not [each for each in told["skipped"] if "other words" in str(each)]


def test_an_import_in_steps_ends_where_one_at_once_does(capsys: pytest.CaptureFixture[str]) -> None:
    vault = str(SAMPLES / "whatsapp")

    done = [imported(capsys, vault, "--limit", "3", "--no-digest") for _ in range(3)]

    assert [told["imported"] for told in done] == [3, 1, 0]
    assert done[1]["waiting"] == 4
    last = imported(capsys, vault)
    assert (last["waiting"], last["unchanged"]) == (0, 4)


def test_only_what_began_since_a_day_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    told = imported(capsys, str(SAMPLES / "chatgpt"), "--since", "2024-04-01", "--dry-run")

    assert told["imported"] == 1
    assert told["first"] == told["last"] == "2024-05-07"


def test_a_retracted_session_is_not_brought_back(capsys: pytest.CaptureFixture[str]) -> None:
    imported(capsys, str(SAMPLES / "chatgpt"))
    session = "chatgpt-6b0f3c1e-1111-4a11-8a11-000000000001"
    asked(capsys, "forget", "--session", session, "--how", "retract", "--yes")

    told = asked(capsys, "import", str(SAMPLES / "chatgpt"))

    assert "it was retracted from this memory before" in told
    assert "Andorinha" not in asked(capsys, "recall", "boat Andorinha")


def test_a_memory_exported_as_lines_comes_back_word_for_word(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    imported(capsys, str(SAMPLES / "diffmem"))
    memory = Memory.open(tmp_path / "home")
    path = next(file.path for file in anyio.run(memory.list, USER).files if "s-aa11bb22cc33" in file.path)

    text = anyio.run(memory.read, USER, path).text

    assert "\ndate: '2023-05-07T10:00:00+02:00'\n" in text
    assert text.endswith("---\nuser: I planted a lemon tree today.\nassistant: Well done.\n")


def test_facts_are_filed_under_whom_they_are_about(capsys: pytest.CaptureFixture[str]) -> None:
    imported(capsys, *(str(SAMPLES / name) for name in ("basic-memory", "mem0", "server-memory")))

    ines = asked(capsys, "read", "memories/people/ines_lind.md")

    assert "Sails single-handed" in ines
    assert "- - | Speaks fluent Portuguese" in ines
    assert "- 2024-02-26 | Is allergic to peanuts" in asked(capsys, "read", f"{USER}.md")


def test_nothing_to_read_is_an_error_that_says_what_to_give(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["import", str(tmp_path / "missing")]) == 1
    assert "there is no such file or folder" in capsys.readouterr().err
    (tmp_path / "odd").mkdir()
    assert main(["import", str(tmp_path / "odd")]) == 1
    assert "give --from with one of chatgpt, claude" in capsys.readouterr().err


def test_an_export_in_which_nothing_can_be_read_ends_with_1(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "conversations.json").write_text('[{"mapping": {}}]', "utf-8")

    assert len(imported(capsys, str(tmp_path), code=1)["skipped"]) == 1


def test_told_to_stop_it_ends_between_two_sessions_and_goes_on_the_next_time(tmp_path: Path) -> None:
    lines = "".join(f"{day:02}/05/24, 10:00 - Bo: I saw heron number {day}.\n" for day in range(1, 31))
    (tmp_path / "chat with Bo.txt").write_text(lines, "utf-8")
    gathered = read(tmp_path / "chat with Bo.txt", wishes=Wishes())
    memory = Memory.open(tmp_path / "home", durability="relaxed")
    seen: list[str] = []

    def interrupt(_: str, commit: str) -> None:
        seen.append(commit)
        if len(seen) == 5:
            os.kill(os.getpid(), signal.SIGINT)

    memory.watch(interrupt)
    first = _run(memory, gathered.conversations)
    second = _run(memory, gathered.conversations)

    assert first.stopped
    assert 0 < first.counts["new"] < 30
    assert first.counts["new"] + second.counts["new"] == 30
    assert (second.counts["unchanged"], second.waiting, second.stopped) == (first.counts["new"], 0, False)


def _run(memory: Memory, conversations: Sequence[Conversation]) -> Report:
    run = Import(memory, USER, "personal", UTC)
    return anyio.run(lambda: run.run(conversations, 0, digest=True))


def test_the_program_imports_a_zip_beside_its_answer_in_json(tmp_path: Path) -> None:
    archive = zipped(SAMPLES / "claude", tmp_path / "data-2024-batch-0000.zip")

    done = subprocess.run(
        [sys.executable, "-m", "diffmem.server.cli", "import", "--json", str(archive)],
        capture_output=True,
        cwd=tmp_path,
        timeout=60,
    )

    assert done.returncode == 0
    assert json.loads(done.stdout)["imported"] == 4
    assert b"import: 4 of 4 conversations" in done.stderr
