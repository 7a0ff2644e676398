"""What begins a memory, takes something back, or takes it away."""

from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from ...errors import BadInput, NotFound
from ...memory import Onboarded
from .. import replies
from ..pages import path_of
from . import requests
from .answers import Begun, ForgetAnswer, OnboardAnswer, RestoreAnswer
from .endpoint import Call
from .requests import ExportQuery, NoQuery, Nothing
from .stamp import metadata


async def onboard(call: Call[requests.Onboard, NoQuery]) -> OnboardAnswer:
    """Begin a memory; one that is there stays as it is."""
    asked, service = call.body, call.service
    done = await service.memory.onboard(
        call.user, asked.user_info, asked.template or "", asked.session_id or ""
    )
    message = "the memory has begun" if done.created else "there was a memory already; it stays as it is"
    return OnboardAnswer(metadata=metadata(call), message=message, result=begun(done))


def begun(done: Onboarded) -> Begun:
    """How a memory began."""
    about = done.about
    return Begun(
        user=done.user,
        created=done.created,
        commit=done.commit,
        path=done.path,
        session_id=about.session_id if about else "",
        state=about.state if about else "",
        note=about.note if about else "",
    )


async def restore(call: Call[requests.Restore, NoQuery]) -> RestoreAnswer:
    """Bring back a file, or take back a session or a commit."""
    asked, memory = call.body, call.service.memory
    if len([one for one in (asked.path, asked.session, asked.commit) if one]) != 1 or (
        asked.as_of and not asked.path
    ):
        raise BadInput("give one of path, session and commit; as_of goes with path")
    if asked.path:
        path = await path_of(memory, call.user, asked.path, asked.as_of)
        done = await memory.restore(call.user, path, asked.as_of)
    else:
        done = await memory.undo(call.user, asked.session, asked.commit)
    return RestoreAnswer(metadata=metadata(call), **replies.put_back(done).model_dump())


async def forget(call: Call[requests.Forget, NoQuery]) -> ForgetAnswer:
    """Forget a session, an entity, a file, words, or everything."""
    asked, memory = call.body, call.service.memory
    named: dict[str, Any] = asked.model_dump()
    named["path"] = await path_of(memory, call.user, asked.path)
    done = await memory.forget(call.user, **named)
    return ForgetAnswer(metadata=metadata(call), **replies.forgot(done, whole=True).model_dump())


async def erase(call: Call[Nothing, NoQuery]) -> ForgetAnswer:
    """Erase everything there is of a user; the answer proves it."""
    done = await call.service.memory.forget(call.user, how="erase", everything=True)
    return ForgetAnswer(metadata=metadata(call), **replies.forgot(done, whole=True).model_dump())


async def export(call: Call[Nothing, ExportQuery]) -> Response:
    """The whole memory in one file."""
    write = call.service.export
    if write is None:
        raise NotFound("this server exports nothing")
    form = call.query.form
    folder = Path(mkdtemp(prefix="diffmem-export-"))
    file = folder / f"memory.{form}"

    def clear() -> None:
        file.unlink(missing_ok=True)
        folder.rmdir()

    try:
        await write(call.user, file, form, call.query.at)
    except BaseException:
        clear()
        raise
    return FileResponse(file, media_type=FORMS[form], filename=file.name, background=BackgroundTask(clear))


FORMS = {
    "bundle": "application/x-git-bundle",
    "zip": "application/zip",
    "jsonl": "application/jsonl",
    "pdf": "application/pdf",
}
