import importlib.util
from pathlib import Path

from pydantic import AliasChoices

from diffmem.server.settings import Settings

ROOT = Path(__file__).parents[2]


def test_the_example_of_the_environment_is_as_the_settings_are() -> None:
    spec = importlib.util.spec_from_file_location("env_example", ROOT / "scripts" / "env_example.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    written = (ROOT / ".env.example").read_text("utf-8")

    assert written == module.example(), "run python scripts/env_example.py"


def test_the_example_names_every_setting_and_sets_none() -> None:
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    named = {
        line.removeprefix("#").partition("=")[0] for line in lines if "=" in line and "# " not in line[:2]
    }

    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        first = alias.choices[0] if isinstance(alias, AliasChoices) else alias or f"DIFFMEM_{name.upper()}"
        assert first in named
    assert all(not line or line.startswith("#") for line in lines)
