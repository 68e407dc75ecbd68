"""A file that a client is writing over SFTP."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from registry.landing.archive_copy import ArchiveCopy
from registry.landing.stability import is_temporary
from registry.settings import Settings
from registry.store.durable_files import drop_from_memory
from schemas.errors import DiskFull

DRAFT_MODE = 0o600
STEP_BYTES = 32 * 1024**2
"""How many bytes come between two steps; see `Upload`."""


class Upload:
    """An open upload. The session writes it; a thread may take a step beside the session.

    A step syncs what has come so far and copies it for the archive, so that little is left to do
    when a large upload is closed. If a client overwrites bytes that were already copied, the copy
    is useless, and the whole file is copied at the end instead.
    """

    def __init__(
        self,
        settings: Settings,
        path: Path,
        *,
        append: bool,
        claim: int | None = None,
        step_bytes: int = STEP_BYTES,
    ) -> None:
        self.path = path
        self.size = path.stat().st_size if path.exists() else 0
        self.times: tuple[float, float] | None = None
        """Access and modification time that the client wants the file to have."""
        self.broken: str | None = None
        """Why the bytes written so far must not be taken in as the file; None while all is well."""
        self.was_part = False
        """Whether it resumes an upload that broke off."""
        self.replaces: object = None
        """The version of the file that had its name when it began; None: there was none."""
        self._settings = settings
        self._append = append
        self._claim = claim
        self._step_bytes = step_bytes
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, DRAFT_MODE)
        self._is_open = True
        self._lock = threading.Lock()
        """Held while a step runs, and while the file is closed."""
        self._size_at_step = self._copied_to = self._since_step = 0
        self._copy: ArchiveCopy | None = None
        self._is_copyable = not is_temporary(path.name)

    def end_of(self, offset: int, data: bytes) -> int:
        """The size of the file once `data` is written at `offset`."""
        return max(self.size, (self.size if self._append else offset) + len(data))

    def write(self, offset: int, data: bytes) -> None:
        """Write bytes. A failure breaks the upload, because a client may still close it.

        Raises:
            OSError: the disk refuses the bytes.
        """
        place = self.size if self._append else offset
        if place < self._copied_to:
            self._is_copyable = False
        view = memoryview(data)
        with self._failure_breaks():
            while view:
                written = os.pwrite(self._descriptor, view, place)
                view, place = view[written:], place + written
        self.size = max(self.size, place)
        self._since_step += len(data)

    def resize(self, size: int) -> None:
        """Cut the file to `size` bytes, or lengthen it with zeros. A failure breaks the upload.

        Raises:
            OSError: the disk refuses.
        """
        if size < self._copied_to:
            self._is_copyable = False
        with self._failure_breaks():
            os.ftruncate(self._descriptor, size)
        self.size = size

    def begin_step(self) -> Callable[[], None] | None:
        """The step to run in a thread now; None while too few bytes have come since the last."""
        if self._since_step < self._step_bytes:
            return None
        # The copy stays one step behind the writes: a client with several requests under way may
        # send them in any order.
        self._copied_to, self._size_at_step, self._since_step = self._size_at_step, self.size, 0
        return self._step

    def sync(self) -> None:
        """Bring the written bytes to the disk itself; a failure breaks the upload."""
        with self._failure_breaks():
            os.fsync(self._descriptor)

    def finish(self) -> None:
        """Close the file and set the times that the client asked for; once only."""
        with self._lock:
            if not self._is_open:
                return
            self._is_open = False
            os.close(self._descriptor)
        if self.times is not None:
            os.utime(self.path, self.times)

    def begun_copy(self) -> ArchiveCopy | None:
        """The archive's copy of the first bytes, if there is one that can be continued."""
        return self._copy if self._is_copyable else None

    def drop_copy(self) -> None:
        """Remove the archive's copy, unless the archive has taken it over."""
        if self._copy is not None:
            self._copy.end()

    def discard(self) -> None:
        """Delete the upload and its copy."""
        self.drop_copy()
        shutil.rmtree(self.path.parent, ignore_errors=True)
        self.release()

    def release(self) -> None:
        """Let go of the upload's folder; what is still in it is a part that broke off."""
        if self._claim is not None:
            os.close(self._claim)
            self._claim = None

    def _step(self) -> None:
        with self._lock:
            if not self._is_open:
                return
            if self._is_copyable and self._copied_to:
                self._continue_copy()
            with suppress(OSError), self._failure_breaks():
                drop_from_memory(self._descriptor, self._copied_to if self._is_copyable else 0)

    @contextmanager
    def _failure_breaks(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            # The operating system reports a lost write only once, to whichever call comes first.
            self.broken = error.strerror or type(error).__name__
            raise

    def _continue_copy(self) -> None:
        try:
            self._copy = self._copy or ArchiveCopy(self._settings)
            self._copy.copy_until(self._descriptor, self._copied_to)
            self._copy.settle()
        except (OSError, DiskFull):
            # If there is still no room for a whole copy at the end, the sender gets an error then.
            self._is_copyable = False
            self.drop_copy()
