"""The themes a statement belongs to, by the plain words people use for them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...ontologies import loader

if TYPE_CHECKING:
    from ...ontologies.schema import Ontology

_WORD = re.compile(r"[a-z]+")


def themes(sentence: str, ontology: Ontology | None = None) -> tuple[str, ...]:
    """The themes a sentence touches, in the order of its words, by the words an ontology has for them."""
    known = (ontology or loader.load()).themes_by_word
    found = (theme for word in _WORD.findall(sentence.lower()) for theme in known.get(word, ()))
    return tuple(dict.fromkeys(found))
