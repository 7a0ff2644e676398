"""From settings to a memory: the only wiring."""

from typing import TYPE_CHECKING

from .settings import BadSettings, Settings

if TYPE_CHECKING:
    from ..memory import Memory


def memory(settings: Settings) -> "Memory":
    """The memories that the settings name.

    Raises:
        BadSettings: the home cannot be a folder.
    """
    from ..memory import Memory

    if settings.home.exists() and not settings.home.is_dir():
        raise BadSettings(f"DIFFMEM_HOME: {settings.home} is a file, not a folder")
    return Memory.open(settings.home, zone=settings.zone, durability=settings.durability)
