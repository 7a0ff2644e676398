"""What a path of a memory holds: an entity, or a page made from the others."""

INDEX = "index.md"
FOLLOWUPS = "followups.md"
_PAGES = frozenset({INDEX, FOLLOWUPS, "repo_guide.md", "retracted.md"})


def is_generated(path: str) -> bool:
    """Whether a page only repeats what the files say."""
    return path in (INDEX, FOLLOWUPS) or path.startswith("index/")


def is_entity(path: str) -> bool:
    """Whether a path is one the index has a line for: entity files and the profile."""
    return path.startswith("memories/") or ("/" not in path and path.endswith(".md") and path not in _PAGES)
