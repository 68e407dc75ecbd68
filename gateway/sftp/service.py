"""What all sessions share: settings, threads for blocking work, and each account's limits."""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import asyncssh
from psycopg import Connection

from gateway.sftp import unfinished_uploads
from gateway.sftp.unfinished_uploads import Upload
from registry.accounts.accounts import Account
from registry.accounts.activity_log import AccessEvent, record
from registry.database.connections import connect
from registry.landing import pending_folder
from registry.settings import Settings
from schemas.errors import RosterlineError

logger = logging.getLogger(__name__)

THREADS = 8
"""Uploads that can be taken in at once; each needs a connection to PostgreSQL."""

GONE_LOOK_SECONDS = 0.02

T = TypeVar("T")


@dataclass
class Usage:
    """What an account takes up now. `standing` are bytes in Pending and of broken-off parts."""

    guests: set["Guest"] = field(default_factory=set)
    uploads: set[Upload] = field(default_factory=set)
    standing_bytes: int = 0
    open_bytes: int = 0


class Desk:
    """One for the whole server."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.open_sessions = 0
        self.lines: set[asyncssh.SSHServerConnection] = set()
        """Connections, whether anybody signed in over them or not."""
        self.strangers: set[asyncssh.SSHServerConnection] = set()
        """Those over which nobody signed in yet."""
        self._crowded = False
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="sftp")
        self._notes: set[asyncio.Task[None]] = set()
        self._usage: defaultdict[int, Usage] = defaultdict(Usage)

    async def run(self, work: Callable[[], T]) -> T:
        """Do what touches disk or database beside the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def run_soon(self, work: Callable[[], None]) -> None:
        """As `run`, from where nobody waits for it; it raises nothing."""
        self._threads.submit(work)

    @contextmanager
    def registry(self) -> Iterator[Connection]:
        """A connection to the registry, committed at the end.

        Raises:
            DatabaseUnavailable: PostgreSQL cannot be reached.
        """
        with connect(self.settings) as connection:
            yield connection

    async def note(self, event: AccessEvent) -> None:
        """Add to the audit trail; what was done stays done when that fails."""

        def note() -> None:
            with self.registry() as connection:
                record(connection, event)

        try:
            await self.run(note)
        except RosterlineError as error:
            logger.warning("%s of %s is not in the trail: %s", event.action, event.user_name, error)

    def note_soon(self, event: AccessEvent) -> None:
        """As `note`, from where nobody can wait for it."""
        task = asyncio.get_running_loop().create_task(self.note(event))
        self._notes.add(task)
        task.add_done_callback(self._notes.discard)

    def admit(self, line: asyncssh.SSHServerConnection) -> bool:
        """Count a connection over which nobody signed in yet; False if they are too many."""
        crowded = len(self.strangers) >= self.settings.sftp_max_strangers
        if crowded and not self._crowded:
            # Once, not for each: who opens too many would fill the log as well.
            logger.warning("connections are closed: over %d nobody signed in", len(self.strangers))
        self._crowded = crowded
        if not crowded:
            self.strangers.add(line)
        return not crowded

    def guests(self) -> list["Guest"]:
        """Everybody who is in."""
        return [guest for usage in self._usage.values() for guest in usage.guests]

    def usage(self, account: Account) -> Usage:
        """What the account takes up."""
        return self._usage[account.id]

    async def all_gone(self) -> None:
        """Wait until every session is over, with what broke off kept."""
        while self.open_sessions or self._notes:  # noqa: ASYNC110 - two things, once at the end
            await asyncio.sleep(GONE_LOOK_SECONDS)

    def close(self) -> None:
        """Wait for the work at hand."""
        self._threads.shutdown()


class Guest:
    """A signed-in user's connection, and what it may still take up."""

    def __init__(self, desk: Desk, account: Account, user_name: str, address: str) -> None:
        self.account = account
        self.user_name = user_name
        self.address = address
        self.seen_at = time.monotonic()
        self.disconnect: Callable[[], None] = lambda: None
        """Ends the connection; set once there is one."""
        self.open_sessions = 0
        self._desk = desk
        self._usage = desk.usage(account)

    def come_in(self) -> str | None:
        """Count as a session; or the reason why there is no room."""
        most = self._desk.settings.sftp_max_sessions
        if len(self._usage.guests) >= most:
            return f"this account has {most} sessions already; close one"
        self._usage.guests.add(self)
        return None

    def leave(self) -> None:
        """Count as a session no more."""
        self._usage.guests.discard(self)

    def begin_session(self) -> None:
        """Count a session over this connection."""
        self.open_sessions += 1
        self._desk.open_sessions += 1

    def end_session(self) -> None:
        """Count it no more."""
        self.open_sessions -= 1
        self._desk.open_sessions -= 1

    def touch(self) -> None:
        """Something was asked for: not idle."""
        self.seen_at = time.monotonic()

    def event(self, action: str, **more: Any) -> AccessEvent:  # noqa: ANN401 - its other fields
        """Something this guest did."""
        return AccessEvent(
            action,
            account_id=self.account.id,
            user_name=self.user_name,
            address=self.address,
            **more,
        )

    def room_for_another(self, name: str) -> str | None:
        """Why no file called `name` can be begun, if so. Reads the folder: not for the loop."""
        settings = self._desk.settings
        sizes = {
            **{
                n: s.st_size
                for n, s in unfinished_uploads.list_partials(settings, self.account).items()
            },
            **{
                w.name: w.status.st_size
                for w in pending_folder.list_pending(settings, self.account)
            },
        }
        self._usage.standing_bytes = sum(sizes.values())
        names = sizes.keys() | {upload.path.name for upload in list(self._usage.uploads)}
        if len(names - {name}) >= settings.sftp_max_waiting_files:
            return (
                f"{settings.sftp_max_waiting_files:,} files wait already; "
                "they are processed tonight, or delete some"
            )
        return None

    def hold(self, upload: Upload) -> None:
        """Count an upload that was begun."""
        self._usage.uploads.add(upload)
        self._usage.open_bytes += upload.size
        if upload.was_part:
            self._usage.standing_bytes -= upload.size

    def room_for(self, size: int, grown: int) -> str | None:
        """Count `grown` more bytes of a file that then has `size`; or why they are too many."""
        settings = self._desk.settings
        if size > settings.max_file_bytes:
            return f"a file may have {settings.max_file_bytes:,} bytes; split it"
        total = self._usage.standing_bytes + self._usage.open_bytes + grown
        if total > settings.sftp_max_waiting_bytes:
            return f"waiting files may have {settings.sftp_max_waiting_bytes:,} bytes together"
        self._usage.open_bytes += grown
        return None

    def release(self, upload: Upload) -> None:
        """Count an upload as standing: in Pending, or as a part, until the next look at both."""
        self._usage.uploads.discard(upload)
        self._usage.open_bytes -= upload.size
        self._usage.standing_bytes += upload.size
