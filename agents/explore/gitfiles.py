"""git grep, ls-files and ls-tree: the files of a commit."""

from collections.abc import Iterator

from .call import Call, Input, Told, raw, text_of
from .gitdiff import lies
from .grep import FLAGS, VALUES, made, told_of
from .options import Grammar
from .revisions import UnknownRevision, pathspecs, resolve
from .tokens import Word
from .view import View

_GREP = Grammar(
    "git grep",
    flags=f"{FLAGS} --name-only --heading --break --full-name --no-color -r=--recursive --untracked --cached",
    values=VALUES,
    maybe="--color",
    digits="C",
)
_LS_FILES = Grammar("git ls-files", flags="-c=--cached --full-name")
_LS_TREE = Grammar(
    "git ls-tree", flags="-r --name-only --name-status -l=--long -t -d --full-tree --full-name"
)


def grep(call: Call) -> Told:
    """Lines of all files, or of those behind `--`, at a commit."""
    given = _GREP.parse(call.words)
    after, given.after = given.after or [], None
    if "name-only" in given:
        given.values["l"] = [""]
    search, operands = made(given)
    commits, paths = _revisions(call.view, operands)
    paths += after
    inputs = (
        one
        for revision, commit in commits or [("", call.view.tip)]
        for one in _inputs(call.view, revision, commit, [word.text for word in paths])
    )
    return told_of(call.view, search, inputs, named="h" not in given, errors=call.errors)


def ls_files(call: Call) -> Told:
    """The paths of all files."""
    given = _LS_FILES.parse(call.words)
    return Told(text_of(map(raw, _paths(call.view, call.view.tip, [word.text for word in given.words()]))))


def ls_tree(call: Call) -> Told:
    """What lies in a folder at a commit."""
    given = _LS_TREE.parse(call.words)
    words = given.words()
    if not words:
        raise UnknownRevision("")
    revision, _, folder = words[0].text.partition(":")
    commit = str(resolve(call.view, revision).id)
    tops = [word.text for word in words[1:]]
    if "r" in given:
        paths = _paths(call.view, commit, [folder] if folder else tops)
        rows = [(path, "blob", call.view.files(commit)[path]) for path in paths]
    else:
        rows = list(_children(call.view, commit, folder, tops))
    if "name-only" in given or "name-status" in given:
        return Told(text_of(raw(path) for path, _, _ in rows))
    return Told(text_of(raw(f"{_mode(kind)} {kind} {identity}\t{path}") for path, kind, identity in rows))


def _children(view: View, commit: str, folder: str, tops: list[str]) -> Iterator[tuple[str, str, str]]:
    for top in tops or [folder]:
        found = view.entry(top, commit)
        start = "" if folder or not top.strip("./") else top if top.endswith("/") else ""
        if (tops and not top.endswith("/")) or not found.is_folder:
            yield top, "tree" if found.is_folder else "blob", found.identity
            continue
        for child in view.children(top, commit):
            yield f"{start}{child.name}", "tree" if child.is_folder else "blob", child.identity


def _mode(kind: str) -> str:
    return "040000" if kind == "tree" else "100644"


def _revisions(view: View, operands: list[Word]) -> tuple[list[tuple[str, str]], list[Word]]:
    found: list[tuple[str, str]] = []
    for place, word in enumerate(operands):
        try:
            found.append((f"{word.text}:", str(resolve(view, word.text).id)))
        except UnknownRevision:
            if view.find(word.text.rstrip("/")) is None and not word.glob and "*" not in word.text:
                raise
            return found, operands[place:]
    return found, []


def _inputs(view: View, revision: str, commit: str, paths: list[str]) -> Iterator[Input]:
    for path in _paths(view, commit, paths):
        yield Input(f"{revision}{path}", view.content(view.files(commit)[path], path))


def _paths(view: View, commit: str, paths: list[str]) -> list[str]:
    specs = pathspecs(paths)
    return [path for path in view.files(commit) if not specs or any(lies(path, spec) for spec in specs)]
