"""The files of a snapshot, found once: in a folder of thousands a look-up costs as much as the folder."""

from collections.abc import Iterator

from ...storage.snapshot import File, Snapshot


class Texts:
    """Reads files of a snapshot by path."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._blobs = dict(snapshot.files())

    def __contains__(self, path: str) -> bool:
        return path in self._blobs

    def files(self) -> Iterator[File]:
        """Every file, as the snapshot lists them."""
        return (File(path, blob) for path, blob in self._blobs.items())

    def text(self, path: str) -> str:
        """A file's text, or "" if there is no such file."""
        blob = self._blobs.get(path)
        return self.snapshot.content(blob).decode("utf-8", "replace") if blob else ""
