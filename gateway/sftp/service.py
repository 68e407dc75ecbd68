"""What all SFTP connections share, and the signed-in user of one of them."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from psycopg import Connection

from gateway.sftp.account_usage import AccountUsage
from gateway.sftp.admission import Admission
from gateway.sftp.folders import folders_of
from gateway.sftp.live_sessions import LiveSessions, ServedSession
from registry.accounts.accounts import Account
from registry.accounts.activity_log import AccessEvent, record
from registry.accounts.bans import network_of
from registry.accounts.sftp_sessions import LiveSession
from registry.database.connections import connect_as_gateway
from registry.database.revision import require_current_tables
from registry.database.row_level_security import stay_in_account
from registry.ids import new_id
from registry.settings import Settings
from registry.telemetry.observe import observe_sftp_connections
from schemas.errors import RosterlineError

logger = logging.getLogger(__name__)

THREADS = 8
"""How many uploads can be taken in at once; each needs a connection to PostgreSQL."""

SIGN_IN_THREADS = 4
"""Threads that judge sign-ins, so that a flood of guesses does not keep uploads waiting."""

SHUTDOWN_POLL_SECONDS = 0.02

T = TypeVar("T")


class SftpService:
    """Settings, threads, connections and limits of one server process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.open_sessions = 0
        self.admission = Admission(settings)
        self.users: set[SignedInUser] = set()
        """The signed-in users, one for each connection."""
        self.sessions = LiveSessions(self.registry)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="sftp")
        self._sign_in_threads = ThreadPoolExecutor(SIGN_IN_THREADS, thread_name_prefix="sign-in")
        self._turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        self._notes: set[asyncio.Task[None]] = set()
        self._usage: dict[int, AccountUsage] = {}

    async def run(self, work: Callable[[], T]) -> T:
        """Run work that touches disk or database in a thread, beside the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def judge(self, work: Callable[[], T]) -> T:
        """Like `run`, for work before somebody has signed in."""
        return await asyncio.get_running_loop().run_in_executor(self._sign_in_threads, work)

    def turn_of(self, address: str, user_name: str) -> asyncio.Lock:
        """The lock of an address and a user, in which one password of theirs is judged."""
        pair = (network_of(address), user_name)
        turn = self._turns.get(pair)
        if turn is None:
            turn = self._turns[pair] = asyncio.Lock()
        return turn

    def judge_soon(self, work: Callable[[], None]) -> None:
        """Like `judge`, where the caller cannot wait."""

        async def judge() -> None:
            try:
                await self.judge(work)
            except RosterlineError as error:
                logger.warning("a refused sign-in is missing in the activity log: %s", error)

        self._keep(asyncio.get_running_loop().create_task(judge()))

    def run_soon(self, work: Callable[[], None]) -> None:
        """Like `run`, where the caller cannot wait. The work must not raise."""
        self._threads.submit(work)

    @contextmanager
    def registry(self) -> Iterator[Connection]:
        """A connection to the registry, for what comes before an account; committed at the end.

        Raises:
            DatabaseUnavailable: PostgreSQL cannot be reached, or its tables are those of another
                version.
        """
        with self._connected(directly=False) as connection:
            yield connection

    @contextmanager
    def as_account(self, account: Account) -> Iterator[Connection]:
        """The same, which sees this account only. Raises as `registry`."""
        with self._connected(directly=True) as connection:
            stay_in_account(connection, account.id)
            connection.commit()
            yield connection

    @contextmanager
    def _connected(self, *, directly: bool) -> Iterator[Connection]:
        with connect_as_gateway(self.settings, directly=directly) as connection:
            require_current_tables(connection)
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
        self._keep(asyncio.get_running_loop().create_task(self.note(event)))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._notes.add(task)
        task.add_done_callback(self._notes.discard)

    def usage(self, account: Account) -> AccountUsage:
        """What the account takes up now."""
        if account.id not in self._usage:
            folders = folders_of(self.settings, account, partial(self.as_account, account))
            self._usage[account.id] = AccountUsage(self.settings, account, folders)
        return self._usage[account.id]

    async def wait_until_idle(self) -> None:
        """Wait until every session has ended and the activity log is written."""
        while self.open_sessions or self._notes:  # noqa: ASYNC110 - two things, once at the end
            await asyncio.sleep(SHUTDOWN_POLL_SECONDS)

    def close(self) -> None:
        """Wait for the work that threads have begun."""
        self._sign_in_threads.shutdown()
        self._threads.shutdown()
        self.sessions.close()


class SignedInUser:
    """The user of one connection, and when they last asked for something.

    `password_hash` is of the password by which they signed in; None: they did by the key `proof`.
    """

    def __init__(
        self,
        service: SftpService,
        account: Account,
        user_name: str,
        address: str,
        *,
        proof: str,
        password_hash: str | None,
    ) -> None:
        now = datetime.now(UTC)
        self.account = account
        self.user_name = user_name
        self.address = address
        row = LiveSession(new_id(now), account.id, user_name, address, proof, now)
        self.session = ServedSession(row, password_hash)
        self.usage = service.usage(account)
        self.last_request_at = time.monotonic()
        self.disconnect: Callable[[str], None] = lambda _: None
        """Ends the connection for a reason; set once the sign-in is complete."""
        self.open_sessions = 0
        self.open_files = 0
        """Uploads and downloads that the client has open, over all of its sessions."""
        self._service = service

    def enter(self, everywhere: int) -> str | None:
        """Count the connection; or return the reason why the account may not have one more.

        `everywhere` are the account's sessions at all server processes, as the registry knew them.
        """
        refused = self.usage.refuse_another_connection(everywhere)
        if refused is None:
            self.usage.connections += 1
            observe_sftp_connections(1)
            self._service.users.add(self)
            self._service.sessions.begin(self.session)
        return refused

    def leave(self) -> None:
        """Stop counting the connection."""
        self.usage.connections -= 1
        observe_sftp_connections(-1)
        self._service.users.discard(self)
        self._service.sessions.end(self.session)

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
