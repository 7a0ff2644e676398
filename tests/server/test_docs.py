import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import AliasChoices

from diffmem.server.cli import parser
from diffmem.server.rest.table import TABLE
from diffmem.server.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("deploy/*.md")])
OTHERS = {"DIFFMEM_TEST_DATA", "DIFFMEM_TOKEN"}
"""Variables of tests, and of what others' programs read."""

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@pages
def test_every_command_that_is_shown_can_be_asked(page: Path) -> None:
    for line in _commands(page.read_text("utf-8")):
        words = shlex.split(line.split(" #")[0], comments=False)[1:]
        _understood(parser(), words, line)


@pages
def test_every_variable_that_is_named_is_read(page: Path) -> None:
    aliases = [field.validation_alias for field in Settings.model_fields.values()]
    known = {f"DIFFMEM_{name.upper()}" for name in Settings.model_fields} | OTHERS
    known |= {str(name) for alias in aliases if isinstance(alias, AliasChoices) for name in alias.choices}

    named = set(re.findall(r"\bDIFFMEM_[A-Z_]*[A-Z]\b", page.read_text("utf-8")))
    assert named <= known


@pages
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text("utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:|#", link):
            assert page.parent.joinpath(link.partition("#")[0]).exists(), link


@pages
def test_every_test_that_is_named_is_there(page: Path) -> None:
    for named in re.findall(r"`(tests/[\w./-]+)`", page.read_text("utf-8")):
        assert ROOT.joinpath(named).exists(), named


def test_every_endpoint_is_told_of() -> None:
    told = ROOT.joinpath("docs", "rest.md").read_text("utf-8")
    for endpoint in TABLE:
        last = endpoint.path.removeprefix("/memory/{user_id}").strip("/").split("{")[0].strip("/")
        assert last.split(":")[0] in told, endpoint.path


def _commands(text: str) -> Iterator[str]:
    """What stands in a block of code or between backticks and begins with our name."""
    for line in text.splitlines():
        if re.match(r" {4}\$? ?diffmem [a-z]", line):
            yield line.strip().removeprefix("$ ")
    for block in re.findall(r"```(?:sh|bash|console|text)?\n(.*?)```", text, re.DOTALL):
        for line in block.splitlines():
            if re.match(r"\$? ?diffmem [a-z]", line):
                yield line.strip().removeprefix("$ ")
    inline = re.findall(r"`(diffmem [a-z][^`\n]*)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    yield from inline


def _understood(by: argparse.ArgumentParser, words: list[str], line: str) -> None:
    """Follow the verbs down, then know every option; what an example leaves out is no fault."""
    told: list[Any] = by._actions  # pyright: ignore[reportPrivateUsage]
    options = {name for action in told for name in action.option_strings}
    verbs: dict[str, argparse.ArgumentParser] = {}
    for action in told:
        if action.nargs == argparse.PARSER:
            verbs = action.choices
    for number, word in enumerate(words):
        if word in {"|", ">", "<", "&&", ";"}:
            break
        if word.startswith("--"):
            assert word.partition("=")[0] in options, f"{word} in: {line}"
        elif verbs and not word.startswith(("-", "[", "<", ".")):
            for alternative in word.split("|"):
                assert alternative in verbs, f"{alternative} in: {line}"
            _understood(verbs[word.split("|")[0]], words[number + 1 :], line)
            break
