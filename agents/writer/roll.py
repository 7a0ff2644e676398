"""Whom the names and refs of a model mean, among those that a session may be filed under."""

from collections.abc import Iterable

from ..catalogue import normal
from ..rules.mentions import Mention
from ..rules.people import Cast, Subject
from . import wording
from .answers import Touched
from .files import Files, Target
from .grounding import Evidence
from .heard import Person

OWNER = "owner"
_LONGEST_ALIAS, _LONGEST_ROLE = 40, 60
_NOBODY = frozenset("i me my you he she it we they the this that there".split())


class Roll:
    """The owner, and everybody a model named whom the session speaks of."""

    def __init__(self, files: Files, cast: Cast, evidence: Evidence, owner: Person) -> None:
        self._files, self._cast, self._evidence = files, cast, evidence
        self.owner = Target(OWNER, owner.path, owner.name, files.ontology.person, names=owner.names)
        self._met: dict[str, Target] = {owner.path: self.owner}
        self._refs: dict[str, Target] = {}
        self.told: dict[str, list[Touched]] = {}

    def admit(self, touched: Iterable[Touched]) -> None:
        """Find the file of each entity, or where a new one goes; who is not spoken of is passed over.

        Refs hold until the next call; whom they meant is remembered.
        """
        self._refs = {OWNER: self.owner}
        for one in touched:
            target = self._target(one.name, one.path, one.type, one.role)
            if target and one.ref != OWNER:
                self._refs.setdefault(one.ref, target)
                self._met.setdefault(target.path, target)
                self.told.setdefault(target.path, []).append(one)

    def called(self, raw: str, kind: str) -> Target | None:
        """The entity of a name that somebody vouches for, begun if there is none; None for no name at all."""
        name = wording.name(raw)
        subject = self._cast.named(Mention(name, "thing")) if name else None
        if subject is None or subject.path == self.owner.path:
            return self.owner if subject else None
        line = self._files.known(subject.name)
        target = (
            Target("", line.path, line.name, line.type, line.role, line.aliases)
            if line
            else self._files.begun(subject.name, kind)
        )
        return self._met.setdefault(target.path, target)

    def meant(self, ref: str, statement: str, speaker: str) -> Target:
        """Under whom a statement goes: never under the owner what tells of somebody else alone."""
        target = self._refs.get(ref) or self._named(ref)
        if target is None or target.path == self.owner.path:
            first = self._first_named(statement)
            if first and not self._tells_of_owner(statement):
                return first
        return target or self._speaker(speaker)

    def others(self, statement: str, but: Target) -> list[Target]:
        """Who else of them is named in a statement."""
        words = f" {_words(statement)} "
        there = (target for target in self._met.values() if target.path != but.path)
        return [target for target in there if any(f" {name} " in words for name in _names(target))]

    def named(self) -> list[Target]:
        """All of them, the owner first."""
        return list(self._met.values())

    def aliases(self, target: Target, given: Iterable[str]) -> list[str]:
        """The other names to note for an entity: nicknames the rules see, and what the session calls it."""
        nicknames = {
            alias
            for key in (target.path, normal(target.name))
            for alias in self._cast.aliases.get(key, ())
            if not target.bears(alias)
        }
        if target.path != self.owner.path:
            nicknames |= {
                name for raw in given if (name := wording.name(raw)) and self._is_alias(name, target)
            }
        return sorted(nicknames)

    def role(self, raw: str) -> str:
        """What somebody is to the owner, if the session says so; else ""."""
        words = wording.line(raw)
        return words if len(words) <= _LONGEST_ROLE and self._evidence.tells(words, 1.0) else ""

    def _target(self, raw: str, path: str, kind: str, role: str = "") -> Target | None:
        name = wording.name(raw)
        subject = self._cast.named(Mention(name, "thing")) if name else None
        if subject is None or path == self.owner.path or subject.path == self.owner.path:
            return self.owner if subject else None
        line = self._files.known(name, path) or self._files.known(subject.name)
        if line and line.path != self.owner.path:
            if line.type == self._files.ontology.person and not self._is_heard(
                line.name, *line.aliases, line.role
            ):
                return None
            return Target("", line.path, line.name, line.type, line.role, line.aliases)
        return None if line else self._begun(subject, kind, self.role(role))

    def _begun(self, subject: Subject, kind: str, role: str) -> Target | None:
        ontology = self._files.ontology
        known = ontology.type(kind)
        kind = known.name if known else ontology.contexts
        if normal(subject.name) in _NOBODY:
            return None
        heard = self._is_heard(subject.name) or (
            kind != ontology.person and self._evidence.tells(subject.name)
        )
        if not heard and kind != ontology.contexts:
            return None
        return self._files.begun(subject.name, kind, role)

    def _is_heard(self, *names: str) -> bool:
        return any(self._evidence.names(name) for name in names)

    def _named(self, ref: str) -> Target | None:
        wanted = normal(ref)
        return next(
            (t for t in self._met.values() if wanted and (t.path == ref or wanted in _names(t))), None
        )

    def _speaker(self, name: str) -> Target:
        return (self._target(name, "", self._files.ontology.person) if name else None) or self.owner

    def _first_named(self, statement: str) -> Target | None:
        """The one a statement begins with, its name or another of its names."""
        words = f"{_words(statement)} "
        found = (
            (len(name), target)
            for target in self._met.values()
            if target.path != self.owner.path
            for name in _names(target)
            if words.startswith(f"{name} ")
        )
        return max(found, key=lambda pair: pair[0], default=(0, None))[1]

    def _tells_of_owner(self, statement: str) -> bool:
        words = f" {_words(statement)} "
        return any(f" {name} " in words for name in _names(self.owner))

    def _is_alias(self, name: str, target: Target) -> bool:
        if not 2 <= len(name) <= _LONGEST_ALIAS or name[0].islower() or normal(name) in _NOBODY:
            return False
        taken = self._files.known(name)
        free = taken is None or taken.path == target.path
        return free and not target.bears(name) and not self.owner.bears(name) and self._evidence.names(name)


def _names(target: Target) -> list[str]:
    return [words for name in (target.name, *target.names) if (words := _words(name))]


def _words(text: str) -> str:
    return " ".join("".join(char if char.isalnum() else " " for char in normal(text)).split())
