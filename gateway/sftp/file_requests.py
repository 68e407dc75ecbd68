"""What an SFTP session may do: put files into Pending, fetch results, and little else.

Every request of the protocol has its rule here; docs/tasks/send-by-sftp.md has them as a table.
"""

import os
from collections.abc import AsyncIterator

import asyncssh
from asyncssh import SFTPAttrs, SFTPName, SFTPPermissionDenied

from gateway.sftp.account_files import AccountFiles, Download
from gateway.sftp.file_attributes import attributes_of_upload, file_attributes
from gateway.sftp.paths import Place, place_of
from gateway.sftp.protocol import WatchedServer
from gateway.sftp.refusals import download_of, times_of, upload_of
from gateway.sftp.sender_folders import file_of
from gateway.sftp.service import SftpService, SignedInUser
from gateway.sftp.session import UserSession
from gateway.sftp.upload import Upload
from gateway.sftp.upload_requests import UploadRequests
from registry.landing.drop_folder import PENDING, RESULTS

MAX_READ_BYTES = asyncssh.sftp.MAX_SFTP_READ_LEN
"""What one request may read; clients ask for the rest, and are told this limit."""


class FileRequests(WatchedServer):
    """The requests of one session; asyncssh calls a method for each."""

    def __init__(
        self,
        channel: asyncssh.SSHServerChannel[bytes],
        service: SftpService,
        user: SignedInUser,
    ) -> None:
        super().__init__(channel)
        self._user = user
        self._session = UserSession(service, user)
        self._files = AccountFiles(service, user.account)
        self._uploads = UploadRequests(self._session, self._files)
        user.begin_session()

    def request_received(self) -> None:
        """The client asked for something, so the connection is not idle."""
        self._user.touch()

    def session_ended(self) -> None:
        """The session is over; the client did not close what is closed from now on."""
        self._session.is_over = True

    def exit(self) -> None:
        """Everything that was open is closed."""
        self._uploads.tell_strays()
        self._user.end_session()

    # Looking

    def realpath(self, path: bytes) -> bytes:
        """The path without `.`, `..` and doubled slashes."""
        return place_of(path).text.encode()

    async def stat(self, path: bytes) -> SFTPAttrs:
        """The attributes of the file or folder at a path."""
        place = place_of(path)
        if place.name is None:
            return self._files.folder_attributes(place)
        if place.folder == PENDING and (open_upload := self._uploads.find(place.name)):
            return attributes_of_upload(open_upload)
        return await self._session.run(lambda: self._files.file_attributes(place))

    async def lstat(self, path: bytes) -> SFTPAttrs:
        """The same as `stat`, because there are no links."""
        return await self.stat(path)

    async def fstat(self, file_obj: object) -> SFTPAttrs:
        """The attributes of an open file."""
        if isinstance(file_obj, Upload):
            return attributes_of_upload(file_obj)
        status = os.fstat(download_of(file_obj).file.fileno())
        return file_attributes(RESULTS, file_of(status))

    async def scandir(self, path: bytes) -> AsyncIterator[SFTPName]:
        """The names in a folder."""
        place = place_of(path)
        if place.name is not None:
            raise asyncssh.SFTPNotADirectory("this is a file, not a folder")
        here = self._files.folder_attributes(place)
        yield SFTPName(b".", attrs=here)
        yield SFTPName(b"..", attrs=self._files.folder_attributes(Place()))
        if place.folder is None:
            for folder in (PENDING, RESULTS):
                yield SFTPName(folder.encode(), attrs=self._files.folder_attributes(Place(folder)))
            return
        listed = dict(await self._session.run(lambda: self._files.list_folder(place.folder or "")))
        if place.folder == PENDING:
            for upload in self._uploads.opened:
                listed[os.fsencode(upload.path.name)] = attributes_of_upload(upload)
        for name in sorted(listed):
            yield SFTPName(name, attrs=listed[name])

    def format_user(self, uid: int | None) -> str:  # noqa: ARG002 - asyncssh's signature
        """The owner that listings show."""
        return "rosterline"

    def format_group(self, gid: int | None) -> str:  # noqa: ARG002 - as above
        """The group that listings show."""
        return "rosterline"

    # Reading and writing

    async def open(self, path: bytes, pflags: int, attrs: SFTPAttrs) -> object:  # noqa: ARG002 - we set sizes and modes, whatever a client suggests
        """Open a result for reading, or a name in Pending for writing."""
        opened = await self._open(path, pflags)
        self._user.open_files += 1
        return opened

    async def _open(self, path: bytes, pflags: int) -> Download | Upload:
        wants_to_write = bool(pflags & ~asyncssh.FXF_READ)
        async with self._session.refusals_noted("upload" if wants_to_write else "download", path):
            place = place_of(path)
            name = place.name
            if name is None:
                raise SFTPPermissionDenied("this is a folder")
            if place.folder == RESULTS:
                if wants_to_write:
                    raise SFTPPermissionDenied(f"{RESULTS} can be read only")
                return await self._session.run(lambda: self._files.open_result(name))
            if not pflags & asyncssh.FXF_WRITE:
                raise SFTPPermissionDenied(f"files in {PENDING} cannot be read back")
            return await self._uploads.begin(name, pflags)

    def read(self, file_obj: object, offset: int, size: int) -> bytes:
        """Read bytes of a result, at most `MAX_READ_BYTES`; none from beyond its end."""
        download = download_of(file_obj)
        # A request can name a place that the operating system has no number for.
        if offset >= os.fstat(download.file.fileno()).st_size:
            return b""
        download.file.seek(offset)
        data = download.file.read(min(size, MAX_READ_BYTES))
        download.read_to = max(download.read_to, offset + len(data))
        return data

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        """Write bytes of an upload."""
        return self._uploads.write(upload_of(file_obj), offset, data)

    async def fsync(self, file_obj: object) -> None:
        """Bring an upload to the disk; closing it does so anyway."""
        await self._session.run(upload_of(file_obj).sync)

    async def close(self, file_obj: object) -> None:
        """End a download, or take an upload in: the answer means that the file is received."""
        try:
            if isinstance(file_obj, Download):
                file_obj.file.close()
                await self._session.note("download", file_obj.name, file_obj.read_to)
            else:
                await self._uploads.close(upload_of(file_obj))
        finally:
            self._user.open_files -= 1
            self._user.touch()

    # Renaming, deleting, setting times

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Rename a waiting file. It fails if the new name is taken."""
        async with self._session.refusals_noted("rename", oldpath):
            await self._rename(oldpath, newpath, overwrite=False)

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Rename a waiting file, and replace the file that had the new name."""
        async with self._session.refusals_noted("rename", oldpath):
            await self._rename(oldpath, newpath, overwrite=True)

    async def remove(self, path: bytes) -> None:
        """Delete a waiting file, or what is left of an upload of its name that failed."""
        async with self._session.refusals_noted("delete", path):
            name = _in_pending(path, "deleted")
            deleted = await self._uploads.remove(name)
        await self._session.note("delete", name, detail=deleted)

    async def setstat(self, path: bytes, attrs: SFTPAttrs) -> None:
        """Set a waiting file's times; permissions are ignored, and nothing else can be set."""
        async with self._session.refusals_noted("other", path):
            name = _in_pending(path, "changed")
            if open_upload := self._uploads.find(name):
                self._uploads.set_attributes(open_upload, attrs)
                return
            times = times_of(attrs)
        await self._session.run(lambda: self._files.set_times(name, times))

    async def lsetstat(self, path: bytes, attrs: SFTPAttrs) -> None:
        """The same as `setstat`, because there are no links."""
        await self.setstat(path, attrs)

    def fsetstat(self, file_obj: object, attrs: SFTPAttrs) -> None:
        """Cut or lengthen an upload, or set the times that it gets when it is closed."""
        self._uploads.set_attributes(upload_of(file_obj), attrs)

    async def _rename(self, oldpath: bytes, newpath: bytes, *, overwrite: bool) -> None:
        old = _in_pending(oldpath, "renamed")
        new = _in_pending(newpath, "a new name")
        await self._session.run(lambda: self._files.rename(old, new, overwrite=overwrite))
        self._uploads.has_arrived(new)
        await self._session.note("rename", new, detail=f"from {old}")

    # Refused for everybody

    async def mkdir(self, path: bytes, attrs: SFTPAttrs) -> None:  # noqa: ARG002 - asyncssh's signature
        """Refused: there are two folders and no others."""
        async with self._session.refusals_noted("other", path):
            raise SFTPPermissionDenied("there are no folders to make or remove here")

    async def rmdir(self, path: bytes) -> None:
        """Refused, as `mkdir` is."""
        async with self._session.refusals_noted("other", path):
            raise SFTPPermissionDenied("there are no folders to make or remove here")


def _in_pending(path: bytes, what: str) -> str:
    """The name of a file in Pending.

    Raises:
        asyncssh.SFTPPermissionDenied: the path names no file there.
    """
    place = place_of(path)
    if place.folder != PENDING or place.name is None:
        raise SFTPPermissionDenied(f"only files in {PENDING} can be {what}")
    return place.name
