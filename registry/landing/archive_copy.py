"""How bytes get into the archive: under the key `archive/<first two hex>/<sha256>`."""

import os
from dataclasses import dataclass
from typing import Self

from registry.landing.disk_reserve import require_room
from registry.settings import Settings
from registry.store import store_of
from registry.store.durable_files import CHUNK_BYTES

ARCHIVE = "archive"
INCOMING = "incoming"
"""Where what comes over HTTP is until it is whole; what a killed process left there goes sooner."""


@dataclass(frozen=True)
class Archived:
    """Bytes that are in the archive for good."""

    sha256: str
    byte_count: int


class ArchiveCopy:
    """A copy that is read, hashed and written piece by piece, while its file may still grow.

    The part of the file that was copied must not change. At the end of a `with` the copy is
    removed, unless it was placed.

    Raises:
        OSError: the archive cannot be written.
        DiskFull: less than the reserve is free.
    """

    def __init__(self, settings: Settings, area: str = ARCHIVE) -> None:
        require_room(settings)
        self._draft = store_of(settings).begin(area)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def byte_count(self) -> int:
        """How many bytes were copied so far."""
        return self._draft.byte_count

    def write(self, data: bytes) -> None:
        """Add the next bytes."""
        # Hashed as they are written: a second reading of the file might find other bytes.
        self._draft.write(data)

    def copy_until(self, descriptor: int, end: int) -> None:
        """Copy the bytes before `end` that were not copied yet."""
        while self.byte_count < end:
            missing = min(CHUNK_BYTES, end - self.byte_count)
            if not (chunk := os.pread(descriptor, missing, self.byte_count)):
                break
            self.write(chunk)

    def settle(self) -> None:
        """Bring what was copied so far out of memory."""
        self._draft.settle()

    def place(self) -> Archived:
        """Move the copy into the archive for good."""
        sha256 = self._draft.sha256
        self._draft.place(archive_key(sha256))
        return Archived(sha256, self.byte_count)

    def end(self) -> None:
        """Remove it, unless it was placed."""
        self._draft.end()


def archive_key(sha256: str) -> str:
    """The key under which the archive holds these bytes, or would."""
    return f"{ARCHIVE}/{sha256[:2]}/{sha256}"
