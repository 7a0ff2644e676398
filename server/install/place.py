"""Where programs keep their settings on a system: pure functions of the system and a few folders."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

import platformdirs

System = Literal["linux", "darwin", "win32"]


@dataclass(frozen=True, slots=True)
class Place:
    """A system, somebody's home there, where settings of programs lie, and the project they are in."""

    system: System
    home: Path
    config: Path
    project: Path

    @classmethod
    def usual(cls, system: System, home: Path, project: Path) -> Self:
        """The folders a system has unless somebody moved them."""
        below = {
            "linux": home / ".config",
            "darwin": home / "Library" / "Application Support",
            "win32": home / "AppData" / "Roaming",
        }
        return cls(system, home, below[system], project)

    @classmethod
    def here(cls) -> Self:
        """This machine and the folder we are in."""
        system: System = "darwin" if sys.platform == "darwin" else "linux"
        system = "win32" if sys.platform == "win32" else system
        config = platformdirs.user_config_path(roaming=True)
        return cls(system, Path.home(), config, Path.cwd())

    @property
    def packages(self) -> Path:
        """Where Windows keeps what programs from its store believe to be their settings."""
        return self.home / "AppData" / "Local" / "Packages"
