"""What the files themselves say for and against two of them being about the same."""

import re
from collections.abc import Mapping, Sequence

from ...ontologies import entity, wikilink
from ...ontologies.entity import Entity
from ...ontologies.index import IndexLine
from ..catalogue import normal
from ..rules.mentions import RELATIONS
from . import links
from .texts import Texts

# What somebody has one of, whatever else changes.
_FIXED = ("born", "birthday", "birth_date", "birthdate", "date_of_birth", "email", "phone")
# What one person is to another for good, so that no two of them are one.
_KIN = frozenset(
    """mother mom mum father dad parent sister brother sibling son daughter child kid baby aunt uncle cousin
    niece nephew grandmother grandma grandfather grandpa stepmother stepfather stepsister stepbrother
    dog cat puppy kitten horse rabbit""".split()
)
_SAME_KIN: Mapping[str, str] = {
    "mom": "mother", "mum": "mother", "dad": "father", "grandma": "grandmother", "grandpa": "grandfather",
    "puppy": "dog", "kitten": "cat", "kid": "child", "baby": "child",
}  # fmt: skip
_LONGEST_LINE = 5_000


def against(texts: Texts, one: IndexLine, other: IndexLine) -> str:
    """Why two files are about two and not one, as far as they say so; or ""."""
    if one.type and other.type and one.type != other.type:
        return f"one is a {one.type}, the other a {other.type}"
    a, b = (entity.parse(texts.text(line.path)) for line in (one, other))
    return _fixed(a, b) or _kin(one.role, other.role) or _side_by_side(a, b, one, other)


def shared(one: IndexLine, other: IndexLine) -> int:
    """How many things two index lines have in common: cues, and what they are to the owner."""
    a, b = ({normal(cue) for cue in line.cues} for line in (one, other))
    role = bool(one.role) and normal(one.role) == normal(other.role)
    return len(a & b) + 2 * role


def _fixed(one: Entity, other: Entity) -> str:
    for key in _FIXED:
        a, b = one.fields.get(key), other.fields.get(key)
        if a and b and a != b:
            return f"their {key.replace('_', ' ')} differs"
    return ""


def _kin(one: str, other: str) -> str:
    a, b = _relations(one), _relations(other)
    if a and b and not a & b and (a | b) & _KIN:
        return f"one is a {min(a)}, the other a {min(b)}"
    return ""


def _relations(role: str) -> frozenset[str]:
    words = (word for word in re.findall(r"[\w-]+", role.casefold()) if word in RELATIONS)
    return frozenset(_SAME_KIN.get(word, word) for word in words)


def _side_by_side(a: Entity, b: Entity, one: IndexLine, other: IndexLine) -> str:
    """Whether one line names both, each in its own place; a name they share says nothing."""
    first, second = ({normal(name): name for name in (line.name, *line.aliases)} for line in (one, other))
    told = [(first[key], 0) for key in first if key not in second]
    told += [(second[key], 1) for key in second if key not in first]
    patterns = [
        (re.compile(rf"(?<!\w){re.escape(name)}(?!\w)"), whose) for name, whose in told if len(name) > 1
    ]
    for file in (a, b):
        for _, statement in file.statements():
            text = statement.text
            if len(text) <= _LONGEST_LINE and _names_both(text, {one.path, other.path}, patterns):
                return f"both are named in one line: {text[:120]}"
    return ""


def _names_both(text: str, paths: set[str], patterns: Sequence[tuple[re.Pattern[str], int]]) -> bool:
    if "[[" in text:
        if paths <= {link.path for link in wikilink.links(text)}:
            return True
        text = links.unlinked(text)
    spots = [(*found.span(), whose) for pattern, whose in patterns for found in pattern.finditer(text)]
    if len({whose for _, _, whose in spots}) < 2:
        return False
    taken: list[tuple[int, int, int]] = []
    for start, end, whose in sorted(spots, key=lambda spot: spot[0] - spot[1]):
        if all(end <= first or last <= start for first, last, _ in taken):
            taken.append((start, end, whose))
    return {whose for _, _, whose in taken} == {0, 1}
