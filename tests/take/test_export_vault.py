import json
import re
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest
import yaml
from support import put

from diffmem.memory import Memory
from diffmem.server.take import vault
from diffmem.server.take.edition import Edition
from diffmem.server.take.placing import MANIFEST
from diffmem.storage.branch import Branch

LINK = re.compile(r"\[\[([^\]|#]+)(?:#(\^[^\]|]+))?(?:\|[^\]]*)?\]\]")
BLOCK = re.compile(r"(?:^|\s)(\^[A-Za-z0-9-]+)$", re.MULTILINE)


def written(edition: Edition, folder: Path) -> dict[str, str]:
    folder.mkdir()
    vault.write(edition, folder, lambda: None)
    return {file.relative_to(folder).as_posix(): file.read_text("utf-8") for file in folder.rglob("*.md")}


def test_every_link_leads_to_a_note_and_to_a_block_in_it(edition: Edition, tmp_path: Path) -> None:
    notes = written(edition, tmp_path / "vault")

    read = [re.sub(r"`[^`]*`", "", text) for text in notes.values()]
    links = [found.groups() for text in read for found in LINK.finditer(text)]
    assert len(links) > 20
    for note, block in links:
        assert f"{note}.md" in notes
        assert not block or block in BLOCK.findall(notes[f"{note}.md"])


def test_a_statement_ends_its_list_line_with_its_block_id_and_leads_to_the_turn(
    edition: Edition, tmp_path: Path
) -> None:
    notes = written(edition, tmp_path / "vault")
    key = edition.sessions[0].key
    path = edition.sessions[0].path.removesuffix(".md")

    person = notes["memories/people/dmitri_orlov.md"]

    assert f" [[{path}#^{key}-2|↗]] ^{key}-2\n" in person
    # Text right below a list line would belong to it, and the id would name nothing.
    assert not re.search(r"\^[a-z0-9]{8}-\d+[a-z]*\n(?![-#\n ]|$)", person)
    assert "/END" not in "".join(text for path, text in notes.items() if path != "repo_guide.md")


def test_a_session_reads_as_a_conversation(edition: Edition, tmp_path: Path) -> None:
    notes = written(edition, tmp_path / "vault")
    said = edition.sessions[0]
    text = notes[said.path]

    front = yaml.safe_load(text.split("---\n")[1])
    assert front["aliases"] == ["s 1 | [odd]"]
    assert f"\n**Żaneta** ^{said.key}-1\n\n> Dmitri Orlov lives in 东京 😀.\n" in text


def test_obsidian_knows_an_entity_by_all_its_names(edition: Edition, tmp_path: Path) -> None:
    notes = written(edition, tmp_path / "vault")

    front = yaml.safe_load(notes["memories/people/dmitri_orlov.md"].split("---\n")[1])

    assert "Dmitri Orlov" in front["aliases"]
    assert json.loads((tmp_path / "vault" / vault.SETTINGS).read_text("utf-8"))["useMarkdownLinks"] is False


def test_a_note_with_a_name_that_no_link_can_hold_gets_another_and_is_found(
    branch: Branch, tmp_path: Path
) -> None:
    put(
        branch,
        {"memories/people/a [b] #1.md": "# A\n", "My Note.md": "[[memories/people/a %5Bb%5D %231.md|A]]"},
    )

    notes = written(Edition.of(branch), tmp_path / "vault")

    assert notes["My Note.md"].endswith("[[memories/people/a -b- -1|A]]")
    assert "memories/people/a -b- -1.md" in notes


def test_words_in_code_and_links_of_people_stay_as_they_are(branch: Branch, tmp_path: Path) -> None:
    words = "# Mine\n\n[[Elsewhere]] [[index.md]]\n\n```\n/END x\n[[index.md]]\n```\n"
    put(branch, {"mine.md": words})

    notes = written(Edition.of(branch), tmp_path / "vault")

    assert "[[Elsewhere]] [[index]]\n\n```\n/END x\n[[index.md]]\n```\n" in notes["mine.md"]


def test_a_vault_is_written_anew_and_what_others_put_there_stays(
    export: Callable[..., int], memory: Memory, tmp_path: Path
) -> None:
    folder = tmp_path / "vault"
    assert export(str(folder)) == 0
    (folder / "mine.md").write_text("my own note", "utf-8")
    (folder / ".obsidian" / "workspace.json").write_text("{}", "utf-8")
    anyio.run(lambda: memory.forget("Żaneta 东京", how="retract", entity="Dmitri Orlov"))

    assert export(str(folder)) == 1
    assert export(str(folder), "--force") == 0

    assert (folder / "mine.md").read_text("utf-8") == "my own note"
    assert (folder / ".obsidian" / "workspace.json").is_file()
    assert not (folder / "memories" / "people" / "dmitri_orlov.md").exists()
    told = json.loads((folder / MANIFEST).read_text("utf-8"))
    assert "mine.md" not in told["files"]
    assert not [file for file in tmp_path.iterdir() if file.name.endswith(".part")]


@pytest.mark.parametrize("manifest", ["", "{}", "[]", '{"files": 1}'])
def test_a_folder_of_other_things_is_never_replaced(
    export: Callable[..., int], tmp_path: Path, manifest: str
) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.md").write_text("mine", "utf-8")
    if manifest:
        (tmp_path / "notes" / MANIFEST).write_text(manifest, "utf-8")

    assert export(str(tmp_path / "notes"), "--force", "--as", "obsidian") == 1
    assert (tmp_path / "notes" / "mine.md").read_text("utf-8") == "mine"
