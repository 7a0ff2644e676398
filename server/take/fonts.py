"""The letters of a PDF: a family that comes with the extra, and what this machine has for the rest."""

import unicodedata
from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pymupdf_fonts
from anyascii import anyascii
from fontTools.ttLib import TTFont, TTLibError

from ...errors import BadInput

_FAMILY = {"": "figo", "B": "figbo", "I": "figit", "BI": "figbi"}
_SYMBOLS = ("symbol2", "symbol1", "math")
_FOLDERS = (
    "~/.fonts",
    "~/.local/share/fonts",
    "/usr/local/share/fonts",
    "/usr/share/fonts",
    "~/Library/Fonts",
    "/Library/Fonts",
    "/System/Library/Fonts",
    "~/AppData/Local/Microsoft/Windows/Fonts",
    "C:/Windows/Fonts",
)
_SUFFIXES = frozenset({".ttf", ".otf", ".ttc", ".otc"})
# Names of fonts that cover much, the surest first.
_GOOD = (
    "notosanscjk", "sourcehansans", "notosans", "droidsansfallback", "wqy", "pingfang", "hiragino",
    "arialunicode", "arial unicode", "msyh", "malgun", "yugoth", "seguisym", "seguiemj", "symbola",
    "notoemoji", "dejavusans", "freesans", "unifont",
)  # fmt: skip
_WORSE = ("color", "bold", "italic", "oblique", "mono", "condensed", "light", "thin", "black", "serif")
_MOST_READ = 400


@dataclass(frozen=True, slots=True)
class Letters:
    """The files of a family by style, those that stand in for it, and the characters that none has."""

    family: dict[str, Path]
    others: tuple[Path, ...]
    missing: frozenset[str]

    def spelt(self, text: str) -> str:
        """A text in letters that there are: what is missing is spelt in Latin ones."""
        plain = "".join(" " if char.isspace() else char for char in text)
        return "".join(_instead(char) if char in self.missing else char for char in plain)


@contextmanager
def letters(needed: Collection[str], first: Sequence[Path] = ()) -> Generator[Letters]:
    """The letters for some characters, as files for as long as this is entered; `first` are tried first.

    Raises:
        BadInput: one of those is no font.
    """
    with TemporaryDirectory(prefix="diffmem-fonts-") as folder:
        family = {style: _file(Path(folder), name) for style, name in _FAMILY.items()}
        missing = {char for char in needed if not char.isspace()} - _covered(family[""])
        ours = [_file(Path(folder), name) for name in _SYMBOLS]
        others: list[Path] = []
        for file in (*map(_given, first), *ours, *_installed()):
            if not missing:
                break
            found = missing & _covered(file)
            if found:
                others.append(file)
                missing -= found
        yield Letters(family, tuple(others), frozenset(missing))


def _given(file: Path) -> Path:
    if not _covered(file):
        raise BadInput(f"{file} is no font that can be used; give a .ttf, .otf or .ttc file")
    return file


def _file(folder: Path, name: str) -> Path:
    file = folder / f"{name}.ttf"
    file.write_bytes(bytes(pymupdf_fonts.myfont(name)))
    return file


def _covered(file: Path) -> frozenset[str]:
    try:
        with file.open("rb") as raw, TTFont(raw, fontNumber=0, lazy=True) as font:
            return frozenset(map(chr, font.getBestCmap() or {}))
    except (TTLibError, OSError, ValueError, LookupError, AssertionError):
        return frozenset()


def _installed() -> Iterator[Path]:
    found = [
        file
        for folder in _FOLDERS
        for file in Path(folder).expanduser().rglob("*")
        if file.suffix.lower() in _SUFFIXES
    ]
    yield from sorted(found, key=_rank)[:_MOST_READ]


def _rank(file: Path) -> tuple[int, int, str]:
    name = file.stem.lower().replace("-", "").replace("_", "")
    good = next((at for at, known in enumerate(_GOOD) if name.startswith(known)), len(_GOOD))
    return good, sum(worse in name for worse in _WORSE), str(file)


def _instead(char: str) -> str:
    if unicodedata.category(char) in {"Cc", "Cf", "Mn", "Cs", "Co"}:
        return ""
    return anyascii(char) or "?"
