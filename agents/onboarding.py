"""How a memory begins: whose it is, their profile, the guide, and what they tell of themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from ..errors import BadInput
from ..ontologies import entity, frontmatter, index, loader, slug, timeline, transcript
from ..ontologies.entity import Entity
from ..ontologies.frontmatter import FrontMatterError, Value
from ..ontologies.index import IndexLine
from ..storage.changes import Actor, ChangeSet, Stage
from ..storage.names import SessionId, UserId
from ..storage.snapshot import Snapshot
from .catalogue import normal
from .intake import Words
from .places import is_entity

if TYPE_CHECKING:
    from ..ontologies.schema import Ontology

FORMAT = 1
SESSION = SessionId("onboard")
"""The session that an about-text becomes, unless another name is given."""
LONGEST_TEMPLATE = 200_000
_FACTS = "diffmem.yaml"
_LETTER = r"[^\W\d_a-z]"
_INITIALS = rf"(?:{_LETTER}\.)+"
_NAME = (
    rf"((?:(?:Dr|Prof|Mrs?|Ms|Mx|Sr|St)\. )?(?:{_INITIALS}|{_LETTER}[\w'’-]+)"
    rf"(?: (?!(?:I(?!\.)|My|The|We|They|She|It|This)\b)(?:{_INITIALS}|{_LETTER}[\w'’-]*)){{0,2}})"
)
_CALLED = re.compile(rf"\b(?:[Mm]y name is|[Mm]y name['’]s|[Cc]all me|[Nn]ame:|I am|I['’]m) {_NAME}")
_TOLD = re.compile(rf"\s*{_NAME}(?:,| \(| is | was | works | lives | has | likes | loves )")
_NOBODY = frozenset("the this that user he she it they we my i our a an in at on as for here there".split())


def profile_path(user: UserId, snapshot: Snapshot | None = None) -> str:
    """Where a user's profile lies; never on a name that is the memory's own.

    A memory that an older program began has it under the id as it is; a new one, without a `snapshot`, by
    the key of files.
    """
    stem = slug.stem(user)
    usual = f"user_{stem.strip('_')}.md" if stem.strip("_") in slug.RESERVED else f"{stem}.md"
    if snapshot is None:
        return usual
    older = f"{user}.md"
    told = _told_of(snapshot).get("profile")
    known = [told] if isinstance(told, str) else []
    # Whoever has begun in our way may have a note that is called like the id.
    known += [usual, older] if is_told(snapshot) else [older, usual]
    here = (path for path in known if "/" not in path and is_entity(path) and snapshot.blob(path))
    return next(here, usual)


def plan(
    user: UserId,
    ontology: Ontology,
    guide: str,
    now: datetime,
    *,
    about: str = "",
    template: str = "",
    ontology_name: str = "",
) -> ChangeSet:
    """What a new memory begins with.

    `template` is ready Markdown for the profile. Of `about` only the name is taken here: its words are a
    session like any other (see `told`), filed by the writer there is, so that every line leads to them.
    `ontology_name` is what the memory's ontology is loaded by: a name, or an absolute folder.

    Raises:
        BadContent, BadInput: the template cannot be a profile.
    """
    day = now.date().isoformat()
    profile = _profile(user, ontology.person, day, called(about), template)
    path = profile_path(user)
    given = _facts(user, ontology_name or ontology.name, now)
    pages = _pages(path, profile, day) if template else {"index.md": index.top((), {}, day)}
    return ChangeSet(
        subject=f"onboard: {user}",
        stage=Stage.ONBOARD,
        actor=Actor.PERSON if template else Actor.WRITER,
        write={_FACTS: given, path: profile.render(), "repo_guide.md": guide, **pages},
    )


def is_told(snapshot: Snapshot) -> bool:
    """Whether a memory says whose it is and what it holds."""
    return snapshot.blob(_FACTS) is not None


def telling(user: UserId, ontology_name: str, now: datetime, snapshot: Snapshot) -> ChangeSet:
    """Have a memory say so that was begun by an older program, and where an unusual profile is."""
    profile = profile_path(user, snapshot)
    return ChangeSet(
        subject=f"migrate: {user}",
        stage=Stage.MIGRATE,
        actor=Actor.OPERATOR,
        write={_FACTS: _facts(user, ontology_name, now, "" if profile == profile_path(user) else profile)},
    )


def _facts(user: UserId, ontology_name: str, now: datetime, profile: str = "") -> str:
    facts = {
        "format": FORMAT,
        "user": user,
        "ontology": ontology_name,
        "created": now.isoformat(timespec="seconds"),
        **({"profile": profile} if profile else {}),
    }
    return "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in facts.items())


def told(about: str, now: datetime, session: SessionId = SESSION) -> Words:
    """An about-text as the session it becomes: the owner's own words, a turn a paragraph.

    Raises:
        BadContent: it cannot be stored.
    """
    transcript.check(about)
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", about.replace("\r\n", "\n")) if part.strip()]
    turns = [{"role": "user", "content": part} for part in paragraphs]
    return Words(session, json.dumps(turns, ensure_ascii=False), now, now, "onboarding")


def called(about: str) -> str:
    """The name somebody goes by in an about-text; "" if it tells none."""
    head = about[:1_000]
    found = _TOLD.match(head) or _CALLED.search(head)
    name = found[1].strip(" .") if found else ""
    return "" if normal(name.split(" ")[0] if name else "") in _NOBODY else name


def ontology_of(snapshot: Snapshot, usual: str = loader.DEFAULT) -> str:
    """What the ontology of a memory is loaded by; `usual` where the memory does not say."""
    found = _told_of(snapshot).get("ontology")
    return found if isinstance(found, str) and found else usual


def _told_of(snapshot: Snapshot) -> Mapping[str, Value]:
    try:
        return frontmatter.parse(f"---\n{snapshot.text(_FACTS).rstrip()}\n---\n")
    except FrontMatterError:
        return {}


def _profile(user: UserId, kind: str, day: str, name: str, template: str) -> Entity:
    if not template:
        aliases = [user] if name and normal(name) != normal(user) else []
        return entity.new(name or user, kind, created=day, aliases=aliases)
    transcript.check(template)
    if len(template) > LONGEST_TEMPLATE:
        raise BadInput(f"the template has {len(template):,} characters; give up to {LONGEST_TEMPLATE:,}")
    given = entity.parse(template if template.endswith("\n") else f"{template}\n")
    name = given.name or name or user
    aliases = list(given.aliases)
    if normal(user) not in {normal(known) for known in (name, *aliases)}:
        aliases.append(user)
    fields: dict[str, str | list[str]] = {"type": kind, "name": name, "created": day}
    missing = {key: value for key, value in fields.items() if key not in given.fields}
    return given.with_fields(missing | ({"aliases": aliases} if aliases else {}))


def _pages(path: str, profile: Entity, day: str) -> dict[str, str]:
    """The index and the timeline of a memory that begins with a profile."""
    role = profile.fields.get("role", "")
    line = IndexLine(
        path,
        profile.name,
        profile.type,
        role if isinstance(role, str) else "",
        profile.aliases,
        profile.listed("cues")[:6],
        1,
        day,
    )
    links = (timeline.Link(path, profile.name),)
    entry = timeline.Entry(day, SESSION, f"The memory of {profile.name} begins.", (), links)
    return {
        "index.md": index.top([line], {line.type: 1}, day),
        index.shard_path("profile", line.name): index.with_lines("", [line]),
        timeline.path_for(day): timeline.with_entry("", entry),
    }
