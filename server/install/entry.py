"""How a client comes to the memory: a program it starts, or a server it calls."""

from collections.abc import Mapping
from dataclasses import dataclass, field

NAME = "diffmem"
"""What the server is called in the settings of clients."""
TOKEN_VARIABLE = "DIFFMEM_TOKEN"
"""Where a client finds its token if that is not to lie in its settings."""


@dataclass(frozen=True, slots=True)
class Started:
    """A program that the client starts and talks to over standard input and output."""

    command: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    slow: bool = False
    """Whether the first start may have to fetch the program."""


@dataclass(frozen=True, slots=True)
class Called:
    """A server at an address; `token` is None without one, "" for one that the client looks up itself."""

    url: str
    token: str | None = None


Entry = Started | Called
