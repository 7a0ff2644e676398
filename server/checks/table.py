"""Every check there is; a new one is a function and one more line here."""

from ..install import checking
from . import content, home, machine, mirror, model, permissions, repository, views
from .check import Check, MemoryCheck

CHECKS: tuple[Check, ...] = (
    machine.python,
    machine.git_program,
    machine.libgit2,
    machine.settings_file,
    machine.zone,
    machine.extras,
    home.home,
    home.storage,
    home.leftovers,
    permissions.private,
    repository.recovery,
    machine.explore,
    model.model,
    mirror.mirror,
    checking.clients,
)
"""Checks of the machine, of the settings, and of what stands around a server."""

MEMORY_CHECKS: tuple[MemoryCheck, ...] = (
    repository.erases,
    repository.held,
    repository.sound,
    views.view,
    content.sessions,
    content.index,
    mirror.lag,
    content.citations,
    content.conformance,
)
"""Checks of one memory, in the order in which it is mended."""
