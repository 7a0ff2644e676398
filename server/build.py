"""From settings to a memory: the only wiring."""

from typing import TYPE_CHECKING

from ..errors import BadOntology
from ..ontologies import loader
from .settings import BadSettings, Settings

if TYPE_CHECKING:
    from ..memory import Memory


def memory(settings: Settings) -> "Memory":
    """The memories that the settings name.

    Raises:
        BadSettings: the home cannot be a folder, or the ontology does not say what it must.
    """
    from ..memory import Memory
    from .models import models

    if settings.home.exists() and not settings.home.is_dir():
        raise BadSettings(f"DIFFMEM_HOME: {settings.home} is a file, not a folder")
    try:
        loader.load(settings.ontology)
    except BadOntology as wrong:
        raise BadSettings(f"DIFFMEM_ONTOLOGY: {wrong}") from wrong
    asked = models(settings)
    return Memory.open(
        settings.home,
        zone=settings.zone,
        durability=settings.durability,
        ontology=settings.ontology,
        writer=asked.writer,
        retriever=asked.retrieval,
    )
