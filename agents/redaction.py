"""What is to be forgotten, taken out of any file of any commit; a pure function of path and content."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from ..errors import BadInput
from ..ontologies import entity, index, session, slug, timeline, wikilink
from ..ontologies.entity import Entity
from ..ontologies.frontmatter import FrontMatterError
from ..ontologies.statement import Statement, one_line
from ..storage.names import SessionId, session_key
from . import followups, legacy
from .brought import Brought, says_anything
from .catalogue import normal
from .places import is_entity, is_generated
from .reading import plain
from .rules.sentences import sentences

_TOLD_BY = re.compile(r"[^:\n]{1,60}: ")
TOMBSTONES = "retracted.md"
_LISTS = ("aliases", "related", "cues")
_MOST_LINES = 100_000


def saying(text: str) -> str:
    """A sentence as it is compared: without who told it, links, case and outer marks."""
    bare = plain(one_line(text))
    return normal(_TOLD_BY.sub("", bare, count=1)).strip(" .!?")


@dataclass(frozen=True)
class Redaction:
    """Everything that goes.

    `gone` are paths of whole files; `sessions` ids whose statements and timeline entries go wherever they
    stand; `sayings` pairs of session key and sentence (see `saying`): their statements go, in their session
    they become `mark`; `phrases` are replaced by `mark` wherever they stand, `names` as whole words and out
    of lists. Files of `keep` stay even when nothing is left in them. `stones` are the keys of sessions whose
    tombstones go: a hash of few words can be guessed. `brought` are lines without marks that an older program
    filed of a session.
    """

    gone: frozenset[str] = frozenset()
    sessions: frozenset[str] = frozenset()
    sayings: frozenset[tuple[str, str]] = frozenset()
    phrases: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    mark: str = "[erased]"
    keep: frozenset[str] = frozenset()
    stones: frozenset[str] = frozenset()
    brought: Brought = field(default_factory=Brought)

    def __bool__(self) -> bool:
        return bool(self.gone or self.sessions or self.sayings or self.phrases or self.names)

    def content(self, path: str, text: str) -> str | None:
        """A file without what goes; None where nothing of it is left."""
        if path in self.gone:
            return None
        if self.brought and not path.startswith("sessions/"):
            kept = self.brought.without(path, text)
            if kept != text and is_entity(path) and path not in self.keep and not says_anything(kept):
                return None
            text = kept
        if path == followups.PATH:
            return self.worded(followups.without(text, self._is_gone, self.drops))
        if is_generated(path):
            return self._page(text)
        if path == TOMBSTONES:
            return self._without_stones(text)
        if path.startswith("timeline/"):
            return self._month(text)
        if path.startswith("sessions/"):
            return self._session(path, text)
        if is_entity(path):
            return self._entity(path, text)
        return self.worded(text)

    def path(self, path: str) -> str:
        """A path without the phrases that go."""
        for phrase in self.phrases:
            path = re.sub(re.escape(slug.stem(phrase)), "erased", path, flags=re.IGNORECASE)
        return path

    def drops(self, statement: Statement) -> bool:
        """Whether a statement goes whole."""
        key = statement.mark.session_key if statement.mark else ""
        return key in self.keys or (key, saying(statement.text)) in self.sayings

    @cached_property
    def keys(self) -> frozenset[str]:
        """The keys of the sessions that go."""
        return frozenset(session_key(SessionId(identity)) for identity in self.sessions)

    @cached_property
    def _said_in(self) -> frozenset[str]:
        return frozenset(key for key, _ in self.sayings)

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(normal(name) for name in self.names)

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        phrases = [r"\s+".join(map(re.escape, phrase.split())) for phrase in self.phrases]
        names = [rf"(?<!\w)(?-i:{re.escape(name)})(?!\w)" for name in self.names]
        wanted = sorted([*phrases, *names], key=len, reverse=True)
        return re.compile("|".join(wanted), re.IGNORECASE) if wanted else None

    def worded(self, text: str) -> str:
        """A text with the phrases and names that go as `mark`."""
        return self._pattern.sub(self.mark, text) if self._pattern else text

    def _page(self, text: str) -> str:
        lines = [line for line in text.split("\n") if not self._leads_away(line)]
        return self.worded("\n".join(lines))

    def _without_stones(self, text: str) -> str | None:
        lines = [line for line in text.split("\n") if not self.stones.intersection(line.split(" | ")[1:2])]
        return "\n".join(lines) if any(line.startswith("- ") for line in lines) else None

    def _leads_away(self, line: str) -> bool:
        # Pages repeat the same lines from commit to commit.
        known = self._led_away
        if line not in known:
            if len(known) >= _MOST_LINES:
                known.clear()
            told = index.parse_line(line) if self.gone or self._names else None
            known[line] = told is not None and (told.path in self.gone or normal(told.name) in self._names)
        return known[line]

    @cached_property
    def _led_away(self) -> dict[str, bool]:
        return {}

    def _month(self, text: str) -> str | None:
        for identity in self.sessions:
            text = timeline.without_session(text, identity)
        entries = timeline.parse(text)
        if self.sessions and not entries:
            return None
        for entry in entries:
            kept = tuple(link for link in entry.entities if not self._is_gone(link))
            event = self._without_sayings(entry.event, session_key(SessionId(entry.session_id)))
            if kept != entry.entities or event != entry.event:
                fields = entry.date, entry.session_id, event, entry.topics, kept, entry.context, entry.links
                text = timeline.with_entry(text, timeline.Entry(*fields))
        return self.worded(text)

    def _is_gone(self, link: wikilink.Link) -> bool:
        return link.path in self.gone or normal(link.name) in self._names

    def _session(self, path: str, text: str) -> str:
        if session.older_id(path):
            return self.spoken(text, legacy.key_at(path) or "")
        try:
            file = session.parse(text)
        except BadInput:
            return self.worded(text)
        words = self.spoken(file.text, session.path_key(path) or "")
        if words != file.text:
            # The hash of what was there would let its words be guessed.
            text = replace(file, text=words, sha256=session.digest(words)).render()
        return self.worded(text[: len(text) - len(words)]) + words

    def spoken(self, words: str, key: str) -> str:
        """The words of a session: who speaks stays somebody, so that every turn keeps its number."""
        lines = [self._without_sayings(line, key) for line in words.split("\n")]
        for name in self.names:
            lines = [re.sub(rf"^(\[[^\]]*\] )?{re.escape(name)}:", r"\1Someone:", line) for line in lines]
        return self.worded("\n".join(lines))

    def _without_sayings(self, line: str, key: str) -> str:
        if key not in self._said_in:
            return line
        for sentence in _sentences(line):
            if (key, saying(sentence)) in self.sayings:
                told = _TOLD_BY.match(sentence)
                line = line.replace(sentence[told.end() if told else 0 :], self.mark)
        return line

    def _entity(self, path: str, text: str) -> str | None:
        file = entity.parse(text)
        marks = [statement.mark for _, statement in file.statements() if self.drops(statement)]
        kept = file.without_marks([mark for mark in marks if mark])
        kept = self._without_bare(kept)
        if marks and path not in self.keep and not _says_anything(kept):
            return None
        return self.worded(self._listed(kept).render())

    def _without_bare(self, file: Entity) -> Entity:
        """Lines without a mark that say what goes, as people copy them."""
        bare = {line for line, statement in file.statements() if self.drops(statement)}
        offset = file.front.count("\n") + 1
        body = tuple(line for at, line in enumerate(file.body, offset) if at not in bare)
        return Entity(file.front, body)

    def _listed(self, file: Entity) -> Entity:
        fields: dict[str, list[str]] = {}
        for key in _LISTS:
            values = list(file.listed(key))
            kept = [value for value in values if normal(value) not in self._names]
            if kept != values:
                fields[key] = kept
        try:
            return file.with_fields(fields) if fields else file
        except FrontMatterError:
            return file


def said_in(text: str) -> Iterator[tuple[str, str]]:
    """Session key ("" without a mark) and words of each statement of a file."""
    for _, statement in entity.parse(text).statements():
        yield (statement.mark.session_key if statement.mark else ""), statement.text


def _says_anything(file: Entity) -> bool:
    lines = (line for section in file.sections for line in section.text.split("\n"))
    return any(line.strip() and not line.startswith(("#", "/END")) for line in lines)


def _sentences(line: str) -> list[str]:
    parts = [part.strip() for part in line.split(timeline.BETWEEN)]
    return [sentence for part in parts for _, _, sentence in sentences(part)] + parts
