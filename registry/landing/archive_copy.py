"""How bytes get into the archive: `archive/<first two hex>/<sha256>`, read-only."""

import hashlib
import os
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Self

from registry.landing.disk_reserve import require_room
from registry.landing.durable_files import (
    CHUNK_BYTES,
    draft_in,
    drop_from_memory,
    make_durable,
    sync_folders,
)
from registry.settings import Settings

ARCHIVE_MODE = 0o440


class ArchiveCopy:
    """A copy that is read, hashed and written piece by piece, while its file may still grow.

    The part of the file that was copied must not change. At the end of a `with` the copy is
    removed, unless it was placed.

    Raises:
        OSError: the archive cannot be written.
        DiskFull: less than the reserve is free.
    """

    def __init__(self, settings: Settings) -> None:
        require_room(settings)
        self.byte_count = 0
        self._folder = settings.archive_dir
        self._sha256 = hashlib.sha256()
        self._end = ExitStack()
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._draft = self._end.enter_context(draft_in(self._folder))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def copy_until(self, descriptor: int, end: int) -> None:
        """Copy the bytes before `end` that were not copied yet."""
        while self.byte_count < end:
            missing = min(CHUNK_BYTES, end - self.byte_count)
            if not (chunk := os.pread(descriptor, missing, self.byte_count)):
                break
            # Hashed as they are written: a second reading of the file might find other bytes.
            self._sha256.update(chunk)
            self.byte_count += self._draft.write(chunk)

    def flush_to_disk(self) -> None:
        """Flush what was copied so far to the disk, and drop it from the page cache."""
        self._draft.flush()
        drop_from_memory(self._draft.fileno(), self.byte_count)

    def place(self) -> str:
        """Move the copy into the archive for good; returns the sha256 under which it is kept."""
        sha256 = self._sha256.hexdigest()
        target = place_in_archive(self._folder, sha256)
        target.parent.mkdir(exist_ok=True, mode=0o700)
        # Replaced even when it is there: a disk may have damaged the bytes that are there.
        make_durable(self._draft, ARCHIVE_MODE).replace(target)
        sync_folders(target.parent, self._folder, self._folder.parent)
        return sha256

    def end(self) -> None:
        """Remove it, unless it was placed."""
        # On a full disk the rest cannot be written; it is not needed either.
        with suppress(OSError):
            self._end.close()


def place_in_archive(folder: Path, sha256: str) -> Path:
    """Where the archive in `folder` holds these bytes, or would."""
    return folder / sha256[:2] / sha256
