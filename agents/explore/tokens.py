"""The grammar: words, quotes, pipes and `&& || ;`; whatever it does not know is refused."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from .budget import Refusal

LONGEST_COMMAND = 4000
MOST_PIPELINES = 8
MOST_STAGES = 6
_OPERATORS = ("&&", "||", "|", ";")
_UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
_VARIABLE = re.compile(r"[A-Za-z0-9_({@*#?!$'\"-]")
_MUTED = re.compile(r"(2>\s?/dev/null|2>&1)(?=$|[\s|;&])")
_WHY = {
    "$": "variables and $(...) are not known; in a pattern quote it: 'a$'",
    "`": "backquotes are not known",
    "<": "there is no redirection; name the file: `grep x notes.md`",
    ">": "there is no redirection (only 2>/dev/null and 2>&1); the memory is read-only here",
    "&": "nothing runs in the background; quote it: '&'",
    "(": "there are no subshells; quote it: '('",
    ")": "there are no subshells; quote it: ')'",
    "{": "braces are not expanded; quote it: '{'",
    "}": "braces are not expanded; quote it: '}'",
    "#": "comments are not known; quote it: '#'",
    "~": "there is no home folder; paths start at the top of the memory",
}


class Word(NamedTuple):
    """One word; `glob` is its pattern if it holds wildcards outside quotes, else ""."""

    text: str
    glob: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """One command of a pipeline; `muted` if its complaints are not wanted."""

    words: tuple[Word, ...]
    muted: bool = False


class Pipeline(NamedTuple):
    """Stages joined by `|`, and the operator that stands before them ("" at the start)."""

    operator: str
    stages: tuple[Stage, ...]


def parse(command: str) -> list[Pipeline]:
    """Split a command line into pipelines.

    Raises:
        Refusal: it holds something outside the grammar.
    """
    _check(command)
    pipelines: list[Pipeline] = []
    operator, stages, words, muted = "", list[Stage](), list[Word](), False
    for token in _tokens(command):
        if isinstance(token, Word):
            words.append(token)
            continue
        if token.startswith("2>"):
            muted = muted or token != "2>&1"
            continue
        _need(words, token)
        stages.append(Stage(tuple(words), muted))
        words, muted = [], False
        if token != "|":
            pipelines.append(Pipeline(operator, tuple(stages)))
            operator, stages = token, []
    if words or stages or operator in ("&&", "||") or not pipelines:
        _need(words, "the end")
        pipelines.append(Pipeline(operator, (*stages, Stage(tuple(words), muted))))
    return _counted(pipelines)


def _check(command: str) -> None:
    if len(command) > LONGEST_COMMAND:
        raise Refusal(f"a command has at most {LONGEST_COMMAND} characters; this one has {len(command)}")
    for char in command:
        if char != "\t" and unicodedata.category(char) in _UNSEEN:
            why = "give one line; join commands with ; or &&" if char in "\r\n" else "remove it"
            raise Refusal(f"the command holds the character U+{ord(char):04X}: {why}")


def _need(words: list[Word], where: str) -> None:
    if not words:
        raise Refusal(f"a command is missing before {where}; for example `grep -rn coffee . | head -20`")


def _counted(pipelines: list[Pipeline]) -> list[Pipeline]:
    if len(pipelines) > MOST_PIPELINES:
        raise Refusal(f"at most {MOST_PIPELINES} commands joined by && || ; in one line")
    if any(len(pipeline.stages) > MOST_STAGES for pipeline in pipelines):
        raise Refusal(f"at most {MOST_STAGES} commands in one pipe")
    return pipelines


def _tokens(command: str) -> Iterator[Word | str]:
    here = 0
    while here < len(command):
        if command[here].isspace():
            here += 1
            continue
        muted = _MUTED.match(command, here)
        operator = next((one for one in _OPERATORS if command.startswith(one, here)), "")
        if muted:
            yield muted[1]
            here = muted.end()
        elif operator:
            yield operator
            here += len(operator)
        else:
            reader = _Reader(command, here)
            yield reader.word()
            here = reader.here


@dataclass(slots=True)
class _Reader:
    """Reads one word from a place on."""

    command: str
    here: int
    text: str = ""
    glob: str = ""
    wild: bool = False

    def word(self) -> Word:
        if self.command[self.here] in "#~":
            raise Refusal(_WHY[self.command[self.here]])
        while self.here < len(self.command):
            char = self.command[self.here]
            if char.isspace() or char in ";|" or self.command.startswith("&&", self.here):
                break
            self.here += 1
            if char == "'":
                self._keep(self._until_quote())
            elif char == '"':
                self._double()
            elif char == "\\":
                self._keep(self._next("a backslash at the end quotes nothing"))
            else:
                self._bare(char)
        return Word(self.text, self.glob if self.wild else "")

    def _bare(self, char: str) -> None:
        known = char not in _WHY or char in "#~" or (char == "$" and not self._names())
        if not known:
            raise Refusal(f"unquoted {char}: {_WHY[char]}")
        if char in "*?[":
            self.text, self.glob, self.wild = self.text + char, self.glob + char, True
        elif char == "]":
            self.text, self.glob = self.text + char, self.glob + char
        else:
            self._keep(char)

    def _names(self) -> bool:
        return bool(_VARIABLE.match(self.command, self.here))

    def _keep(self, text: str) -> None:
        self.text += text
        self.glob += "".join(f"\\{char}" if char in "*?[]\\" else char for char in text)

    def _next(self, missing: str) -> str:
        if self.here >= len(self.command):
            raise Refusal(missing)
        self.here += 1
        return self.command[self.here - 1]

    def _until_quote(self) -> str:
        end = self.command.find("'", self.here)
        if end < 0:
            raise Refusal("a ' is not closed; write \"it's\" with double quotes")
        text, self.here = self.command[self.here : end], end + 1
        return text

    def _double(self) -> None:
        while True:
            char = self._next('a " is not closed')
            if char == '"':
                return
            if char == "\\":
                after = self._next('a " is not closed')
                self._keep(after if after in '$`"\\' else f"\\{after}")
            elif char == "`" or (char == "$" and self._names() and self.command[self.here] not in "'\""):
                raise Refusal(f"{char} inside double quotes: {_WHY[char]}")
            else:
                self._keep(char)
