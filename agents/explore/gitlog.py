"""git log, rev-list and shortlog: commits one after the other."""

import pygit2

from . import gitcommits, gitdiff
from .budget import STAGE_BYTES
from .call import Call, Told, raw, text_of
from .gitcommits import Selection
from .gitdiff import Differ, Kinds
from .gitformat import Format, short, subject
from .options import Given, Grammar

_LOG = Grammar(
    "git log",
    flags=f"{gitcommits.FLAGS} {gitdiff.FLAGS} --oneline --abbrev-commit --no-abbrev-commit --graph",
    values=f"{gitcommits.VALUES} {gitdiff.VALUES} --format --date",
    maybe=f"{gitdiff.MAYBE} --pretty --decorate",
    digits="n",
)
_REV_LIST = Grammar(
    "git rev-list",
    flags=f"{gitcommits.FLAGS} --count --oneline --abbrev-commit --parents",
    values=f"{gitcommits.VALUES} --format --date",
    maybe="--pretty",
    digits="n",
)
_SHORTLOG = Grammar(
    "git shortlog",
    flags=f"{gitcommits.FLAGS} -s=--summary --numbered=-n -e=--email -c",
    values=gitcommits.VALUES.replace("-n=--max-count", "--max-count"),
)


def log(call: Call) -> Told:
    """Commits with their messages, and what they changed."""
    given = _LOG.parse(call.words)
    selection = Selection.of(call.view, given)
    form = formatted(call, given)
    kinds = Kinds.of(given)
    parts: list[bytes] = []
    size = 0
    for commit in selection.commits():
        parts.append(_entry(commit, form, kinds, selection, first=not parts))
        size += len(parts[-1])
        if size > STAGE_BYTES:
            break
    return Told(b"".join(parts))


def rev_list(call: Call) -> Told:
    """The ids of commits, or how many there are."""
    given = _REV_LIST.parse(call.words)
    commits = Selection.of(call.view, given).commits()
    if "count" in given:
        return Told(b"%d\n" % sum(1 for _ in commits))
    if "oneline" in given:
        return Told(text_of(raw(f"{short(commit.id)} {subject(commit.message)}") for commit in commits))
    if "format" in given or "pretty" in given:
        form = formatted(call, given)
        return Told(text_of(raw(f"commit {commit.id}\n{form.of(commit)}") for commit in commits))
    shown = short if "abbrev-commit" in given else str
    parents = "parents" in given
    ids = ([commit.id, *(commit.parent_ids if parents else [])] for commit in commits)
    return Told(text_of(" ".join(map(shown, row)).encode() for row in ids))


def shortlog(call: Call) -> Told:
    """Who made how many commits."""
    given = _SHORTLOG.parse(call.words)
    by_author: dict[str, list[str]] = {}
    for commit in Selection.of(call.view, given).commits():
        who = commit.committer if "c" in given else commit.author
        name = f"{who.name} <{who.email}>" if "e" in given else who.name
        by_author.setdefault(name, []).append(subject(commit.message))
    authors = sorted(
        by_author, key=lambda name: (-len(by_author[name]) if "numbered" in given else 0, raw(name))
    )
    if "s" in given:
        return Told(text_of(raw(f"{len(by_author[name]):6}\t{name}") for name in authors))
    return Told(b"".join(raw(_block(name, by_author[name])) for name in authors))


def formatted(call: Call, given: Given) -> Format:
    """How the options want commits written."""
    pretty = given.value("format") or given.value("pretty") or "medium"
    if "oneline" in given:
        pretty = "oneline"
    if pretty == "medium" and ("format" in given or "pretty" in given) and not given.value("format", "x"):
        pretty = "tformat:"
    return Format(
        call.view, pretty, given.value("date"), is_short="oneline" in given or "abbrev-commit" in given
    )


def changed(commit: pygit2.Commit, differ: Differ, kinds: Kinds) -> bytes:
    """What a commit changed against its first parent; nothing for a merge."""
    if not kinds.any() or len(commit.parent_ids) > 1:
        return b""
    return differ.told(str(commit.parent_ids[0]) if commit.parent_ids else "", str(commit.id), kinds)


def _entry(commit: pygit2.Commit, form: Format, kinds: Kinds, selection: Selection, *, first: bool) -> bytes:
    told = changed(commit, selection.differ, kinds)
    if form.is_empty:
        return told
    text = raw(form.of(commit))
    # git sets blocks apart by an empty line, lines of a format of one's own by none.
    before = b"\n" if not first and (form.is_block or not form.ends) else b""
    if not told:
        return before + text + b"\n" * (form.ends or kinds.any())
    return before + text + b"\n" + between(form, kinds) + told


def between(form: Format, kinds: Kinds) -> bytes:
    """What git writes between a message and what the commit changed."""
    if form.name == "oneline" or not form.ends:
        return b""
    return b"---\n" if kinds.patch and kinds.stat else b"\n"


def _block(name: str, subjects: list[str]) -> str:
    rows = "".join(f"      {one}\n" for one in reversed(subjects))
    return f"{name} ({len(subjects)}):\n{rows}\n"
