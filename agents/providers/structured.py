"""An answer of a given shape: asked for by schema, checked, and asked again once with the mistake shown."""

from collections.abc import Sequence
from typing import TypeVar

from pydantic import BaseModel

from .provider import Message, Provider

Shape = TypeVar("Shape", bound=BaseModel)


def ask(
    provider: Provider, messages: Sequence[Message], shape: type[Shape], *, max_tokens: int = 4096
) -> Shape:
    """Ask for an answer of a shape; a wrong one is shown to the model with its mistake, once.

    Raises:
        ModelNonsense: the second answer was wrong, too.
        ModelUnavailable, ModelRefused: as `Provider.complete`.
    """
    raise NotImplementedError
