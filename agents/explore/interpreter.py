"""The first wall: a command line carried out over git objects, in this very process."""

import pygit2

from ...storage.objects import shut_out_settings
from .address import Answer, Request
from .budget import Refusal, Spent
from .display import safe, shown
from .shell import TIME_OVER, run
from .view import View

_GONE = "this memory could not be read just now; it may have been rewritten: ask again"


def interpreted(request: Request, repository: pygit2.Repository | None = None) -> Answer:
    """Carry out a request; every failure is an answer."""
    try:
        return _run(request, repository or opened(request.address.repository))
    except Refusal as refused:
        return Answer(f"{safe(str(refused))}\n", refused.code)
    except Spent as spent:
        return Answer(f"{spent}\n", TIME_OVER)
    except (KeyError, pygit2.GitError):
        # An object that a commit needs is not there: an erase took it while it was read.
        return Answer(f"{_GONE}\n", 1)


def opened(repository: str) -> pygit2.Repository:
    """A repository as nothing but its objects: no worktree, no search for one, no settings from outside."""
    shut_out_settings()
    return pygit2.Repository(
        repository, pygit2.enums.RepositoryOpenFlag.BARE | pygit2.enums.RepositoryOpenFlag.NO_SEARCH
    )


def _run(request: Request, repository: pygit2.Repository) -> Answer:
    view = View(repository, request.address.commit, request.now)
    said = run(view, request.command)
    return Answer.of(shown(said.output), said.code)
