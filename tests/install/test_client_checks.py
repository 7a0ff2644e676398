import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from diffmem.server.checks.check import Result, State
from diffmem.server.install.checking import looked_at
from diffmem.server.install.clients import client
from diffmem.server.install.place import Place

PLAYED = "import sys, json; sys.stdin.readline(); print({answer}, flush=True); sys.stdin.readline()"
HELLO = (
    "json.dumps({'jsonrpc': '2.0', 'id': 1, 'result': {'serverInfo': {'name': 'diffmem', 'version': '9'}}})"
)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place.usual("linux", tmp_path, tmp_path / "project")


def looked(place: Place, config: str | Mapping[str, object], seconds: float = 20) -> list[Result]:
    """What is said of Cursor with these settings."""
    path = client("cursor").config(place)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(config if isinstance(config, str) else json.dumps({"mcpServers": config}))
    return list(looked_at(place, seconds))


def script(file: Path, text: str) -> str:
    file.write_text(text)
    file.chmod(0o755)
    return str(file)


def test_a_machine_without_clients_is_fine(place: Place) -> None:
    (found,) = looked_at(place, 1)

    assert found.state == State.OK


def test_a_server_that_answers_is_well_and_its_log_is_named(place: Place) -> None:
    entry = {"command": sys.executable, "args": ["-c", PLAYED.format(answer=HELLO)]}

    (found,) = looked(place, {"diffmem": entry})

    assert found.state == State.OK
    assert "diffmem 9 answers" in found.told
    assert "MCP Logs" in found.told


def test_an_entry_under_another_name_is_found(place: Place, tmp_path: Path) -> None:
    (found,) = looked(place, {"memory": {"command": str(tmp_path / "gone" / "diffmem"), "args": ["mcp"]}})

    assert found.state == State.FAIL
    assert "is not there" in found.told


@pytest.mark.parametrize(
    ("config", "state", "said"),
    [
        ('{"mcpServers": {', State.FAIL, "line 1"),
        ('{"mcpServers": []}', State.FAIL, "not an object"),
        ('{"mcpServers": {"diffmem": 1}}', State.FAIL, "not an object"),
        ('{"servers": {"diffmem": {}}}', State.FAIL, "under `servers`"),
        ('{"mcpServers": {}}', State.OK, "does not know this memory"),
        ('{"mcpServers": {"diffmem": {}}}', State.FAIL, "no command and no address"),
        ('{"mcpServers": {"diffmem": {"command": "no-such-program"}}}', State.FAIL, "on no path"),
        ('{"mcpServers": {"diffmem": {"command": "x", "disabled": true}}}', State.WARN, "switched off"),
        ('{"mcpServers": {"diffmem": {"url": "ftp://x/mcp"}}}', State.FAIL, "no address of a server"),
        ('{"mcpServers": {"diffmem": {"url": "http://127.0.0.1:9/mcp"}}}', State.FAIL, "does not answer"),
    ],
    ids=[
        "broken",
        "a list",
        "a number",
        "key",
        "unknown",
        "empty",
        "no program",
        "off",
        "scheme",
        "no server",
    ],
)
def test_what_is_wrong_is_said(place: Place, config: str, state: State, said: str) -> None:
    (found,) = looked(place, config)

    assert found.state == state
    assert said in found.told


def test_a_program_that_may_not_be_executed_is_named(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "diffmem"
    file.write_text("x")
    file.chmod(0o600)

    (found,) = looked(place, {"diffmem": {"command": str(file)}})

    assert "may not be executed" in found.told


def test_a_script_whose_python_has_moved_is_named(place: Place, tmp_path: Path) -> None:
    file = script(tmp_path / "diffmem", "#!/no/such/python\n")

    (found,) = looked(place, {"diffmem": {"command": file}})

    assert "/no/such/python" in found.told
    assert "diffmem install cursor" in found.advice


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import sys; sys.exit('diffmem: no such folder')", "its last words: diffmem: no such folder"),
        (PLAYED.format(answer="'hello there'"), "'hello there' where the answer should be"),
        ("import sys; sys.stdin.read(1); import threading; threading.Event().wait()", "did not answer"),
    ],
    ids=["ends", "chats", "hangs"],
)
def test_a_server_that_does_not_answer_is_told_by_its_last_words(place: Place, code: str, said: str) -> None:
    (found,) = looked(place, {"diffmem": {"command": sys.executable, "args": ["-c", code]}}, seconds=1.5)

    assert found.state == State.FAIL
    assert said in found.told


def test_a_home_that_cannot_be_written_is_named(place: Place, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    entry = {
        "command": sys.executable,
        "args": ["-c", PLAYED.format(answer=HELLO)],
        "env": {"DIFFMEM_HOME": str(tmp_path / "file" / "home")},
    }

    found = looked(place, {"diffmem": entry})

    assert [one.state for one in found] == [State.FAIL, State.OK]
    assert "nothing may be written" in found[0].told


def test_the_real_server_answers(place: Place, tmp_path: Path) -> None:
    entry = {
        "command": sys.executable,
        "args": ["-m", "diffmem.server.cli", "mcp"],
        "env": {"DIFFMEM_HOME": str(tmp_path / "home"), "DIFFMEM_USER": "maya"},
    }

    (found,) = looked(place, {"diffmem": entry}, seconds=60)

    assert found.state == State.OK, found.told
