"""An archived file, believed only after its sha256 was worked out again.

Whoever reads the file whole reads it once: the bytes are hashed as they pass by. Where nothing
reads it to its end, it is read once more for that.
"""

import hashlib
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal, cast

from registry.store.durable_files import digest
from schemas.errors import ArchiveDamaged, StorageUnavailable


class ArchivedFile:
    """Bytes of the archive; a `rosters.byte_source.ByteSource`."""

    def __init__(self, path: Path, sha256: str) -> None:
        self.path = path
        self.sha256 = sha256
        self._found: str | None = None

    def open(self, mode: Literal["rb"], /) -> BinaryIO:
        """Open the bytes at their start; read to their end, they are hashed."""
        with _reading(self.path):
            if self._found is not None:
                return self.path.open(mode)
            return cast(BinaryIO, io.BufferedReader(_HashingFile(self.path, self._note)))

    def require_intact(self) -> None:
        """Refuse bytes that are not those that were received.

        Raises:
            ArchiveDamaged: they are others, or fewer.
            StorageUnavailable: they cannot be read.
        """
        if self._found is None:
            with _reading(self.path):
                self._found = digest(self.path)
        if self._found != self.sha256:
            raise ArchiveDamaged(
                "The copy of this file that was kept on receipt is damaged: "
                f"{_name(self.path)} no longer has the bytes that were received. "
                "The sender's file is not at fault; nothing of it was imported now, and nothing "
                "that was imported before is lost. Restore that copy from a backup, or receive "
                "the same file again, and run the import again."
            )

    @contextmanager
    def reading(self) -> Iterator["ArchivedFile"]:
        """Within, the file is read; what was found counts only if the bytes are intact.

        Raises:
            ArchiveDamaged: they are not, whatever else was found wrong with them.
        """
        try:
            yield self
        except Exception:
            self.require_intact()
            raise
        self.require_intact()

    def _note(self, sha256: str) -> None:
        self._found = sha256


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Explain that the copy may not be read, or that its disk fails."""
    try:
        yield
    except OSError as error:
        raise StorageUnavailable(
            f"The copy of this file that was kept on receipt cannot be read: {_name(path)}: "
            f"{error.strerror}. Give the user of Rosterline the right to read it, or restore that "
            "copy from a backup, and run the import again."
        ) from error


def _name(path: Path) -> str:
    return "/".join(path.parts[-3:])


class _HashingFile(io.FileIO):
    """A file that is hashed as it is read from start to end; `note` is told its sha256."""

    def __init__(self, path: Path, note: Callable[[str], None]) -> None:
        super().__init__(path, "rb")
        self._path = path
        self._sha256 = hashlib.sha256()
        self._note = note
        self._next = 0

    def readinto(self, buffer: "memoryview | bytearray", /) -> int:  # type: ignore[override]
        """Read and hash; the end of the file ends the hash."""
        place = self.tell()
        with _reading(self._path):
            count = super().readinto(buffer) or 0
        self._take(place, memoryview(buffer)[:count])
        return count

    def readall(self) -> bytes:
        """Read the rest and hash it."""
        place = self.tell()
        with _reading(self._path):
            data = super().readall()
        self._take(place, data)
        self._take(place + len(data), b"")
        return data

    def _take(self, place: int, data: "memoryview | bytes") -> None:
        if place != self._next:
            return  # somebody jumped; the hash would be that of other bytes
        self._sha256.update(data)
        self._next += len(data)
        if not data:
            self._note(self._sha256.hexdigest())
