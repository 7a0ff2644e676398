"""Who takes part in a session, and whom a name in it means."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ...ontologies.transcript import Turn
from ..catalogue import Catalogue, normal
from .mentions import Mention, bare

_OWNER = frozenset({"user", "human", "me", "i", "myself", ""})
_ASSISTANT = frozenset(
    """assistant ai system bot model tool function developer chatgpt claude gemini copilot gpt llm""".split()
)
_SHORTEST_NICKNAME = 3
_CALLED = re.compile(r"\b(?:[Mm]y name is|[Cc]all me|[Mm]y name's)\s+([A-Z][\w'’-]+)")


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody or something that statements are filed under; `key` is its name as it is compared."""

    name: str
    kind: str
    path: str = ""
    role: str = ""

    @property
    def key(self) -> str:
        """What tells one subject from another: its file, or the name of one not filed yet."""
        return self.path or normal(self.name)


class Kinds(NamedTuple):
    """The entity types that people, themes and all else are of."""

    person: str
    theme: str
    thing: str


_PERSONAL = Kinds("person", "context", "context")


class Cast:
    """The people of one session: speakers, the owner, and the short names they use for each other."""

    def __init__(
        self,
        catalogue: Catalogue,
        turns: Sequence[Turn],
        owner: Subject,
        owner_names: Iterable[str],
        kinds: Kinds = _PERSONAL,
    ) -> None:
        self._catalogue = catalogue
        self._kinds = kinds
        self._owner = owner
        self._owner_names = _OWNER | {normal(name) for name in owner_names} | {normal(owner.name)}
        self.aliases: dict[str, set[str]] = {}
        self._speakers = {
            normal(turn.speaker): subject
            for turn in turns
            if (subject := self._speaker(turn.speaker)) is not None
        }
        self._met: dict[str, Subject] = {}

    @property
    def speakers(self) -> list[Subject]:
        """Who says something in this session, in the order they first do; no assistants."""
        return list(dict.fromkeys(self._speakers.values()))

    def speaker(self, turn: Turn) -> Subject | None:
        """Who says a turn; None for an assistant."""
        return self._speakers.get(normal(turn.speaker))

    def named(self, mention: Mention) -> Subject | None:
        """Whom or what a mention means; None for one that is not to be filed."""
        name = normal(mention.name)
        if name in _ASSISTANT:
            return None
        if name in self._owner_names:
            return self._owner
        return self._known(mention.name) or self._nickname(mention.name) or self._meet(mention)

    def theme(self, name: str) -> Subject:
        """The subject of a theme."""
        return self._filed(name) or Subject(name.capitalize(), self._kinds.theme)

    def introduce(self, text: str, speaker: Subject) -> None:
        """Learn the name somebody gives themself."""
        for found in _CALLED.finditer(text):
            self._call(speaker, bare(found[1]))

    def knows(self, name: str) -> bool:
        """Whether a name is somebody's already."""
        return normal(name) in self._owner_names or self._known(name) is not None

    def _speaker(self, name: str) -> Subject | None:
        told = normal(name)
        if told in _ASSISTANT:
            return None
        if told in self._owner_names:
            return self._owner
        return self._filed(name) or Subject(name, self._kinds.person)

    def _known(self, name: str) -> Subject | None:
        spoken = self._speakers.get(normal(name)) if hasattr(self, "_speakers") else None
        return spoken or self._met.get(normal(name)) or self._filed(name)

    def _filed(self, name: str) -> Subject | None:
        line = self._catalogue.find(name)
        return Subject(line.name, line.type, line.path) if line else None

    def _nickname(self, name: str) -> Subject | None:
        """The one speaker whose name begins like this: Mel for Melanie."""
        short = normal(name)
        if len(short) < _SHORTEST_NICKNAME or " " in short:
            return None
        meant = [s for s in self.speakers if normal(s.name).startswith(short)]
        if len(meant) != 1:
            return None
        self._call(meant[0], name)
        return meant[0]

    def _meet(self, mention: Mention) -> Subject:
        kind = self._kinds.person if mention.kind == "person" else self._kinds.thing
        subject = Subject(mention.name, kind, role=mention.role)
        self._met[normal(mention.name)] = subject
        return subject

    def _call(self, subject: Subject, name: str) -> None:
        if normal(name) != normal(subject.name):
            self.aliases.setdefault(subject.key, set()).add(name)
            self._met[normal(name)] = subject
