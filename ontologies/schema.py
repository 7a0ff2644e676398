"""What an ontology may say: the entity types, their folders, and the fields of their files."""

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

_Word = Annotated[str, StringConstraints(pattern=r"\A[a-z][a-z0-9_]*\z", max_length=40)]
_Folder = Annotated[
    str, StringConstraints(pattern=r"\A[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)*\z", max_length=100)
]
_Line = Annotated[str, StringConstraints(pattern=r"\A[^\r\n]*\z", max_length=300)]
_OURS = re.compile(r"(?:sessions|timeline|index)(?:/|\Z)")


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EntityType(_Table):
    """One kind of entity, and where its files lie."""

    name: _Word
    folder: _Folder
    description: _Line = ""


class Ontology(_Table):
    """The kinds of things a memory holds.

    `contexts` names the type that themes become; `guide` is the page for readers, empty for the common one.
    """

    name: _Word
    description: _Line = ""
    types: tuple[EntityType, ...]
    contexts: _Word
    timeline: bool = True
    profile: bool = True
    status: tuple[_Word, ...] = ()
    fields: tuple[_Word, ...]
    guide: str = ""

    @model_validator(mode="after")
    def _fits_together(self) -> "Ontology":
        names = [kind.name for kind in self.types]
        folders = [kind.folder for kind in self.types]
        if len(set(names)) < len(names) or len(set(folders)) < len(folders):
            raise ValueError("types: two of them share a name or a folder")
        taken = next((folder for folder in folders if _OURS.match(folder)), None)
        if taken:
            raise ValueError(f"types: the folder {taken} is used for other files")
        if self.contexts not in names:
            raise ValueError(f"contexts: no type is called {self.contexts}")
        if not {"type", "name"} <= set(self.fields):
            raise ValueError("fields: type and name are needed")
        return self

    def type(self, name: str) -> EntityType | None:
        """Return the type of that name."""
        return next((kind for kind in self.types if kind.name == name), None)

    def type_at(self, path: str) -> EntityType | None:
        """Return the type whose folder holds `path`, the deepest where folders nest."""
        holding = [kind for kind in self.types if path.startswith(f"{kind.folder}/")]
        return max(holding, key=lambda kind: len(kind.folder), default=None)
