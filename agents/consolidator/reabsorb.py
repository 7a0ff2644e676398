"""Commitments that lie in files of their own go back to the open items of those who made them."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from ...ontologies import entity, frontmatter, wikilink
from ...ontologies.entity import Entity
from ...ontologies.frontmatter import FrontMatterError
from ...ontologies.statement import one_line
from ...storage.changes import ChangeSet
from ...storage.snapshot import Snapshot
from ..catalogue import Catalogue
from . import links
from .bodies import joined
from .draft import Draft
from .merging import CannotMerge, missing
from .survey import Step, Survey, Task

OPEN_ITEMS = "Open items"
FOLDERS = ("entities/commitments", "memories/commitments")
_OWNED_BY = ("owner", "owned_by", "assignee", "assigned_to", "person", "who", "entity", "parent", "related")
_NOT_TOLD = frozenset({"type", "name", "aliases", "created", "updated", "cues", *_OWNED_BY})


def survey(snapshot: Snapshot, task: Task) -> Survey:
    """Which commitments would go where, and whose owner is not known."""
    steps: list[Step] = []
    passed: list[str] = []
    paths = list(_commitments(snapshot))
    for path in paths:
        owner = _owner(snapshot, path)
        why = "nobody it names has a file" if owner is None else _tried(snapshot, path)
        if owner is None or why:
            passed.append(f"{path}: {why}")
        else:
            steps.append(Step(f"{owner} <- {path}", (path, owner), partial(_planned, path)))
    return Survey(tuple(steps), len(paths), passed=tuple(passed))


def plan(snapshot: Snapshot, path: str) -> ChangeSet | None:
    """Fold one commitment into its owner's open items; None if it or the owner is gone.

    Raises:
        CannotMerge: a line would be lost.
    """
    owner_path = _owner(snapshot, path) if snapshot.blob(path) is not None else None
    if owner_path is None:
        return None
    owner, commitment = (entity.parse(snapshot.text(each)) for each in (owner_path, path))
    draft = Draft(snapshot)
    draft.write(owner_path, _folded(owner, commitment, owner_path, path).render())
    draft.delete(path)
    draft.retarget(path, owner_path)
    stems = (each.rpartition("/")[2].removesuffix(".md") for each in (owner_path, path))
    return draft.changes(f"consolidate(reabsorb): {' <- '.join(stems)}", {"Folded": path})


def _planned(path: str, snapshot: Snapshot) -> ChangeSet | None:
    try:
        return plan(snapshot, path)
    except CannotMerge:
        # Somebody changed one of the files meanwhile; the next run looks at them again and tells why.
        return None


def _tried(snapshot: Snapshot, path: str) -> str:
    try:
        plan(snapshot, path)
    except CannotMerge as cannot:
        return cannot.why
    return ""


def _folded(owner: Entity, commitment: Entity, owner_path: str, path: str) -> Entity:
    try:
        item = _item(commitment, path)
    except FrontMatterError as broken:
        raise CannotMerge(owner_path, path, str(broken)) from broken
    titled = replace(commitment, front="", body=(f"### {OPEN_ITEMS}\n", f"{item}\n", f"/END {OPEN_ITEMS}\n"))
    named = joined(owner, titled)
    made = joined(replace(owner, body=tuple(named.body)), commitment, lambda _: OPEN_ITEMS)
    result = replace(owner, body=tuple(made.body))
    gone = missing(owner, commitment, result, made.same)
    if gone:
        raise CannotMerge(owner_path, path, f"a line would be lost: {gone[:120]}")
    return result


def _item(commitment: Entity, path: str) -> str:
    """The line that tells what the front matter told of a commitment."""
    fields = frontmatter.parse(commitment.front)
    told = [
        f"{key.replace('_', ' ')}: {one_line(value if isinstance(value, str) else ', '.join(value))}"
        for key, value in fields.items()
        if key not in _NOT_TOLD and value
    ]
    name = commitment.name or path.rpartition("/")[2].removesuffix(".md")
    details = "; ".join(told)
    return f"- {name} ({details})" if details else f"- {name}"


def _commitments(snapshot: Snapshot) -> Iterator[str]:
    for folder in FOLDERS:
        yield from (file.path for file in snapshot.files(folder) if file.path.endswith(".md"))


def _owner(snapshot: Snapshot, path: str) -> str | None:
    """The file of whom a commitment names as its owner, else of the first file it links to."""
    catalogue = Catalogue.of(snapshot)
    file = entity.parse(snapshot.text(path))
    linked = [link.path for link in wikilink.links(file.render())]
    named = [name for key in _OWNED_BY for name in file.listed(key)]
    named = [target for name in named for target in (list(links.targets(name)) or [name])]
    for name in (*named, *linked):
        line = catalogue.find(name) or catalogue.find(f"{name}.md")
        if line and line.path != path and not line.path.startswith(FOLDERS):
            return line.path
    return None
