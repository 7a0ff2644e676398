"""What the memory did, as the doors tell it: receipts, traces, what was put back and what is gone."""

from collections.abc import Mapping
from typing import Any

from ..memory import Forgotten, Receipt, Restored, ToolReport, Why
from .answers import Consolidated, Forgot, PutBack, Remembered, Taken, Tidied, Trace, Working
from .jobs.job import Record
from .wire import source_of

MOST_LOSSES = 50
"""Files named in one answer."""
MOST_IDS = 20
"""Ids of removed objects in one answer."""
STILL_AT_IT = "this takes longer and goes on by itself; ask `job` with this id how it ends"

_NOTES = {
    "digested": "",
    "pending": "stored; recall finds it now, filing goes on by itself",
    "retracted": "not stored: these words were retracted; to have them back, restore their session",
}

_NAMED = 5
_LONGEST_TARGET = 200
MEANS = {
    "archive": "It leaves recall and can be restored.",
    "retract": "It leaves the present and is not learned again from the same words; history keeps it.",
    "erase": "It leaves all of history, too; this cannot be undone.",
}
"""What each way to forget comes to."""


def remembered(receipt: Receipt, job: str = "") -> Remembered:
    """A receipt as it is sent; `job` is the id of the work that still files it."""
    state = receipt.state
    known = state if state == "digested" or state == "retracted" else "pending"
    told = Remembered(
        user=receipt.user,
        session_id=receipt.session_id,
        commit=receipt.commit,
        path=receipt.path,
        state=known,
        note=receipt.note or _NOTES[known],
    )
    return told.model_copy(update={"job": job}) if job else told


def working(record: Record) -> Working:
    """How work stands, as it is sent."""
    answer = Working(job=record.job.id, verb=record.job.verb, status=record.status.value)
    if isinstance(record.result, Mapping):
        answer = answer.model_copy(update={"result": dict(record.result)})
    return answer.model_copy(update={"error": record.error.detail}) if record.error else answer


def consolidated(reports: Mapping[str, ToolReport | Mapping[str, Any]], *, dry_run: bool) -> Consolidated:
    """What each tool did, as it is sent; a report may come back from a queue as plain data."""
    results = [
        _tidied(tool, one if isinstance(one, ToolReport) else ToolReport(**one))
        for tool, one in reports.items()
    ]
    return Consolidated(dry_run=dry_run, results=results)


def _tidied(tool: str, report: ToolReport) -> Tidied:
    more = max(0, len(report.files) - MOST_LOSSES)
    notes = [report.note] if report.note else []
    told = Tidied(
        tool=tool,
        commit=report.commit,
        files=list(report.files[:MOST_LOSSES]),
        note="; ".join([*notes, *([f"and {more} more files"] if more else [])]),
        considered=report.considered,
    )
    also = {"commits": report.commits, "done": report.done, "proposed": report.proposed}
    return told.model_copy(update={name: list(some[:MOST_LOSSES]) for name, some in also.items() if some})


def traced(why: Why) -> Trace:
    """A trace as it is sent."""
    return Trace(
        place=f"{why.path}:{why.line}",
        text=why.text,
        speaker=why.speaker,
        said=why.said_at,
        quote=why.quote,
        session_id=why.session_id,
        turn=why.turn,
        source=source_of(why.session_path),
        lines=why.session_lines,
        commit=why.learned_in,
        learned=why.learned,
    )


def unsaid(why: Why) -> str:
    """Why a line leads to no session; "" if it does."""
    if why.session_id:
        return ""
    if why.mark:
        return "the session this line came from is gone"
    if why.actor == "person":
        return "somebody wrote this line by hand; nobody said it in a session"
    return "this line is no statement; it was made from the files"


def put_back(restored: Restored) -> PutBack:
    """What was put back, as it is sent."""
    return PutBack(commit=restored.commit, subject=restored.subject, files=list(restored.files))


def forgot(told: Forgotten, *, declined: bool = False, whole: bool = False) -> Forgot:
    """What is gone or would go, as it is sent; `whole` names every file and object."""
    done = not told.dry_run
    losses = [Taken(path=loss.path, lines=loss.lines, whole=loss.whole) for loss in told.losses]
    shown = losses if whole else losses[:MOST_LOSSES]
    answer = Forgot(
        done=done,
        how=told.how,
        target=told.target,
        losses=shown,
        note="; ".join(_notes(told, len(losses) - len(shown), declined=declined)),
    )
    if done and told.commit:
        answer = answer.model_copy(update={"commit": told.commit})
    if not done or told.how != "erase":
        return answer
    ids = list(told.removed if whole else told.removed[:MOST_IDS])
    proof = {"epoch": told.epoch, "sought": told.sought, "scanned": told.scanned, "found": list(told.found)}
    held = {"held": len(told.held), "held_ids": list(told.held if whole else told.held[:MOST_IDS])}
    proof |= held if told.held else {}
    return answer.model_copy(update={**proof, "removed": len(told.removed), "removed_ids": ids})


def _notes(told: Forgotten, more: int, *, declined: bool) -> list[str]:
    notes: list[str] = []
    if declined:
        notes.append("declined: nothing was forgotten")
    elif told.dry_run:
        notes.append("nothing was forgotten; this is what would go")
    elif told.found:
        notes.append("not everything is gone: see found")
    elif told.how == "erase" and not told.losses and not told.removed:
        notes.append("nothing of it was here")
    if told.dry_run and told.how == "erase" and not told.losses:
        notes.append("nothing of it is present; earlier commits would be searched, too")
    if told.held:
        notes.append(
            f"the mirror holds, or may hold, {_counted(len(told.held), 'object')} of it yet: see held_ids"
        )
    if more:
        notes.append(f"and {more} more files")
    return notes


def at_stake(told: Forgotten) -> str:
    """What a forget would take, in a few sentences for the person who decides."""
    whole = sum(loss.whole for loss in told.losses)
    lines = sum(loss.lines for loss in told.losses if not loss.whole)
    parts = [_counted(whole, "file")] if whole else []
    parts += (
        [f"{_counted(lines, 'line')} of other files" if whole else _counted(lines, "line")] if lines else []
    )
    what = " and ".join(parts) or "nothing that is present"
    named = [loss.path for loss in told.losses[:_NAMED]]
    if len(told.losses) > _NAMED:
        named.append(f"and {len(told.losses) - _NAMED} more")
    where = f" ({', '.join(named)})" if named else ""
    target = " ".join(told.target.split())[:_LONGEST_TARGET]
    return f"{told.how.capitalize()} {target}? {what.capitalize()} would go{where}. {MEANS[told.how]}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
