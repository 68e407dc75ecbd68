"""What the requests of one session need: threads for blocking work, and the activity log."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import asyncssh

from gateway.sftp.paths import MAX_NAME_BYTES
from gateway.sftp.refusals import explained
from gateway.sftp.service import SftpService, SignedInUser

T = TypeVar("T")


class UserSession:
    """One session of a signed-in user."""

    def __init__(self, service: SftpService, user: SignedInUser) -> None:
        self.service = service
        self.user = user
        self.is_over = False
        """Whether the session has ended; files that are closed from then on broke off."""

    async def run(self, work: Callable[[], T]) -> T:
        """Run work that touches disk or database in a thread.

        Raises:
            asyncssh.SFTPError, OSError: the work failed; the client may read why.
        """
        with explained():
            return await self.service.run(work)

    @asynccontextmanager
    async def refusals_noted(self, action: str, path: bytes) -> AsyncIterator[None]:
        """Add to the activity log what the body refuses as not permitted."""
        try:
            yield
        except asyncssh.SFTPPermissionDenied as error:
            shown = path.decode(errors="replace").replace("\0", "\ufffd")[-MAX_NAME_BYTES:]
            await self.note(action, shown, refused=error.reason)
            raise

    async def note(
        self,
        action: str,
        name: str,
        byte_count: int | None = None,
        *,
        refused: str | None = None,
        detail: str | None = None,
    ) -> None:
        """Add an event to the activity log; `refused` is the reason of a refusal."""
        event = self.user.event(
            action,
            file_name=name,
            byte_count=byte_count,
            refused=refused is not None,
            detail=refused or detail,
        )
        await self.service.note(event)
