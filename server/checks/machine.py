"""Checks of the programs and libraries this runs on."""

import platform
import re
from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pygit2

from ...agents.explore.explore import walls
from ...errors import GitFailed
from ...storage.git import git
from ..settings import machine_zone
from .check import Case, Result, fail, ok, warn

_OLDEST_GIT = (2, 36)
"""Since then git syncs what it writes as it is told to."""
_EXTRAS = {"dbos": "dbos", "hatchet": "hatchet_sdk"}


def python(case: Case) -> Iterator[Result]:
    """The interpreter."""
    del case
    yield ok("python", f"Python {platform.python_version()} on {platform.system()} {platform.machine()}")


def git_program(case: Case) -> Iterator[Result]:
    """The git program: there, and new enough."""
    del case
    try:
        told = git(Path.cwd(), "version", seconds=20).strip()
    except GitFailed as failed:
        advice = "install git 2.36 or newer; laying out folders, packing and mirrors need it"
        yield fail("git", str(failed), advice)
        return
    found = re.search(r"(\d+)\.(\d+)", told)
    if not found or (int(found[1]), int(found[2])) < _OLDEST_GIT:
        yield warn("git", f"{told} is older than 2.36", "update git; older ones do not sync all they write")
    else:
        yield ok("git", told)


def libgit2(case: Case) -> Iterator[Result]:
    """The library that reads and writes objects."""
    del case
    yield ok("libgit2", f"libgit2 {pygit2.LIBGIT2_VERSION}, pygit2 {version('pygit2')}")


def explore(case: Case) -> Iterator[Result]:
    """What stands between a command of `explore` and this machine."""
    del case
    found = walls()
    if found.process:
        yield ok("explore", f"explore stands behind: {found}")
    else:
        advice = (
            "nothing is started and no file opened all the same; a process of its own needs Linux or macOS"
        )
        yield warn("explore", f"explore stands behind: {found}", advice)


def zone(case: Case) -> Iterator[Result]:
    """What a date without a zone means."""
    named, here = case.settings.timezone, machine_zone()
    if named == here:
        yield ok("timezone", f"dates without a zone are of {named}")
    else:
        yield ok("timezone", f"dates without a zone are of {named}; this machine keeps {here}")


def extras(case: Case) -> Iterator[Result]:
    """Optional packages: there where the settings need them."""
    wanted = case.settings.executor
    there = [name for name, package in _EXTRAS.items() if find_spec(package)]
    if wanted in _EXTRAS and wanted not in there:
        yield fail("extras", f"{wanted} runs the jobs, but it is missing", f"pip install 'diffmem[{wanted}]'")
    else:
        yield ok("extras", f"jobs run by {wanted}; installed besides: {', '.join(there) or 'nothing'}")


def settings_file(case: Case) -> Iterator[Result]:
    """The file `.env`, and who else can read its secrets."""
    del case
    file = Path(".env")
    if not file.is_file():
        yield ok("settings", "the settings come from the environment; there is no file .env here")
        return
    from .permissions import open_to_others, tightened

    secret = re.search(r"^\s*\w*(?:KEY|TOKEN|SECRET)\w*\s*=\s*\S", file.read_text("utf-8"), re.MULTILINE)
    if secret and open_to_others(file):
        yield warn(
            "settings",
            "others on this machine can read the secrets in .env",
            "chmod 600 .env",
            mend=lambda: tightened([file.absolute()]),
        )
    else:
        yield ok("settings", "the settings come from the environment and from .env")
