import json
import re
from pathlib import Path

from pydantic import AliasChoices

from diffmem.server.cli import parser
from diffmem.server.settings import Settings

ROOT = Path(__file__).parents[2]


def test_the_example_for_claude_desktop_starts_a_verb_there_is_with_settings_there_are() -> None:
    example = json.loads((ROOT / "claude_desktop_config.example.json").read_text("utf-8"))
    entry = example["mcpServers"]["diffmem"]

    assert parser().parse_args(entry["args"]).verb == "mcp"
    known = {f"DIFFMEM_{name.upper()}" for name in Settings.model_fields}
    assert entry["env"].keys() <= known


def test_every_setting_is_documented_under_all_its_names() -> None:
    told = (ROOT / "docs" / "settings.md").read_text("utf-8")

    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        names = alias.choices if isinstance(alias, AliasChoices) else [alias or f"DIFFMEM_{name.upper()}"]
        for variable in names if name != "no_color" else ():
            assert f"`{variable}`" in told, variable


def test_every_variable_that_is_documented_is_read() -> None:
    told = (ROOT / "docs" / "settings.md").read_text("utf-8")
    aliases = [field.validation_alias for field in Settings.model_fields.values()]
    known = {f"DIFFMEM_{name.upper()}" for name in Settings.model_fields}
    known |= {str(name) for alias in aliases if isinstance(alias, AliasChoices) for name in alias.choices}
    known |= {alias for alias in aliases if isinstance(alias, str)}

    for row in told.splitlines():
        if row.startswith("| `"):
            assert set(re.findall(r"`([A-Z_]+)`", row.split("|")[1])) <= known, row


def test_every_verb_that_the_readme_shows_is_there() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    verbs = parser().format_help()

    shown = {line.split()[1] for line in readme.splitlines() if line.startswith("    diffmem ")}
    assert shown
    for verb in shown:
        assert re.search(rf"^    {verb}\s", verbs, re.MULTILINE), verb
