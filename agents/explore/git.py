"""git: the verbs that only read."""

from collections.abc import Callable

from . import gitblame, gitfiles, gitlog, gitshow
from .budget import Refusal
from .call import Call, Told

_VERBS: dict[str, Callable[[Call], Told]] = {
    "log": gitlog.log,
    "diff": gitshow.diff,
    "show": gitshow.show,
    "blame": gitblame.blame,
    "annotate": gitblame.blame,
    "grep": gitfiles.grep,
    "shortlog": gitlog.shortlog,
    "rev-list": gitlog.rev_list,
    "ls-files": gitfiles.ls_files,
    "ls-tree": gitfiles.ls_tree,
}
VERBS = tuple(verb for verb in _VERBS if verb != "annotate")


def git(call: Call) -> Told:
    """Carry out one verb."""
    words = list(call.words)
    while words and words[0].text == "--no-pager":
        words.pop(0)
    verb = words.pop(0).text if words else ""
    if verb not in _VERBS:
        raise Refusal(f"git: there is no {verb[:40]!r} here; there are: {', '.join(VERBS)}")
    call.words = words
    call.name = f"git {verb}"
    return _VERBS[verb](call)
