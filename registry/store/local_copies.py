"""Copies of a bucket's files on this machine, for what reads paths: DuckDB, browsers' downloads.

A copy is taken only if its sha256 is right; any of them may be removed at any time.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from registry.store.durable_files import DRAFT_PREFIX, digest, draft_in

IN_USE_SECONDS = 3600.0
"""A copy that was asked for so lately is not removed to make room: somebody may read it."""


class LocalCopies:
    """Copies below `root`, at most `limit` bytes unless they are in use."""

    def __init__(self, root: Path, limit: int) -> None:
        self._root = root
        self._limit = limit

    def get(self, key: str, sha256: str, fetch: Callable[[], Iterator[bytes]]) -> Path:
        """The copy of what is under `key`, fetched if it is not here or is damaged.

        Raises:
            OSError: as `fetch` does, or the disk refuses.
        """
        path = self._root / key
        with suppress(FileNotFoundError):
            if digest(path) == sha256:
                os.utime(path)
                return path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with draft_in(path.parent) as draft:
            for chunk in fetch():
                draft.write(chunk)
            draft.flush()
            self._make_room(draft.tell())
            Path(draft.name).replace(path)
        return path

    def forget(self, key: str) -> None:
        """Remove the copy of what was under this key."""
        (self._root / key).unlink(missing_ok=True)

    def sweep(self, older_than_seconds: float) -> None:
        """Remove copies that nobody asked for since."""
        before = time.time() - older_than_seconds
        for used_at, _, path in self._all():
            if used_at < before:
                path.unlink(missing_ok=True)

    def _make_room(self, needed: int) -> None:
        copies = sorted(self._all())
        too_much = sum(size for _, size, _ in copies) + needed - self._limit
        for used_at, size, path in copies:
            if too_much <= 0 or used_at > time.time() - IN_USE_SECONDS:
                return
            path.unlink(missing_ok=True)
            too_much -= size

    def _all(self) -> Iterator[tuple[float, int, Path]]:
        for folder, _, names in os.walk(self._root):
            for name in names:
                path = Path(folder, name)
                with suppress(FileNotFoundError):
                    status = path.stat()
                    is_draft = name.startswith(DRAFT_PREFIX)
                    yield status.st_mtime, 0 if is_draft else status.st_size, path
