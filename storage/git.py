"""The only place that starts the git program."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import cast

from ..errors import GitFailed
from .faults import reason

_SECONDS = 120.0
_LOOK_SECONDS = 0.05
_GRACE_SECONDS = 2.0
_SETTINGS = (
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.fsmonitor=false",
    "-c", "core.fsync=all",
    "-c", "gc.auto=0",
    "-c", "maintenance.auto=false",
    "-c", "protocol.ext.allow=never",
)  # fmt: skip


def git(
    repository: Path,
    *arguments: str,
    seconds: float = _SECONDS,
    settings: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run one git command on a repository and return what it prints.

    The command sees no configuration but the repository's own and `settings` (each "name=value"), runs
    no hook and asks nobody.

    Raises:
        GitFailed: it ended with an error, or took longer than `seconds`.
    """
    try:
        # It starts git once, to see that it is there.
        import git as gitpython
    except ImportError as failed:
        raise GitFailed(arguments[0], str(failed)) from failed
    try:
        return gitpython.Git(str(repository)).execute(
            ["git", f"--git-dir={repository}", *_SETTINGS, *_given(settings), *arguments],
            env={**_environment(repository), **(environment or {})},
            # GitPython has no time limit on Windows and says so by failing.
            kill_after_timeout=None if sys.platform == "win32" else seconds,
            strip_newline_in_stdout=False,
        )
    except gitpython.GitCommandError as failed:
        raise GitFailed(arguments[0], str(failed.stderr)) from failed
    except gitpython.GitCommandNotFound as missing:
        raise GitFailed(arguments[0], "the git program is not installed") from missing
    except OSError as failed:
        raise GitFailed(arguments[0], reason(repository, failed)) from failed


def git_until(
    repository: Path,
    *arguments: str,
    stop: Callable[[], bool],
    told: str = "",
    settings: Sequence[str] = (),
    handles: Sequence[int] = (),
    environment: Mapping[str, str] | None = None,
) -> str | None:
    """As `git`, for work that may be cut off: ended as soon as `stop` says so, and then None.

    `told` is what it reads from its standard input; `handles` are open files that it takes along.

    Raises:
        GitFailed: it ended with an error.
    """
    import git as gitpython

    posix = sys.platform != "win32"
    with tempfile.TemporaryFile() as given:
        given.write(told.encode())
        given.seek(0)
        try:
            begun = gitpython.Git(str(repository)).execute(
                ["git", f"--git-dir={repository}", *_SETTINGS, *_given(settings), *arguments],
                istream=given,
                env={**_environment(repository), **(environment or {})},
                as_process=True,
                # Programs that git starts are ended with it, so they are a group of their own.
                **({"pass_fds": tuple(handles), "start_new_session": True} if posix else {}),
            )
        except gitpython.GitCommandNotFound as missing:
            raise GitFailed(arguments[0], "the git program is not installed") from missing
    return _until(cast("subprocess.Popen[bytes]", begun.proc), stop, arguments[0])


def _until(process: "subprocess.Popen[bytes]", stop: Callable[[], bool], verb: str) -> str | None:
    try:
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                out, error = process.communicate(timeout=_LOOK_SECONDS)
                break
            if stop():
                return None
    finally:
        if process.returncode is None:
            _end(process)
    if process.returncode:
        raise GitFailed(verb, error.decode("utf-8", "replace"))
    return out.decode("utf-8", "replace")


def _end(process: "subprocess.Popen[bytes]") -> None:
    # A polite signal first: on it git removes the files that it has half written.
    for kind in ("SIGTERM", "SIGKILL"):
        with contextlib.suppress(ProcessLookupError):
            if sys.platform == "win32":
                process.kill()
            else:
                os.killpg(process.pid, getattr(signal, kind))
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=_GRACE_SECONDS)
            return


def _given(settings: Sequence[str]) -> list[str]:
    return [word for setting in settings for word in ("-c", setting)]


def _environment(repository: Path) -> dict[str, str]:
    # What a calling program may have set for its own repository must not point git at it.
    return {
        "GIT_DIR": str(repository),
        "GIT_COMMON_DIR": str(repository),
        "GIT_OBJECT_DIRECTORY": str(repository / "objects"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": "",
        "GIT_NAMESPACE": "",
        "GIT_CONFIG_COUNT": "0",
        "GIT_CONFIG_PARAMETERS": "",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_PAGER": "cat",
    }
