"""What lies under a folder: its file system, the free space, and whether locks work there."""

import os
import shutil
import tempfile
from pathlib import Path

from ..errors import Busy
from .lock import locked

NETWORK = frozenset(
    {
        "9p", "afs", "beegfs", "ceph", "cifs", "fuse.ceph-fuse", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs",
        "fuse.sshfs", "gfs2", "gluster", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "smb3", "smbfs",
    }
)  # fmt: skip
"""File systems that other machines write to, too."""
MEMORY = frozenset({"ramfs", "tmpfs"})
"""File systems that are empty after a restart."""

_MOUNTS = Path("/proc/self/mountinfo")


def file_system(folder: Path) -> str:
    """The kind of file system a folder lies on, as the system calls it; "" where it does not tell."""
    try:
        lines = _MOUNTS.read_text("utf-8").splitlines()
    except OSError:
        return ""
    where, found, longest = folder.resolve(), "", -1
    for line in lines:
        mount, _, kind = line.partition(" - ")
        point = mount.split()[4].encode().decode("unicode_escape")
        # The later one of two mounts at the same place is the one that shows.
        if where.is_relative_to(point) and len(point) >= longest:
            found, longest = kind.split()[0], len(point)
    return found


def free_bytes(folder: Path) -> int:
    """How much may still be written there."""
    return shutil.disk_usage(folder).free


def locks_hold(folder: Path) -> bool:
    """Whether a lock keeps a second one out there, which is all that keeps two writers apart.

    Raises:
        OSError: the folder cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix=".lock-test-", dir=folder) as inside:
        path = Path(inside) / "lock"
        with locked(path, 1):
            try:
                with locked(path, 0):
                    return False
            except Busy:
                return True


def can_be_written(folder: Path) -> bool:
    """Whether a file can be made there and synced."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b".")
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        return False
    return True


def holder_of(lock: Path) -> int:
    """The process that holds a lock file, 0 for none, or where the system does not tell."""
    try:
        identity = lock.stat().st_ino
        lines = Path("/proc/locks").read_text("utf-8").splitlines()
    except OSError:
        return 0
    for line in lines:
        parts = line.split()
        if len(parts) > 5 and "->" not in parts and parts[5].rpartition(":")[2] == str(identity):
            return int(parts[4])
    return 0
