"""The first commit of a memory: whose it is, their profile, the guide."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from ..ontologies import entity, index, slug
from ..storage.changes import Actor, ChangeSet, Stage
from ..storage.names import UserId

if TYPE_CHECKING:
    from ..ontologies.schema import Ontology

FORMAT = 1


def profile_path(user: UserId) -> str:
    """Where a user's profile lies; never on a name that is the memory's own."""
    stem = slug.stem(user)
    return f"user_{stem.strip('_')}.md" if stem.strip("_") in slug.RESERVED else f"{stem}.md"


def plan(user: UserId, ontology: Ontology, guide: str, now: datetime) -> ChangeSet:
    """What a new memory begins with."""
    day = now.date().isoformat()
    facts = {
        "format": FORMAT,
        "user": user,
        "ontology": ontology.name,
        "created": now.isoformat(timespec="seconds"),
    }
    told = "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in facts.items())
    return ChangeSet(
        subject=f"onboard: {user}",
        stage=Stage.ONBOARD,
        actor=Actor.WRITER,
        write={
            "diffmem.yaml": told,
            profile_path(user): entity.new(user, "person", created=day).render(),
            "index.md": index.top((), {}, day),
            "repo_guide.md": guide,
        },
    )
