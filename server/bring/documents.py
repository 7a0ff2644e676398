"""The files of what is imported, in a folder or inside a zip, which is never unpacked."""

import os
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO

from ...errors import BadInput

MAX_FILES = 200_000
MAX_UNPACKED = 4_000_000_000
MAX_RATIO = 200
MAX_TEXT = 200_000_000
_SMALL = 10_000_000

_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError)
_FOREIGN = (NotImplementedError, RuntimeError)


@dataclass(frozen=True, slots=True)
class Document:
    """One file: its path within what was given, where that is, and when it last changed."""

    name: PurePosixPath
    place: str
    root: str
    size: int
    modified: datetime
    _open: Callable[[], IO[bytes]]

    @contextmanager
    def open(self) -> Generator[IO[bytes]]:
        """The bytes of the file.

        Raises:
            BadInput: the zip it lies in is damaged.
        """
        try:
            with self._open() as stream:
                yield stream
        except _DAMAGED as error:
            raise BadInput(f"{self.place}: the zip is damaged here ({error}); download it again") from error

    def text(self) -> str:
        """The whole file as text.

        Raises:
            BadInput: it is too large or not UTF-8.
        """
        if self.size > MAX_TEXT:
            raise BadInput(
                f"{self.place} has {self.size:,} bytes and the limit is {MAX_TEXT:,}; split it into several"
            )
        with self.open() as stream:
            raw = stream.read(MAX_TEXT + 1)
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise BadInput(f"{self.place} is not UTF-8 text (byte {error.start:,})") from None


@contextmanager
def documents(path: Path) -> Generator[list[Document]]:
    """Every visible file of a folder or a zip, or the one file that was given, in the order of names.

    Raises:
        BadInput: there is nothing, or it is a zip that cannot be read safely.
    """
    if not path.exists():
        raise BadInput(f"{path}: there is no such file or folder")
    if path.is_dir():
        yield list(_of_folder(path))
    elif zipfile.is_zipfile(path):
        with _opened(path) as archive:
            yield list(_of_zip(path, archive))
    elif path.suffix.lower() == ".zip":
        raise BadInput(f"{path} is no zip file, or only a part of one; download it again")
    else:
        yield [_of_disk(path, PurePosixPath(path.name), path.absolute().parent.name)]


def _of_folder(folder: Path) -> Iterator[Document]:
    root = folder.absolute().name
    count = 0
    for above, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if _shown(name))
        for name in sorted(files):
            file = Path(above, name)
            if not _shown(name) or not file.is_file():
                continue
            count += 1
            if count > MAX_FILES:
                raise BadInput(f"{folder} has more than {MAX_FILES:,} files; give the folder that is meant")
            yield _of_disk(file, PurePosixPath(file.relative_to(folder).as_posix()), root)


def _of_disk(file: Path, name: PurePosixPath, root: str) -> Document:
    found = file.stat()
    modified = datetime.fromtimestamp(found.st_mtime, UTC)
    return Document(name, str(file), root, found.st_size, modified, lambda: file.open("rb"))


@contextmanager
def _opened(path: Path) -> Generator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(path)
    except (*_DAMAGED, *_FOREIGN) as error:
        raise BadInput(f"{path} cannot be read as a zip ({error}); download it again") from error
    with archive:
        yield archive


def _of_zip(path: Path, archive: zipfile.ZipFile) -> Iterator[Document]:
    members = [member for member in archive.infolist() if not member.is_dir() and _visible(member.filename)]
    if len(members) > MAX_FILES:
        raise BadInput(f"{path} holds {len(members):,} files and the limit is {MAX_FILES:,}")
    for member in sorted(members, key=lambda member: member.filename):
        name = PurePosixPath(member.filename.replace("\\", "/"))
        modified = _modified(member)
        opened = _member(path, archive, member)
        yield Document(name, f"{path}: {name}", path.stem, member.file_size, modified, opened)


def _member(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
    def opened() -> IO[bytes]:
        where = f"{path}: {member.filename}"
        if member.flag_bits & 1:
            raise BadInput(
                f"{where} is encrypted; unpack the zip with its password and give the folder instead"
            )
        ratio = member.file_size / max(member.compress_size, 1)
        if member.file_size > MAX_UNPACKED or (member.file_size > _SMALL and ratio > MAX_RATIO):
            raise BadInput(
                f"{where} would become {member.file_size:,} bytes, {ratio:,.0f} times what it takes in the "
                "zip; this is not unpacked"
            )
        # Never reads past the size that the zip tells, whatever it really unpacks to.
        try:
            return archive.open(member)
        except _FOREIGN as error:
            raise BadInput(f"{where}: {error}; unpack the zip and give the folder instead") from error

    return opened


def _modified(member: zipfile.ZipInfo) -> datetime:
    try:
        return datetime(*member.date_time, tzinfo=UTC)
    except ValueError:
        return datetime(1980, 1, 1, tzinfo=UTC)


def _visible(name: str) -> bool:
    return all(_shown(part) for part in name.replace("\\", "/").split("/"))


def _shown(name: str) -> bool:
    return not name.startswith(".") and name != "__MACOSX"
