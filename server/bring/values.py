"""JSON values taken for what they should be, and texts made fit to be stored."""

from collections.abc import Mapping


def table(value: object) -> Mapping[str, object]:
    """A JSON object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownVariableType]


def rows(value: object) -> list[object]:
    """A JSON array; an empty one for anything else."""
    return value if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType]


def text(value: object) -> str:
    """A JSON string; "" for anything else."""
    return value if isinstance(value, str) else ""


def clean(text: str) -> str:
    """A text without NUL characters and halves of characters, which some exports hold."""
    if "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text):
        return text
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\0", "")
