from pathlib import Path

import anyio
import pypdf
import pytest
from support import put

from diffmem.memory import Memory
from diffmem.server.take import pdf
from diffmem.server.take.book import book
from diffmem.server.take.edition import Edition
from diffmem.server.take.fonts import Letters, letters
from diffmem.storage.branch import Branch


def text_of(file: Path) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(file).pages).split())


@pytest.fixture
def printed(edition: Edition, tmp_path: Path) -> Path:
    pdf.write(edition, tmp_path / "a.pdf", lambda: None)
    return tmp_path / "a.pdf"


def test_a_pdf_tells_who_what_when_and_from_where(printed: Path, edition: Edition) -> None:
    text = text_of(printed)

    assert edition.snapshot.commit in text
    assert "3, 2024-03-01 to 2025-03-01" in text
    assert "Сегодня я был в Москве. 1:2" in text
    for title in ("Contents", "Profile", "People", "Timeline", "What changed of late", "Sessions"):
        assert title in text


def test_a_pdf_has_bookmarks_and_contents_that_lead_to_the_same_pages(printed: Path) -> None:
    reader = pypdf.PdfReader(printed)
    marks = [mark for mark in reader.outline if not isinstance(mark, list)]
    titles = [str(mark.title) for mark in marks]
    pages = [(reader.get_destination_page_number(mark) or 0) + 1 for mark in marks]

    assert titles[0] == "Profile"
    assert titles[-3:] == ["Timeline", "What changed of late", "Sessions"]
    contents = reader.pages[1].extract_text()
    for title, page in zip(titles, pages, strict=True):
        assert title in reader.pages[page - 1].extract_text()
        assert f"{title} {page}" in " ".join(contents.split())


def test_links_lead_to_the_page_of_the_entity_and_to_the_list_of_sessions(printed: Path) -> None:
    reader = pypdf.PdfReader(printed)
    last = len(reader.pages)
    people = next(at for at, page in enumerate(reader.pages) if page.extract_text().startswith("People"))

    targets = {
        reader.get_page_number(annotation.get_object()["/Dest"][0].get_object())
        for page in reader.pages[2:]
        for annotation in page.get("/Annots", [])
    }

    assert {people, last - 1} <= targets


def test_a_long_memory_keeps_its_contents_in_step(branch: Branch, tmp_path: Path) -> None:
    person = "---\ntype: person\nname: {0}\n---\n\n# {0}\n\n- 2024-01-01 | came by\n"
    put(branch, {f"memories/people/p{n}.md": person.format(f"Person {n}") for n in range(90)})
    pdf.write(Edition.of(branch), tmp_path / "long.pdf", lambda: None)
    reader = pypdf.PdfReader(tmp_path / "long.pdf")

    [profile, *_] = [mark for mark in reader.outline if not isinstance(mark, list)]
    first = reader.get_destination_page_number(profile) or 0
    assert first > 2, "the contents take more than one page"
    assert reader.pages[first].extract_text().startswith("Profile")
    assert all(page.extract_text().strip() for page in reader.pages)


def test_what_was_retracted_is_not_among_what_changed(memory: Memory, branch: Branch, tmp_path: Path) -> None:
    anyio.run(lambda: memory.forget("Żaneta 东京", how="retract", words="I live in Leeds."))

    pdf.write(Edition.of(branch), tmp_path / "a.pdf", lambda: None)

    text = text_of(tmp_path / "a.pdf")
    assert "Leeds" not in text
    assert "Forgotten" in text


def test_letters_that_no_font_has_are_spelt_in_latin_ones_and_told(edition: Edition) -> None:
    found = Letters({}, (), frozenset("东京🍣\u200d"))

    assert found.spelt("in 东京\u200d\n🍣") == "in DongJing :sushi:"
    assert found.spelt("Łódź, Москва") == "Łódź, Москва"
    with letters(book(edition).characters) as here:
        assert not here.missing & set("ŁżМосква")
        assert {style for style, file in here.family.items() if file.is_file()} == {"", "B", "I", "BI"}


@pytest.mark.parametrize(
    ("when", "shown"),
    [
        ("", ""),
        ("2024-03-01", "2024-03-01"),
        ("2024-03-01/2024-03-01", "2024-03-01"),
        ("2024-03-01/2024-03-05", "2024-03-01–05"),
        ("2024-03-01/2024-04-05", "2024-03-01–04-05"),
        ("2023/2024", "2023–2024"),
        ("2021-03-01/2023", "2021-03-01–2023"),
    ],
)
def test_a_span_does_not_tell_twice_what_both_ends_share(when: str, shown: str) -> None:
    assert pdf.span(when) == shown
