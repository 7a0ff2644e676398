"""What people may rely on: the names, and what the wheel puts on their machine."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import diffmem

ROOT = Path(__file__).parent.parent


def test_the_public_names_are_these() -> None:
    assert diffmem.__all__ == [
        "Block",
        "Consolidation",
        "Context",
        "DiffMemError",
        "DiffMemory",
        "FileInfo",
        "Forgotten",
        "HistoryEntry",
        "HistoryPage",
        "Listing",
        "Loss",
        "Memory",
        "Page",
        "Receipt",
        "Restored",
        "ToolReport",
        "Uncited",
        "Why",
        "errors",
    ]
    assert sorted(diffmem.__all__) == dir(diffmem)
    for name in diffmem.__all__:
        assert getattr(diffmem, name).__doc__, name


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        diffmem.nonsense  # noqa: B018  # pyright: ignore[reportAttributeAccessIssue]


def test_importing_the_package_loads_neither_git_nor_models() -> None:
    code = (
        "import sys, diffmem; print(*(n for n in ('pygit2', 'openai', 'mcp', 'numpy') if n in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    source = out / "source"
    copied = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, copied.stdout.split("\0")):
        if not (ROOT / name).is_symlink() and (ROOT / name).is_file():
            target = source / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--quiet",
        "--wheel-dir",
        str(out),
        str(source),
    ]
    subprocess.run(command, check=True)
    return next(out.glob("*.whl"))


def test_the_wheel_holds_diffmem_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"diffmem"}
    assert not [name for name in names if "/tests/" in name]
    assert "diffmem/ontologies/personal/schema.json" in names
    assert "diffmem/py.typed" in names


def test_the_wheel_imports_in_a_bare_environment(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import diffmem; print(diffmem.__file__)"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert Path(done.stdout.strip()).is_relative_to(tmp_path)
