"""Pipes and `&& || ;` with their true meaning."""

from collections.abc import Callable
from typing import NamedTuple

from . import columns, find, git, grep, listing, order, sed, text
from .budget import Refusal, Spent, checked
from .call import Call, Told
from .tokens import Pipeline, Stage, parse
from .view import Missing, View

_COMMANDS: dict[str, Callable[[Call], Told]] = {
    "cat": text.cat,
    "head": text.head,
    "tail": text.tail,
    "grep": grep.grep,
    "egrep": grep.grep,
    "fgrep": grep.grep,
    "ls": listing.ls,
    "find": find.find,
    "wc": text.wc,
    "sort": order.sort,
    "uniq": order.uniq,
    "cut": columns.cut,
    "sed": sed.sed,
    "awk": columns.awk,
    "tr": columns.tr,
    "nl": text.nl,
    "tac": text.tac,
    "echo": text.echo,
    "pwd": text.pwd,
    "true": text.true,
    "false": text.false,
    "git": git.git,
}
NAMES = tuple(name for name in _COMMANDS if name not in ("egrep", "fgrep"))
TIME_OVER = 124


class Said(NamedTuple):
    """What a command line said, before it is made safe to show."""

    output: bytes
    code: int


def run(view: View, command: str) -> Said:
    """Carry out a command line.

    Raises:
        Refusal: it holds something outside the grammar, or a command there is not.
    """
    pipelines = parse(command)
    for stage in (stage for pipeline in pipelines for stage in pipeline.stages):
        if stage.words[0].text not in _COMMANDS:
            raise Refusal(
                f"there is no command {stage.words[0].text[:40]!r}; there are: {', '.join(NAMES)}", 127
            )
    parts: list[bytes] = []
    code = 0
    for pipeline in pipelines:
        if (pipeline.operator == "&&" and code) or (pipeline.operator == "||" and not code):
            continue
        said = _pipeline(view, pipeline)
        parts.append(said.output)
        code = said.code
        checked(sum(map(len, parts)))
        if code == TIME_OVER:
            break
    return Said(b"".join(parts), code)


def _pipeline(view: View, pipeline: Pipeline) -> Said:
    errors: list[str] = []
    piped: bytes | None = None
    code = 0
    try:
        for stage in pipeline.stages:
            told = _stage(view, stage, piped, errors)
            checked(len(told.output))
            piped, code = told
    except Spent as spent:
        errors.append(str(spent))
        piped, code = b"", TIME_OVER
    complaints = "".join(f"{error}\n" for error in errors).encode("utf-8", "surrogateescape")
    return Said(complaints + (piped or b""), code)


def _stage(view: View, stage: Stage, piped: bytes | None, errors: list[str]) -> Told:
    name = stage.words[0].text
    call = Call(view, name, stage.words[1:], piped)
    try:
        told = _COMMANDS[name](call)
    except (Refusal, Missing) as refused:
        code = refused.code if isinstance(refused, Refusal) else 1
        if isinstance(refused, Missing) or not str(refused).startswith(name):
            call.complain(refused)
        else:
            call.errors.append(str(refused))
        told = Told(code=code)
    if not stage.muted:
        errors += call.errors
    return told
