"""Uploads that are not complete: written where no pipeline looks, kept for a day to be resumed.

uploads/<account>/open-<id>/<file name>       being written by a session
uploads/<account>/partial-<hash>/<file name>  broken off; `put -a`, `reput` go on with it
"""

import hashlib
import os
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from registry.accounts.accounts import Account
from registry.landing.archive_copy import ArchiveCopy
from registry.landing.durable_files import DRAFT_PREFIX, drop_from_memory, storage_errors
from registry.landing.stability import is_temporary
from registry.settings import Settings

PARTIAL_SECONDS = 24 * 3600.0
OPEN_PREFIX = "open-"
PARTIAL_PREFIX = "partial-"
DRAFT_MODE = 0o600
STEP_BYTES = 32 * 1024**2


class Upload:
    """A file that a client is writing. Its own thread of control is the session's.

    A large one is synced and copied for the archive in steps beside that, while it comes. What a
    client writes again after it was copied makes the copy worthless; it is then made at the end.
    """

    def __init__(
        self, settings: Settings, path: Path, *, append: bool, step_bytes: int = STEP_BYTES
    ) -> None:
        self.path = path
        self.size = path.stat().st_size if path.exists() else 0
        self.times: tuple[float, float] | None = None
        """Access and modification time that the client wants it to have."""
        self.broken: str | None = None
        """Why what was written so far must not be taken for the file."""
        self.was_part = False
        """Whether it goes on with what broke off."""
        self._settings = settings
        self._append = append
        self._step_bytes = step_bytes
        self._began_ns = time.time_ns()
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, DRAFT_MODE)
        self._open = True
        self._lock = threading.Lock()
        """Held while a step is taken, or the file closed."""
        self._size_at_step = self._copied_to = self._since_step = 0
        self._copy: ArchiveCopy | None = None
        self._copyable = not is_temporary(path.name)

    def end_of(self, offset: int, data: bytes) -> int:
        """The size the file has once `data` was written at `offset`."""
        return max(self.size, (self.size if self._append else offset) + len(data))

    def write(self, offset: int, data: bytes) -> None:
        """Write; a failure breaks the upload, for a client may close it none the less."""
        place = self.size if self._append else offset
        if place < self._copied_to:
            self._copyable = False
        view = memoryview(data)
        with self._failure_breaks():
            while view:
                written = os.pwrite(self._descriptor, view, place)
                view, place = view[written:], place + written
        self.size = max(self.size, place)
        self._since_step += len(data)

    def begin_step(self) -> Callable[[], None] | None:
        """What to do beside the event loop now, so that little is left to do at the end."""
        if self._since_step < self._step_bytes:
            return None
        # One step behind: clients with several requests under way finish them in any order.
        self._copied_to, self._size_at_step, self._since_step = self._size_at_step, self.size, 0
        return self._step

    def sync(self) -> None:
        """Bring what was written to the disk itself; a failure breaks the upload."""
        with self._failure_breaks():
            os.fsync(self._descriptor)

    def finish(self) -> None:
        """Close the file and give it the times that the client asked for; again, do nothing."""
        with self._lock:
            if not self._open:
                return
            self._open = False
            os.close(self._descriptor)
        if self.times is not None:
            os.utime(self.path, self.times)

    def begun_copy(self) -> ArchiveCopy | None:
        """The archive's copy of the beginning, if there is one that can be gone on with."""
        return self._copy if self._copyable else None

    def drop_copy(self) -> None:
        """Remove the archive's copy, unless the archive has it."""
        if self._copy is not None:
            self._copy.end()

    def _step(self) -> None:
        with self._lock:
            if not self._open:
                return
            if self._copyable and self._copied_to:
                self._go_on_copying()
            with suppress(OSError), self._failure_breaks():
                drop_from_memory(self._descriptor, self._copied_to if self._copyable else 0)

    @contextmanager
    def _failure_breaks(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            # The system tells a lost write once only, whoever asks.
            self.broken = error.strerror or type(error).__name__
            raise

    def _go_on_copying(self) -> None:
        try:
            self._copy = self._copy or ArchiveCopy(self._settings)
            self._copy.copy_until(self._descriptor, self._copied_to)
            self._copy.flush_to_disk()
        except OSError:
            # The sender learns of it at the end, if there is no room for the whole copy then.
            self._copyable = False
            self.drop_copy()

    def landed_since(self, path: Path) -> bool:
        """Whether a file was put at `path` while this one was open: it is older than that one."""
        try:
            return path.lstat().st_ctime_ns > self._began_ns
        except FileNotFoundError:
            return False

    def discard(self) -> None:
        """Forget it."""
        self.drop_copy()
        shutil.rmtree(self.path.parent, ignore_errors=True)


def account_dir(settings: Settings, account: Account) -> Path:
    """Where the account's unfinished uploads are."""
    return settings.uploads_dir / account.name


def begin(settings: Settings, account: Account, name: str, *, append: bool = False) -> Upload:
    """Start an empty upload.

    Raises:
        StorageUnavailable: the folder cannot be written.
    """
    return Upload(settings, _own_folder(settings, account) / name, append=append)


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
    upload = Upload(settings, path, append=append)
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

    Copies for the archive that were not made to their end go as well.

    Raises:
        StorageUnavailable: the folder cannot be written.
    """
    with storage_errors("tidy up uploads", settings.uploads_dir):
        for path in settings.uploads_dir.glob(f"*/{OPEN_PREFIX}*/*"):
            if starting:
                _keep_left_over(path)
        for path in settings.uploads_dir.glob(f"*/{PARTIAL_PREFIX}*"):
            if _is_old(path):
                shutil.rmtree(path, ignore_errors=True)
        for path in settings.archive_dir.glob(f"{DRAFT_PREFIX}*"):
            if _is_old(path):
                path.unlink(missing_ok=True)


def _is_old(path: Path) -> bool:
    with suppress(FileNotFoundError):
        return time.time() - path.stat().st_mtime > PARTIAL_SECONDS
    return False


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
