"""A memory as a vault for Obsidian: the same files, with links and block ids that it follows."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from ...agents.places import is_entity
from ...ontologies import entity, frontmatter
from ...ontologies.entity import Entity
from ...ontologies.frontmatter import FrontMatterError
from ...ontologies.sections import in_code
from ...ontologies.statement import keep_lines, parse_line
from ...ontologies.transcript import Turn
from .edition import Edition, Said
from .names import fitting
from .placing import MANIFEST

SETTINGS = ".obsidian/app.json"
_SETTINGS = {"newLinkFormat": "absolute", "useMarkdownLinks": False, "userIgnoreFilters": ["index/"]}
_LINK = re.compile(r"\[\[([^\[\]|#\n]+)(#[^\[\]|\n]*)?(\|[^\[\]\n]*)?\]\]")
_OURS = re.compile(r"(?:/END(?:\s.*)?|/START|\[/?ALWAYS_LOAD\])\s*")
_TAG = re.compile(r"[ \t]*\[ALWAYS_LOAD\]")
_BLOCK = re.compile(r"\s\^[a-z0-9]{8}-[0-9]+[a-z]*\s*$")


def write(edition: Edition, folder: Path, step: Callable[[], None]) -> None:
    """Write every file of a commit into a folder that is there, and what tells of the export."""
    names = fitting(file.path for file in edition.files)
    vault = _Vault(edition, names, {said.path: said for said in edition.sessions})
    written: list[str] = []
    for path, blob in edition.files:
        content = vault.note(path) if path.endswith(".md") else edition.snapshot.content(blob)
        written.append(_put(folder, vault.names[path], content))
        step()
    if SETTINGS not in vault.names.values():
        written.append(_put(folder, SETTINGS, json.dumps(_SETTINGS, indent=2).encode()))
    told = {
        "format": "diffmem-obsidian",
        "user": edition.user,
        "commit": edition.snapshot.commit,
        "files": sorted(written),
    }
    _put(folder, MANIFEST, json.dumps(told, ensure_ascii=False, indent=2).encode())


def _put(folder: Path, path: str, content: bytes) -> str:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return path


@dataclass(frozen=True, slots=True)
class _Vault:
    """How the files of an edition are spelt in a vault; `names` are their paths there.

    `said` are the sessions by path.
    """

    edition: Edition
    names: Mapping[str, str]
    said: Mapping[str, Said]

    def note(self, path: str) -> bytes:
        """A Markdown file as Obsidian reads it."""
        if path in self.said:
            return self._conversation(self.said[path]).encode()
        text = self.edition.snapshot.read(path)
        if is_entity(path):
            text = _named(path, entity.parse(text)).render()
        front, body = frontmatter.split(text)
        return (front + "".join(self._lines(keep_lines(body)))).encode()

    def _lines(self, lines: list[str]) -> Iterator[str]:
        code = in_code(lines)
        for index, line in enumerate(lines):
            if index in code:
                yield line
            elif not _OURS.fullmatch(line):
                # A line right below a statement would become part of it, and its block id none.
                yield self._cited(self._linked(_TAG.sub("", line) if line.startswith("#") else line))

    def _linked(self, line: str) -> str:
        return _LINK.sub(self._link, line) if "[[" in line else line

    def _link(self, found: re.Match[str]) -> str:
        target = self._target(unquote(found[1])) or self._target(f"{found[1]}.md")
        return f"[[{target}{found[2] or ''}{found[3] or ''}]]" if target else found[0]

    def _target(self, path: str) -> str:
        return self.names[path].removesuffix(".md") if path in self.names else ""

    def _cited(self, line: str) -> str:
        """A statement with a link to the turn it was said in, before its block id."""
        statement = parse_line(line) if "^" in line else None
        mark = statement.mark if statement else None
        said = self.edition.by_key.get(mark.session_key) if mark else None
        at = _BLOCK.search(line)
        if not (mark and said and at):
            return line
        link = f"[[{self._target(said.path)}#^{said.key}-{mark.turn}|↗]]"
        return f"{line[: at.start()]} {link}{line[at.start() :]}"

    def _conversation(self, said: Said) -> str:
        """A session to read: who spoke, then the words; each turn is a block that can be linked to."""
        file = said.file
        facts = {"session_id": file.session_id, "date": file.date, "received": file.received}
        told = facts | ({"source": file.source} if file.source else {}) | {"aliases": [file.session_id]}
        head = f"{frontmatter.render(told)}\n# {entity.h1(f'{file.date[:10]} {file.session_id}')}\n"
        return head + "".join(_turn(said.key, turn) for turn in file.turns())


def _turn(key: str, turn: Turn) -> str:
    # A quotation keeps to itself whatever Markdown was said in it.
    who = f"**{entity.h1(turn.speaker)}**" if turn.speaker else f"**{turn.number}**"
    words = "\n".join(f"> {line}".rstrip() for line in turn.text.split("\n"))
    return f"\n{who}{f' · {turn.at}' if turn.at else ''} ^{key}-{turn.number}\n\n{words}\n"


def _named(path: str, file: Entity) -> Entity:
    """An entity whose true name is among its aliases, since its file is called otherwise."""
    names = [file.name, *file.aliases]
    wanted = list(dict.fromkeys(name for name in names if name and name != PurePosixPath(path).stem))
    if not wanted or wanted == list(file.aliases):
        return file
    try:
        return file.with_fields({"aliases": wanted})
    except FrontMatterError:
        return file
