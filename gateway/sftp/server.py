"""One SFTP connection: who signs in, how their proof is checked, and which sessions they get."""

import asyncio
import logging
from functools import partial

import asyncssh

from gateway.passwords import verify_password
from gateway.sftp.file_requests import FileRequests
from gateway.sftp.protocol import Session
from gateway.sftp.service import SftpService, SignedInUser
from registry.accounts.accounts import Account, account_by_id
from registry.accounts.activity_log import AccessEvent
from registry.accounts.bans import is_banned, refuse_sign_in
from registry.accounts.sftp_users import SftpUser, find_user, list_keys
from registry.landing.drop_folder import ensure_folders

logger = logging.getLogger(__name__)

MAX_DELAY_SECONDS = 4.0
MAX_USER_NAME = 64
MAX_CHANNELS = 10
"""Sessions over one connection, the same number as OpenSSH's MaxSessions."""
BANNER = "Rosterline: authorised use only; sign-ins and transfers are recorded.\n"


class SftpServer(asyncssh.SSHServer):
    """One connection, from its first byte to its last. asyncssh calls the public methods."""

    def __init__(self, service: SftpService, address: str | None = None) -> None:
        self._service = service
        self._address = address or ""
        self._connection: asyncssh.SSHServerConnection | None = None
        self._user_name = ""
        self._user: SftpUser | None = None
        self._account: Account | None = None
        self._failures = 0
        self._signed_in: SignedInUser | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """A client has connected."""
        if not self._service.admit(conn):
            conn.abort()
            return
        self._connection = conn
        self._service.connections.add(conn)
        # A load balancer sends the client's address before SSH begins.
        self._address = self._address or str((conn.get_extra_info("peername") or ("",))[0])
        conn.send_auth_banner(BANNER)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncssh's signature
        """The connection is over."""
        if self._connection is not None:
            self._service.connections.discard(self._connection)
            self._service.unauthenticated.discard(self._connection)
        if self._signed_in is not None:
            self._signed_in.leave()

    async def begin_auth(self, username: str) -> bool:
        """Look the user up; every user must then prove who they are."""
        # Anybody can send any name, and the activity log keeps it: cut it, and drop what cannot be
        # printed.
        self._user_name = "".join(c if c.isprintable() else "?" for c in username)[:MAX_USER_NAME]
        await self._service.run(self._look_up)
        return True

    def password_auth_supported(self) -> bool:
        """Passwords are accepted."""
        return True

    def public_key_auth_supported(self) -> bool:
        """Public keys are accepted."""
        return True

    async def validate_password(self, username: str, password: str) -> bool:  # noqa: ARG002 - kept by begin_auth
        """Whether the password is right. Each wrong one delays the answer, many lead to a ban."""
        is_right = await self._service.run(lambda: self._check_password(password))
        if not is_right:
            self._failures += 1
            await asyncio.sleep(min(0.5 * 2**self._failures, MAX_DELAY_SECONDS))
        return is_right

    async def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002 - kept by begin_auth
        """Whether the key is one of the user's; asyncssh checks that they hold the private part."""
        fingerprint = key.get_fingerprint()
        return await self._service.run(lambda: self._check_key(fingerprint))

    def auth_completed(self) -> None:
        """The user has proved who they are: let them in, unless the account has no room."""
        if self._account is None or self._connection is None:
            return
        self._service.unauthenticated.discard(self._connection)
        user = SignedInUser(self._service, self._account, self._user_name, self._address)
        refused = user.enter()
        self._service.note_soon(user.event("sign_in", refused=refused is not None, detail=refused))
        if refused:
            self._connection.disconnect(asyncssh.DISC_TOO_MANY_CONNECTIONS, refused)
            return
        self._signed_in = user
        user.disconnect = partial(
            self._connection.disconnect, asyncssh.DISC_BY_APPLICATION, "idle, or shut down"
        )

    def session_requested(self) -> Session | bool:
        """A session that serves the two folders; False if the connection may not have one more."""
        user = self._signed_in
        if user is None or user.open_sessions >= MAX_CHANNELS:
            return False
        return Session(lambda channel: FileRequests(channel, self._service, user))

    def _look_up(self) -> None:
        # A client may change the name between two attempts: forget the user of the first one.
        self._user = self._account = None
        with self._service.registry() as connection:
            user = find_user(connection, self._user_name)
            if user is not None and not user.disabled:
                self._user = user
                self._account = account_by_id(connection, user.account_id)
        if self._account is not None:
            ensure_folders(self._service.settings, self._account)

    def _check_password(self, password: str) -> bool:
        settings = self._service.settings
        with self._service.registry() as connection:
            if is_banned(connection, settings, address=self._address, user_name=self._user_name):
                return False
        is_right = verify_password(self._user.password_hash if self._user else None, password)
        if not is_right:
            with self._service.registry() as connection:
                banned = refuse_sign_in(connection, settings, self._refusal())
            logger.warning(
                "a wrong password from %s%s", self._address, "; banned" if banned else ""
            )
        return is_right

    def _check_key(self, fingerprint: str) -> bool:
        if self._user is None:
            return False
        settings = self._service.settings
        with self._service.registry() as connection:
            if is_banned(connection, settings, address=self._address, user_name=self._user_name):
                return False
            known = {key.fingerprint for key in list_keys(connection, self._user)}
        return fingerprint in known

    def _refusal(self) -> AccessEvent:
        return AccessEvent(
            "sign_in",
            refused=True,
            account_id=self._account.id if self._account else None,
            user_name=self._user_name,
            address=self._address,
            detail="wrong password" if self._user else "no such user, or disabled",
        )
