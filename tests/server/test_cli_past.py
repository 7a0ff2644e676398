"""The verbs of the command line that look back and take back."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from diffmem.memory import Memory

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Typed = Callable[..., tuple[int, str]]

FIRST = "user: I live in Leeds with my friend Kasia."
SECOND = "user: My password is swordfish-4711.\nuser: Kasia moved to Porto."


@pytest.fixture
def told(run: Run, memory: Memory) -> Run:
    """The command line over a memory of two conversations."""
    for identity, date, words in (("s1", "2024-03-01", FIRST), ("s2", "2024-05-01", SECOND)):
        anyio.run(memory.remember, "maya", words, identity, date)
    return run


@pytest.fixture
def typed(told: Run, home: Path, tmp_path: Path) -> Typed:
    """`diffmem` at a terminal, where somebody types: its exit code and all that the terminal showed."""
    pty = pytest.importorskip("pty")

    def diffmem(*arguments: str, types: str) -> tuple[int, str]:
        ours, theirs = pty.openpty()
        kept = {name: os.environ[name] for name in ("PATH",) if name in os.environ}  # noqa: TID251
        with subprocess.Popen(
            [sys.executable, "-m", "diffmem.server.cli", *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=tmp_path,
            env=kept | {"DIFFMEM_HOME": str(home), "DIFFMEM_USER": "maya"},
        ) as process:
            os.close(theirs)
            os.write(ours, f"{types}\n".encode())
            shown = b""
            while chunk := _read(ours):
                shown += chunk
        os.close(ours)
        return process.returncode, shown.decode().replace("\r\n", "\n")

    return diffmem


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:
        # How Linux says that nobody writes to the terminal any more.
        return b""


def commit_of(run: Run) -> str:
    return json.loads(run("list", "--json").stdout)["commit"]


def paths_of(run: Run, *arguments: str) -> list[str]:
    return [file["path"] for file in json.loads(run("list", "--json", *arguments).stdout)["files"]]


@pytest.mark.parametrize("verb", [["why"], ["history", "--why"]], ids=" ".join)
def test_why_tells_the_words_and_who_said_them(told: Run, verb: list[str]) -> None:
    shown = told(*verb, "moved to Porto").stdout

    assert re.fullmatch(
        r"maya\.md:\d+  Kasia moved to Porto\.\n"
        r"  user: Kasia moved to Porto\.\n"
        r"  said 2024-05-01, turn 2 of s2 \(sessions/2024-05-01 [a-z0-9]{8}, lines \d+-\d+\)\n"
        r"  learned \d{4}-\d\d-\d\d \d\d:\d\d:\d\d in commit [0-9a-f]{12}\n",
        shown,
    )


def test_why_is_answered_as_json_by_place_and_by_quote(told: Run) -> None:
    by_quote = json.loads(told("why", "moved to Porto", "--json").stdout)
    by_place = json.loads(told("why", f"{by_quote['path']}:{by_quote['line']}", "--json").stdout)

    assert by_place == by_quote
    assert (by_quote["session_id"], by_quote["turn"], by_quote["speaker"]) == ("s2", 2, "user")


def test_why_of_what_is_nowhere_is_an_error_with_the_way_out(told: Run) -> None:
    done = told("why", "never said")

    assert (done.returncode, done.stdout) == (1, "")
    assert "give path:line, or words as they stand in a file" in done.stderr


@pytest.mark.parametrize("moment", ["commit", "date", "time"])
def test_files_are_listed_as_of_a_commit_a_date_and_a_time(told: Run, moment: str) -> None:
    entry = json.loads(told("history", "--session", "s1", "--json").stdout)["entries"][0]
    given = {"commit": entry["commit"], "date": "2999-01-01", "time": "2999-01-01T00:30:00+02:00"}[moment]

    sessions = [path for path in paths_of(told, "--as-of", given) if path.startswith("sessions/")]
    assert len(sessions) == (1 if moment == "commit" else 2)
    assert told("list", "--as-of", given).stdout.count("\n") == len(paths_of(told, "--as-of", given)) + 1
    for verb in (["recall", "Kasia"], ["read", "index.md"], ["history"], ["why", "in Leeds"]):
        assert told(*verb, "--as-of", given).returncode == 0, verb
    early = told("list", "--as-of", "2001-01-01T00:00:00Z")
    assert "nothing was known yet" in early.stderr


def test_recall_and_history_can_be_asked_for_what_happened_in_a_time(told: Run) -> None:
    early = told("recall", "Kasia", "--happened-before", "2024-04-01").stdout
    late = told("recall", "Kasia", "--happened-after", "2024-04-01").stdout
    past = json.loads(told("history", "--happened-after", "2024-04-01", "--json").stdout)["entries"]

    assert ("Leeds" in early, "Porto" in early) == (True, False)
    assert ("Leeds" in late, "Porto" in late) == (False, True)
    assert {entry["session_id"] for entry in past} == {"s2"}


def test_a_session_is_undone_and_restored(told: Run) -> None:
    undone = told("undo", "--session", "s2")
    gone = told("recall", "Where is Kasia?").stdout
    twice = told("restore", "--session", "s1")
    back = json.loads(told("restore", "--session", "s2", "--json").stdout)

    assert re.match(r"[0-9a-f]{12} undo: s2\n  ", undone.stdout)
    assert "Porto" not in gone
    assert (twice.returncode, "is there; `diffmem undo --session`" in twice.stderr) == (1, True)
    assert back["subject"] == "restore: s2"
    assert "Porto" in told("recall", "Where is Kasia?").stdout


def test_a_commit_is_undone_and_a_file_restored(told: Run) -> None:
    first = json.loads(told("history", "--session", "s1", "--json").stdout)["entries"][0]["commit"]
    then = told("read", "memories/people/kasia.md", "--as-of", first).stdout
    restored = told("restore", "--path", "memories/people/kasia.md", "--as-of", first)
    assert told("read", "memories/people/kasia.md").stdout == then

    undone = told("undo", "--commit", restored.stdout.split()[0])
    assert "undo: restore: memories/people/kasia.md" in undone.stdout
    assert "Porto" in told("read", "memories/people/kasia.md").stdout


@pytest.mark.parametrize(
    ("arguments", "told_why"),
    [
        (["restore", "--session", "s2", "--as-of", "2024-01-01"], "--as-of goes with --path"),
        (["restore", "--path", "maya.md"], "say as of when you want it back"),
        (["restore", "--session", "s9"], "no session 's9' in this memory"),
        (["undo", "--commit", "abcdef1"], "no such commit in this memory"),
        (["forget", "--entity", "Nobody", "--how", "archive", "--yes"], "nothing is filed under the name"),
        (["forget", "--everything", "--how", "archive", "--yes"], "everything can only be erased"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_taken_back_is_told_in_one_line(
    told: Run, arguments: list[str], told_why: str
) -> None:
    before = commit_of(told)
    done = told(*arguments)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert told_why in done.stderr
    assert commit_of(told) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["restore"],
        ["restore", "--path", "a", "--session", "b"],
        ["undo"],
        ["forget", "--how", "erase"],
        ["forget", "--words", "swordfish"],
        ["forget", "--words", "swordfish", "--how", "shred"],
        ["forget", "--words", "swordfish", "--session", "s1", "--how", "erase"],
    ],
    ids=" ".join,
)
def test_one_thing_must_be_named(run: Run, arguments: list[str]) -> None:
    done = run(*arguments)

    assert (done.returncode, "usage: diffmem" in done.stderr) == (2, True)


@pytest.mark.parametrize("as_json", [[], ["--json"]], ids=["", "json"])
def test_forget_with_nobody_to_ask_is_refused(told: Run, as_json: list[str]) -> None:
    before = commit_of(told)
    done = told("forget", "--words", "swordfish-4711", "--how", "erase", *as_json)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("erase words swordfish-4711  would take\n")
    assert "\n  - maya.md  1 line\n" in done.stderr
    assert done.stderr.splitlines()[-1] == (
        "diffmem: forget asks first, and there is nobody to ask here; --yes forgets this without asking"
    )
    assert commit_of(told) == before


@pytest.mark.parametrize(
    ("how", "done"), [("archive", "archived"), ("retract", "retracted"), ("erase", "erased")]
)
def test_with_yes_and_nobody_there_it_is_told_what_was_done(told: Run, how: str, done: str) -> None:
    shown = told("forget", "--session", "s2", "--how", how, "--yes")

    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.startswith(f"{done} session s2\n")
    assert re.search(r"\n  - sessions/2024/05/2024-05-01_\S+  the whole file\n", shown.stdout)
    assert commit_of(told)[:12] in shown.stdout


def test_a_dry_run_shows_what_would_go(told: Run) -> None:
    before = commit_of(told)
    shown = told("forget", "--session", "s2", "--how", "erase", "--dry-run").stdout
    plan = json.loads(told("forget", "--session", "s2", "--how", "erase", "--dry-run", "--json").stdout)

    assert shown.startswith("erase session s2  would take\n")
    assert re.search(r"\n  - maya\.md  2 lines\n", shown)
    assert re.search(r"\n  - sessions/2024/05/2024-05-01_\S+  the whole file\n", shown)
    assert (plan["done"], len(plan["losses"])) == (False, shown.count("\n  - "))
    assert commit_of(told) == before


def test_an_erase_shows_its_proof(told: Run) -> None:
    shown = told("forget", "--words", "swordfish-4711", "--how", "erase", "--yes")
    again = json.loads(
        told("forget", "--words", "swordfish-4711", "--how", "erase", "--yes", "--json").stdout
    )

    assert shown.returncode == 0
    assert re.search(r"\d+ objects are gone; \d+ objects were read afterwards in search of", shown.stdout)
    assert (again["note"], again["removed_ids"]) == ("nothing of it was here", [])
    assert "swordfish" not in told("history", "--json").stdout


@pytest.mark.parametrize("how", ["archive", "retract"])
def test_a_session_is_put_away_and_comes_back(told: Run, how: str) -> None:
    receipt = json.loads(told("forget", "--session", "s2", "--how", how, "--yes", "--json").stdout)
    gone = told("recall", "Where is Kasia?").stdout
    told("restore", "--session", "s2")

    assert (receipt["done"], receipt["how"], receipt["commit"] != "") == (True, how, True)
    assert "Porto" not in gone
    assert "Porto" in told("recall", "Where is Kasia?").stdout


def test_words_that_were_retracted_are_told_not_to_be_stored(told: Run) -> None:
    told("forget", "--session", "s2", "--how", "retract", "--yes")
    shown = told("remember", "-", "--session-id", "s3", given=SECOND).stdout
    receipt = json.loads(told("remember", "-", "--session-id", "s3", "--json", given=SECOND).stdout)

    assert shown.startswith("s3 retracted\nnot stored: these words were retracted")
    assert (receipt["state"], receipt["path"]) == ("retracted", "")


def test_a_person_at_the_terminal_sees_what_would_go_and_is_asked(told: Run, typed: Typed) -> None:
    before = commit_of(told)
    kept, shown = typed("forget", "--session", "s2", "--how", "archive", types="n")
    assert kept == 1
    assert "archive session s2" in shown
    assert "It leaves recall and can be restored." in shown
    assert "nothing was forgotten" in shown
    assert commit_of(told) == before

    gone, shown = typed("forget", "--session", "s2", "--how", "archive", types="y")
    assert gone == 0
    assert "Go on? [y/N] " in shown
    assert "Porto" not in told("recall", "Where is Kasia?").stdout


def test_who_erases_everything_types_the_name(told: Run, typed: Typed) -> None:
    kept, shown = typed("forget", "--everything", "--how", "erase", types="y")
    assert kept == 1
    assert "Type maya to erase the whole memory: " in shown
    assert told("users").stdout == "maya\n"

    gone, shown = typed("forget", "--everything", "--how", "erase", types="maya")
    assert gone == 0
    assert "objects are gone" in shown
    assert told("users").stdout == ""


def test_a_diff_is_coloured_at_a_terminal(typed: Typed) -> None:
    _, shown = typed("history", "--limit", "1", types="")
    _, traced = typed("why", "moved to Porto", types="")

    assert "\x1b[32m+ 2024-05-01 | Kasia moved to Porto." in shown
    assert "\x1b[32mKasia moved to Porto.\x1b[0m" in traced


def test_the_doctor_finds_lines_that_lead_nowhere(told: Run, home: Path) -> None:
    well = told("doctor", "--citations")
    assert (well.returncode, well.stdout) == (0, "every line leads to a session or a person\n")

    session = next(path for path in paths_of(told) if path.startswith("sessions/2024/05/"))
    folder = Path(told("view").stdout.strip())
    (folder / session).unlink()
    told("view")
    ill = told("doctor", "--citations")
    found = json.loads(told("doctor", "--json").stdout)["uncited"]

    assert ill.returncode == 1
    assert re.search(
        r"^maya\.md:\d+  Kasia moved to Porto\.  no session has the key ", ill.stdout, re.MULTILINE
    )
    assert {"path", "line", "text", "reason"} == found[0].keys()
    assert len(found) == ill.stdout.count("\n")


def test_the_folder_for_people_follows_what_is_taken_back(told: Run) -> None:
    folder = Path(told("view").stdout.strip())
    told("undo", "--session", "s2")
    assert "Porto" not in (folder / "maya.md").read_text("utf-8")
    told("restore", "--session", "s2")
    assert "Porto" in (folder / "maya.md").read_text("utf-8")
    told("forget", "--words", "Porto", "--how", "erase", "--yes")
    assert "Porto" not in (folder / "maya.md").read_text("utf-8")
    told("forget", "--everything", "--how", "erase", "--yes")
    assert not folder.exists()
