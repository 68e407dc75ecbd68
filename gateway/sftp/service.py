"""What all SFTP connections share, and the signed-in user of one of them."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import asyncssh
from psycopg import Connection

from gateway.sftp.account_usage import AccountUsage
from registry.accounts.accounts import Account
from registry.accounts.activity_log import AccessEvent, record
from registry.database.connections import connect
from registry.settings import Settings
from schemas.errors import RosterlineError

logger = logging.getLogger(__name__)

THREADS = 8
"""How many uploads can be taken in at once; each needs a connection to PostgreSQL."""

SHUTDOWN_POLL_SECONDS = 0.02

T = TypeVar("T")


class SftpService:
    """Settings, threads, connections and limits of one server process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.open_sessions = 0
        self.connections: set[asyncssh.SSHServerConnection] = set()
        """All connections, with or without a signed-in user."""
        self.unauthenticated: set[asyncssh.SSHServerConnection] = set()
        """Connections over which nobody has signed in yet."""
        self.users: set[SignedInUser] = set()
        """The signed-in users, one for each connection."""
        self._is_crowded = False
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="sftp")
        self._notes: set[asyncio.Task[None]] = set()
        self._usage: dict[int, AccountUsage] = {}

    async def run(self, work: Callable[[], T]) -> T:
        """Run work that touches disk or database in a thread, beside the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def run_soon(self, work: Callable[[], None]) -> None:
        """Like `run`, where the caller cannot wait. The work must not raise."""
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
        """Add an event to the activity log. If that fails, the action itself still counts."""

        def note() -> None:
            with self.registry() as connection:
                record(connection, event)

        try:
            await self.run(note)
        except RosterlineError as error:
            logger.warning(
                "%s of %s is missing in the activity log: %s", event.action, event.user_name, error
            )

    def note_soon(self, event: AccessEvent) -> None:
        """Like `note`, where the caller cannot wait."""
        task = asyncio.get_running_loop().create_task(self.note(event))
        self._notes.add(task)
        task.add_done_callback(self._notes.discard)

    def admit(self, connection: asyncssh.SSHServerConnection) -> bool:
        """Count a new connection as unauthenticated; False if there are too many of those."""
        is_crowded = len(self.unauthenticated) >= self.settings.sftp_max_strangers
        if is_crowded and not self._is_crowded:
            # Logged once, not for each connection: a flood of them would fill the log as well.
            logger.warning(
                "new connections are closed: nobody has signed in over %d open ones",
                len(self.unauthenticated),
            )
        self._is_crowded = is_crowded
        if not is_crowded:
            self.unauthenticated.add(connection)
        return not is_crowded

    def usage(self, account: Account) -> AccountUsage:
        """What the account takes up now."""
        if account.id not in self._usage:
            self._usage[account.id] = AccountUsage(self.settings, account)
        return self._usage[account.id]

    async def wait_until_idle(self) -> None:
        """Wait until every session has ended and the activity log is written."""
        while self.open_sessions or self._notes:  # noqa: ASYNC110 - two things, once at the end
            await asyncio.sleep(SHUTDOWN_POLL_SECONDS)

    def close(self) -> None:
        """Wait for the work that threads have begun."""
        self._threads.shutdown()


class SignedInUser:
    """The user of one connection, and when they last asked for something."""

    def __init__(
        self, service: SftpService, account: Account, user_name: str, address: str
    ) -> None:
        self.account = account
        self.user_name = user_name
        self.address = address
        self.usage = service.usage(account)
        self.last_request_at = time.monotonic()
        self.disconnect: Callable[[], None] = lambda: None
        """Ends the connection; set once the sign-in is complete."""
        self.open_sessions = 0
        self._service = service

    def enter(self) -> str | None:
        """Count the connection; or return the reason why the account may not have one more."""
        refused = self.usage.refuse_another_connection()
        if refused is None:
            self.usage.connections += 1
            self._service.users.add(self)
        return refused

    def leave(self) -> None:
        """Stop counting the connection."""
        self.usage.connections -= 1
        self._service.users.discard(self)

    def begin_session(self) -> None:
        """Count a session over this connection."""
        self.open_sessions += 1
        self._service.open_sessions += 1

    def end_session(self) -> None:
        """Stop counting a session."""
        self.open_sessions -= 1
        self._service.open_sessions -= 1

    def touch(self) -> None:
        """Note that the client asked for something, so that the connection is not idle."""
        self.last_request_at = time.monotonic()

    def event(self, action: str, **details: Any) -> AccessEvent:  # noqa: ANN401 - fields of the event
        """An event of the activity log about this user."""
        return AccessEvent(
            action,
            account_id=self.account.id,
            user_name=self.user_name,
            address=self.address,
            **details,
        )
