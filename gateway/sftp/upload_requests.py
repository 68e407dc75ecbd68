"""Uploads of a session: begun, written, and taken in when the client closes them."""

import asyncssh

from gateway.sftp.account_files import AccountFiles
from gateway.sftp.session import UserSession
from gateway.sftp.upload import Upload

REPLACES = "instead of the file that waited"


class UploadRequests:
    """The requests that write files."""

    def __init__(self, session: UserSession, files: AccountFiles) -> None:
        self._session = session
        self._files = files
        self._usage = session.user.usage

    async def begin(self, name: str, pflags: int) -> Upload:
        """Begin or resume the upload of a file.

        Raises:
            asyncssh.SFTPQuotaExceeded: too many files wait already.
            asyncssh.SFTPError, OSError: it cannot be begun.
        """
        refused = await self._session.run(lambda: self._usage.refuse_another_file(name))
        if refused:
            await self._session.note("upload", name, refused=refused)
            raise asyncssh.SFTPQuotaExceeded(refused)
        upload = await self._session.run(lambda: self._files.begin(name, pflags))
        self._usage.begin(upload)
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
        added = upload.end_of(offset, data) - upload.size
        upload.broken = self._usage.grow(upload.size + added, added)
        if upload.broken:
            raise asyncssh.SFTPQuotaExceeded(upload.broken)
        upload.write(offset, data)
        if step := upload.begin_step():
            self._session.service.run_soon(step)
        return len(data)

    async def close(self, upload: Upload) -> None:
        """Take an upload in, or keep its bytes if it broke off.

        Raises:
            asyncssh.SFTPError, OSError: it is not taken in.
        """
        try:
            await self._close(upload)
        finally:
            self._usage.end(upload)

    async def _close(self, upload: Upload) -> None:
        name, size = upload.path.name, upload.size
        if self._session.is_over:
            await self._session.run(lambda: self._files.keep_part(upload))
            await self._session.note("upload", name, size, refused="the connection broke off")
        elif upload.broken:
            await self._session.run(lambda: self._files.keep_part(upload))
            await self._session.note("upload", name, size, refused=upload.broken)
            raise asyncssh.SFTPFailure(f"not taken in: {upload.broken}")
        else:
            await self._take_in(upload)

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
        await self._session.note("upload", name, size, detail=REPLACES if replaces else None)
