"""What an SFTP session may do: put files into Pending, fetch results, and little else.

Every request of the protocol has its rule here; docs/tasks/send-by-sftp.md is the table.
"""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import asyncssh
from asyncssh import SFTPAttrs, SFTPName

from gateway.sftp.account_files import FILE_MODES, Download, Shelf, attrs_of
from gateway.sftp.paths import MAX_NAME_BYTES, Place, place_of
from gateway.sftp.protocol import Watched
from gateway.sftp.service import Desk, Guest
from gateway.sftp.sftp_errors import NOT_HERE, download_of, explained, times_of, upload_of
from gateway.sftp.unfinished_uploads import Upload
from registry.landing.drop_folder import PENDING, RESULTS

REPLACES = "instead of the file that waited"

T = TypeVar("T")


class Folders(Watched):
    """One session of one signed-in user."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], desk: Desk, guest: Guest) -> None:
        super().__init__(channel)
        self._desk = desk
        self._guest = guest
        self._shelf = Shelf(desk, guest.account)
        self._over = False
        guest.begin_session()

    def touched(self) -> None:
        """The client asked for something."""
        self._guest.touch()

    def broken_off(self) -> None:
        """The session is over; what is closed from now on was not closed by the client."""
        self._over = True

    def exit(self) -> None:
        """All that was open is closed."""
        self._guest.end_session()

    # What is there

    def realpath(self, path: bytes) -> bytes:
        """The path as we read it."""
        return place_of(path).text.encode()

    async def stat(self, path: bytes) -> SFTPAttrs:
        """What stands at a path."""
        place = place_of(path)
        if place.name is None:
            return self._shelf.folder_attrs(place)
        return await self._off_loop(lambda: self._shelf.file_attrs(place))

    async def lstat(self, path: bytes) -> SFTPAttrs:
        """As `stat`; there are no links."""
        return await self.stat(path)

    async def fstat(self, file_obj: object) -> SFTPAttrs:
        """What an open file is like."""
        if isinstance(file_obj, Upload):
            return SFTPAttrs(permissions=FILE_MODES[PENDING], size=file_obj.size)
        return attrs_of(RESULTS, os.fstat(download_of(file_obj).file.fileno()))

    async def scandir(self, path: bytes) -> AsyncIterator[SFTPName]:
        """The names in a folder."""
        place = place_of(path)
        if place.name is not None:
            raise asyncssh.SFTPNotADirectory("this is a file, not a folder")
        here = self._shelf.folder_attrs(place)
        yield SFTPName(b".", attrs=here)
        yield SFTPName(b"..", attrs=self._shelf.folder_attrs(Place()))
        if place.folder is None:
            for folder in (PENDING, RESULTS):
                yield SFTPName(folder.encode(), attrs=self._shelf.folder_attrs(Place(folder)))
            return
        for name, attrs in await self._off_loop(lambda: self._shelf.listed(place.folder or "")):
            yield SFTPName(name, attrs=attrs)

    def format_user(self, uid: int | None) -> str:  # noqa: ARG002 - asyncssh's signature
        """Who owns what is listed."""
        return "rosterline"

    def format_group(self, gid: int | None) -> str:  # noqa: ARG002 - as above
        """The group of what is listed."""
        return "rosterline"

    # Files

    async def open(self, path: bytes, pflags: int, attrs: SFTPAttrs) -> object:  # noqa: ARG002 - sizes and modes that clients suggest are ours to set
        """Open a result for reading, or a name in Pending for writing."""
        wants_to_write = bool(pflags & ~asyncssh.FXF_READ)
        async with self._refusals_noted("upload" if wants_to_write else "download", path):
            place = place_of(path)
            if place.name is None:
                raise NOT_HERE("this is a folder")
            if place.folder == RESULTS:
                if wants_to_write:
                    raise NOT_HERE(f"{RESULTS} can be read only")
                return await self._off_loop(lambda: self._shelf.open_result(place.name or ""))
            if not pflags & asyncssh.FXF_WRITE:
                raise NOT_HERE(f"files in {PENDING} cannot be read back")
            return await self._begin(place.name, pflags)

    def read(self, file_obj: object, offset: int, size: int) -> bytes:
        """Bytes of a result."""
        download = download_of(file_obj)
        download.file.seek(offset)
        data = download.file.read(size)
        download.read_to = max(download.read_to, offset + len(data))
        return data

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        """Bytes of an upload.

        In the event loop: to the page cache it takes microseconds, and the order stays.
        """
        upload = upload_of(file_obj)
        if upload.broken:
            raise asyncssh.SFTPFailure(upload.broken)
        grown = upload.end_of(offset, data) - upload.size
        upload.broken = self._guest.room_for(upload.size + grown, grown)
        if upload.broken:
            raise asyncssh.SFTPQuotaExceeded(upload.broken)
        upload.write(offset, data)
        if step := upload.begin_step():
            self._desk.run_soon(step)
        return len(data)

    async def fsync(self, file_obj: object) -> None:
        """Bring an upload to the disk; it happens at its end anyway."""
        await self._off_loop(upload_of(file_obj).sync)

    async def close(self, file_obj: object) -> None:
        """End a download, or take an upload in; the answer says "received"."""
        if isinstance(file_obj, Download):
            file_obj.file.close()
            await self._note("download", file_obj.name, file_obj.read_to)
            return
        upload = upload_of(file_obj)
        try:
            await self._end(upload)
        finally:
            self._guest.release(upload)

    async def _end(self, upload: Upload) -> None:
        name, size = upload.path.name, upload.size
        if self._over:
            await self._off_loop(lambda: self._shelf.keep_part(upload))
            await self._note("upload", name, size, refused="the connection broke off")
        elif upload.broken:
            await self._off_loop(lambda: self._shelf.keep_part(upload))
            await self._note("upload", name, size, refused=upload.broken)
            raise asyncssh.SFTPFailure(f"not taken in: {upload.broken}")
        else:
            await self._take_in(upload)

    # Names

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Rename a waiting file; fails where the new name is taken."""
        async with self._refusals_noted("rename", oldpath):
            await self._rename(oldpath, newpath, overwrite=False)

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Rename a waiting file; what had the new name is replaced."""
        async with self._refusals_noted("rename", oldpath):
            await self._rename(oldpath, newpath, overwrite=True)

    async def remove(self, path: bytes) -> None:
        """Take a waiting file back."""
        async with self._refusals_noted("delete", path):
            name = self._in_pending(path, "deleted")
            await self._off_loop(lambda: self._shelf.remove(name))
        await self._note("delete", name)

    async def setstat(self, path: bytes, attrs: SFTPAttrs) -> None:
        """Set a waiting file's times; nothing else is the sender's to set."""
        async with self._refusals_noted("other", path):
            name = self._in_pending(path, "changed")
            times = times_of(attrs)

        await self._off_loop(lambda: self._shelf.set_times(name, times))

    async def lsetstat(self, path: bytes, attrs: SFTPAttrs) -> None:
        """As `setstat`; there are no links."""
        await self.setstat(path, attrs)

    def fsetstat(self, file_obj: object, attrs: SFTPAttrs) -> None:
        """Set the times that an upload shall have."""
        upload_of(file_obj).times = times_of(attrs)

    # What nobody may do

    async def mkdir(self, path: bytes, attrs: SFTPAttrs) -> None:  # noqa: ARG002 - asyncssh's signature
        """Refused: the two folders are all there is."""
        async with self._refusals_noted("other", path):
            raise NOT_HERE("there are no folders to make or remove here")

    async def rmdir(self, path: bytes) -> None:
        """Refused, as `mkdir`."""
        async with self._refusals_noted("other", path):
            raise NOT_HERE("there are no folders to make or remove here")

    # How

    async def _off_loop(self, work: Callable[[], T]) -> T:
        """Do what touches disk or database beside the event loop, and explain what it raises."""
        with explained():
            return await self._desk.run(work)

    async def _begin(self, name: str, pflags: int) -> Upload:
        refused = await self._off_loop(lambda: self._guest.room_for_another(name))
        if refused:
            await self._note("upload", name, refused=refused)
            raise asyncssh.SFTPQuotaExceeded(refused)
        upload = await self._off_loop(lambda: self._shelf.begin(name, pflags))
        self._guest.hold(upload)
        return upload

    async def _take_in(self, upload: Upload) -> None:
        name, size = upload.path.name, upload.size
        try:
            replaces = await self._off_loop(lambda: self._shelf.take_in(upload))
        except (asyncssh.SFTPError, OSError) as error:
            # Of a broken disk, what could not be synced is not worth keeping.
            upload.broken = None if isinstance(error, asyncssh.SFTPError) else error.strerror
            await self._off_loop(lambda: self._shelf.keep_part(upload))
            reason = error.reason if isinstance(error, asyncssh.SFTPError) else error.strerror
            await self._note("upload", name, size, refused=reason)
            raise
        await self._note("upload", name, size, detail=REPLACES if replaces else None)

    async def _rename(self, oldpath: bytes, newpath: bytes, *, overwrite: bool) -> None:
        old = self._in_pending(oldpath, "renamed")
        new = self._in_pending(newpath, "a new name")
        await self._off_loop(lambda: self._shelf.rename(old, new, overwrite=overwrite))
        await self._note("rename", new, detail=f"from {old}")

    def _in_pending(self, path: bytes, what: str) -> str:
        """The name of a file in Pending.

        Raises:
            asyncssh.SFTPPermissionDenied: the path is not one of those.
        """
        place = place_of(path)
        if place.folder != PENDING or place.name is None:
            raise NOT_HERE(f"only files in {PENDING} can be {what}")
        return place.name

    @asynccontextmanager
    async def _refusals_noted(self, action: str, path: bytes) -> AsyncIterator[None]:
        """Write into the trail what the body says is not the sender's to do."""
        try:
            yield
        except asyncssh.SFTPPermissionDenied as error:
            shown = path.decode(errors="replace").replace("\0", "\ufffd")[-MAX_NAME_BYTES:]
            await self._note(action, shown, refused=error.reason)
            raise

    async def _note(
        self,
        action: str,
        name: str,
        byte_count: int | None = None,
        *,
        refused: str | None = None,
        detail: str | None = None,
    ) -> None:
        event = self._guest.event(
            action,
            file_name=name,
            byte_count=byte_count,
            refused=refused is not None,
            detail=refused or detail,
        )
        await self._desk.note(event)
