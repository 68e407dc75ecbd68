"""Uploads of a session: begun, written, and taken in when the client closes them."""

import asyncssh
from asyncssh import SFTPAttrs

from gateway.sftp.account_files import AccountFiles
from gateway.sftp.paths import Place
from gateway.sftp.session import UserSession
from gateway.sftp.upload import Upload
from registry.landing.drop_folder import PENDING
from registry.landing.stability import is_temporary
from registry.telemetry.observe import observe_sftp_upload
from registry.telemetry.spans import span

REPLACES = "instead of the file that waited"
ONLY_FAILED = (
    "the upload that failed left nothing to delete; the file that waited before it stays, "
    "and is withdrawn when it is deleted once more"
)


class UploadRequests:
    """The requests that write files."""

    def __init__(self, session: UserSession, files: AccountFiles) -> None:
        self._session = session
        self._files = files
        self._usage = session.user.usage
        self.opened: list[Upload] = []
        """The uploads that this session has open, in the order of their opening."""
        self._not_taken_in: set[str] = set()
        """Names whose last upload of this session was not taken in, and was not deleted since."""
        self._temporary: set[str] = set()
        """Temporary names of what this session has sent."""

    def find(self, name: str) -> Upload | None:
        """The upload of this name that the session opened last, if it is open."""
        return next((each for each in reversed(self.opened) if each.path.name == name), None)

    async def begin(self, name: str, pflags: int) -> Upload:
        """Begin or resume the upload of a file.

        Raises:
            asyncssh.SFTPQuotaExceeded: too many files wait, or the account's storage is used up.
            asyncssh.SFTPError, OSError: it cannot be begun.
        """
        refused = await self._session.run(lambda: self._refuse(name))
        if refused:
            await self._session.note("upload", name, refused=refused)
            raise asyncssh.SFTPQuotaExceeded(refused)
        upload = await self._session.run(lambda: self._files.begin(name, pflags))
        self._usage.begin(upload)
        self.opened.append(upload)
        return upload

    def write(self, upload: Upload, offset: int, data: bytes) -> int:
        """Write bytes of an upload. Returns how many.

        It runs in the event loop: a write to the page cache takes microseconds, and the requests
        keep their order.

        Raises:
            asyncssh.SFTPQuotaExceeded: the file, or all that waits, grows too large.
            asyncssh.SFTPFailure: an earlier write failed.
        """
        if upload.broken:
            raise asyncssh.SFTPFailure(upload.broken)
        self._count_growth(upload, upload.end_of(offset, data))
        upload.write(offset, data)
        if step := upload.begin_step():
            self._session.service.run_soon(step)
        return len(data)

    async def close(self, upload: Upload) -> None:
        """Take an upload in, or keep its bytes if it broke off.

        Raises:
            asyncssh.SFTPError, OSError: it is not taken in.
        """
        name, size, is_taken = upload.path.name, upload.size, False
        account = self._session.user.account.id
        self._not_taken_in.add(name)
        try:
            with span("sftp upload", "server") as traced:
                traced.say({"rosterline.account_id": account, "rosterline.bytes": size})
                is_taken = await self._close(upload)
            self.has_arrived(name)
        finally:
            observe_sftp_upload(size, failed=not is_taken)
            upload.release()
            self._usage.end(upload)
            self.opened.remove(upload)

    async def remove(self, name: str) -> str | None:
        """Delete what the client sees under a name. Returns what it was, unless it was a file.

        A client whose upload failed often deletes what it believes to be the rest of it, as rclone
        does. So the part is deleted first, and the older file that waits only if it is asked for
        again.

        Raises:
            asyncssh.SFTPError, OSError: there is nothing to delete, or it cannot be.
        """
        is_known = name in self._not_taken_in
        self._not_taken_in.discard(name)
        if await self._session.run(lambda: self._files.remove_part(name)):
            return "the part of an upload that broke off"
        if is_known:
            place = Place(PENDING, name)
            await self._session.run(lambda: self._files.file_attributes(place))
            raise asyncssh.SFTPFailure(ONLY_FAILED)
        await self._session.run(lambda: self._files.remove(name))
        return None

    def has_arrived(self, name: str) -> None:
        """A file has got this name, by whatever request; an earlier failure is no longer meant."""
        self._not_taken_in.discard(name)

    def tell_strays(self) -> None:
        """The session is over: tell the sender of files that still have a temporary name."""
        names = sorted(self._temporary)
        if names:
            self._session.service.run_soon(lambda: self._files.note_strays(names))

    def set_attributes(self, upload: Upload, attrs: SFTPAttrs) -> None:
        """Give an open upload another size, or the times that it gets when it is closed.

        scp opens a file without truncation, overwrites it, and cuts it to its new size at the end.
        If we refuse a change, the upload is broken: the client may close it nevertheless, and
        what was written is not the file that the client meant.

        Raises:
            asyncssh.SFTPPermissionDenied: the client wants to set the owner.
            asyncssh.SFTPQuotaExceeded: the file, or all that waits, grows too large.
            asyncssh.SFTPFailure, OSError: an earlier write failed, or the disk refuses the size.
        """
        if upload.broken:
            raise asyncssh.SFTPFailure(upload.broken)
        if attrs.uid is not None or attrs.gid is not None:
            upload.broken = "the owner of a file cannot be set"
            raise asyncssh.SFTPPermissionDenied(upload.broken)
        if attrs.size is not None:
            self._count_growth(upload, attrs.size)
            upload.resize(attrs.size)
        if attrs.mtime is not None:
            atime = attrs.mtime if attrs.atime is None else attrs.atime
            upload.times = float(atime), float(attrs.mtime)

    def _refuse(self, name: str) -> str | None:
        return self._usage.refuse_another_file(name, self._files.storage())

    def _count_growth(self, upload: Upload, size: int) -> None:
        """Count the bytes that an upload gains or loses when it gets this size.

        Raises:
            asyncssh.SFTPQuotaExceeded: they are too many; the upload is broken.
        """
        upload.broken = self._usage.grow(size, size - upload.size)
        if upload.broken:
            raise asyncssh.SFTPQuotaExceeded(upload.broken)

    async def _close(self, upload: Upload) -> bool:
        """Whether it is taken in; not if the connection broke off."""
        name, size = upload.path.name, upload.size
        if self._session.is_over:
            await self._session.run(lambda: self._files.keep_part(upload))
            await self._session.note("upload", name, size, refused="the connection broke off")
            return False
        if upload.broken:
            await self._session.run(lambda: self._files.keep_part(upload))
            await self._session.note("upload", name, size, refused=upload.broken)
            raise asyncssh.SFTPFailure(f"not taken in: {upload.broken}")
        await self._take_in(upload)
        return True

    async def _take_in(self, upload: Upload) -> None:
        name, size = upload.path.name, upload.size
        try:
            replaces = await self._session.run(lambda: self._files.take_in(upload))
        except (asyncssh.SFTPError, OSError) as error:
            # After a fault of the disk the written bytes cannot be trusted, so they are not kept.
            upload.broken = None if isinstance(error, asyncssh.SFTPError) else error.strerror
            await self._session.run(lambda: self._files.keep_part(upload))
            reason = error.reason if isinstance(error, asyncssh.SFTPError) else error.strerror
            await self._session.note("upload", name, size, refused=reason)
            raise
        if is_temporary(name):
            self._temporary.add(name)
        await self._session.note("upload", name, size, detail=REPLACES if replaces else None)
