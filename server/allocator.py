"""What the C library is told about the memory of a server."""

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MOST_ARENAS = -1, -3, -8
"""The numbers of `mallopt` in glibc."""
_ARENAS = 2
_LARGE = 256 * 1024
"""What is as large as this is given back as soon as it is free; glibc else raises it as it goes on."""


def keep_little() -> bool:
    """Have memory that is free again used again or given back; answers whether this system listens.

    Each worker thread else has an arena of its own, in which what others gave up is of no use to it.
    """
    library = _library()
    if library is None:
        return False
    told = ((_MOST_ARENAS, _ARENAS), (_MMAP_THRESHOLD, _LARGE), (_TRIM_THRESHOLD, _LARGE))
    return sum(library.mallopt(what, to) for what, to in told) == len(told)


def give_back() -> None:
    """Return to the system what is free between what is in use; takes a few milliseconds."""
    if library := _library():
        library.malloc_trim(0)


def _library() -> ctypes.CDLL | None:
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    # musl, the other C library of Linux, does not keep arenas.
    return library if hasattr(library, "gnu_get_libc_version") else None
