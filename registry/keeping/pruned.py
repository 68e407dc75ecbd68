"""What a prune removed, or would remove."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from registry.store import Store


@dataclass(frozen=True)
class Pruned:
    """So many things of one kind; bytes where they are files; `left` waits for the next prune."""

    what: str
    count: int
    byte_count: int = 0
    left: int = 0


def older_files(folder: Path, before: datetime, pattern: str = "*") -> Iterator[Path]:
    """Files below the folder that were last written before this time."""
    for path in sorted(folder.rglob(pattern)):
        if path.is_file() and path.stat().st_mtime < before.timestamp():
            yield path


def remove(what: str, paths: list[Path], *, dry_run: bool) -> Pruned:
    """Remove these files, and folders that are empty then."""
    byte_count = 0
    for path in paths:
        byte_count += path.stat().st_size if path.exists() else 0
        if not dry_run:
            path.unlink(missing_ok=True)
    return Pruned(what, len(paths), byte_count)


def remove_stored(what: str, store: Store, keys: list[str], *, dry_run: bool) -> Pruned:
    """Remove what the store holds under these keys; what is gone already is not counted."""
    count = byte_count = 0
    for key in keys:
        stored = store.find(key)
        if stored is not None:
            count += 1
            byte_count += stored.byte_count
            if not dry_run:
                store.delete(key)
    return Pruned(what, count, byte_count)
