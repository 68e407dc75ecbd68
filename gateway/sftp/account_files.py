"""An account's two folders: what is in them, and how requests change it.

Whether a client may make a request is decided in `gateway/sftp/file_requests.py`. Everything here
blocks, so it must not run in the event loop.
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
from gateway.sftp.file_attributes import file_attributes, folder_attributes, is_regular
from gateway.sftp.paths import Place
from gateway.sftp.service import SftpService
from gateway.sftp.upload import Upload
from registry.accounts.accounts import Account
from registry.landing import pending_folder
from registry.landing.drop_folder import PENDING, RESULTS, account_folder


class Download:
    """A result that a client is reading."""

    def __init__(self, name: str, file: BinaryIO) -> None:
        self.name = name
        self.file = file
        self.read_to = 0


class AccountFiles:
    """The files of one account."""

    def __init__(self, service: SftpService, account: Account) -> None:
        self._service = service
        self._settings = service.settings
        self._account = account
        self._root = account_folder(service.settings, account)

    def folder_attributes(self, place: Place) -> SFTPAttrs:
        """The attributes of one of the folders, or of the root."""
        return folder_attributes(self._root, place.folder)

    def file_attributes(self, place: Place) -> SFTPAttrs:
        """The attributes of the file at a place.

        Raises:
            OSError, asyncssh.SFTPNoSuchFile: there is no file.
        """
        folder, name = place.folder or "", place.name or ""
        if folder == PENDING:
            # A part of a broken upload is newer than the waiting file of its name, and it is what
            # a client would resume.
            part = unfinished_uploads.list_partials(self._settings, self._account).get(name)
            if part is not None:
                return file_attributes(PENDING, part)
        status = (self._root / folder / name).lstat()
        if not stat.S_ISREG(status.st_mode) or (folder == RESULTS and name.startswith(".")):
            raise _no_such_file()
        return file_attributes(folder, status)

    def list_folder(self, folder: str) -> list[tuple[bytes, SFTPAttrs]]:
        """The files in a folder, by name. A broken upload shows the size it has so far."""
        found = self._results() if folder == RESULTS else self._pending()
        return [(os.fsencode(name), file_attributes(folder, found[name])) for name in sorted(found)]

    def open_result(self, name: str) -> Download:
        """Open a result for reading.

        Raises:
            OSError, asyncssh.SFTPNoSuchFile: there is no such result.
        """
        if name.startswith("."):
            raise _no_such_file()
        path = self._root / RESULTS / name
        if not stat.S_ISREG(path.lstat().st_mode):
            raise _no_such_file()
        # Results are never replaced by us, but an operator may put something else in their place:
        # do not follow a link, and do not wait for a pipe.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        return Download(name, os.fdopen(descriptor, "rb", buffering=0))

    def begin(self, name: str, pflags: int) -> Upload:
        """Begin or resume an upload, as the flags of the protocol say.

        Raises:
            asyncssh.SFTPError: the flags do not fit what is there.
            StorageUnavailable: the folder cannot be written.
        """
        path = self._in_pending(name)
        append = bool(pflags & asyncssh.FXF_APPEND)
        waits = os.path.lexists(path)
        if waits and not is_regular(path):
            raise asyncssh.SFTPPermissionDenied("this name is taken by something that is no file")
        exists = waits or name in unfinished_uploads.list_partials(self._settings, self._account)
        if exists and pflags & asyncssh.FXF_CREAT and pflags & asyncssh.FXF_EXCL:
            raise asyncssh.SFTPFileAlreadyExists("there is a file of that name already")
        if not exists and not pflags & asyncssh.FXF_CREAT:
            raise _no_such_file()
        if pflags & asyncssh.FXF_TRUNC or not exists:
            return unfinished_uploads.begin(self._settings, self._account, name, append=append)
        return unfinished_uploads.resume(
            self._settings, self._account, name, path if waits else None, append=append
        )

    def take_in(self, upload: Upload) -> bool:
        """Land a complete upload. Returns whether it replaced a waiting file.

        Raises:
            RosterlineError: it cannot be taken in now; the upload is kept as it was.
            OSError: bytes that were written are lost.
        """
        name = upload.path.name
        upload.sync()
        upload.finish()
        if upload.broken:  # by a step that ran meanwhile
            raise OSError(errno.EIO, upload.broken)
        replaces = is_regular(self._in_pending(name))
        with self._service.registry() as connection:
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
        """Keep the bytes of an upload that did not end well, unless they cannot be trusted."""
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
            NotFound: there is no such file.
            NotAllowed: it is being processed, or the new name is taken.
            StorageUnavailable: the folder cannot be written.
        """
        with self._service.registry() as connection:
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
        """Delete a waiting file and the part of a broken upload of the same name.

        Raises:
            NotFound: there is no such file.
            NotAllowed: it is being processed.
            StorageUnavailable: the folder cannot be written.
        """
        if not self._in_pending(name).exists() and unfinished_uploads.drop_partial(
            self._settings, self._account, name
        ):
            return
        with self._service.registry() as connection:
            pending_folder.remove(connection, self._settings, self._account, name)
        unfinished_uploads.drop_partial(self._settings, self._account, name)

    def set_times(self, name: str, times: tuple[float, float]) -> None:
        """Set a waiting file's access and modification time, in seconds since 1970.

        Raises:
            asyncssh.SFTPNoSuchFile: there is no such file.
        """
        path = self._in_pending(name)
        if not is_regular(path):
            raise _no_such_file()
        os.utime(path, times, follow_symlinks=False)

    def _in_pending(self, name: str) -> Path:
        return self._root / PENDING / name

    def _results(self) -> dict[str, os.stat_result]:
        with os.scandir(self._root / RESULTS) as entries:
            return {
                entry.name: entry.stat(follow_symlinks=False)
                for entry in entries
                if entry.is_file(follow_symlinks=False) and not entry.name.startswith(".")
            }

    def _pending(self) -> dict[str, os.stat_result]:
        waiting = {
            each.name: each.status
            for each in pending_folder.list_pending(self._settings, self._account)
        }
        return waiting | unfinished_uploads.list_partials(self._settings, self._account)


def _no_such_file() -> asyncssh.SFTPNoSuchFile:
    return asyncssh.SFTPNoSuchFile("no such file")
