"""From what a person wants forgotten to everything that has to go for it."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ..errors import BadInput, UnknownEntity, UnknownPath, UnknownSession
from ..ontologies import entity, session
from ..ontologies.entity import Entity
from ..ontologies.statement import mark_at_end
from ..storage.history import Commit, History
from ..storage.names import SessionId, session_key
from ..storage.snapshot import Snapshot
from . import brought, legacy
from .brought import Brought
from .catalogue import Catalogue, normal
from .indexing import is_entity, is_generated
from .intake import last_stored
from .redaction import TOMBSTONES, Redaction, said_in, saying
from .rules.sentences import sentences
from .tombstones import Tombstones

SHORTEST_WORDS = 3
_SHORTEST_PROOF = 12


@dataclass(frozen=True, slots=True)
class Target:
    """What to forget: exactly one of a session, an entity by name, a path, or words."""

    session: str = ""
    entity: str = ""
    path: str = ""
    words: str = ""

    def __post_init__(self) -> None:
        if len([kind for kind, _ in self._given()]) != 1:
            raise BadInput("say what to forget: one of session, entity, path or words")
        if self.words and len(self.words.strip()) < SHORTEST_WORDS:
            raise BadInput(f"{self.words!r} is too short; give at least {SHORTEST_WORDS} characters")

    def __str__(self) -> str:
        return next(f"{kind} {value}" for kind, value in self._given())

    def _given(self) -> Iterator[tuple[str, str]]:
        for kind in ("session", "entity", "path", "words"):
            value = str(getattr(self, kind))
            if value.strip():
                yield kind, value

    @property
    def kind(self) -> str:
        """What it names: session, entity, path or words."""
        return next(kind for kind, _ in self._given())

    @property
    def stem(self) -> str:
        """A short name for refs that tells nothing of what was forgotten."""
        return hashlib.sha256(str(self).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Search:
    """Looks for a target in a memory: at the newest commit, and for an erase in all of history."""

    tip: Snapshot
    owner_path: str

    def everywhere(self, target: Target) -> Redaction:
        """What has to go so that nothing of the target is left in any commit."""
        target = self._meant(target)
        if target.session:
            key = session_key(SessionId(target.session))
            return replace(self._session(target.session), stones=frozenset({key}))
        if target.entity:
            return self._entity(target.entity)
        if target.path:
            return Redaction(gone=frozenset(self._versions_of(target.path)))
        words = target.words.strip()
        return Redaction(phrases=(words,), keep=self._kept, stones=self._keys_with([words]))

    def at_present(self, target: Target, mark: str) -> Redaction:
        """What has to go so that the target leaves the present; in sessions `mark` stands in its place."""
        target = self._meant(target)
        if target.session:
            return replace(self._session(target.session), mark=mark)
        if target.path:
            if self.tip.blob(target.path) is None:
                raise UnknownPath(target.path, self.tip.nearest(target.path))
            said = _sayings(said_in(self.tip.text(target.path))) if is_entity(target.path) else _sayings(())
            return Redaction(frozenset({target.path}), sayings=said, mark=mark, keep=self._kept)
        if target.entity:
            path, _ = self._named(target.entity)
            said = _sayings(said_in(self.tip.text(path)))
            return Redaction(frozenset({path}) - self._kept, sayings=said, mark=mark, keep=self._kept)
        said = _sayings(self._saying(target.words))
        return Redaction(sayings=said, mark=mark, keep=self._kept)

    def proofs(self, redaction: Redaction, target: Target) -> tuple[bytes, ...]:
        """Byte strings that must be found nowhere once the redaction is carried out."""
        target = self._meant(target)
        if target.words:
            return tuple({form.encode() for form in _forms(target.words.strip())})
        if target.session:
            others = "\n".join(self._words_of_others(target.session))
            own = (line for line in self._words_of(target.session) if len(line) >= _SHORTEST_PROOF)
            return tuple(sorted(line.encode() for line in own if line not in others))
        if target.entity:
            return tuple(name.encode() for name in redaction.names if len(name) >= _SHORTEST_PROOF // 2)
        return ()

    def _meant(self, target: Target) -> Target:
        """A session named by its file is the session, with all that was filed of it."""
        if not legacy.key_at(target.path):
            return target
        for commit in [self.tip.commit, *(one.id for one in History(self.tip).commits([target.path]))]:
            text = Snapshot(self.tip.repository, commit).text(target.path)
            if text:
                return Target(session=session.at(target.path, text).session_id)
        raise UnknownPath(target.path, self.tip.nearest(target.path))

    def _keys_with(self, phrases: Iterable[str]) -> frozenset[str]:
        """The sessions whose words ever held one of the phrases."""
        history = History(self.tip)
        found: set[str] = set()
        for phrase in phrases:
            for commit in history.commits(words=phrase):
                found |= {key for path in history.touched(commit) if (key := legacy.key_at(path))}
        return frozenset(found)

    @property
    def _kept(self) -> frozenset[str]:
        return frozenset({self.owner_path})

    def _session(self, identity: str) -> Redaction:
        # An older program's statements bear no marks; its commit tells which they are.
        lines = self.brought(identity)
        empty = self._left_empty(identity, lines)
        orphans = self._orphans(identity, empty, lines)
        return Redaction(
            gone=frozenset({*self._paths_of(identity), *empty}),
            sessions=frozenset({identity}),
            names=orphans,
            keep=self._kept,
            brought=lines,
        )

    def brought(self, identity: str) -> Brought:
        """The lines that an older program filed of a session and that nobody else told."""
        retracted = {stone.key for stone in Tombstones.parse(self.tip.text(TOMBSTONES)).stones}
        return brought.by(History(self.tip), identity, retracted)

    def _entity(self, name: str) -> Redaction:
        path, names = self._named(name)
        paths = self._versions_of(path)
        gone = frozenset(paths) - self._kept
        said = _sayings(self._ever_said(paths))
        stones = self._keys_with(names) | {key for key, _ in said}
        return Redaction(gone=gone, sayings=said, names=names, keep=self._kept, stones=stones)

    def _named(self, name: str) -> tuple[str, frozenset[str]]:
        catalogue = Catalogue.of(self.tip)
        line = catalogue.find(name)
        if line is None:
            raise UnknownEntity(name, catalogue.nearest(name))
        return line.path, frozenset({line.name, *line.aliases})

    def _paths_of(self, identity: str) -> frozenset[str]:
        """Every path that the words of a session lie at, or lay at once."""
        found = last_stored(self.tip, SessionId(identity))
        if found is None:
            raise UnknownSession(identity)
        states = (
            Snapshot(self.tip.repository, commit.id)
            for commit in History(self.tip).commits()
            if legacy.is_older(commit, identity)
        )
        return frozenset({found[1]}.union(*(legacy.paths_of(state, identity) for state in states)))

    def _versions_of(self, path: str) -> list[str]:
        history = History(self.tip)
        if self.tip.blob(path) is None and not any(history.commits([path])):
            raise UnknownPath(path, self.tip.nearest(path))
        return history.paths_of(path)

    def _ever_said(self, paths: list[str]) -> Iterator[tuple[str, str]]:
        for commit in History(self.tip).commits(paths):
            then = Snapshot(self.tip.repository, commit.id)
            for path in paths:
                yield from said_in(then.text(path))

    def _saying(self, words: str) -> Iterator[tuple[str, str]]:
        """Every statement, and every sentence of a session, that holds the words."""
        wanted = normal(words)
        for path, text in self._files():
            key = legacy.key_at(path)
            if key:
                turns = session.at(path, text).turns()
                told = ((key, one) for turn in turns for _, _, one in sentences(turn.text))
            else:
                told = said_in(text) if is_entity(path) else iter(())
            yield from ((key, one) for key, one in told if wanted in normal(one))

    def _left_empty(self, identity: str, lines: Brought) -> list[str]:
        """Entity files in which only this session speaks."""
        key = session_key(SessionId(identity))
        found: list[str] = []
        for path, text in self._files("memories"):
            marks = {s.mark.session_key if s.mark else "" for _, s in entity.parse(text).statements()}
            left = lines.without(path, text) if lines else text
            if marks == {key} or (left != text and not brought.says_anything(left)):
                found.append(path)
        return found

    def _orphans(self, identity: str, empty: list[str], lines: Brought) -> frozenset[str]:
        """Names that only this session brought: nobody else says them."""
        names = {name for path in empty for name in _all_names(entity.parse(self.tip.text(path)))}
        history = History(self.tip)
        for commit in legacy.commits_of(history, identity):
            names |= set(_listed_by(history, commit))
        told = [*self._words_of_others(identity), *self._words_of_people(empty, lines)]
        heard = normal("\n".join(told))
        borne = {
            normal(name)
            for line in Catalogue.of(self.tip)
            if line.path not in empty
            for name in (line.name, *line.aliases)
        }
        return frozenset(
            name for name in names if name and normal(name) not in borne and normal(name) not in heard
        )

    def _words_of(self, identity: str) -> set[str]:
        """Every line of a session as it ever was."""
        paths = sorted(self._paths_of(identity))
        commits = [self.tip.commit, *(commit.id for commit in History(self.tip).commits(paths))]
        states = [Snapshot(self.tip.repository, commit) for commit in commits]
        return {line for path in paths for state in states for line in _lines(path, state.text(path))}

    def _words_of_others(self, identity: str) -> list[str]:
        own = self._paths_of(identity)
        return [
            line for path, text in self._files("sessions") if path not in own for line in _lines(path, text)
        ]

    def _words_of_people(self, empty: list[str], lines: Brought) -> Iterator[str]:
        """What people wrote themselves, and the guide: what no session of ours has brought."""
        for path, text in self._files():
            if legacy.key_at(path) or path in empty or path.startswith("timeline/"):
                continue
            if not is_entity(path):
                yield text
                continue
            left = lines.without(path, text) if lines else text
            yield "\n".join(line for line in entity.parse(left).lines() if _is_by_hand(line))

    def _files(self, folder: str = "") -> Iterator[tuple[str, str]]:
        for file in self.tip.files(folder):
            if (file.path.endswith(".md") or legacy.key_at(file.path)) and not is_generated(file.path):
                yield file.path, self.tip.content(file.blob).decode("utf-8", "replace")


def _lines(path: str, text: str) -> list[str]:
    try:
        turns = session.at(path, text).turns()
    except BadInput:
        return []
    return [line.strip() for turn in turns for line in turn.text.split("\n") if line.strip()]


def _is_by_hand(line: str) -> bool:
    """Whether a line of an entity file is neither a heading nor filed by a mark."""
    return not line.startswith(("#", "/END")) and mark_at_end(line) is None


def _all_names(file: Entity) -> Iterator[str]:
    yield file.name
    yield from file.aliases


def _listed_by(history: History, commit: Commit) -> Iterator[str]:
    """The values that a commit added to the lists of front matters."""
    now = Snapshot(history.tip.repository, commit.id)
    for path, before in history.touched(commit).items():
        if is_entity(path):
            new = entity.parse(now.text(path))
            old = (
                Snapshot(now.repository, commit.parents[0]).text(before) if before and commit.parents else ""
            )
            known = entity.parse(old)
            for key in ("aliases", "related"):
                yield from set(new.listed(key)) - set(known.listed(key))


def _sayings(told: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    return frozenset((key, saying(text)) for key, text in told)


def _forms(words: str) -> set[str]:
    return {words, words.lower(), words.upper(), words.capitalize(), words.title()}
