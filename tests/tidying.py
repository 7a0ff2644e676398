"""A memory of a few files, and the consolidator run on it as the service does."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from support import put

from diffmem.agents.catalogue import Catalogue
from diffmem.agents.consolidator import tools
from diffmem.agents.consolidator.survey import Survey, Task
from diffmem.agents.indexing import indexed, is_entity
from diffmem.ontologies import entity, loader
from diffmem.ontologies.index import IndexLine
from diffmem.storage.attempt import carried_out
from diffmem.storage.branch import Branch

DAY = "2024-01-01"
OWNER = "alex.md"
PEOPLE = "memories/people"


def person(name: str, *lines: str, title: str = "Statements", **fields: Any) -> str:
    """An entity file with some lines under a title."""
    head = entity.new(name, "person", created=DAY, **fields).render()
    told = "".join(f"{line}\n" for line in lines)
    return f"{head}\n### {title}\n{told}/END {title}\n" if lines else head


def filled(
    branch: Branch, files: Mapping[str, str], edits: Mapping[str, tuple[int, str]] | None = None
) -> None:
    """Commit files with the index they would have; `edits` gives counts and last dates of some."""
    lines = [
        IndexLine(
            path,
            entity.parse(text).name,
            edits=(edits or {}).get(path, (1, DAY))[0],
            last=(edits or {}).get(path, (1, DAY))[1],
        )
        for path, text in files.items()
        if is_entity(path)
    ]
    put(branch, {OWNER: person("alex")} | dict(files))
    texts = {path: text for path, text in files.items() if is_entity(path)}
    put(branch, indexed(branch.snapshot(), Catalogue(lines), texts, DAY, edit=False))


def task(**given: Any) -> Task:
    """What the consolidator works with, the common ontology unless said otherwise."""
    usual = Task(OWNER, loader.load(), loader.DEFAULT, date(2024, 6, 1))
    return replace(usual, **given)


def tidied(branch: Branch, tool: str, **given: Any) -> tuple[Survey, list[str]]:
    """Run one tool; what it found and the subjects of its commits."""
    survey = tools.survey(tool, branch.snapshot(), task(**given))
    done = [
        carried_out(branch, step.plan, lambda writing, changes: writing.commit(changes))
        for step in survey.steps
    ]
    return survey, [each.changes.subject for each in done if each]


def statements(branch: Branch, paths: Sequence[str] = ()) -> Counter[str]:
    """The words of every statement, or of those of some files, with session and turn."""
    snapshot = branch.snapshot()
    files = paths or [file.path for file in snapshot.files() if is_entity(file.path)]
    return Counter(
        f"{each.when} {each.text} {each.mark.session_key if each.mark else ''}"
        for path in files
        for _, each in entity.parse(snapshot.text(path)).statements()
    )


def files_of(branch: Branch, folder: str = "memories") -> list[str]:
    """The paths of a folder."""
    return [file.path for file in branch.snapshot().files(folder)]
