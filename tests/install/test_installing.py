import io
import json
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from diffmem.errors import BadInput, Refused
from diffmem.server.cli import main
from diffmem.server.install import configs
from diffmem.server.install.change import Change
from diffmem.server.install.clients import CLIENTS, Scope, client
from diffmem.server.install.entry import Called, Started
from diffmem.server.install.place import Place, System
from diffmem.server.install.program import chosen

Run = Callable[..., "subprocess.CompletedProcess[str]"]
NAMES = [one.name for one in CLIENTS]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line in somebody's home of their own, with nobody at the terminal."""
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    for name in ("DIFFMEM_HOME", "DIFFMEM_USER", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LOGNAME", "maya")
    monkeypatch.setattr(sys, "stdin", io.StringIO())

    def diffmem(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        code = main(arguments)
        told = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, code, told.out, told.err)

    return diffmem


def servers(name: str, path: Path) -> dict[str, dict[str, object]]:
    text = path.read_text("utf-8")
    told = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    return told[client(name).key]


FILES = {
    ("claude-desktop", "linux"): ".config/Claude/claude_desktop_config.json",
    ("claude-desktop", "darwin"): "Library/Application Support/Claude/claude_desktop_config.json",
    ("claude-desktop", "win32"): "AppData/Roaming/Claude/claude_desktop_config.json",
    ("vscode", "linux"): ".config/Code/User/mcp.json",
    ("vscode", "darwin"): "Library/Application Support/Code/User/mcp.json",
    ("vscode", "win32"): "AppData/Roaming/Code/User/mcp.json",
}
EVERYWHERE = {
    "claude-code": ".claude.json",
    "cursor": ".cursor/mcp.json",
    "codex": ".codex/config.toml",
    "gemini": ".gemini/settings.json",
}


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
@pytest.mark.parametrize("name", NAMES)
def test_each_client_is_found_where_it_looks(name: str, system: System, tmp_path: Path) -> None:
    place = Place.usual(system, tmp_path, tmp_path / "project")

    found = client(name).file(place, "user").relative_to(tmp_path).as_posix()

    assert found == (EVERYWHERE.get(name) or FILES[name, system])


def test_claude_desktop_from_the_windows_store_has_a_folder_of_its_own(tmp_path: Path) -> None:
    place = Place.usual("win32", tmp_path, tmp_path)
    (place.packages / "Claude_pzs8sxrjxfjjc").mkdir(parents=True)

    found = client("claude-desktop").file(place, "user")

    assert found.parent == place.packages / "Claude_pzs8sxrjxfjjc" / "LocalCache" / "Roaming" / "Claude"


@pytest.mark.parametrize("name", NAMES)
def test_install_writes_once_and_uninstall_takes_it_out(name: str, run: Run, tmp_path: Path) -> None:
    path = client(name).file(Place.usual("linux", tmp_path, tmp_path / "project"), "user")
    first = run("install", name, "--yes")
    entry = servers(name, path)["diffmem"]
    again = run("install", name, "--yes")
    out = run("uninstall", name, "--yes")

    assert first.returncode == again.returncode == out.returncode == 0, first.stderr + out.stderr
    assert first.stderr.endswith(f"{client(name).put}\n")
    assert out.stderr.endswith("until then it may go on with the server; the memory itself stays\n")
    assert "shows" not in out.stderr
    assert Path(str(entry["command"])).is_absolute()
    assert "env" not in entry
    assert "nothing to change" in again.stderr
    assert not path.exists() or "diffmem" not in servers(name, path)
    assert len(list(path.parent.glob(f"{path.name}.*.bak"))) == 1


def test_print_shows_the_change_and_does_nothing(run: Run, tmp_path: Path) -> None:
    shown = run("install", "cursor", "--print")

    assert '+    "diffmem": {' in shown.stdout
    assert not (tmp_path / ".cursor").exists()


def test_without_a_terminal_nothing_is_written_unasked(run: Run, tmp_path: Path) -> None:
    refused = run("install", "cursor")

    assert refused.returncode == 1
    assert "give --yes" in refused.stderr
    assert not (tmp_path / ".cursor").exists()


def test_what_the_shell_says_of_home_and_user_goes_along(run: Run, tmp_path: Path) -> None:
    run("install", "cursor", "--yes", "--user", "alex", DIFFMEM_HOME=str(tmp_path / "other"))

    entry = servers("cursor", tmp_path / ".cursor" / "mcp.json")["diffmem"]
    assert entry["env"] == {"DIFFMEM_USER": "alex", "DIFFMEM_HOME": str(tmp_path / "other")}


def test_others_and_what_they_set_in_our_entry_stay(run: Run, tmp_path: Path) -> None:
    path = tmp_path / ".gemini" / "settings.json"
    path.parent.mkdir()
    ours = {"url": "http://old", "trust": True, "env": {"DIFFMEM_MODEL_KEY": "k"}}
    path.write_text(json.dumps({"theme": "x", "mcpServers": {"a": {"command": "b"}, "diffmem": ours}}))
    path.chmod(0o640)
    before = path.read_text()

    run("install", "gemini", "--yes")

    told = json.loads(path.read_text())
    entry = told["mcpServers"].pop("diffmem")
    assert told == {"theme": "x", "mcpServers": {"a": {"command": "b"}}}
    assert entry["trust"] is True
    assert entry["env"] == {"DIFFMEM_MODEL_KEY": "k"}
    assert "url" not in entry
    assert path.stat().st_mode & 0o777 == 0o640
    (kept,) = path.parent.glob("*.bak")
    assert kept.read_text() == before


def test_a_file_that_cannot_be_read_is_left_alone(run: Run, tmp_path: Path) -> None:
    path = tmp_path / ".cursor" / "mcp.json"
    path.parent.mkdir()
    path.write_text('{"mcpServers": {\n')

    refused = run("install", "cursor", "--yes")

    assert refused.returncode == 1
    assert "line 2" in refused.stderr
    assert path.read_text() == '{"mcpServers": {\n'


def test_what_is_shared_in_a_project_names_no_path_of_this_machine(run: Run, tmp_path: Path) -> None:
    run("install", "claude-code", "--scope", "project", "--yes", "--user", "alex")

    told = (tmp_path / "project" / ".mcp.json").read_text()
    assert json.loads(told)["mcpServers"]["diffmem"]["command"] == "uvx"
    assert str(tmp_path) not in told
    assert "alex" not in told


HTTP = "https://memory.example.com/mcp"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        (
            "claude-code",
            {"headers": {"Authorization": "Bearer ${DIFFMEM_TOKEN}"}, "type": "http", "url": HTTP},
        ),
        ("cursor", {"url": HTTP, "headers": {"Authorization": "Bearer ${env:DIFFMEM_TOKEN}"}}),
        (
            "vscode",
            {"type": "http", "url": HTTP, "headers": {"Authorization": "Bearer ${env:DIFFMEM_TOKEN}"}},
        ),
        ("codex", {"url": HTTP, "bearer_token_env_var": "DIFFMEM_TOKEN"}),
        ("gemini", {"httpUrl": HTTP, "headers": {"Authorization": "Bearer $DIFFMEM_TOKEN"}}),
    ],
)
def test_a_server_is_called_with_a_token_the_client_looks_up(name: str, written: dict[str, object]) -> None:
    assert client(name).written(Called(HTTP, "")) == written
    assert "Authorization" not in str(client(name).written(Called(HTTP)))


def test_a_token_is_written_with_a_word_about_it_and_for_its_owner_alone(run: Run, tmp_path: Path) -> None:
    done = run("install", "cursor", "--http", HTTP, "--token", "dm_x", "--yes")

    path = tmp_path / ".cursor" / "mcp.json"
    assert "plain text" in done.stderr
    assert "dm_x" in path.read_text()
    assert path.stat().st_mode & 0o077 == 0


def test_claude_desktop_is_not_given_an_address(run: Run) -> None:
    refused = run("install", "claude-desktop", "--http", HTTP, "--yes")

    assert refused.returncode == 1
    assert "Connectors" in refused.stderr


@pytest.mark.parametrize("scope", ["user", "project"])
def test_an_unknown_client_is_refused_with_the_ones_we_know(scope: Scope, run: Run) -> None:
    refused = run("install", "emacs", "--scope", scope)

    assert refused.returncode == 1
    assert all(name in refused.stderr for name in NAMES)


def test_list_tells_who_is_here_and_who_knows_us(run: Run, tmp_path: Path) -> None:
    (tmp_path / ".codex").mkdir()
    run("install", "cursor", "--yes")

    told = {one["client"]: one for one in json.loads(run("install", "--list", "--json").stdout)}

    assert told["cursor"]["installed"]
    assert (told["codex"]["here"], told["codex"]["installed"]) == (True, False)
    assert not told["vscode"]["here"]


def test_a_file_that_somebody_else_changed_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "mcp.json"
    path.write_text("{}")
    change = configs.put(client("cursor"), path, Started("d", ("mcp",)))
    path.write_text('{"a": 1}')

    with pytest.raises(Refused, match="by another program"):
        change.write()

    assert path.read_text() == '{"a": 1}'


def test_a_link_to_the_file_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "dotfiles.json", tmp_path / "mcp.json"
    real.write_text("{}")
    link.symlink_to(real)

    Change(link, "{}", '{"a": 1}').write()

    assert link.is_symlink()
    assert real.read_text() == '{"a": 1}'


def test_a_byte_order_mark_stays(tmp_path: Path) -> None:
    path = tmp_path / "mcp.json"
    path.write_text("{}", "utf-8-sig")

    configs.put(client("cursor"), path, Started("d", ("mcp",))).write()

    assert path.read_bytes().startswith(b"\xef\xbb\xbf{")


CACHE = Path("/home/me/.cache/uv/archive-v0/abc")


def test_from_the_cache_of_uv_the_program_is_fetched_again_the_same_way(tmp_path: Path) -> None:
    def found(name: str) -> str:
        return f"/usr/bin/{name}"

    told = chosen({}, CACHE / "bin/python", CACHE, CACHE / "bin", "", found)
    local = chosen({}, CACHE / "bin/python", CACHE, CACHE / "bin", "/w/d.whl", found)

    assert (told.command, told.arguments) == (str(Path("/usr/bin/uvx").absolute()), ("diffmem", "mcp"))
    assert local.arguments == ("--from", "/w/d.whl", "diffmem", "mcp")
    with pytest.raises(BadInput, match="pipx"):
        chosen({}, CACHE / "bin/python", CACHE, CACHE / "bin", "", lambda _: None)


def test_an_installation_without_its_script_is_started_through_python(tmp_path: Path) -> None:
    told = chosen({}, tmp_path / "python", tmp_path, tmp_path / "bin", "")

    assert told.command == str(tmp_path / "python")
    assert told.arguments == ("-m", "diffmem.server.cli", "mcp")


@pytest.mark.parametrize(
    ("kind", "file"),
    [("claude", "CLAUDE.md"), ("agents", "AGENTS.md"), ("cursor", ".cursor/rules/diffmem.mdc")],
)
def test_rules_go_into_a_project_and_out_again(kind: str, file: str, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "project" / file
    run("install", "rules", kind, "--yes")
    told = path.read_text()
    again = run("install", "rules", kind, "--yes")
    run("uninstall", "rules", kind, "--yes")

    assert "`recall`" in told
    assert "nothing to change" in again.stderr
    assert not path.exists()


def test_rules_leave_what_stands_around_them(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "project" / "CLAUDE.md"
    path.write_text("# Ours\n\nUse tabs.\n")

    run("install", "rules", "claude", "--yes")
    told = path.read_text()
    run("uninstall", "rules", "claude", "--yes")

    assert told.startswith("# Ours\n\nUse tabs.\n\n<!-- diffmem: begin -->")
    assert path.read_text() == "# Ours\n\nUse tabs.\n"
