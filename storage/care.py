"""Packing and the aids that keep old memories fast; never inside a write."""

from .branch import Branch
from .git import git

_SECONDS = 1800.0


def tend(branch: Branch) -> None:
    """Pack objects and references and write the commit graph with the paths each commit changed.

    Nothing is pruned. Readers go on meanwhile; writers wait.
    """
    with branch.writing():
        repository = branch.repository
        git(repository, "pack-refs", "--all", seconds=_SECONDS)
        git(repository, "repack", "-d", "--geometric=2", "--quiet", seconds=_SECONDS)
        git(
            repository,
            "commit-graph",
            "write",
            "--reachable",
            "--changed-paths",
            "--no-progress",
            seconds=_SECONDS,
        )
