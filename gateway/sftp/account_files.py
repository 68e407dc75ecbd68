"""An account's two folders as they are on disk and in the registry. All of it blocks.

What stands here, what is begun, taken in, renamed, removed; who may ask for it is for
`gateway/sftp/file_requests.py` to say.
"""

import errno
import os
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import asyncssh
from asyncssh import SFTPAttrs

from gateway.sftp import unfinished_uploads
from gateway.sftp.paths import Place
from gateway.sftp.service import Desk
from gateway.sftp.unfinished_uploads import Upload
from registry.accounts.accounts import Account
from registry.landing import pending_folder
from registry.landing.drop_folder import PENDING, RESULTS, account_folder

ROOT_MODE = stat.S_IFDIR | 0o555
FOLDER_MODES = {PENDING: stat.S_IFDIR | 0o755, RESULTS: stat.S_IFDIR | 0o555}
FILE_MODES = {PENDING: stat.S_IFREG | 0o200, RESULTS: stat.S_IFREG | 0o444}


class Download:
    """A result that a client is reading."""

    def __init__(self, name: str, file: BinaryIO) -> None:
        self.name = name
        self.file = file
        self.read_to = 0


class Shelf:
    """The folders of one account."""

    def __init__(self, desk: Desk, account: Account) -> None:
        self._desk = desk
        self._settings = desk.settings
        self._account = account
        self._root = account_folder(desk.settings, account)

    def folder_attrs(self, place: Place) -> SFTPAttrs:
        """What one of the folders, or the root, is like."""
        mode = ROOT_MODE if place.folder is None else FOLDER_MODES[place.folder]
        changed = int((self._root / (place.folder or "")).stat().st_mtime)
        return SFTPAttrs(permissions=mode, nlink=2, atime=changed, mtime=changed)

    def file_attrs(self, place: Place) -> SFTPAttrs:
        """What the file at a place is like.

        Raises:
            OSError, asyncssh.SFTPNoSuchFile: there is none.
        """
        folder, name = place.folder or "", place.name or ""
        if folder == PENDING:
            # What broke off is newer than what waits, and what a client would go on with.
            part = unfinished_uploads.list_partials(self._settings, self._account).get(name)
            if part is not None:
                return attrs_of(PENDING, part)
        status = (self._root / folder / name).lstat()
        if not stat.S_ISREG(status.st_mode) or (folder == RESULTS and name.startswith(".")):
            raise _no_such_file()
        return attrs_of(folder, status)

    def listed(self, folder: str) -> list[tuple[bytes, SFTPAttrs]]:
        """The files in a folder, by name; what broke off shows its size so far."""
        if folder == RESULTS:
            with os.scandir(self._root / RESULTS) as entries:
                found = {
                    entry.name: entry.stat(follow_symlinks=False)
                    for entry in entries
                    if entry.is_file(follow_symlinks=False) and not entry.name.startswith(".")
                }
        else:
            waiting = {
                each.name: each.status
                for each in pending_folder.list_pending(self._settings, self._account)
            }
            found = waiting | unfinished_uploads.list_partials(self._settings, self._account)
        return [(os.fsencode(name), attrs_of(folder, found[name])) for name in sorted(found)]

    def open_result(self, name: str) -> Download:
        """A result, for reading.

        Raises:
            OSError, asyncssh.SFTPNoSuchFile: there is none.
        """
        if name.startswith("."):
            raise _no_such_file()
        path = self._root / RESULTS / name
        if not stat.S_ISREG(path.lstat().st_mode):
            raise _no_such_file()
        # Results are never replaced, but operators err: neither follow a link nor wait for a pipe.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        return Download(name, os.fdopen(descriptor, "rb", buffering=0))

    def begin(self, name: str, pflags: int) -> Upload:
        """An upload under this name, new or gone on with, as the flags of the protocol say.

        Raises:
            asyncssh.SFTPError: the flags and what is there do not go together.
            StorageUnavailable: the folder cannot be written.
        """
        path = self._in_pending(name)
        append = bool(pflags & asyncssh.FXF_APPEND)
        waits = os.path.lexists(path)
        if waits and not _is_plain(path):
            raise asyncssh.SFTPPermissionDenied("this name is taken by something that is no file")
        there = waits or name in unfinished_uploads.list_partials(self._settings, self._account)
        if there and pflags & asyncssh.FXF_CREAT and pflags & asyncssh.FXF_EXCL:
            raise asyncssh.SFTPFileAlreadyExists("there is a file of that name already")
        if not there and not pflags & asyncssh.FXF_CREAT:
            raise _no_such_file()
        if pflags & asyncssh.FXF_TRUNC or not there:
            return unfinished_uploads.begin(self._settings, self._account, name, append=append)
        return unfinished_uploads.resume(
            self._settings, self._account, name, path if waits else None, append=append
        )

    def take_in(self, upload: Upload) -> bool:
        """Land a complete upload. Returns whether it took the place of a file that waited.

        Raises:
            RosterlineError: it cannot be taken in now; it is where it was.
            OSError: what was written of it is lost.
        """
        name = upload.path.name
        upload.sync()
        upload.finish()
        if upload.broken:  # by a step that was under way
            raise OSError(errno.EIO, upload.broken)
        replaces = _is_plain(self._in_pending(name))
        with self._desk.registry() as connection:
            pending_folder.land(
                connection,
                self._settings,
                self._account,
                upload.path,
                datetime.now(UTC),
                begun=upload.begun_copy(),
            )
        unfinished_uploads.drop_partial(self._settings, self._account, name)
        upload.discard()
        return replaces

    def keep_part(self, upload: Upload) -> None:
        """Keep what came of an upload that did not end well, unless it cannot be trusted."""
        upload.finish()
        upload.drop_copy()
        landed = upload.landed_since(self._in_pending(upload.path.name))
        if upload.broken or landed or not upload.path.exists():
            upload.discard()
        else:
            unfinished_uploads.keep_partial(self._settings, self._account, upload.path)

    def rename(self, old: str, new: str, *, overwrite: bool) -> None:
        """Give a waiting file another name.

        Raises:
            NotFound, NotAllowed: there is none, it is being processed, the name is taken.
            StorageUnavailable: the folder cannot be written.
        """
        with self._desk.registry() as connection:
            pending_folder.rename(
                connection,
                self._settings,
                self._account,
                old,
                new,
                received_at=datetime.now(UTC),
                overwrite=overwrite,
            )
        unfinished_uploads.drop_partial(self._settings, self._account, new)

    def remove(self, name: str) -> None:
        """Take a waiting file, or what came of one, back.

        Raises:
            NotFound, NotAllowed: there is none, or it is being processed.
            StorageUnavailable: the folder cannot be written.
        """
        if not self._in_pending(name).exists() and unfinished_uploads.drop_partial(
            self._settings, self._account, name
        ):
            return
        with self._desk.registry() as connection:
            pending_folder.remove(connection, self._settings, self._account, name)
        unfinished_uploads.drop_partial(self._settings, self._account, name)

    def set_times(self, name: str, times: tuple[float, float]) -> None:
        """Set a waiting file's access and modification time.

        Raises:
            asyncssh.SFTPNoSuchFile: there is none.
        """
        path = self._in_pending(name)
        if not _is_plain(path):
            raise _no_such_file()
        os.utime(path, times, follow_symlinks=False)

    def _in_pending(self, name: str) -> Path:
        return self._root / PENDING / name


def attrs_of(folder: str, status: os.stat_result) -> SFTPAttrs:
    """What a file in this folder is like, in the protocol's words."""
    return SFTPAttrs(
        permissions=FILE_MODES[folder],
        size=status.st_size,
        atime=int(status.st_atime),
        mtime=int(status.st_mtime),
        nlink=1,
    )


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _no_such_file() -> asyncssh.SFTPNoSuchFile:
    return asyncssh.SFTPNoSuchFile("no such file")
