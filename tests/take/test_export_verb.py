import json
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from diffmem.errors import BadInput
from diffmem.memory import Memory
from diffmem.server.take import exports
from diffmem.server.take.edition import Edition
from diffmem.server.take.exports import PDF_EXTRA
from diffmem.server.take.kinds import Kind, kind_of
from diffmem.server.take.names import fitting
from diffmem.storage import bundle
from diffmem.storage.branch import Branch
from diffmem.storage.store import Store

Export = Callable[..., int]


@pytest.mark.parametrize(
    ("out", "kind"),
    [
        ("a.bundle", Kind.BUNDLE),
        ("a.zip", Kind.ZIP),
        ("A.ZIP", Kind.ZIP),
        ("a.jsonl", Kind.JSONL),
        ("a.ndjson", Kind.JSONL),
        ("a.pdf", Kind.PDF),
        ("vault", Kind.OBSIDIAN),
        ("some/vault/", Kind.OBSIDIAN),
    ],
)
def test_the_name_tells_the_form(out: str, kind: Kind) -> None:
    assert kind_of("", out) is kind


@pytest.mark.parametrize("out", ["a.docx", "-"])
def test_a_name_that_does_not_tell_the_form_needs_one(out: str) -> None:
    assert kind_of("zip", out) is Kind.ZIP
    with pytest.raises(BadInput, match="--as"):
        kind_of("", out)


def test_a_zip_holds_the_tree_byte_for_byte_and_is_the_same_each_time(
    export: Export, edition: Edition, tmp_path: Path
) -> None:
    assert export(str(tmp_path / "a.zip")) == 0
    assert export(str(tmp_path / "b.zip")) == 0

    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.comment.decode() == edition.snapshot.commit
        assert {name: archive.read(name) for name in archive.namelist()} == {
            file.path: edition.snapshot.content(file.blob) for file in edition.files
        }


def test_an_earlier_state_is_exported_as_it_was(export: Export, memory: Memory, tmp_path: Path) -> None:
    first = anyio.run(lambda: memory.history("Żaneta 东京", session="s2")).entries[0].commit

    assert export(str(tmp_path / "then.jsonl"), "--as-of", first) == 0

    told = (tmp_path / "then.jsonl").read_text("utf-8")
    assert "Leeds" in told
    assert "Lisbon" not in told


def test_a_bundle_brings_back_the_whole_memory(export: Export, branch: Branch, tmp_path: Path) -> None:
    assert export(str(tmp_path / "a.bundle")) == 0

    assert bundle.restored(Store(tmp_path / "other"), tmp_path / "a.bundle").tip() == branch.tip()


def test_a_bundle_of_an_earlier_state_is_refused(
    export: Export, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(str(tmp_path / "a.bundle"), "--as-of", "2024-03-01") == 1
    assert "whole history" in capsys.readouterr().err


def test_what_is_there_is_replaced_only_by_force(
    export: Export, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.zip").write_bytes(b"mine")

    assert export(str(tmp_path / "a.zip")) == 1
    assert "--force" in capsys.readouterr().err
    assert (tmp_path / "a.zip").read_bytes() == b"mine"
    assert export(str(tmp_path / "a.zip"), "--force") == 0
    assert zipfile.is_zipfile(tmp_path / "a.zip")


def test_a_failed_export_leaves_what_was_there_and_nothing_else(
    export: Export, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.pdf").write_bytes(b"mine")

    assert export(str(tmp_path / "out" / "a.pdf"), "--force", "--font", str(tmp_path / "out" / "a.pdf")) == 1
    assert export(str(tmp_path / "nowhere" / "a.zip")) == 1

    assert "no font" in capsys.readouterr().err
    assert [(file.name, file.read_bytes()) for file in (tmp_path / "out").iterdir()] == [("a.pdf", b"mine")]


def test_standard_output_takes_the_memory_alone(
    export: Export, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert export("-", "--as", "jsonl") == 0
    told = capsysbinary.readouterr()

    lines = [json.loads(line) for line in told.out.decode().splitlines()]
    assert lines[0]["kind"] == "header"
    assert b"standard output holds" in told.err
    assert export("-", "--as", "jsonl", "--json") == 1
    assert export("-", "--as", "obsidian") == 1


def test_a_program_is_told_what_was_written(
    export: Export, branch: Branch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(str(tmp_path / "a.zip"), "--json") == 0

    told = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["commit"]) == ("zip", branch.tip())
    assert told["bytes"] == (tmp_path / "a.zip").stat().st_size


def test_what_was_erased_is_in_no_export(export: Export, memory: Memory, tmp_path: Path) -> None:
    anyio.run(lambda: memory.forget("Żaneta 东京", how="erase", words="Leeds"))

    for name in ("a.bundle", "a.zip", "a.jsonl", "vault"):
        assert export(str(tmp_path / name)) == 0
    store = Store(tmp_path / "other")
    restored = bundle.restored(store, tmp_path / "a.bundle")
    found = subprocess.run(
        ["git", "grep", "-l", "Leeds", restored.tip() or ""], cwd=restored.repository, capture_output=True
    )

    assert found.stdout == b""
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert not [name for name in archive.namelist() if b"Leeds" in archive.read(name)]
    assert "Leeds" not in (tmp_path / "a.jsonl").read_text("utf-8")
    assert not [f for f in (tmp_path / "vault").rglob("*.md") if "Leeds" in f.read_text("utf-8")]


def test_without_its_extra_a_pdf_says_how_to_get_it(
    branch: Branch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "fpdf", None)
    for name in ("pdf", "paper"):
        monkeypatch.delitem(__import__("sys").modules, f"diffmem.server.take.{name}", raising=False)
        monkeypatch.delattr(f"diffmem.server.take.{name}", raising=False)

    with pytest.raises(BadInput, match=r"pip install 'diffmem\[pdf\]'"):
        exports.export(branch, exports.Wanted(Kind.PDF, tmp_path / "a.pdf"), quiet=True)
    assert "diffmem[pdf]" in PDF_EXTRA


@pytest.mark.parametrize(
    ("paths", "fit"),
    [
        (["a/b.md", "a/ü.md"], ["a/b.md", "a/ü.md"]),
        (["a [1] #2 ^3|4.md"], ["a -1- -2 -3-4.md"]),
        (["A.md", "a.md", "b/A.md"], ["A.md", "a_2.md", "b/A.md"]),
        (["con.md", "x/NUL", ".git/config"], ["_con.md", "x/_NUL", "_.git/config"]),
        (["a\\b.md", "c:d.md", "50%25.md"], ["a-b.md", "c-d.md", "50-25.md"]),
        ([".obsidian/app.json"], [".obsidian/app.json"]),
        (["e. /f.md"], ["e/f.md"]),
    ],
    ids=["plain", "marks of links", "case", "devices", "separators", "settings", "ends"],
)
def test_names_fit_every_system_and_every_link(paths: list[str], fit: list[str]) -> None:
    assert list(fitting(paths).values()) == fit
