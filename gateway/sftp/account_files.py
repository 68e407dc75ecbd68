"""An account's two folders: what is in them, and how requests change it.

Whether a client may make a request is decided in `gateway/sftp/file_requests.py`. Everything here
blocks, so it must not run in the event loop.
"""

import errno
import logging
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import BinaryIO

import asyncssh
from asyncssh import SFTPAttrs

from gateway.sftp import unfinished_uploads
from gateway.sftp.file_attributes import file_attributes, folder_attributes
from gateway.sftp.paths import Place
from gateway.sftp.sender_folders import SenderFile
from gateway.sftp.service import SftpService
from gateway.sftp.upload import Upload
from registry.accounts.accounts import Account
from registry.landing.drop_folder import RESULTS
from registry.landing.storage_quota import Storage, storage_of
from schemas.errors import RosterlineError

logger = logging.getLogger(__name__)


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
        self._folders = service.usage(account).folders

    def folder_attributes(self, place: Place) -> SFTPAttrs:
        """The attributes of one of the folders, or of the root."""
        return folder_attributes(place.folder, self._folders.folder_modified(place.folder))

    def file_attributes(self, place: Place) -> SFTPAttrs:
        """The attributes of the file at a place.

        Raises:
            asyncssh.SFTPNoSuchFile: there is no file.
        """
        folder, name = place.folder or "", place.name or ""
        if folder == RESULTS:
            found = self._folders.find_result(name)
        else:
            # A part of a broken upload is newer than the waiting file of its name, and it is what
            # a client would resume.
            found = self._folders.find_part(name) or self._folders.find_pending(name)
        if found is None or not found.is_plain:
            raise _no_such_file()
        return file_attributes(folder, found)

    def list_folder(self, folder: str) -> list[tuple[bytes, SFTPAttrs]]:
        """The files in a folder, by name. A broken upload shows the size it has so far."""
        if folder == RESULTS:
            found = self._folders.results()
        else:
            found = self._folders.pending() | self._folders.parts()
        return [(os.fsencode(name), file_attributes(folder, found[name])) for name in sorted(found)]

    def open_result(self, name: str) -> Download:
        """Open a result for reading.

        Raises:
            asyncssh.SFTPNoSuchFile, OSError: there is no such result.
        """
        try:
            return Download(name, self._folders.open_result(name))
        except FileNotFoundError:
            raise _no_such_file() from None

    def begin(self, name: str, pflags: int) -> Upload:
        """Begin or resume an upload, as the flags of the protocol say.

        Raises:
            asyncssh.SFTPError: the flags do not fit what is there.
            StorageUnavailable: the folder cannot be written.
        """
        append = bool(pflags & asyncssh.FXF_APPEND)
        waiting = self._folders.find_pending(name)
        if waiting is not None and not waiting.is_plain:
            raise asyncssh.SFTPPermissionDenied("this name is taken by something that is no file")
        exists = waiting is not None or self._folders.find_part(name) is not None
        if exists and pflags & asyncssh.FXF_CREAT and pflags & asyncssh.FXF_EXCL:
            raise asyncssh.SFTPFileAlreadyExists("there is a file of that name already")
        if not exists and not pflags & asyncssh.FXF_CREAT:
            raise _no_such_file()
        if pflags & asyncssh.FXF_TRUNC or not exists:
            upload = unfinished_uploads.begin(self._settings, self._account, name, append=append)
        else:
            upload = unfinished_uploads.resume(
                self._settings, self._account, name, self._folders.fetch, append=append
            )
        upload.replaces = waiting.version if waiting else None
        return upload

    def take_in(self, upload: Upload) -> bool:
        """Land a complete upload. Returns whether it replaced a waiting file.

        Raises:
            RosterlineError: it cannot be taken in now; the upload is kept as it was.
            OSError: bytes that were written are lost.
        """
        upload.sync()
        upload.finish()
        if upload.broken:  # by a step that ran meanwhile
            raise OSError(errno.EIO, upload.broken)
        waiting = self._waiting(upload.path.name)
        if waiting is not None and not upload.size and waiting.size:
            raise asyncssh.SFTPFailure("an empty file does not replace the file that waits")
        self._folders.land(upload.path, datetime.now(UTC), upload.begun_copy())
        upload.discard()
        return waiting is not None

    def keep_part(self, upload: Upload) -> None:
        """Keep the bytes of an upload that did not end well, unless they cannot be trusted."""
        upload.finish()
        upload.drop_copy()
        try:
            if upload.broken or not upload.size or self._landed_since(upload):
                upload.discard()
            elif upload.path.exists():
                self._folders.keep_part(upload.path)
        finally:
            upload.release()

    def rename(self, old: str, new: str, *, overwrite: bool) -> None:
        """Give a waiting file another name.

        Raises:
            NotFound: there is no such file.
            NotAllowed: it is being processed, or the new name is taken.
            StorageUnavailable: the folder cannot be written.
        """
        self._folders.rename(old, new, datetime.now(UTC), overwrite=overwrite)

    def remove_part(self, name: str) -> bool:
        """Delete the part of a broken upload. Returns whether there was one."""
        return self._folders.remove_part(name)

    def remove(self, name: str) -> None:
        """Delete a waiting file.

        Raises:
            NotFound: there is no such file.
            NotAllowed: it is being processed.
            StorageUnavailable: the folder cannot be written.
        """
        self._folders.remove(name)

    def storage(self) -> Storage:
        """How much the account may keep, and what it has in the archive."""
        with self._service.as_account(self._account) as connection:
            return storage_of(connection, self._settings, self._account)

    def note_strays(self, names: Sequence[str]) -> None:
        """Tell the sender of those of these files that still have a temporary name."""
        try:
            self._folders.note_strays(list(names))
        except RosterlineError as error:
            logger.warning("files with a temporary name were not told of: %s", error)

    def set_times(self, name: str, times: tuple[float, float] | None) -> None:
        """Set a waiting file's access and modification time, in seconds since 1970, if given.

        Raises:
            asyncssh.SFTPNoSuchFile: there is no such file.
        """
        if self._waiting(name) is None:
            raise _no_such_file()
        if times is not None:
            self._folders.set_times(name, times)

    def _waiting(self, name: str) -> SenderFile | None:
        """The plain file of this name in Pending."""
        found = self._folders.find_pending(name)
        return found if found is not None and found.is_plain else None

    def _landed_since(self, upload: Upload) -> bool:
        """Whether another file got the upload's name after it began, and so is newer."""
        found = self._folders.find_pending(upload.path.name)
        return found is not None and found.version != upload.replaces


def _no_such_file() -> asyncssh.SFTPNoSuchFile:
    return asyncssh.SFTPNoSuchFile("no such file")
