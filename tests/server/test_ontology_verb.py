"""Ontologies on the command line: list, show, check, new."""

import json
from pathlib import Path

import pytest

from diffmem.ontologies.loader import available
from diffmem.server.cli import main


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIFFMEM_HOME", str(tmp_path / "home"))


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["ontology", *words]) == 0
    return capsys.readouterr().out


def test_the_list_names_all_that_come_along(capsys: pytest.CaptureFixture[str]) -> None:
    assert [line.split()[0] for line in asked(capsys, "list").splitlines()] == list(available())
    told = json.loads(asked(capsys, "list", "--json"))
    assert [each["name"] for each in told] == list(available())


def test_one_is_shown_with_its_types_and_words(capsys: pytest.CaptureFixture[str]) -> None:
    shown = asked(capsys, "show", "corporate")
    assert "memories/decisions/" in shown
    assert "status: proposed, accepted" in shown
    assert "follow-ups on" in shown
    assert json.loads(asked(capsys, "show", "coding", "--json"))["contexts"] == "convention"


def test_a_new_one_is_made_and_found_well(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "My-Crew"
    assert f"DIFFMEM_ONTOLOGY={folder}" in asked(capsys, "new", str(folder))
    assert "all is well" in asked(capsys, "check", str(folder))
    assert asked(capsys, "show", str(folder)).startswith("my_crew: ")


def test_a_folder_that_cannot_be_used_ends_with_code_1(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "schema.json").write_text('{"types": []}', encoding="utf-8")
    assert main(["ontology", "check", str(tmp_path)]) == 1
    assert "contexts: Field required" in capsys.readouterr().out
    assert main(["ontology", "show", str(tmp_path)]) == 1
    assert "schema.json" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["new"], ["paint"], []], ids=["no-folder", "unknown", "nothing"])
def test_what_cannot_be_asked_is_a_usage_error(words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["ontology", *words])
    assert ended.value.code == 2
