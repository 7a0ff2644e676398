"""What an ontology may say: the entity types, their folders, and the fields of their files."""

import re
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

_Word = Annotated[str, StringConstraints(pattern=r"\A[a-z][a-z0-9_]*\z", max_length=40)]
_Folder = Annotated[
    str, StringConstraints(pattern=r"\A[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)*\z", max_length=100)
]
_Line = Annotated[str, StringConstraints(pattern=r"\A[^\r\n]*\z", max_length=300)]
Role = Literal["person", "event", "default"]
_ABOVE = re.compile(r"memories/.")
_ASIDE = re.compile(r"[(,;:]| [-–—] ")


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EntityType(_Table):
    """One kind of entity, and where its files lie.

    `name` stands in the front matter and in the index, `also` are other names it is known by. What it
    `plays`: the type of people, of events, or of whatever has no other. `status` narrows the common
    list of words; `fields` and `required` add to the common ones.
    """

    name: _Word
    folder: _Folder
    description: _Line = ""
    also: tuple[_Word, ...] = ()
    plays: Role | None = None
    status: tuple[_Word, ...] = ()
    fields: tuple[_Word, ...] = ()
    required: tuple[_Word, ...] = ()


class Ontology(_Table):
    """The kinds of things a memory holds.

    `contexts` names the type that themes become, `themes` the words that speak of one; `synonyms` are
    other words for a status; `guide` is the page for readers, empty for the common one.
    """

    name: _Word
    description: _Line = ""
    types: tuple[EntityType, ...]
    contexts: _Word
    timeline: bool = True
    profile: bool = True
    followups: bool = False
    status: tuple[_Word, ...] = ()
    synonyms: dict[_Word, tuple[_Line, ...]] = {}
    fields: tuple[_Word, ...]
    required: tuple[_Word, ...] = ("type", "name")
    themes: dict[_Word, tuple[_Line, ...]] = {}
    guide: str = ""

    @model_validator(mode="after")
    def _fits_together(self) -> "Ontology":
        names = [name for kind in self.types for name in (kind.name, *kind.also)]
        folders = [kind.folder for kind in self.types]
        if len(set(names)) < len(names) or len(set(folders)) < len(folders):
            raise ValueError("types: two of them share a name or a folder")
        elsewhere = next((folder for folder in folders if not _ABOVE.match(folder)), None)
        if elsewhere:
            raise ValueError(f"types: the folder {elsewhere} must lie below memories/")
        if self.contexts not in [kind.name for kind in self.types]:
            raise ValueError(f"contexts: no type is called {self.contexts}")
        if not {"type", "name"} <= set(self.fields):
            raise ValueError("fields: type and name are needed")
        for kind in self.types:
            self._check(kind)
        unknown = self.synonyms.keys() - set(self.status)
        if unknown:
            raise ValueError(f"synonyms: {min(unknown)} is not in status")
        return self

    def _check(self, kind: EntityType) -> None:
        unknown = set(kind.status) - set(self.status)
        if unknown:
            raise ValueError(f"types: the status {min(unknown)} of {kind.name} is not in status")
        missing = {*self.required, *kind.required} - set(self.fields_of(kind.name))
        if missing:
            raise ValueError(f"required: {min(missing)} is not among the fields of {kind.name}")
        if kind.plays and kind != next(each for each in self.types if each.plays == kind.plays):
            raise ValueError(f"types: two of them play {kind.plays}")

    def type(self, name: str) -> EntityType | None:
        """Return the type of that name."""
        return next((kind for kind in self.types if name == kind.name or name in kind.also), None)

    def type_at(self, path: str) -> EntityType | None:
        """Return the type whose folder holds `path`, the deepest where folders nest."""
        holding = [kind for kind in self.types if path.startswith(f"{kind.folder}/")]
        return max(holding, key=lambda kind: len(kind.folder), default=None)

    def playing(self, role: Role) -> EntityType:
        """Return the type that plays a role: the one that says so, else of that name, else the default."""
        plays = next((kind for kind in self.types if kind.plays == role), None) or self.type(role)
        if plays is None and role != "default":
            return self.playing("default")
        contexts = self.type(self.contexts)
        assert contexts is not None
        return plays or contexts

    @property
    def person(self) -> str:
        """The name of the type that people are of."""
        return self.playing("person").name

    def home_of(self, kind: str) -> str:
        """Return the folder for the files of a type; for an unknown one that of the default type."""
        return (self.type(kind) or self.playing("default")).folder

    def fields_of(self, kind: str) -> tuple[str, ...]:
        """Return the front matter fields that a file of a type may have."""
        found = self.type(kind)
        return tuple(dict.fromkeys((*self.fields, *(found.fields if found else ()))))

    def required_of(self, kind: str) -> tuple[str, ...]:
        """Return the front matter fields that a file of a type must have."""
        found = self.type(kind)
        return tuple(dict.fromkeys((*self.required, *(found.required if found else ()))))

    def statuses_of(self, kind: str) -> tuple[str, ...]:
        """Return the words a type may have as its status."""
        found = self.type(kind)
        return found.status if found and found.status else self.status

    def status_of(self, kind: str, raw: str) -> str | None:
        """Return the status that `raw` means for a type; None if it is none of its list.

        Case, marks and what is said beside it do not matter: "In progress (60 %)" is "in progress".
        """
        words = {word: word for word in self.statuses_of(kind)}
        for word in words.copy():
            words |= {_bare(word): word} | {_bare(other): word for other in self.synonyms.get(word, ())}
        return words.get(_bare(raw)) or words.get(_bare(_ASIDE.split(raw.strip())[0]))

    @cached_property
    def themes_by_word(self) -> dict[str, tuple[str, ...]]:
        """The themes that a word speaks of."""
        known: dict[str, tuple[str, ...]] = {}
        for theme, lines in self.themes.items():
            for word in " ".join(lines).split():
                known[word] = (*known.get(word, ()), theme)
        return known


def _bare(text: str) -> str:
    """Give `text` as it is compared: small letters and digits, single spaces."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))
