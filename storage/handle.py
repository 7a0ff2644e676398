"""An open repository that is closed once nobody holds it."""

from collections.abc import Callable, Mapping

import pygit2
from pygit2.branches import Branches
from pygit2.references import References
from pygit2.remotes import RemoteCollection
from pygit2.submodules import SubmoduleCollection

_SIDES: Mapping[str, Callable[[pygit2.Repository], object]] = {
    "branches": Branches,
    "references": References,
    "remotes": RemoteCollection,
    "submodules": SubmoduleCollection,
}


class Handle(pygit2.Repository):
    """A repository whose sides are made when they are asked for.

    The library makes them at once, and each holds the repository it is of: a circle that only the garbage
    collector opens, with packs and objects in it, and as many circles as there were questions meanwhile.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path)
        for side in _SIDES:
            delattr(self, side)

    def __getattr__(self, name: str) -> object:
        """A side of the repository."""
        if name in _SIDES:
            return _SIDES[name](self)
        raise AttributeError(name)
