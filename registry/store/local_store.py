"""The store in folders of the home. What is placed has reached the disk itself."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path

from registry.store.durable_files import (
    CHUNK_BYTES,
    DRAFT_PREFIX,
    draft_in,
    drop_from_memory,
    make_durable,
    sync_folders,
)
from registry.store.interface import Draft, Stored

MODE = 0o440
_FOLDER_MODE = 0o700


class LocalStore:
    """A `Store` whose keys are paths below `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def begin(  # noqa: D102 - the interface says it
        self,
        area: str,
        *,
        download_name: str | None = None,  # noqa: ARG002 - it has no links
        sole: bool = False,
    ) -> Draft:
        folder = self._root / area
        folder.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
        if sole:
            for left_over in folder.glob(f"{DRAFT_PREFIX}*"):
                left_over.unlink(missing_ok=True)
        return _LocalDraft(self._root, folder)

    def put(self, key: str, data: bytes) -> None:  # noqa: D102
        with self.begin(str(Path(key).parent)) as draft:
            draft.write(data)
            draft.place(key)

    def read(self, key: str) -> bytes:  # noqa: D102
        return (self._root / key).read_bytes()

    def file(self, key: str, sha256: str) -> Path:  # noqa: ARG002, D102 - readers check it anyway
        path = self._root / key
        path.stat()
        return path

    def copy(self, key: str, target: str) -> None:  # noqa: D102
        with (self._root / key).open("rb") as source, self.begin(str(Path(target).parent)) as draft:
            shutil.copyfileobj(source, draft, CHUNK_BYTES)
            draft.place(target)

    def find(self, key: str) -> Stored | None:  # noqa: D102
        with suppress(FileNotFoundError):
            return _stored(key, (self._root / key).stat())
        return None

    def list(self, prefix: str) -> Iterator[Stored]:  # noqa: D102
        for folder, _, names in os.walk(self._root / prefix):
            for name in names:
                path = Path(folder, name)
                if not name.startswith(DRAFT_PREFIX):
                    with suppress(FileNotFoundError):
                        yield _stored(path.relative_to(self._root).as_posix(), path.stat())

    def delete(self, key: str) -> None:  # noqa: D102
        path = self._root / key
        path.unlink(missing_ok=True)
        # Only an import's own folder: somebody may be placing another file into one of the archive.
        if path.parent.parent == self._root / "results":
            with suppress(OSError):  # the folder is gone, or holds other files
                path.parent.rmdir()

    def move(self, key: str, target: str) -> None:  # noqa: D102
        (self._root / key).replace(self._root / target)
        sync_folders((self._root / target).parent)

    def link(self, key: str, seconds: int) -> str | None:  # noqa: ARG002, D102
        return None

    def place_of(self, key: str) -> str:  # noqa: D102
        return str(self._root / key)

    def sweep(self, older_than_seconds: float) -> None:  # noqa: D102
        before = time.time() - older_than_seconds
        for path in self._root.glob(f"*/{DRAFT_PREFIX}*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    path.unlink()


class _LocalDraft(Draft):
    """A hidden file in the folder of its area."""

    def __init__(self, root: Path, folder: Path) -> None:
        super().__init__()
        self._root = root
        self._folder = folder
        self._end = ExitStack()
        self._file = self._end.enter_context(draft_in(folder))

    def _add(self, data: bytes) -> None:
        self._file.write(data)

    def settle(self) -> None:
        self._file.flush()
        drop_from_memory(self._file.fileno(), self.byte_count)

    def place(self, key: str) -> None:
        target = self._root / key
        target.parent.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
        # Replaced even when it is there: a disk may have damaged the bytes that are there.
        make_durable(self._file, MODE).replace(target)
        sync_folders(target.parent, target.parent.parent)
        if self._folder.parent == self._root:
            sync_folders(self._root)

    def end(self) -> None:
        # On a full disk the rest cannot be written; it is not needed either.
        with suppress(OSError):
            self._end.close()


def _stored(key: str, status: os.stat_result) -> Stored:
    written_at = datetime.fromtimestamp(status.st_mtime, UTC)
    return Stored(key, status.st_size, written_at, str(status.st_mtime_ns))
