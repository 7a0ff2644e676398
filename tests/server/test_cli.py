import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from diffmem.server import show
from diffmem.server.answers import Edit, Entry, Passage, Past, Recalled
from diffmem.server.cli import parser
from diffmem.server.console import Console, visible
from diffmem.server.verbs import VERBS

Run = Callable[..., "subprocess.CompletedProcess[str]"]

TALK = "user: I live in Leeds. Żółw is my cat.\nassistant: Hi!\n"


def test_a_conversation_goes_in_from_standard_input_and_comes_out_again(run: Run) -> None:
    stored = run("remember", "-", "--session-id", "s1", "--session-date", "2024-03-01", given=TALK)
    found = run("recall", "Where do I live?")

    assert stored.returncode == found.returncode == 0, stored.stderr + found.stderr
    assert stored.stdout.startswith("s1 digested\n")
    assert "[1] user: I live in Leeds. Żółw is my cat." in found.stdout


def test_a_conversation_goes_in_from_a_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "talk.json").write_text('[{"role": "user", "content": "I live in Leeds."}]', "utf-8-sig")

    assert run("remember", "talk.json").returncode == 0
    assert "Leeds" in run("read", "maya.md").stdout


def test_every_verb_answers_as_json(run: Run, home: Path) -> None:
    receipt = json.loads(run("remember", "-", "--session-id", "s1", "--json", given=TALK).stdout)
    recalled = json.loads(run("--json", "recall", "Leeds", "--explain", "--profile").stdout)
    page = json.loads(run("read", receipt["path"], "--json").stdout)
    past = json.loads(run("history", "--json", "--session", "s1").stdout)
    users = json.loads(run("users", "--json").stdout)
    view = json.loads(run("view", "--json").stdout)

    assert (receipt["session_id"], receipt["state"]) == ("s1", "digested")
    assert recalled["blocks"][0]["reasons"]
    assert "Leeds" in recalled["profile"]
    assert TALK.strip() in page["text"]
    assert [entry["stage"] for entry in past["entries"]] == ["digest", "intake"]
    assert users == ["maya"]
    assert Path(view["folder"]).is_relative_to(home)
    assert (Path(view["folder"]) / "maya.md").is_file()


def test_user_and_home_are_taken_before_and_after_the_verb(run: Run, tmp_path: Path) -> None:
    other = tmp_path / "other"
    assert (
        run("--user", "bob", "remember", "-", "--home", str(other), given="user: hello there").returncode == 0
    )

    assert run("users", "--home", str(other)).stdout == "bob\n"
    assert run("users").stdout == ""


def test_history_is_a_diff_that_can_be_read(run: Run) -> None:
    run("remember", "-", "--session-date", "2024-03-01", given="user: I live in Leeds.")
    run("remember", "-", "--session-date", "2025-03-01", given="user: I live in Lisbon now.")

    told = run("history", "maya.md", "--limit", "1").stdout

    assert re.match(
        r"[0-9a-f]{12} digest: s-[0-9a-f]{12} \(\d+ files?\)\n  learned .*, happened 2025-03-01\n", told
    )
    assert "\n    + 2025-03-01 | I live in Lisbon now." in told
    assert "\x1b" not in told


def test_a_folder_for_people_follows_what_the_command_line_stores(run: Run) -> None:
    run("remember", "-", given="user: I live in Leeds.")
    folder = Path(run("view").stdout.strip())
    run("remember", "-", given="user: I moved to Oslo.")

    assert "Oslo" in (folder / "maya.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["recall", "x"], 1, "no memory for user 'maya' yet; `remember` something first"),
        (["remember", "missing.txt"], 1, "No such file or directory: missing.txt"),
        (["remember", "-"], 1, "it is empty"),
        (["remember", "-", "--user", "a\nb"], 1, "this user id cannot be used"),
        (["view"], 1, "no memory for user"),
    ],
    ids=str,
)
def test_an_error_is_one_line_and_a_code(run: Run, arguments: list[str], code: int, told: str) -> None:
    done = run(*arguments)

    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith("diffmem: ")
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [[], ["sing"], ["recall"], ["recall", "x", "--max-tokens", "many"]], ids=str
)
def test_wrong_usage_is_code_2(run: Run, arguments: list[str]) -> None:
    done = run(*arguments)

    assert done.returncode == 2
    assert "usage: diffmem" in done.stderr


def test_a_bad_setting_is_code_2_and_names_its_variable(run: Run) -> None:
    done = run("users", DIFFMEM_TIMEZONE="Mars/Olympus")

    assert done.returncode == 2
    assert done.stderr == (
        "diffmem: DIFFMEM_TIMEZONE: 'Mars/Olympus' is not a time zone; "
        "give a name such as Europe/Berlin or UTC\n"
    )


def test_a_home_that_is_a_file_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", "utf-8")

    done = run("users", "--home", str(tmp_path / "file"))

    assert (done.returncode, "is a file, not a folder" in done.stderr) == (2, True)


def test_words_that_are_not_utf8_are_refused(run: Run) -> None:
    done = run("remember", "-", given=b"caf\xe9")

    assert (done.returncode, "standard input is not UTF-8 text (byte 3)" in done.stderr) == (1, True)


def test_output_is_utf8_whatever_the_system_says(run: Run) -> None:
    run("remember", "-", given=TALK)

    assert "Żółw" in run("read", "maya.md", PYTHONIOENCODING="ascii", LC_ALL="C").stdout


def test_a_reader_who_goes_away_is_no_error(run: Run, home: Path) -> None:
    run("remember", "-", given="".join(f"user: this is line {n}\n" for n in range(6_000)))
    command = [
        sys.executable,
        "-m",
        "diffmem.server.cli",
        "history",
        "--json",
        "--home",
        str(home),
        "--user",
        "maya",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as asked:
        assert asked.stdout is not None
        assert asked.stderr is not None
        asked.stdout.read(1)
        asked.stdout.close()
        assert asked.stderr.read() == b""


def test_help_names_every_verb_and_loads_nothing_heavy() -> None:
    told = parser().format_help()
    for verb in VERBS:
        assert re.search(rf"^    {verb}\s", told, re.MULTILINE), verb

    code = (
        "import sys; sys.argv = ['diffmem', '--help']\n"
        "from diffmem.server import cli\n"
        "try: cli.main()\n"
        "except SystemExit: pass\n"
        "print([n for n in ('pydantic', 'mcp', 'pygit2', 'anyio', 'yaml', 'asyncio') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")


def test_the_version_can_be_asked(run: Run) -> None:
    assert re.fullmatch(r"diffmem \d+\.\d+.*\n", run("--version").stdout)


def test_a_terminal_gets_colours_and_stored_words_cannot_drive_it() -> None:
    class Written(list[str]):
        def write(self, text: str) -> None:
            self.append(text)

        def flush(self) -> None: ...

    change = Edit(path="maya.md", section="Facts", removed=["- old"], added=["- \x1b[2Jnew"])
    entry = Entry(
        commit="a" * 40, learned="2026-01-01T10:00:00+00:00", happened="", stage="digest",
        session_id="s", subject="digest: s", changes=[change],
    )  # fmt: skip
    out = Written()
    console = Console(out, colours=True)  # pyright: ignore[reportArgumentType]

    console.say(*show.past(Past(entries=[entry], next_cursor="b" * 40, note=""), console))

    told = "".join(out)
    assert "\x1b[31m- old\x1b[0m" in told
    assert "\x1b[32m+ \\x1b[2Jnew\x1b[0m" in told
    assert f"more: --cursor {'b' * 40}" in told


def test_nothing_found_is_said_in_words() -> None:
    console = Console(sys.stdout, colours=False)
    nothing = Recalled(commit="a" * 40, confidence=0.0, blocks=[], note="nothing found")
    block = Passage(source="memories/kasia.md", date="2024-01-01", text="a\nb")

    assert list(show.recalled(nothing, console)) == [
        "nothing found",
        "as of commit aaaaaaaaaaaa, confidence 0.00",
    ]
    assert list(show.recalled(nothing.model_copy(update={"blocks": [block]}), console))[:3] == [
        "memories/kasia.md  2024-01-01",
        "  a",
        "  b",
    ]
    assert list(show.past(Past(entries=[], next_cursor="", note=""), console)) == ["no changes found"]


def test_control_characters_become_visible() -> None:
    assert visible("a\x1b[31m\r\u202eb\n\tä") == "a\\x1b[31m\\r\\u202eb\n\tä"


def test_explore_prints_what_a_command_says_and_its_code(run: Run) -> None:
    run("remember", "-", "--session-id", "s1", given=TALK)

    found = run("explore", "grep -c Leeds maya.md && ls")
    refused = run("explore", "cat /etc/passwd")
    told = json.loads(run("explore", "wc -l index.md", "--json").stdout)
    typed = run("explore", given="git log --oneline -1\n\nls memories\n")

    assert (found.returncode, found.stdout.splitlines()[0]) == (0, "1")
    assert refused.returncode != 0
    assert "root:" not in refused.stdout
    assert told["exit_code"] == 0
    assert "digest: s1" in typed.stdout
