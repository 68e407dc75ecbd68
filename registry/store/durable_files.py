"""Writing to disk so that a power cut leaves the whole file or none of it."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from schemas.errors import StorageUnavailable

CHUNK_BYTES = 1024 * 1024
DRAFT_PREFIX = ".draft-"
RESULT_MODE = 0o400
_READ_BY_OTHERS = 0o044


@contextmanager
def storage_errors(doing: str, where: Path | str, *, absent: bool = False) -> Iterator[None]:
    """Explain what the operating system or a bucket refuses: full disk, missing rights, no answer.

    Args:
        doing: what is being done, such as "write a result".
        where: the folder, or the address of a bucket.
        absent: let a FileNotFoundError through, because the caller has better words for it.

    Raises:
        StorageUnavailable: instead of any OSError.
    """
    try:
        yield
    except OSError as error:
        if absent and isinstance(error, FileNotFoundError):
            raise
        raise StorageUnavailable(
            f"Cannot {doing} in {where}: {error.strerror or type(error).__name__}. {_todo(where)}, "
            "then try again; nothing was lost."
        ) from error


def _todo(where: Path | str) -> str:
    if "://" in str(where):
        return "See that the bucket answers and that our key may write there"
    return "Free space or give this user the right to use the folder"


@contextmanager
def draft_in(folder: Path) -> Iterator[BinaryIO]:
    """A hidden new file in `folder` that is removed at the end, unless it was renamed by then."""
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=DRAFT_PREFIX)
    os.close(descriptor)
    try:
        with Path(name).open("wb") as draft:
            yield draft
    finally:
        Path(name).unlink(missing_ok=True)


def make_durable(draft: BinaryIO, mode: int) -> Path:
    """Flush what was written to the disk itself and set `mode`; returns the draft's path."""
    draft.flush()
    os.fchmod(draft.fileno(), mode)
    os.fsync(draft.fileno())
    return Path(draft.name)


def result_mode(folder: Path) -> int:
    """The mode of a file in a sender's folder of results: for its owner to read.

    Group and others may read it where they may read the folder: the operator opens that to the
    user of an SFTP server of another make.
    """
    return RESULT_MODE | (folder.stat().st_mode & _READ_BY_OTHERS)


def drop_from_memory(descriptor: int, end: int) -> None:
    """Flush what was written to the disk, and drop the first `end` bytes from the page cache.

    A file that is not read before the night would push out of memory what is read all day.
    """
    os.fdatasync(descriptor)
    if end:  # a length of 0 would mean the whole file
        os.posix_fadvise(descriptor, 0, end, os.POSIX_FADV_DONTNEED)


def sync_folders(*folders: Path) -> None:
    """Make names that were added to or removed from these folders survive a power cut."""
    for folder in folders:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def digest(path: Path) -> str:
    """The sha256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
