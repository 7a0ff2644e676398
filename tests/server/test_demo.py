import json
import re
import shutil
import subprocess
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def home_of(told: str) -> Path:
    found = re.search(r"^  (.+)  holds everything", told, re.MULTILINE)
    assert found is not None
    return Path(found[1])


@pytest.fixture
def told(run: Run, tmp_path: Path) -> Generator[str]:
    """What the demo says."""
    done = run("demo", TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    yield done.stdout
    shutil.rmtree(home_of(done.stdout), ignore_errors=True)


def test_the_demo_remembers_asks_shows_what_changed_and_where_the_files_lie(told: str) -> None:
    assert told.count("digested, commit") == 8
    for question in ("Where do I live now?", "What is my job?", "Do I eat fish?"):
        assert question in told
    lives, _, rest = told.partition("What is my job?")
    assert lives.index("I live in Lisbon now.") < lives.index("I live in Leeds")
    works = rest.partition("Do I eat fish?")[0]
    assert works.index("made me lead of the data team") < works.index("offered me a job")
    back_then = rest.partition("as known after session 4")[2].partition("What changed")[0]
    assert "Leeds" in back_then
    assert "Lisbon" not in back_then
    assert re.search(r"\n    - .*no meat and no fish", told)
    assert re.search(r"\n    \+ .*since last week I eat fish", told)
    assert "\x1b" not in told


def test_the_two_spellings_of_a_name_are_one_file(told: str) -> None:
    people = home_of(told) / "views" / "mara" / "memories" / "people"

    assert [file.name for file in people.glob("zo*")] == ["zoe.md"]


def test_the_demo_takes_other_transcripts_and_other_questions(run: Run, tmp_path: Path) -> None:
    talks = [{"session_id": "a", "date": "2024-01-01", "content": "user: My cat is called Momo."}]
    (tmp_path / "talks.jsonl").write_text("\n".join(map(json.dumps, talks)), "utf-8")

    asked = ("--ask", "What is my cat called?", "--ask", "And my dog?")
    done = run("demo", "--from", "talks.jsonl", *asked, TMPDIR=str(tmp_path))

    assert done.returncode == 0, done.stderr
    assert "called Momo" in done.stdout
    assert "And my dog?" in done.stdout


def test_a_session_it_refuses_is_told_and_the_rest_goes_on(run: Run, tmp_path: Path) -> None:
    talks = [{"id": "a", "text": "user: My cat is Momo."}, {"id": "a", "text": "user: My dog is Rex."}]
    (tmp_path / "talks.jsonl").write_text("\n".join(map(json.dumps, talks)), "utf-8")

    done = run("demo", "--from", "talks.jsonl", TMPDIR=str(tmp_path))

    assert (done.returncode, done.stderr) == (0, "")
    assert "is already stored with other words" in done.stdout
    assert "The files" in done.stdout


def test_nothing_to_say_is_told_without_a_trace(run: Run, tmp_path: Path) -> None:
    (tmp_path / "talks.json").write_text('[{"id": "a", "text": ""}]', "utf-8")

    done = run("demo", "--from", "talks.json", TMPDIR=str(tmp_path))

    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "no memory for user 'demo'" in done.stderr


@pytest.mark.parametrize("name", ["none.json", "empty.json"])
def test_a_file_it_cannot_use_is_told_in_one_line(run: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / "empty.json").write_text("[]", "utf-8")

    done = run("demo", "--from", name)

    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert name in done.stderr
