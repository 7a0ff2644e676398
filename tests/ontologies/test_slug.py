"""Stems survive every file system."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffmem.ontologies.slug import free, stem


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Maya (Acme)", "maya_(acme)"),
        ("Zoë O'Neill", "zoe_o_neill"),
        ("../../etc/passwd", "etc_passwd"),
        ("Иван", "ivan"),
        ("CON", "con_"),
        ("lpt1", "lpt1_"),
        ("Index", "index_"),
        ("-rf", "rf"),
        ("a" * 200, "a" * 80),
    ],
)
def test_stems(name: str, expected: str) -> None:
    assert stem(name) == expected


@given(st.text(max_size=120))
@settings(max_examples=200)
def test_any_name_has_a_stem_and_a_stem_is_its_own(name: str) -> None:
    found = stem(name)
    assert re.fullmatch(r"[a-z0-9_()-]{1,81}", found)
    assert stem(found) == found
    assert found not in {"index", "repo_guide", "followups", "diffmem", "con", "nul", "aux", "prn", "com1"}


def test_names_without_letters_differ() -> None:
    assert stem("...") != stem("!!!")
    assert stem("...").startswith("x")


def test_a_taken_stem_is_numbered() -> None:
    assert free("maya", {"maya", "maya_2"}.__contains__) == "maya_3"
    assert free("maya", set[str]().__contains__) == "maya"
    assert free("a" * 80, {"a" * 80}.__contains__) == "a" * 78 + "_2"
