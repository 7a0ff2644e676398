"""The house as a test: who may import whom, and what a module may hold."""

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOOR = {
    "errors": -1,
    "ontologies": 0,
    "storage": 0,
    "agents": 1,
    "writing": 2,
    "memory": 3,
    "server": 4,
    "__init__": 5,
}
LONGEST_FILE = 400
LONGEST_FUNCTION = 60


def sources() -> list[Path]:
    folders = [name for name in FLOOR if (ROOT / name).is_dir()]
    return [
        *sorted(ROOT.glob("*.py")),
        *(file for name in folders for file in sorted((ROOT / name).rglob("*.py"))),
    ]


def part(file: Path) -> str:
    return file.relative_to(ROOT).parts[0].removesuffix(".py")


def imported_parts(file: Path) -> set[str]:
    """The parts of the house that a file names in its relative imports."""
    package = ["diffmem", *file.relative_to(ROOT).parts[:-1]]
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1] + (node.module or "").split(".")
            names = [name for name in base if name]
            found |= {names[1]} if len(names) > 1 else {alias.name for alias in node.names}
    return found & FLOOR.keys()


@pytest.mark.parametrize("file", sources(), ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_only_go_down(file: Path) -> None:
    here = part(file)
    above = {name for name in imported_parts(file) - {here} if FLOOR[name] >= FLOOR[here]}
    assert not above, f"{here} must not import {sorted(above)}"


@pytest.mark.parametrize("file", sources(), ids=lambda file: str(file.relative_to(ROOT)))
def test_a_module_can_be_read_in_one_sitting(file: Path) -> None:
    text = file.read_text("utf-8")
    tree = ast.parse(text)
    long = [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ]
    assert not long
    assert len(text.splitlines()) <= LONGEST_FILE
    assert ast.get_docstring(tree), "a module says in one sentence what it is"


@pytest.mark.parametrize("file", sources(), ids=lambda file: str(file.relative_to(ROOT)))
def test_the_environment_is_read_in_the_settings_only(file: Path) -> None:
    named = {
        node.attr for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Attribute)
    }
    assert not named & {"environ", "getenv"} or file.name == "settings.py"


def test_every_package_is_shipped() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"]
    folders = {file.parent for file in sources() if file.name == "__init__.py"}
    there = {".".join(("diffmem", *folder.relative_to(ROOT).parts)) for folder in folders}
    assert sorted(there) == sorted(told)
