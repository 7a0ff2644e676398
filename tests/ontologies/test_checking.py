"""A folder of one's own is told what is wrong with it before anything starts."""

import json
from pathlib import Path
from typing import Any

import pytest

from diffmem.errors import BadInput
from diffmem.ontologies.checking import Finding, checked, new
from diffmem.ontologies.loader import available, load, source
from diffmem.ontologies.prompts import prompt


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    new(tmp_path / "mine", "mine")
    return tmp_path / "mine"


def change(folder: Path, **changes: object) -> None:
    told: dict[str, Any] = json.loads((folder / "schema.json").read_text("utf-8"))
    (folder / "schema.json").write_text(json.dumps(told | changes), encoding="utf-8")


def told(found: tuple[Finding, ...], *, wrong: bool) -> str:
    assert found
    assert {each.wrong for each in found} == {wrong}
    return "\n".join(map(str, found))


@pytest.mark.parametrize("name", available())
def test_nothing_is_wrong_with_what_comes_along(name: str) -> None:
    assert checked(str(source(name))) == ()


def test_a_new_folder_is_one_that_works(folder: Path) -> None:
    assert checked(folder) == ()
    assert load(str(folder)).name == "mine"
    assert prompt(str(folder), "identify") == prompt("personal", "identify")


@pytest.mark.parametrize("name", ["", "Mine", "personal", "a b", "../x"])
def test_a_name_that_will_not_do_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput):
        new(tmp_path / "x", name)
    assert not (tmp_path / "x").exists()


def test_nothing_is_written_over(folder: Path) -> None:
    before = (folder / "schema.json").read_bytes()
    with pytest.raises(BadInput, match="not empty"):
        new(folder, "other")
    assert (folder / "schema.json").read_bytes() == before


def test_a_wrong_key_is_told_with_its_file(folder: Path) -> None:
    change(folder, colour=1)
    what = told(checked(folder), wrong=True)
    assert "schema.json" in what
    assert "colour" in what


def test_a_key_of_the_older_shape_that_says_nothing_is_a_warning(folder: Path) -> None:
    (folder / "schema.json").write_text('{"entity_types": {"person": "people"}, "colour": 1}', "utf-8")
    what = told(checked(folder), wrong=False)
    assert "colour: unknown key" in what
    assert "types.person: no description" in what


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "schema.json" in told(checked(tmp_path / "none"), wrong=True)


@pytest.mark.parametrize(
    ("name", "content", "what", "wrong"),
    [
        ("identify", "<!-- version: 1 -->\n${types} ${colour}\n", "nothing fills ${colour}", True),
        ("identify", "<!-- version: 1 -->\n${types} for 5 $\n", "$$", True),
        ("identify", "no version\n", "version", True),
        ("identfy", "<!-- version: 1 -->\nx\n", "nobody asks for it", False),
    ],
    ids=["unknown-place", "lone-dollar", "version", "name"],
)
def test_a_prompt_that_could_not_be_filled_is_told(
    folder: Path, name: str, content: str, what: str, wrong: bool
) -> None:
    (folder / "prompts" / f"{name}.md").write_text(content, encoding="utf-8")
    assert what in told(checked(folder), wrong=wrong)


def test_a_guide_that_forgets_a_folder_is_a_warning(folder: Path) -> None:
    (folder / "repo_guide.md").write_text("# Ours\npeople, contexts\n", encoding="utf-8")
    assert "memories/events" in told(checked(folder), wrong=False)
    (folder / "repo_guide.md").unlink()
    assert "readers get the common one" in told(checked(folder), wrong=False)
