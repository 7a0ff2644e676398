"""DiffMem: a memory for LLM agents that is a git repository."""

from importlib import import_module
from typing import TYPE_CHECKING

from . import errors
from .errors import DiffMemError

if TYPE_CHECKING:
    from .agents.answers import (
        Consolidation,
        FileInfo,
        Forgotten,
        Listing,
        Loss,
        Page,
        Receipt,
        Restored,
        ToolReport,
    )
    from .agents.context import Block, Context
    from .agents.provenance import Uncited, Why
    from .agents.retrospect import HistoryEntry, HistoryPage
    from .memory import Memory
    from .server.library import DiffMemory

__all__ = [
    "Block",
    "Consolidation",
    "Context",
    "DiffMemError",
    "DiffMemory",
    "FileInfo",
    "Forgotten",
    "HistoryEntry",
    "HistoryPage",
    "Listing",
    "Loss",
    "Memory",
    "Page",
    "Receipt",
    "Restored",
    "ToolReport",
    "Uncited",
    "Why",
    "errors",
]

# Loaded when first asked for: who only wants an error class need not wait for git.
_HOMES = {
    "Block": "agents.context",
    "Consolidation": "agents.answers",
    "Context": "agents.context",
    "DiffMemory": "server.library",
    "FileInfo": "agents.answers",
    "Forgotten": "agents.answers",
    "HistoryEntry": "agents.retrospect",
    "HistoryPage": "agents.retrospect",
    "Listing": "agents.answers",
    "Loss": "agents.answers",
    "Memory": "memory",
    "Page": "agents.answers",
    "Receipt": "agents.answers",
    "Restored": "agents.answers",
    "ToolReport": "agents.answers",
    "Uncited": "agents.provenance",
    "Why": "agents.provenance",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return __all__
