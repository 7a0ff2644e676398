"""The grammar, the meaning of operators, and errors that teach."""

import pytest
from attacks.shelf import Shelf

from diffmem.agents.explore.budget import Refusal
from diffmem.agents.explore.display import shown
from diffmem.agents.explore.patterns import compiled
from diffmem.agents.explore.tokens import parse

REFUSED = {
    "substitution": ("cat $(id)", "variables"),
    "substitution in quotes": ('cat "$(id)"', "double quotes"),
    "backquotes": ("cat `id`", "backquotes"),
    "variable": ("cat $HOME", "variables"),
    "output": ("cat a > b", "no redirection"),
    "input": ("cat < b", "no redirection"),
    "background": ("ls & ls", "background"),
    "subshell": ("(ls)", "subshells"),
    "braces": ("cat {a,b}", "braces"),
    "home": ("cat ~/x", "no home folder"),
    "comment": ("ls # x", "comments"),
    "two lines": ("ls\nls", "one line"),
    "NUL": ("ls\0", "U+0000"),
    "line separator": ("ls\u2028ls", "U+2028"),
    "open quote": ("cat 'a", "not closed"),
    "open double quote": ('cat "a', "not closed"),
    "nothing": ("  ", "a command is missing"),
    "nothing after a pipe": ("ls |", "a command is missing"),
    "nothing before a pipe": ("| ls", "a command is missing"),
    "nothing between": ("ls && && ls", "a command is missing"),
    "too long": ("x" * 4001, "at most 4000"),
    "too many": ("ls;" * 9, "at most 8"),
    "too deep": ("ls" + "|cat" * 6, "at most 6"),
    "another error file": ("ls 2>x", "no redirection"),
    "a name that begins like null": ("ls 2>/dev/nullx", "no redirection"),
}


@pytest.mark.parametrize(("command", "why"), REFUSED.values(), ids=REFUSED)
def test_what_is_outside_the_grammar_is_refused_with_a_reason(command: str, why: str) -> None:
    with pytest.raises(Refusal, match=why.replace("+", r"\+")):
        parse(command)


WORDS = {
    "quotes": ("grep 'a b' \"c d\" e\\ f", ["grep", "a b", "c d", "e f"]),
    "quotes in a word": ("c'a't x\"y\"z", ["cat", "xyz"]),
    "a dollar that names nothing": ("grep a$ \"b$\" 'c$d'", ["grep", "a$", "b$", "c$d"]),
    "an empty word": ("grep '' x", ["grep", "", "x"]),
    "escapes in double quotes": (r'echo "\$ \" \\ \n"', ["echo", r'$ " \ \n']),
    "a revision": ("git diff HEAD~3.. -- a#b", ["git", "diff", "HEAD~3..", "--", "a#b"]),
}


@pytest.mark.parametrize(("command", "words"), WORDS.values(), ids=WORDS)
def test_words_are_split_as_a_shell_splits_them(command: str, words: list[str]) -> None:
    [pipeline] = parse(command)
    assert [word.text for word in pipeline.stages[0].words] == words


def test_only_wildcards_outside_quotes_are_wild() -> None:
    [pipeline] = parse("cat *.md '*.md' a\\*b [x]?")
    assert [word.glob for word in pipeline.stages[0].words] == ["", "*.md", "", "", "[x]?"]


TAUGHT = {
    "a command": ("frob x", "there is no command 'frob'; there are: cat, head"),
    "an option": ("wc --frob", "wc: there is no option --frob; there are: -c, -L, -l, -m, -w, --bytes"),
    "an option of git": ("git log --frob", "git log: there is no option --frob; there are:"),
    "a verb of git": ("git push", "there are: log, diff, show, blame"),
    "a path": ("cat note.md", "note.md: No such file or directory; nearest: notes.md"),
    "a path elsewhere": ("cat ann.md", "nearest: memories/friends/ann.md"),
    "a folder": ("cat memories", "memories: Is a directory"),
    "a path outside": ("cat /etc/passwd", "paths start at the top of the memory"),
    "a path above": ("cat ../x", "paths start at the top of the memory"),
    "a missing file": ("cat", "needs a file"),
    "a back-reference": ("grep '\\(a\\)\\1' notes.md", "back-references"),
    "a look-ahead": ("grep -P '(?=a)' notes.md", "RE2 syntax"),
    "an extended pattern": ("grep 'hello|nothing' notes.md", "try grep -E"),
    "a script of sed": ("sed 'w x' notes.md", "it never writes"),
    "a program of awk": ("awk 'BEGIN{system(1)}'", "awk knows"),
    "a time": ("git log --since=whenever", "is not a time"),
    "a date format": ("git log --date=frob", "there are: short, iso"),
    "a key of sort": ("sort -k x notes.md", "-k takes a field"),
}


@pytest.mark.parametrize(("command", "lesson"), TAUGHT.values(), ids=TAUGHT)
def test_an_error_says_what_there_is(memory: Shelf, command: str, lesson: str) -> None:
    answer = memory.ask(command)
    assert lesson in answer.output
    assert answer.code


def test_every_revision_that_is_not_ones_own_is_told_alike(memory: Shelf) -> None:
    blob = memory.ask("git ls-tree HEAD notes.md").output.split()[2]
    asked = ["0" * 40, "deadbeef", blob, blob[:7], "user/bob", "refs/heads/main", "v1.0", ":/x", "stash@{0}"]

    told = {memory.ask(f"git show '{one}' --").output.replace(repr(one), "X") for one in asked}

    assert len(told) == 1
    assert "unknown revision X" in told.pop()


def test_what_came_later_cannot_be_seen_from_an_earlier_commit(memory: Shelf) -> None:
    before = memory.ask("git rev-list HEAD~2 -1").output.strip()
    assert memory.ask("git rev-list --count HEAD", before).output == "3\n"
    assert "No such file" in memory.ask("cat timeline/2026-11.md", before).output
    assert "unknown revision" in memory.ask(f"git show {memory.commit}", before).output


def test_a_relative_time_counts_from_the_given_now(memory: Shelf) -> None:
    assert memory.ask("git log --since='100 years ago' --oneline | wc -l").output == "5\n"
    assert memory.ask("git log --until='100 years ago' --oneline | wc -l").output == "0\n"


def test_what_is_cut_says_how_much_and_how_to_narrow_it() -> None:
    told = shown(b"line\n" * 20_000)
    assert told.cut == 100_000 - 60_000
    assert told.text.endswith(
        "narrow it: a path, `| head -50`, `sed -n '1,80p'`, `grep -l`, `git log -10`]\n"
    )
    assert "8,000 lines left out of 100,000 bytes" in told.text


SHOWN = {
    "an escape": (b"\x1b]0;x\x07\x1b[2J\n", "\\x1b]0;x\\x07\\x1b[2J\n"),
    "an override": ("a\u202eb\u2066\n".encode(), "a\\u202eb\\u2066\n"),
    "tags": ("a\U000e0041\n".encode(), "a\\U000e0041\n"),
    "zero width": ("a\u200b\ufeff\n".encode(), "a\\u200b\\ufeff\n"),
    "an emoji": ("\U0001f468\u200d\U0001f469\n".encode(), "\U0001f468\u200d\U0001f469\n"),
    "line ends of Windows": (b"a\r\nb\n", "a\r\nb\n"),
    "a lone return": (b"a\rb\n", "a\\x0db\n"),
    "a tab": (b"a\tb\n", "a\tb\n"),
    "what is not UTF-8": (b"a\xffb\n", "a\ufffdb\n"),
    "binary": (b"a\n\0\x01\n\0\nb\n", "a\n[binary, 5 bytes]\nb\n"),
}


@pytest.mark.parametrize(("output", "text"), SHOWN.values(), ids=SHOWN)
def test_what_cannot_be_seen_is_spelt_out(output: bytes, text: str) -> None:
    assert shown(output).text == text


PATTERNS = {
    "basic alternatives": ("a\\|b", "G", "b"),
    "basic bar": ("a|b", "G", "a|b"),
    "letters of any script": ("[[:alpha:]]\\+", "G", "Käse"),
    "words of any script": ("\\w+", "E", "Käse"),
    "an interval": ("a{2,}", "E", "aaa"),
    "a literal brace": ("a{2}", "G", "a{2}"),
    "a bracket first in a set": ("[]x]", "E", "]"),
    "a star at the start": ("*a", "G", "*a"),
    "digits": ("\\d+", "E", "12"),
    "a class in a negated set": ("[^[:space:]]+", "E", "é"),
}


@pytest.mark.parametrize(("pattern", "syntax", "text"), PATTERNS.values(), ids=PATTERNS)
def test_a_pattern_finds_the_whole_text(pattern: str, syntax: str, text: str) -> None:
    assert list(compiled([pattern], syntax).spans(text.encode())) == [(0, len(text.encode()))]


def test_a_word_is_a_word_in_any_script() -> None:
    found = compiled(["é"], "F", word=True)
    assert list(found.spans("é é éa".encode())) == [(0, 2), (3, 5)]
