"""One session on its way into the files of a memory, part by part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from ...ontologies.prompts import Prompt, prompt
from ...ontologies.statement import Statement
from ..providers.structured import ask
from . import draft, identify, wording
from .answers import Draft, FileEdits, Identified, Repairs
from .draft import Places
from .editing import NOTE, Change, LinesLost, always_loaded, edited, lost
from .files import Files, Target, with_fields
from .grounding import Evidence
from .heard import Said
from .identify import Fact
from .roll import Roll

if TYPE_CHECKING:
    from ..providers.provider import Provider

_CHARACTERS = 4
_FEWEST_TOKENS = 1024


@dataclass(slots=True)
class Desk:
    """What a session is filed with: the files, who is meant, what was said."""

    files: Files
    roll: Roll
    evidence: Evidence
    key: str
    today: date

    def file(self, target: Target, changes: Sequence[Change], told: FileEdits | None, by: str) -> None:
        """Change one file.

        Raises:
            LinesLost: the edits would drop a line that they do not replace.
        """
        before = self.files.file(target)
        noted = NOTE in (self.files.ontology.guide or self.files.snapshot.text("repo_guide.md"))
        after = edited(before, changes, self.files.day, noted=noted)
        statements = [change.statement for change in changes]
        told = told or FileEdits(file="")
        after = with_fields(after, self.files.day, *self._fields(target, told, statements))
        after = always_loaded(after, wording.title(told.always_load), (target.name, *target.names))
        gone = lost(before, after)
        if gone:
            raise LinesLost(by, target.path, gone)
        self.files.put(target.path, after)

    def _fields(
        self, target: Target, told: FileEdits, statements: Iterable[Statement]
    ) -> tuple[dict[str, str], dict[str, list[str]]]:
        """The front matter fields of the ontology that the session bears out."""
        allowed = self.files.ontology.fields
        touched = self.roll.told.get(target.path, ())
        roles = [role for raw in (told.role, *(one.role for one in touched)) if (role := self.roll.role(raw))]
        aliases = [*told.aliases, *(alias for one in touched for alias in one.aliases)]
        related = [other.name for one in statements for other in self.roll.others(one.text, target)]
        lists = {
            "aliases": self.roll.aliases(target, aliases),
            "cues": [cue for raw in told.cues if (cue := self._cue(raw))],
            "related": list(dict.fromkeys(related)),
        }
        values = {
            "role": roles[0] if roles and target.path != self.roll.owner.path else "",
            "status": self.files.ontology.status_of(target.type, told.status) or "",
        }
        return (
            {key: value for key, value in values.items() if key in allowed},
            {key: value for key, value in lists.items() if key in allowed},
        )

    def _cue(self, raw: str) -> str:
        words = wording.line(raw).replace(",", " ").strip().lower()
        return words if len(words) <= 30 and self.evidence.tells(words, 1.0) else ""


@dataclass(slots=True)
class Digest:
    """What a model makes of a session; `fence` is for the marks around what it is shown."""

    desk: Desk
    provider: Provider
    prompts: str
    fence: str
    events: list[str] = field(default_factory=list[str])
    topics: dict[str, None] = field(default_factory=dict[str, None])
    contexts: list[str] = field(default_factory=list[str])
    versions: dict[str, None] = field(default_factory=dict[str, None])

    def take(self, part: Sequence[Said], room: int) -> None:
        """File one part of the session; a question has about `room` tokens.

        Raises:
            ModelError: the model did not do its part.
        """
        desk, most = self.desk, max(_FEWEST_TOKENS, room // 3)
        characters = room * _CHARACTERS
        asked = identify.question(
            self._prompt("identify"), desk.files, part, desk.files.owner, characters // 3, self.fence
        )
        answer = ask(self.provider, asked, Identified, max_tokens=most)
        found = identify.facts(answer, desk.roll, desk.evidence, desk.files, part, desk.key, desk.today)
        if not found:
            return
        placed = list(draft.counted(found, characters // 6))
        asked = draft.question(
            self._prompt("draft"), desk.files, part, placed, desk.evidence, characters // 4, self.fence
        )
        drafted = ask(self.provider, asked, Draft, max_tokens=most)
        places = self._repaired(draft.places(drafted, placed, desk.files, desk.evidence), found, most)
        for fact in found[len(placed) :]:
            places.changes.setdefault(fact.target.path, []).append(Change(fact.statement))
        targets = {fact.target.path: fact.target for fact in found}
        for path, changes in places.changes.items():
            desk.file(targets[path], changes, places.fields.get(path), self.provider.model)
        self._sum_up(drafted, found)

    def _repaired(self, places: Places, facts: Iterable[Fact], most: int) -> Places:
        """The edits with the lines they meant, asked for once where some missed."""
        desk = self.desk
        targets = {fact.target.path: fact.target for fact in facts}
        missed = draft.misses(places, targets, desk.files)
        if not missed:
            return places
        asked = draft.repair(
            self._prompt("repair"), places, missed, targets, desk.files, desk.evidence, most * 8, self.fence
        )
        return draft.repaired(places, missed, ask(self.provider, asked, Repairs, max_tokens=most))

    def _sum_up(self, answer: Draft, facts: Sequence[Fact]) -> None:
        evidence = self.desk.evidence
        event = wording.statement(answer.event, "", self.desk.files.owner.name)
        if not (event and evidence.tells(event)):
            event = "; ".join(fact.statement.text for fact in facts[:3])
        self.events.append(event)
        for raw in answer.topics:
            topic = wording.title(raw).lower()
            if topic and (len(topic.split()) <= 2 or evidence.tells(topic)):
                self.topics.setdefault(topic)
        context = wording.line(answer.context)
        if context and evidence.tells(context):
            self.contexts.append(context)

    def _prompt(self, name: str) -> Prompt:
        found = prompt(self.prompts, name)
        self.versions.setdefault(found.version)
        return found
