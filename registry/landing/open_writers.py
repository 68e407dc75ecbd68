"""Whether anybody has a file open for writing, as far as this system tells.

A read lease (`F_SETLEASE`) is granted by Linux only while nobody writes to the file, whichever user
or container the writer is in. It needs the file's owner or root, and a file system that knows
leases. Elsewhere the open files of all processes are looked through, as far as /proc lets us.
"""

import errno
import fcntl
import os
import signal
from collections.abc import Iterator
from enum import Enum
from functools import cached_property
from pathlib import Path

import psutil

_NETWORK = ("9p", "afs", "ceph", "cifs", "fuse", "nfs", "smb", "virtiofs")
"""How types of file systems begin whose server may refuse a lease without any writer."""


class Writers(Enum):
    """What is known of those who write to a file."""

    NONE = "none"
    SOME = "some"
    UNKNOWN = "unknown"


class OpenWriters:
    """A look at who writes; /proc is read once for all files that are asked about."""

    def of(self, path: Path) -> Writers:
        """Who has the file at `path` open for writing.

        Raises:
            OSError: there is no such file, or it cannot be read.
        """
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            refusal = _refusal_of_lease(descriptor)
            if refusal is None:
                return Writers.NONE
            status = os.fstat(descriptor)
        finally:
            os.close(descriptor)
        if (status.st_dev, status.st_ino) in self._written:
            return Writers.SOME
        if refusal == errno.EAGAIN and not _is_on_network(path):
            return Writers.SOME  # in a container or of a user whom we cannot see
        return Writers.UNKNOWN

    @cached_property
    def _written(self) -> frozenset[tuple[int, int]]:
        return frozenset(_written_files())


def _refusal_of_lease(descriptor: int) -> int | None:
    """Why a read lease is refused, as an errno; None where it was granted and given back."""
    try:
        # Who opens the file meanwhile makes the kernel signal us; the usual signal would end us.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno
    return None


def _written_files() -> Iterator[tuple[int, int]]:
    """Device and inode of each file that a process we may look into has open for writing."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            descriptors = [each.name for each in (process / "fd").iterdir()]
        except OSError:
            continue  # it is another user's, or has ended
        for each in descriptors:
            try:
                if _is_for_writing((process / "fdinfo" / each).read_text()):
                    status = (process / "fd" / each).stat()
                    yield status.st_dev, status.st_ino
            except OSError:
                continue  # it was closed meanwhile


def _is_for_writing(fdinfo: str) -> bool:
    flags = next(line for line in fdinfo.splitlines() if line.startswith("flags:"))
    return int(flags.split()[1], 8) & os.O_ACCMODE != os.O_RDONLY


def _is_on_network(path: Path) -> bool:
    mounts = {Path(each.mountpoint): each.fstype for each in psutil.disk_partitions(all=True)}
    kinds = (mounts[parent] for parent in path.resolve().parents if parent in mounts)
    return next(kinds, "").startswith(_NETWORK)
