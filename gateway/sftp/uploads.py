"""Uploads that are not complete: written where no pipeline looks, kept for a day to be resumed.

uploads/<account>/open-<id>/<file name>       being written by a session
uploads/<account>/partial-<hash>/<file name>  broken off; `put -a`, `reput` go on with it
"""

import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from registry.accounts import Account
from registry.durable import storage_errors
from registry.settings import Settings

PARTIAL_SECONDS = 24 * 3600.0
OPEN_PREFIX = "open-"
PARTIAL_PREFIX = "partial-"
DRAFT_MODE = 0o600
SYNC_BYTES = 64 * 1024**2


class Upload:
    """A file that a client is writing. Its own thread of control is the session's."""

    def __init__(self, path: Path, *, append: bool) -> None:
        self.path = path
        self.size = path.stat().st_size if path.exists() else 0
        self.times: tuple[float, float] | None = None
        """Access and modification time that the client wants it to have."""
        self.broken: str | None = None
        """Why what was written so far must not be taken for the file."""
        self.was_part = False
        """Whether it goes on with what broke off."""
        self._append = append
        self._began_ns = time.time_ns()
        self._open = True
        self._unsynced = 0
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, DRAFT_MODE)

    def end_of(self, offset: int, data: bytes) -> int:
        """The size the file has once `data` was written at `offset`."""
        return max(self.size, (self.size if self._append else offset) + len(data))

    def write(self, offset: int, data: bytes) -> None:
        """Write; a failure breaks the upload, for a client may close it none the less."""
        place = self.size if self._append else offset
        view = memoryview(data)
        try:
            while view:
                written = os.pwrite(self._descriptor, view, place)
                view, place = view[written:], place + written
        except OSError as error:
            self.broken = error.strerror or type(error).__name__
            raise
        self.size = max(self.size, place)
        self._unsynced += len(data)

    def begin_sync(self) -> Callable[[], None] | None:
        """What to do beside the event loop now, so that little is left to sync at the end."""
        if self._unsynced < SYNC_BYTES:
            return None
        self._unsynced = 0
        # Its own descriptor: the file may be closed meanwhile.
        descriptor = os.dup(self._descriptor)

        def sync() -> None:
            try:
                os.fdatasync(descriptor)
            except OSError as error:
                # The system tells a lost write once only.
                self.broken = error.strerror or type(error).__name__
            finally:
                os.close(descriptor)

        return sync

    def sync(self) -> None:
        """Bring what was written to the disk itself."""
        os.fsync(self._descriptor)

    def finish(self) -> None:
        """Close the file and give it the times that the client asked for; again, do nothing."""
        if not self._open:
            return
        self._open = False
        os.close(self._descriptor)
        if self.times is not None:
            os.utime(self.path, self.times)

    def landed_since(self, path: Path) -> bool:
        """Whether a file was put at `path` while this one was open: it is older than that one."""
        try:
            return path.lstat().st_ctime_ns > self._began_ns
        except FileNotFoundError:
            return False

    def discard(self) -> None:
        """Forget it."""
        shutil.rmtree(self.path.parent, ignore_errors=True)


def account_dir(settings: Settings, account: Account) -> Path:
    """Where the account's unfinished uploads are."""
    return settings.uploads_dir / account.name


def begin(settings: Settings, account: Account, name: str, *, append: bool = False) -> Upload:
    """Start an empty upload.

    Raises:
        StorageUnavailable: the folder cannot be written.
    """
    return Upload(_own_folder(settings, account) / name, append=append)


def resume(
    settings: Settings, account: Account, name: str, waiting: Path | None, *, append: bool
) -> Upload:
    """Go on with what broke off, or else with a copy of the file that waits under this name.

    Raises:
        StorageUnavailable: the folder cannot be written.
    """
    path = _own_folder(settings, account) / name
    part = _partial(settings, account, name)
    was_part = part.exists()
    with storage_errors("resume an upload", path.parent):
        if was_part:
            part.replace(path)
        elif waiting is not None:
            shutil.copyfile(waiting, path, follow_symlinks=False)
    upload = Upload(path, append=append)
    upload.was_part = was_part
    return upload


def keep_partial(settings: Settings, account: Account, path: Path) -> None:
    """Keep what came of an upload that broke off, instead of an earlier part of that name."""
    kept = _partial(settings, account, path.name)
    with storage_errors("keep a part of an upload", kept.parent):
        kept.parent.mkdir(parents=True, exist_ok=True)
        path.replace(kept)
    shutil.rmtree(path.parent, ignore_errors=True)


def drop_partial(settings: Settings, account: Account, name: str) -> bool:
    """Forget what came of an upload that broke off; False if there was nothing."""
    kept = _partial(settings, account, name)
    found = kept.exists()
    shutil.rmtree(kept.parent, ignore_errors=True)
    return found


def list_partials(settings: Settings, account: Account) -> dict[str, os.stat_result]:
    """What came of uploads that broke off, by file name."""
    found = {}
    for path in account_dir(settings, account).glob(f"{PARTIAL_PREFIX}*/*"):
        with suppress(FileNotFoundError):
            found[path.name] = path.stat()
    return found


def sweep(settings: Settings, *, starting: bool = False) -> None:
    """Remove parts that nobody went on with; at the start, keep what a killed server left.

    Raises:
        StorageUnavailable: the folder cannot be written.
    """
    with storage_errors("tidy up uploads", settings.uploads_dir):
        for path in settings.uploads_dir.glob(f"*/{OPEN_PREFIX}*/*"):
            if starting:
                _keep_left_over(path)
        for path in settings.uploads_dir.glob(f"*/{PARTIAL_PREFIX}*"):
            with suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > PARTIAL_SECONDS:
                    shutil.rmtree(path, ignore_errors=True)


def _keep_left_over(path: Path) -> None:
    kept = path.parent.parent / _partial_name(path.name) / path.name
    kept.parent.mkdir(exist_ok=True)
    path.replace(kept)
    shutil.rmtree(path.parent, ignore_errors=True)


def _own_folder(settings: Settings, account: Account) -> Path:
    folder = account_dir(settings, account) / f"{OPEN_PREFIX}{uuid.uuid4().hex}"
    with storage_errors("begin an upload", folder):
        folder.mkdir(parents=True)
    return folder


def _partial(settings: Settings, account: Account, name: str) -> Path:
    return account_dir(settings, account) / _partial_name(name) / name


def _partial_name(name: str) -> str:
    return f"{PARTIAL_PREFIX}{hashlib.sha256(name.encode()).hexdigest()[:16]}"
