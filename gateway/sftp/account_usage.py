"""What an account uses at the SFTP server now, compared with its limits."""

from dataclasses import dataclass, field

from gateway.sftp import unfinished_uploads
from gateway.sftp.upload import Upload
from registry.accounts.accounts import Account
from registry.landing import pending_folder
from registry.landing.disk_reserve import NO_ROOM, is_full
from registry.landing.helper_files import is_helper
from registry.settings import Settings


@dataclass
class AccountUsage:
    """Connections, open uploads and bytes of one account.

    `kept_bytes` counts files in Pending and parts of uploads that broke off, as of the last look
    at the folders; `open_bytes` counts uploads that are open.
    """

    settings: Settings
    account: Account
    connections: int = 0
    uploads: set[Upload] = field(default_factory=set)
    kept_bytes: int = 0
    open_bytes: int = 0

    def refuse_another_connection(self) -> str | None:
        """Why the account may not open one more connection; None if it may."""
        most = self.settings.sftp_max_sessions
        if self.connections >= most:
            return f"this account has {most} sessions already; close one"
        return None

    def refuse_another_file(self, name: str) -> str | None:
        """Why no upload called `name` may begin; None if it may.

        It reads the folders, so it must not run in the event loop.
        """
        if is_full(self.settings):
            return NO_ROOM
        sizes = self._sizes()
        self.kept_bytes = sum(sizes.values())
        open_names = {upload.path.name for upload in list(self.uploads)}
        names = {each for each in sizes.keys() | open_names if not is_helper(each)}
        most = self.settings.sftp_max_waiting_files
        if len(names - {name}) >= most and not is_helper(name):
            return f"{most:,} files wait already; they are processed tonight, or delete some"
        return None

    def begin(self, upload: Upload) -> None:
        """Count an upload that was opened."""
        self.uploads.add(upload)
        self.open_bytes += upload.size
        if upload.was_part:
            self.kept_bytes -= upload.size

    def grow(self, size: int, added: int) -> str | None:
        """Count `added` more bytes of a file that then has `size` bytes.

        Returns:
            Why they are too many, and then nothing is counted; None if there is room.
        """
        if size > self.settings.max_file_bytes:
            return f"a file may have {self.settings.max_file_bytes:,} bytes; split it"
        total = self.kept_bytes + self.open_bytes + added
        if total > self.settings.sftp_max_waiting_bytes:
            return f"waiting files may have {self.settings.sftp_max_waiting_bytes:,} bytes together"
        self.open_bytes += added
        return None

    def end(self, upload: Upload) -> None:
        """Count a closed upload as kept, whatever became of it, until the next look."""
        self.uploads.discard(upload)
        self.open_bytes -= upload.size
        self.kept_bytes += upload.size

    def _sizes(self) -> dict[str, int]:
        """Bytes by name. A waiting file counts before a part of the same name."""
        parts = unfinished_uploads.list_partials(self.settings, self.account)
        waiting = pending_folder.list_pending(self.settings, self.account)
        return {
            **{name: status.st_size for name, status in parts.items()},
            **{each.name: each.status.st_size for each in waiting},
        }
