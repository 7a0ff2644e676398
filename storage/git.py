"""The only place that starts the git program."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import GitFailed

_SECONDS = 120.0
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
    import git as gitpython

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
