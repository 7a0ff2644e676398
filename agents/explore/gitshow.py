"""git show and diff: one commit, one file at a commit, or what lies between two."""

import pygit2

from . import gitdiff
from .call import Call, Told, raw
from .gitdiff import Differ, Kinds
from .gitformat import Format
from .gitlog import between, formatted
from .options import Grammar
from .revisions import UnknownRevision, Wanted, pathspecs, resolve, sorted_out
from .view import Missing, key

_SHOW = Grammar(
    "git show",
    flags=f"{gitdiff.FLAGS} --oneline --abbrev-commit --first-parent --no-decorate --no-notes",
    values=f"{gitdiff.VALUES} --format --date",
    maybe=f"{gitdiff.MAYBE} --pretty --decorate",
)
_DIFF = Grammar(
    "git diff",
    flags=f"{gitdiff.FLAGS} --cached --staged -R",
    values=gitdiff.VALUES,
    maybe=f"{gitdiff.MAYBE} --word-diff",
)


def show(call: Call) -> Told:
    """Commits with what they changed, or `commit:path` as it was."""
    given = _SHOW.parse(call.words)
    objects = [word for word in given.operands if ":" in word.text]
    given.operands = [word for word in given.operands if ":" not in word.text]
    parts = [_object(call, word.text) for word in objects]
    wanted = sorted_out(call.view, given)
    differ = Differ(call.view, given, pathspecs(wanted.paths))
    form = formatted(call, given)
    kinds = Kinds.of(given, patch=True)
    for commit in _commits(call, wanted, only_objects=bool(objects)):
        parts.append(b"\n" * bool(parts) * form.is_block)
        parts.append(_entry(commit, form, differ, kinds))
    return Told(b"".join(parts), 128 if call.errors else 0)


def diff(call: Call) -> Told:
    """What differs between two commits; one alone is compared with the newest."""
    given = _DIFF.parse(call.words)
    wanted = sorted_out(call.view, given)
    old, new = _ends(call, wanted)
    if "R" in given:
        old, new = new, old
    differ = Differ(call.view, given, pathspecs(wanted.paths))
    told = b"" if old == new else differ.told(old, new, Kinds.of(given, patch=True))
    differs = bool(told) and ("exit-code" in given or "q" in given)
    return Told(b"" if "q" in given else told, int(differs))


def _commits(call: Call, wanted: Wanted, *, only_objects: bool) -> list[pygit2.Commit]:
    tips = wanted.tips or ([] if only_objects or wanted.ranges else [call.view.tip])
    ranged: list[str] = []
    for low, high, _ in wanted.ranges:
        walker = call.view.repository.walk(high)
        walker.hide(low)
        for commit in walker:
            call.view.budget.tick()
            ranged.append(str(commit.id))
    return [call.view.commit(one) for one in [*tips, *ranged]]


def _entry(commit: pygit2.Commit, form: Format, differ: Differ, kinds: Kinds) -> bytes:
    text = raw(form.of(commit)) + b"\n"
    parent = str(commit.parent_ids[0]) if commit.parent_ids else ""
    told = differ.told(parent, str(commit.id), kinds) if kinds.any() else b""
    if form.is_empty:
        return told
    return text + between(form, kinds) * bool(told) + told


def _object(call: Call, text: str) -> bytes:
    revision, _, path = text.partition(":")
    if not revision:
        raise UnknownRevision(text)
    commit = str(resolve(call.view, revision).id)
    try:
        found = call.view.entry(path, commit)
    except Missing as missing:
        call.complain(str(missing).replace(" or directory", f" or directory at {revision}", 1))
        return b""
    if not found.is_folder:
        return call.view.content(found.identity, path)
    names = [child.name + "/" * child.is_folder for child in call.view.children(key(path) or "", commit)]
    return raw(f"tree {text}\n\n" + "".join(f"{name}\n" for name in names))


def _ends(call: Call, wanted: Wanted) -> tuple[str, str]:
    if wanted.ranges:
        low, high, dots = wanted.ranges[0]
        base = call.view.repository.merge_base(low, high) if dots == "..." else None
        return str(base or low), high
    tips = [*wanted.tips, *wanted.without]
    if len(tips) > 2:
        raise UnknownRevision(tips[2])
    return (tips + [call.view.tip] * 2)[0], (tips + [call.view.tip] * 2)[1]
