"""Live sessions of this process: written to the registry, and ended when they may no longer go on.

A session goes on for as long as its user could sign in again in the same way: with the same
password or key, from the same address.
"""

import logging
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from uuid import UUID

from psycopg import Connection

from registry.accounts.sftp_sessions import (
    SAID_TO_LIVE_SECONDS,
    LiveSession,
    forget_dead_sessions,
    forget_session,
    say_they_live,
    wanted_to_end,
)
from registry.accounts.sftp_users import Credentials, find_credentials
from schemas.errors import RosterlineError

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ServedSession:
    """A session of this process.

    `password_hash` is of the password by which its user signed in; None: they did by a key.
    """

    row: LiveSession
    password_hash: str | None = field(repr=False)


class LiveSessions:
    """Writes and checks the sessions of one process, in a thread of its own and so in order."""

    def __init__(self, registry: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._registry = registry
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sftp-sessions")
        self._said_at = time.monotonic()

    def begin(self, session: ServedSession) -> None:
        """Write a new session, soon."""
        self._soon(lambda connection: say_they_live(connection, [session.row]))

    def end(self, session: ServedSession) -> None:
        """Delete a session that is over, soon."""
        self._soon(lambda connection: forget_session(connection, session.row.id))

    def check(self, sessions: Collection[ServedSession]) -> Mapping[UUID, str]:
        """The ids of the sessions that must end, with the reason. It reads the registry.

        Raises:
            RosterlineError: the registry cannot be read.
        """
        with self._registry() as connection:
            if time.monotonic() - self._said_at >= SAID_TO_LIVE_SECONDS:
                self._said_at = time.monotonic()
                say_they_live(connection, [each.row for each in sessions])
                forget_dead_sessions(connection)
            asked = wanted_to_end(connection, [each.row.id for each in sessions])
            known = find_credentials(connection, [each.row.user_name for each in sessions])
        ended = {}
        for each in sessions:
            who = asked.get(each.row.id)
            reason = f"ended by {who}" if who else why_not(each, known.get(each.row.user_name))
            if reason is not None:
                ended[each.row.id] = reason
        return ended

    def close(self) -> None:
        """Wait for what is being written."""
        self._thread.shutdown()

    def _soon(self, work: Callable[[Connection], None]) -> None:
        def write() -> None:
            try:
                with self._registry() as connection:
                    work(connection)
            except RosterlineError as error:
                # The session is served all the same; the next check writes it.
                logger.warning("a session was not written: %s", error)

        with suppress(RuntimeError):  # the process stops, and the row is over by itself
            self._thread.submit(write)


def why_not(session: ServedSession, now: Credentials | None) -> str | None:
    """Why a session may not go on, given what its user may sign in with now; None if it may."""
    if now is None:
        return "the user was removed"
    if now.user.disabled:
        return "the user was disabled"
    if not now.user.may_come_from(session.row.address):
        return "the user may no longer come from this address"
    if session.password_hash is None and session.row.signed_in_by not in now.fingerprints:
        return "the key was removed"
    if session.password_hash not in (None, now.password_hash):
        return "the password was changed"
    return None
