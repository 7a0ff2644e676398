"""Files a session by the facts its caller found in it: no model is asked, the checks are the writer's."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import BadInput
from ..ontologies import session as session_file
from ..ontologies.schema import Ontology
from ..ontologies.statement import Mark, Statement, is_when
from ..storage.changes import ChangeSet
from ..storage.snapshot import Snapshot
from .catalogue import Catalogue
from .dates import statement_date
from .rules.mentions import Mention
from .rules.people import Cast, Subject
from .rules.writer import Owner
from .writer import wording
from .writer.editing import Change
from .writer.files import Target
from .writer.identify import Held
from .writer.writer import Reading

MOST_FACTS = 200
_WHEN = (
    "give 2023-05-07, 2023-05, 2023, a range 2023-05-01/2023-05-07, a phrase such as last week, or nothing"
)


class Fact(BaseModel):
    """One thing a session tells: of whom, of what type they are, the sentence, and when it was so.

    `replaces` is the mark or the words of a filed statement that no longer holds.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    entity: str = Field(min_length=1, max_length=120)
    type: str = Field(min_length=1, max_length=40)
    statement: str = Field(min_length=1, max_length=400)
    when: str = Field(default="", max_length=60)
    replaces: str = Field(default="", max_length=400)


def checked(
    facts: Iterable[Fact | Mapping[str, object]], ontology: Ontology, said: datetime
) -> tuple[Fact, ...]:
    """Facts that can be filed; `said` is the time of their session, for dates such as "last week".

    Raises:
        BadInput: one cannot; the message names it and says what is accepted.
    """
    found = tuple(_fact(number, raw) for number, raw in enumerate(facts))
    if len(found) > MOST_FACTS:
        raise BadInput(f"{len(found)} facts in one session; give up to {MOST_FACTS}")
    kinds = [kind.name for kind in ontology.types]
    for number, fact in enumerate(found):
        if fact.type not in kinds:
            raise BadInput(f"facts[{number}].type is {fact.type!r}; give one of {', '.join(kinds)}")
        if fact.when and not _when(fact.when, said):
            raise BadInput(f"facts[{number}].when is {fact.when!r}; {_WHEN}")
        if not _is_somebody(fact.entity):
            raise BadInput(f"facts[{number}].entity is {fact.entity!r}; give whom or what it is about")
        if not wording.line(fact.statement):
            raise BadInput(f"facts[{number}].statement says nothing; give one plain sentence")
    return found


def plan(
    snapshot: Snapshot,
    path: str,
    owner: Owner,
    ontology: Ontology,
    facts: Iterable[Fact | Mapping[str, object]],
    *,
    after_turn: int = 0,
    today: date | None = None,
) -> ChangeSet:
    """What filing a stored session changes by the facts that came with it.

    Raises:
        BadInput: a fact cannot be filed; the message names it and says what is accepted.
    """
    session = session_file.at(path, snapshot.read(path))
    told = checked(facts, ontology, datetime.fromisoformat(session.date))
    reading = Reading(snapshot, path, session, owner, ontology, today)
    desk = reading.desk
    changes: dict[str, list[Change]] = {}
    targets: dict[str, Target] = {}
    for fact in told:
        target = desk.roll.called(fact.entity, fact.type)
        assert target is not None
        change = _change(fact, target, reading)
        if change:
            targets[target.path] = target
            changes.setdefault(target.path, []).append(change)
    for where, its in changes.items():
        desk.file(targets[where], its, None, "of the caller")
    events = [change.statement.text for its in changes.values() for change in its]
    return reading.changes(reading.entry(events, (), (), after_turn), {})


def _change(fact: Fact, target: Target, reading: Reading) -> Change | None:
    """Where a fact goes; None if its file says just this already."""
    desk = reading.desk
    number = desk.evidence.best(fact.statement)
    said = desk.evidence.turn(number)
    moment = said.moment if said else reading.moment
    speaker = said.speaker if said and said.stated else ""
    words = wording.statement(fact.statement, speaker, reading.owner.name)
    given = _when(fact.when, moment) if fact.when else ""
    when = given or (desk.evidence.when("", words, number, desk.today) if said else moment.date().isoformat())
    if said and Held(desk.files, target, desk.evidence).holds(words, when, said):
        return None
    statement = Statement(when, words, Mark(desk.key, number))
    return Change(statement, "replace" if fact.replaces else "add", line=fact.replaces)


def _is_somebody(raw: str) -> bool:
    """Whether a name can be filed under: it has letters or digits, and is no assistant's."""
    name = wording.name(raw)
    anyone = Cast(Catalogue(), (), Subject("", "person"), ())
    return bool(name) and anyone.named(Mention(name, "thing")) is not None


def _fact(number: int, raw: Fact | Mapping[str, object]) -> Fact:
    if isinstance(raw, Fact):
        return raw
    try:
        return Fact.model_validate(raw)
    except ValidationError as wrong:
        first: Sequence[object] = wrong.errors(include_url=False)[0]["loc"]
        where = ".".join(map(str, first)) or "it"
        accepted = "entity, type, statement, and if need be when and replaces, each a text within its limit"
        raise BadInput(f"facts[{number}].{where}: {wrong.errors()[0]['msg']}; give {accepted}") from wrong


def _when(raw: str, said: datetime) -> str:
    return raw if is_when(raw) else statement_date(raw, said)
