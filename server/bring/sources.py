"""The sources there are, and which one a path is."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from ...errors import BadInput
from . import (
    basic_memory,
    chatgpt,
    claude,
    claude_code,
    codex,
    diffmem_jsonl,
    mem0,
    notes,
    server_memory,
    whatsapp,
)
from .conversation import Found, Skipped
from .documents import Document
from .streams import elements, records
from .wishes import Wishes

Read = Callable[[Sequence[Document], Wishes], Iterator[Found]]

SOURCES: Mapping[str, Read] = {
    chatgpt.NAME: chatgpt.read,
    claude.NAME: claude.read,
    claude_code.NAME: claude_code.read,
    codex.NAME: codex.read,
    whatsapp.NAME: whatsapp.read,
    notes.MARKDOWN: notes.read,
    notes.OBSIDIAN: notes.read_vault,
    basic_memory.NAME: basic_memory.read,
    mem0.NAME: mem0.read,
    server_memory.NAME: server_memory.read,
    diffmem_jsonl.NAME: diffmem_jsonl.read,
}
AUTO = "auto"

_OF_LINES = {
    codex.NAME: codex.is_one,
    claude_code.NAME: claude_code.is_one,
    server_memory.NAME: server_memory.is_one,
    diffmem_jsonl.NAME: diffmem_jsonl.is_one,
}
_OF_ARRAYS = {
    chatgpt.NAME: chatgpt.is_one,
    claude.NAME: claude.is_one,
    mem0.NAME: mem0.is_one,
    server_memory.NAME: server_memory.is_one,
}
_LINES_LOOKED_AT = 30
_FILES_LOOKED_AT = 40
_BEGINNING = 20_000


def source_of(path: Path, documents: Sequence[Document]) -> str:
    """Which source a path is, by what lies in it.

    Raises:
        BadInput: it is none that is known.
    """
    if path.is_dir() and (path / ".obsidian").is_dir():
        return notes.OBSIDIAN
    unread: list[BadInput] = []
    for found in (_of_arrays, _of_lines, _of_texts, _of_notes):
        source = found(documents, unread)
        if source:
            return source
    if unread:
        raise unread[0]
    known = ", ".join(SOURCES)
    raise BadInput(f"{path}: nothing in it is known; give --from with one of {known}")


def _of_arrays(documents: Sequence[Document], unread: list[BadInput]) -> str:
    """By the first element of a JSON document; those called conversations come first."""
    of_json = [each for each in documents if each.name.suffix == ".json"]
    of_json.sort(key=lambda each: not each.name.name.startswith("conversations"))
    for document in of_json[:_FILES_LOOKED_AT]:
        with _noting(unread):
            for entry in islice(elements(document), 3):
                for source, is_one in _OF_ARRAYS.items():
                    if is_one(entry):
                        return source
    return ""


def _of_lines(documents: Sequence[Document], unread: list[BadInput]) -> str:
    """By the first lines of JSON lines files; memory.json is one, too."""
    for document in [each for each in documents if each.name.suffix in (".jsonl", ".json", ".ndjson")][
        :_FILES_LOOKED_AT
    ]:
        with _noting(unread):
            for _, entry in islice(records(document), _LINES_LOOKED_AT):
                for source, is_one in _OF_LINES.items():
                    if not isinstance(entry, Skipped) and is_one(entry):
                        return source
    return ""


def _of_texts(documents: Sequence[Document], unread: list[BadInput]) -> str:
    """By the first lines of texts."""
    for document in whatsapp.documents_of(documents)[:_FILES_LOOKED_AT]:
        with _noting(unread):
            if whatsapp.is_one(_beginning(document)):
                return whatsapp.NAME
    return ""


def _of_notes(documents: Sequence[Document], unread: list[BadInput]) -> str:
    """By what stands above notes."""
    found = notes.documents_of(documents)
    for document in found[:_FILES_LOOKED_AT]:
        with _noting(unread):
            if basic_memory.is_one(_beginning(document)):
                return basic_memory.NAME
    return notes.MARKDOWN if found else ""


@contextmanager
def _noting(unread: list[BadInput]) -> Generator[None]:
    """Keep why a file cannot be read, and go on with the next."""
    try:
        yield
    except BadInput as wrong:
        unread.append(wrong)


def _beginning(document: Document) -> str:
    with document.open() as stream:
        return stream.read(_BEGINNING).decode("utf-8-sig", "replace")
