import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", ["README.md", "docs/python.md"])
def test_every_example_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))

    examples = EXAMPLE.findall((ROOT / page).read_text("utf-8"))

    assert examples
    for number, example in enumerate(examples, 1):
        exec(compile(example, f"{page}, example {number}", "exec"), {"__name__": "__main__"})
    assert (tmp_path / "memories").is_dir()


def test_what_an_example_says_it_prints_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    promised: list[str] = []
    for example in EXAMPLE.findall((ROOT / "docs" / "python.md").read_text("utf-8")):
        exec(compile(example, "docs/python.md", "exec"), {"__name__": "__main__"})
        promised += re.findall(r"print\(.*\)  # ([^(\n]+)$", example, re.MULTILINE)

    printed = capsys.readouterr().out.splitlines()
    kept = [
        line
        for line in promised
        if "..." in line or line.startswith("fast") or any(line == told for told in printed)
    ]
    assert kept == promised
    assert any(re.fullmatch(r"digested sessions/2024/03/2024-03-01_\w{8}_s-1\.md", told) for told in printed)
