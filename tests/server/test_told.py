import json
from pathlib import Path

from diffmem.server.cli import parser
from diffmem.server.settings import Settings

ROOT = Path(__file__).parents[2]


def test_the_example_for_claude_desktop_starts_a_verb_there_is_with_settings_there_are() -> None:
    example = json.loads((ROOT / "claude_desktop_config.example.json").read_text("utf-8"))
    entry = example["mcpServers"]["diffmem"]

    assert parser().parse_args(entry["args"]).verb == "mcp"
    known = {f"DIFFMEM_{name.upper()}" for name in Settings.model_fields}
    assert entry["env"].keys() <= known


def test_every_setting_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")

    for name in Settings.model_fields.keys() - {"no_color"}:
        assert f"`DIFFMEM_{name.upper()}`" in readme, name


def test_every_verb_that_the_readme_shows_is_there() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    verbs = parser().format_help()

    shown = {line.split()[1] for line in readme.splitlines() if line.startswith("    diffmem ")}
    assert shown
    for verb in shown:
        assert f"\n    {verb} " in verbs, verb
