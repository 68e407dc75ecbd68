"""What an account uses at the SFTP server now, compared with its limits."""

from dataclasses import dataclass, field

from gateway.sftp.sender_folders import SenderFolders
from gateway.sftp.upload import Upload
from registry.accounts.accounts import Account
from registry.landing.disk_reserve import NO_ROOM, is_full
from registry.landing.helper_files import is_helper
from registry.landing.storage_quota import Storage
from registry.settings import Settings


@dataclass
class AccountUsage:
    """Connections, open uploads and bytes of one account.

    `kept_bytes` counts files in Pending and parts of uploads that broke off, as of the last look
    at the folders; `open_bytes` counts uploads that are open. Each counts with its length, however
    much of a file with holes is on the disk.
    """

    settings: Settings
    account: Account
    folders: SenderFolders
    connections: int = 0
    uploads: set[Upload] = field(default_factory=set)
    kept_bytes: int = 0
    open_bytes: int = 0
    storage: Storage = field(default_factory=Storage)

    def refuse_another_connection(self, everywhere: int = 0) -> str | None:
        """Why the account may not open one more connection; None if it may.

        `everywhere` are those that the registry knows, of all server processes. It learns of a new
        one a moment later than this process does.
        """
        most = self.settings.sftp_max_sessions
        if max(self.connections, everywhere) >= most:
            return f"this account has {most} sessions already; close one"
        return None

    def refuse_another_file(self, name: str, storage: Storage | None = None) -> str | None:
        """Why no upload called `name` may begin; None if it may.

        `storage` is the account's, as it is now. It reads the folders, so it must not run in the
        event loop.
        """
        self.storage = storage or Storage()
        if is_full(self.settings):
            return NO_ROOM
        sizes = self._sizes()
        self.kept_bytes = sum(sizes.values())
        open_names = {upload.path.name for upload in list(self.uploads)}
        names = {each for each in sizes.keys() | open_names if not is_helper(each)}
        most = self.settings.sftp_max_waiting_files
        if len(names - {name}) >= most and not is_helper(name):
            return f"{most:,} files wait already; they are processed tonight, or delete some"
        return self.storage.refuse(self.kept_bytes + self.open_bytes + 1)

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
        if added > 0 and (refused := self.storage.refuse(total)):
            return refused
        self.open_bytes += added
        return None

    def end(self, upload: Upload) -> None:
        """Count a closed upload as kept, whatever became of it, until the next look."""
        self.uploads.discard(upload)
        self.open_bytes -= upload.size
        self.kept_bytes += upload.size

    def _sizes(self) -> dict[str, int]:
        """Bytes by name. A waiting file counts before a part of the same name.

        A part that an open upload continues counts with that upload.
        """
        continued = {upload.path.name for upload in list(self.uploads) if upload.was_part}
        parts = self.folders.parts()
        found = {name: parts[name] for name in parts.keys() - continued} | self.folders.pending()
        return {name: each.size for name, each in found.items()}
