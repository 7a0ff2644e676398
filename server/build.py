"""From settings to a memory: the only wiring."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from ..agents.providers.counters import Counters
from ..errors import BadInput, BadOntology
from ..ontologies import loader
from .settings import BadSettings, Settings

if TYPE_CHECKING:
    from ..memory import Memory
    from ..storage.mirror import Mirror
    from ..storage.snapshot import Snapshot
    from ..storage.store import Store

_spent: "WeakKeyDictionary[Memory, Counters]" = WeakKeyDictionary()


def spent(memory: "Memory") -> Counters:
    """What was spent on models for a memory that was built here."""
    return _spent.get(memory) or Counters()


def memory(settings: Settings) -> "Memory":
    """The memories that the settings name.

    Raises:
        BadSettings: the home cannot be a folder or be read, or the ontology does not say what it must.
    """
    from ..memory import Memory
    from .models import models

    _reach(settings)
    try:
        loader.load(settings.ontology)
    except BadOntology as wrong:
        raise BadSettings(f"DIFFMEM_ONTOLOGY: {wrong}") from wrong
    asked = models(settings)
    made = Memory(
        store(settings),
        zone=settings.zone,
        ontology=settings.ontology,
        writer=asked.writer,
        retriever=asked.retrieval,
        mirror=mirror(settings),
    )
    _spent[made] = asked.counters
    return made


def _reach(settings: Settings) -> None:
    from ..storage.faults import closed

    for name, place in (("DIFFMEM_HOME", settings.home), ("STORAGE_PATH", settings.storage_path)):
        for folder in (place, place / "users") if place else ():
            if why := closed(folder):
                raise BadSettings(f"{name}: {folder}: {why}, or name another")
        if place and place.exists() and not place.is_dir():
            raise BadSettings(f"{name}: {place} is a file, not a folder")


def store(settings: Settings) -> "Store":
    """The folder the memories lie in, as it is laid out.

    Raises:
        BadSettings: memories lie there in the other layout.
    """
    from ..storage.durability import Durability
    from ..storage.migrate import Migration
    from ..storage.seed_store import SeedStore
    from ..storage.store import Store

    durability = Durability(settings.durability)
    places = settings.shared_places(settings.home)
    if settings.store_layout == "shared":
        return Store.shared(*places, durability)
    source = SeedStore(*places)
    if not source.is_there():
        return Store(_place(settings), durability, shown=settings.worktree_root)
    # What was moved from there is in the home: the settings still name the store it came from.
    made = Store(settings.home, durability)
    if missing := Migration(source, made).missing():
        raise BadSettings(
            f"DIFFMEM_STORE_LAYOUT: {places[0]} is one repository for all users, and {len(missing)} of them "
            "are not here; open it as it is with DIFFMEM_STORE_LAYOUT=shared, or move everybody into a "
            "repository of their own with `diffmem migrate`"
        )
    return made


def _place(settings: Settings) -> Path:
    """The folder of everybody's own repository, which no user's files may be laid out around or within."""
    home, shown = settings.home, settings.worktree_root
    place = settings.storage_path or home
    inside = (place / "users", place / "locks")
    if shown and (place.is_relative_to(shown) or any(map(shown.is_relative_to, inside))):
        raise BadSettings(
            f"WORKTREE_ROOT: {shown} is not apart from the memories in {place}; name another folder"
        )
    if not place.joinpath("users").is_dir() and any(home.glob("users/*.git")):
        raise BadSettings(
            f"STORAGE_PATH: there are memories in {home}, which would be out of sight, and none in {place}; "
            "take the setting away, or move `users` and `views` there"
        )
    return place


def arm(settings: Settings) -> None:
    """Have happen at a point of a write what a test wants to.

    Raises:
        BadSettings: there is no such point.
    """
    if settings.failpoint:
        from ..storage.failpoint import hindrance, on_reaching

        try:
            on_reaching(hindrance(settings.failpoint))
        except BadInput as wrong:
            raise BadSettings(f"DIFFMEM_FAILPOINT: {wrong}") from wrong


def mirror(settings: Settings) -> "Mirror | None":
    """The mirror that the settings name, if any."""
    if settings.backup == "none":
        return None
    from ..agents.catalogue import Catalogue
    from ..agents.indexing import indexed
    from ..storage.mirror import Mirror
    from ..storage.mirror_format import Format

    def settled(joined: "Snapshot") -> Mapping[str, str | bytes]:
        return indexed(joined, Catalogue.of(joined), {}, datetime.now(settings.zone).date().isoformat())

    on_github = settings.backup == "github"
    url = settings.github_repo_url if on_github else settings.backup_url
    token = settings.github_token if on_github else settings.backup_token
    return Mirror(url, token=token.get_secret_value(), told=Format(settle=settled))
