"""What plain HTTP clients may ask of the memory this server serves."""

import json

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..errors import BadInput, DiffMemError, UnknownUser
from ..memory import Memory
from .problems import status

_LONGEST_BODY = 64 * 1024


def routes(memory: Memory, user: str) -> list[Route]:
    """The routes of one user's memory."""

    async def run_command(request: Request) -> Response:
        try:
            command = await _command(request, user)
            done = await memory.explore(user, command)
        except DiffMemError as error:
            return _problem(error)
        told = {"output": done.output, "exit_code": done.exit_code, "elapsed_ms": done.elapsed_ms}
        return JSONResponse(told)

    return [Route("/memory/{user_id}/run-command", run_command, methods=["POST"])]


async def _command(request: Request, user: str) -> str:
    if request.path_params["user_id"] != user:
        raise UnknownUser(str(request.path_params["user_id"])[:128])
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_BODY:
            raise BadInput(f"the body is larger than {_LONGEST_BODY:,} bytes")
    try:
        command: object = json.loads(body)["command"]
    except (ValueError, TypeError, LookupError, RecursionError):
        command = None
    if not isinstance(command, str):
        raise BadInput('the body is not as it should be; send {"command": "ls"}')
    return command


def _problem(error: DiffMemError) -> Response:
    code = status(error)
    told = {"type": "about:blank", "title": type(error).__name__, "status": code, "detail": str(error)}
    return JSONResponse(told, code, media_type="application/problem+json")
