"""One SFTP connection: who signs in, how their proof is checked, and which sessions they get."""

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVar

import asyncssh
from psycopg import Connection

from gateway.passwords import verify_password
from gateway.sftp.algorithms import require_strong, restrict_signatures
from gateway.sftp.file_requests import FileRequests
from gateway.sftp.protocol import Session
from gateway.sftp.service import SftpService, SignedInUser
from registry.accounts.accounts import Account, account_by_id
from registry.accounts.activity_log import AccessEvent
from registry.accounts.bans import begin_try, list_bans, note_failure, note_success
from registry.accounts.sftp_sessions import count_sessions
from registry.accounts.sftp_users import Credentials, SftpUser, find_credentials, has_key
from registry.landing.drop_folder import ensure_folders
from registry.telemetry.observe import observe_sftp_sign_in
from schemas.errors import NotAllowed, RosterlineError

logger = logging.getLogger(__name__)

T = TypeVar("T")

MAX_DELAY_SECONDS = 4.0
MAX_USER_NAME = 64
MAX_TRIES = 20
"""Passwords and keys that a client may offer over one connection; an agent offers all it has."""
MAX_CHANNELS = 10
"""Sessions over one connection, the same number as OpenSSH's MaxSessions."""
TOO_MANY_TRIES = "too many passwords and keys were offered"
BANNER = "Rosterline: authorised use only; sign-ins and transfers are recorded.\n"


class SftpServer(asyncssh.SSHServer):
    """One connection, from its first byte to its last. asyncssh calls the public methods.

    asyncssh also answers keyboard-interactive, by one question whose answer is the password.
    """

    def __init__(self, service: SftpService, address: str | None = None) -> None:
        self._service = service
        self._address = address or ""
        self._connection: asyncssh.SSHServerConnection | None = None
        self._user_name = ""
        self._known: Credentials | None = None
        """The user of that name, even if they may not sign in."""
        self._account: Account | None = None
        self._sessions_everywhere = 0
        """Of the account, when its user had proved who they are."""
        self._proof: tuple[str, str | None] = ("", None)
        """By what the user signed in: a fingerprint, or `password` and its hash."""
        self._failures = 0
        self._tries = 0
        self._unknown_keys = 0
        self._signed_in: SignedInUser | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """A client has connected."""
        # A load balancer sends the client's address before SSH begins.
        self._address = self._address or str((conn.get_extra_info("peername") or ("",))[0])
        refused = self._service.admission.enter(conn, self._address)
        if refused is not None:
            conn.abort()
            if refused.is_said:
                self._service.note_soon(self._refusal(f"not let in: {refused.reason}"))
            return
        self._connection = conn
        conn.send_auth_banner(BANNER)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncssh's signature
        """The connection is over."""
        if self._connection is None:
            return
        self._service.admission.leave(self._connection)
        if self._signed_in is not None:
            self._signed_in.leave()
        elif self._unknown_keys and not self._failures:
            self._service.judge_soon(self._note_unknown_keys)

    async def begin_auth(self, username: str) -> bool:
        """Look the user up; every user must then prove who they are."""
        # Anybody can send any name, and the activity log keeps it: cut it, and drop what cannot be
        # printed.
        self._user_name = "".join(c if c.isprintable() else "?" for c in username)[:MAX_USER_NAME]
        await self._judge(self._look_up)
        return True

    def password_auth_supported(self) -> bool:
        """Passwords are accepted."""
        return True

    def public_key_auth_supported(self) -> bool:
        """Public keys are accepted."""
        return True

    async def validate_password(self, username: str, password: str) -> bool:  # noqa: ARG002 - kept by begin_auth
        """Whether the password is right. Each wrong one delays the answer, many lead to a ban."""
        if self._has_tried_enough():
            return False
        # One at a time, or right passwords that come together would fill the count of tries.
        async with self._service.turn_of(self._address, self._user_name):
            is_right = await self._judge(lambda: self._check_password(password))
        if not is_right:
            self._failures += 1
            observe_sftp_sign_in(failed=True)
            await asyncio.sleep(min(0.5 * 2**self._failures, MAX_DELAY_SECONDS))
        return is_right

    async def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002 - kept by begin_auth
        """Whether the key is one of the user's; asyncssh checks that they hold the private part."""
        if self._has_tried_enough():
            return False
        is_right, is_banned = await self._judge(lambda: self._check_key(key))
        if not is_right:
            self._unknown_keys += 1
        if is_banned:
            self._send_away(TOO_MANY_TRIES)
        return is_right

    def auth_completed(self) -> None:
        """The user has proved who they are: let them in, unless the account has no room."""
        if self._account is None or self._connection is None:
            return
        connection = self._connection
        self._service.admission.sign_in(connection)
        proof, password_hash = self._proof
        user = SignedInUser(
            self._service,
            self._account,
            self._user_name,
            self._address,
            proof=proof,
            password_hash=password_hash,
        )
        refused = user.enter(self._sessions_everywhere)
        observe_sftp_sign_in(failed=refused is not None)
        detail = refused or (None if password_hash else f"key {proof}")
        self._service.note_soon(user.event("sign_in", refused=refused is not None, detail=detail))
        if refused:
            connection.disconnect(asyncssh.DISC_TOO_MANY_CONNECTIONS, refused)
            return
        self._signed_in = user
        user.disconnect = lambda why: connection.disconnect(asyncssh.DISC_BY_APPLICATION, why)

    def session_requested(self) -> Session | bool:
        """A session that serves the two folders; False if the connection may not have one more."""
        user = self._signed_in
        if user is None or user.open_sessions >= MAX_CHANNELS:
            return False
        return Session(lambda channel: FileRequests(channel, self._service, user))

    async def _judge(self, work: Callable[[], T]) -> T:
        """Run a step of signing in; where it cannot be done now, the client is told to come back.

        Raises:
            asyncssh.ServiceNotAvailable: the database cannot be used, or a folder.
        """
        try:
            return await self._service.judge(work)
        except RosterlineError as error:
            # The text says what an operator must do, so the sender does not get it.
            logger.warning("nobody can sign in: %s", error)
            raise asyncssh.ServiceNotAvailable("not available now; try again later") from None

    def _has_tried_enough(self) -> bool:
        self._tries += 1
        if self._tries <= MAX_TRIES:
            return False
        self._send_away(TOO_MANY_TRIES)
        return True

    def _send_away(self, why: str) -> None:
        if self._connection is not None:
            code = asyncssh.DISC_NO_MORE_AUTH_METHODS_AVAILABLE
            self._connection.disconnect(code, why)

    # In threads. A name that nobody has must cost as much as any other: the same statements, the
    # same hash.

    def _look_up(self) -> None:
        # A client may change the name between two attempts: forget the user of the first one.
        self._account = None
        with self._service.registry() as connection:
            self._known = find_credentials(connection, [self._user_name]).get(self._user_name)

    def _check_password(self, password: str) -> bool:
        settings, user = self._service.settings, self._user
        password_hash = self._known.password_hash if self._known else None
        with self._service.registry() as connection:
            attempt = begin_try(
                connection,
                settings,
                "sftp_password",
                address=self._address,
                user_name=self._user_name,
            )
            if attempt is None:
                return False
            is_right = verify_password(password_hash, password)
            why_not = self._why_not() or (None if is_right else "wrong password")
            if why_not is None and user is not None:
                note_success(connection, attempt)
                self._proof = ("password", password_hash)
                self._enter(connection, user)
                return True
            banned = note_failure(connection, attempt, self._refusal(why_not))
        logger.warning("a wrong password from %s%s", self._address, "; banned" if banned else "")
        return False

    def _check_key(self, key: asyncssh.SSHKey) -> tuple[bool, bool]:
        """(the key is right, the client is banned from offering others)."""
        settings, user, fingerprint = self._service.settings, self._user, key.get_fingerprint()
        is_accepted = restrict_signatures(settings, key) and _is_strong(key)
        with self._service.registry() as connection:
            is_known = has_key(connection, user, fingerprint)
            if is_known and is_accepted and user is not None and self._why_not() is None:
                self._proof = (fingerprint, None)
                self._enter(connection, user)
                return True, False
            # A key cannot be guessed, so a ban never keeps the right one out.
            bans = list_bans(connection, settings, kind="sftp_key", address=self._address)
        return False, any(ban.user_name in (None, self._user_name) for ban in bans)

    @property
    def _user(self) -> SftpUser | None:
        return self._known.user if self._known else None

    def _enter(self, connection: Connection, user: SftpUser) -> None:
        self._account = account_by_id(connection, user.account_id)
        self._sessions_everywhere = count_sessions(connection, self._account)
        ensure_folders(self._service.settings, self._account)

    def _note_unknown_keys(self) -> None:
        settings = self._service.settings
        with self._service.registry() as connection:
            attempt = begin_try(
                connection, settings, "sftp_key", address=self._address, user_name=self._user_name
            )
            if attempt is not None:
                reason = self._why_not() or "none of the offered keys is accepted"
                note_failure(connection, attempt, self._refusal(f"{reason} ({self._unknown_keys})"))

    def _why_not(self) -> str | None:
        """Why the user may not sign in, whatever they prove."""
        if self._user is None:
            return "no such user"
        if self._user.disabled:
            return "the user is disabled"
        if not self._user.may_come_from(self._address):
            return "not from this address"
        return None

    def _refusal(self, why: str | None) -> AccessEvent:
        return AccessEvent(
            "sign_in",
            refused=True,
            account_id=self._user.account_id if self._user else None,
            user_name=self._user_name or None,
            address=self._address,
            detail=why,
        )


def _is_strong(key: asyncssh.SSHKey) -> bool:
    try:
        require_strong(key)
    except NotAllowed:
        return False
    return True
