"""Write `.env.example` from the settings: every variable with its meaning and default, none of them set."""

import ast
import inspect
import itertools
import sys
import textwrap
from pathlib import Path

from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo

from diffmem.server.settings import Settings

FILE = Path(__file__).parent.parent / ".env.example"
_HEAD = """\
# Every setting there is, with its default; none is set here. Copy what you need into `.env` in the folder the
# server is started in, or into the environment, which wins. `diffmem mcp` reads the environment alone.
# Written by `python scripts/env_example.py`; the same with more words: docs/settings.md.
"""
_WIDTH = 110


def example() -> str:
    """The whole file."""
    fields = Settings.model_fields
    parts = [_entry(name, fields[name], told) for name, told in meanings().items() if name in fields]
    return "\n".join([_HEAD, *parts])


def meanings() -> dict[str, str]:
    """What stands below each field in the source of the settings; the most common ones first."""
    found: dict[str, str] = {}
    for kind in Settings.__mro__:
        if not kind.__module__.startswith("diffmem."):
            continue
        body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
        assert isinstance(body, ast.ClassDef)
        for field, below in itertools.pairwise(body.body):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                assert isinstance(below, ast.Expr)
                assert isinstance(below.value, ast.Constant)
                found[field.target.id] = str(below.value.value)
    return found


def _entry(name: str, field: FieldInfo, told: str) -> str:
    alias = field.validation_alias
    choices = alias.choices if isinstance(alias, AliasChoices) else [alias or f"DIFFMEM_{name.upper()}"]
    lines = textwrap.wrap(told, _WIDTH, initial_indent="# ", subsequent_indent="# ")
    return "\n".join([*lines, f"#{choices[0]}={_default(field)}", ""])


def _default(field: FieldInfo) -> str:
    value = None if field.default_factory else field.default
    if value is None or isinstance(value, SecretStr):
        return ""
    return str(int(value)) if isinstance(value, bool) else str(value)


if __name__ == "__main__":
    FILE.write_text(example(), "utf-8")
    sys.stdout.write(f"wrote {FILE}\n")
