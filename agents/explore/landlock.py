"""Linux Landlock by its three system calls: what this process may open from now on."""

import ctypes
import os
import struct
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_TELL_VERSION = 1
_PATH_BENEATH = 1
_NO_NEW_PRIVILEGES = 38
_READ_FILE, _READ_FOLDER = 1 << 2, 1 << 3
# How many kinds of access to files each version of the interface can handle.
_FILE_KINDS = {1: 13, 2: 14, 3: 15, 4: 15}
_FILE_KINDS_NOW = 16
_NET_SINCE, _SCOPES_SINCE = 4, 6


def version() -> int:
    """The version of Landlock in this kernel, 0 if there is none."""
    if not sys.platform.startswith("linux"):
        return 0
    return max(_call(_CREATE_RULESET, 0, 0, _TELL_VERSION), 0)


def restrict(readable: Iterable[Path]) -> int:
    """Let this thread and its children read these places and touch nothing else, and open no connection.

    Answers the version in force, 0 where the kernel has none. There is no way back.
    """
    known = version()
    if not known:
        return 0
    ruleset = _ruleset(known)
    if ruleset < 0:
        return 0
    for place in readable:
        _allow(ruleset, place)
    _libc().prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    stands = _call(_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)
    return known if stands == 0 else 0


def _ruleset(known: int) -> int:
    files = (1 << _FILE_KINDS.get(known, _FILE_KINDS_NOW)) - 1
    told = struct.pack("=Q", files)
    if known >= _NET_SINCE:
        told += struct.pack("=Q", 3)
    if known >= _SCOPES_SINCE:
        told += struct.pack("=Q", 3)
    buffer = ctypes.create_string_buffer(told, len(told))
    return _call(_CREATE_RULESET, ctypes.addressof(buffer), len(told), 0)


def _allow(ruleset: int, place: Path) -> None:
    with suppress(FileNotFoundError):
        opened = os.open(place, os.O_PATH | os.O_CLOEXEC)
        access = _READ_FILE | (_READ_FOLDER if place.is_dir() else 0)
        told = struct.pack("=Qi", access, opened)
        buffer = ctypes.create_string_buffer(told, len(told))
        _call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.addressof(buffer), 0)
        os.close(opened)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(number: int, *arguments: int) -> int:
    syscall = _libc().syscall
    syscall.restype = ctypes.c_long
    return int(syscall(ctypes.c_long(number), *(ctypes.c_size_t(one) for one in arguments)))
