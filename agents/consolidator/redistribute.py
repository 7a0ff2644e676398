"""Files that grew too long: what tells of others goes to their files, themes to files of their own."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from ...errors import ModelError
from ...storage.changes import ChangeSet
from ...storage.snapshot import Snapshot
from ..indexing import is_entity
from ..providers.provider import Meter
from . import placing
from .merging import CannotMerge
from .moving import Moving, Placed, movable
from .survey import Plan, Step, Survey, Task, notes


def tokens(text: str) -> int:
    """About how many tokens a text has."""
    return len(text) // 4


def survey(snapshot: Snapshot, task: Task) -> Survey:
    """Which files are too long, and what would go where."""
    steps: list[Step] = []
    passed: list[str] = []
    notes_: list[str] = []
    files = [file for file in snapshot.files() if is_entity(file.path)]
    # Bytes are never fewer than characters.
    near = [file.path for file in files if snapshot.size(file.blob) // 4 > task.soft_cap_tokens]
    long = [path for path in near if tokens(snapshot.text(path)) > task.soft_cap_tokens]
    for path in sorted(long, key=lambda path: (len(snapshot.text(path)), path)):
        placed, trailers, note = _placed(snapshot, path, task)
        notes_ += [note] if note else []
        make = partial(plan, path=path, task=replace(task, provider=None), placed=placed, trailers=trailers)
        try:
            changes = make(snapshot)
        except CannotMerge as cannot:
            passed.append(f"{path}: {cannot.why}")
            continue
        if changes is None:
            passed.append(
                f"{path}: {tokens(snapshot.text(path))} tokens, but nothing in it belongs elsewhere"
            )
            continue
        steps.append(Step(changes.subject.partition(": ")[2], _files(changes), partial(_planned, make)))
        left = tokens(str(changes.write[path]))
        if left > task.soft_cap_tokens:
            passed.append(f"{path}: still {left} tokens once that is done")
    return Survey(tuple(steps), len(files), passed=tuple(passed), note=notes(*notes_))


def plan(
    snapshot: Snapshot, path: str, task: Task, placed: Placed, trailers: Mapping[str, str]
) -> ChangeSet | None:
    """Move lines out of a file until it is short enough, to the smaller files first; None if none can go.

    Raises:
        CannotMerge: a line would be lost.
    """
    if tokens(snapshot.text(path)) <= task.soft_cap_tokens:
        return None
    moving = Moving.of(snapshot, path, task)
    wanted = moving.wanted(placed)
    for target, moves in sorted(wanted.items(), key=lambda each: (moving.size(each[0]), each[0])):
        moving.move(target, moves)
    moving.finish()
    if not moving.targets:
        return None
    stem = path.rpartition("/")[2].removesuffix(".md")
    files = f"{len(moving.targets)} file{'' if len(moving.targets) == 1 else 's'}"
    there = f", {moving.there} of them there already" if moving.there else ""
    told = {"Moved": f"{moving.moved} lines{there}", **trailers}
    return moving.draft.changes(f"consolidate(redistribute): {stem} ({moving.moved} lines to {files})", told)


def _placed(snapshot: Snapshot, path: str, task: Task) -> tuple[Placed, dict[str, str], str]:
    """What a model says of the lines that rules would leave where they are."""
    if task.provider is None:
        return {}, {}, ""
    moving = Moving.of(snapshot, path, task)
    sure = {at for moves in moving.wanted({}).values() for move in moves for at in move.places}
    left = [
        group.heads for _, places, group in movable(moving.source) if sure.isdisjoint(places) and group.heads
    ]
    meter = Meter(task.provider)
    try:
        told = placing.placed(snapshot, path, left, meter, task.ontology_name)
    except ModelError as failed:
        return {}, {}, f"the model could not be asked about {path}: {failed}"
    spent = meter.usage
    trailers = {
        "Model": meter.model,
        "Prompt": placing.version(task.ontology_name),
        "Tokens": f"{spent.tokens_in}/{spent.tokens_out}",
    }
    return told, trailers if told else {}, f"{len(left)} lines of {path} shown to {meter.model}"


def _planned(make: Plan, snapshot: Snapshot) -> ChangeSet | None:
    try:
        return make(snapshot)
    except CannotMerge:
        # Somebody changed one of the files meanwhile; the next run looks at them again and tells why.
        return None


def _files(changes: ChangeSet) -> tuple[str, ...]:
    return tuple(sorted(path for path in changes.write if is_entity(path)))
