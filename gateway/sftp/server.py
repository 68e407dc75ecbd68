"""The SFTP server: who may come in, and the listening itself."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import asyncssh

from gateway.passwords import verify_password
from gateway.sftp import unfinished_uploads
from gateway.sftp.file_requests import Folders
from gateway.sftp.keys import host_keys
from gateway.sftp.protocol import Session
from gateway.sftp.proxy_protocol import Acceptor, serve_behind_proxy
from gateway.sftp.service import Desk, Guest
from registry.accounts.accounts import Account, account_by_id
from registry.accounts.activity_log import AccessEvent
from registry.accounts.bans import is_banned, refuse_sign_in
from registry.accounts.sftp_users import SftpUser, find_user, list_keys, list_users
from registry.landing.drop_folder import ensure_folders
from registry.settings import Settings
from schemas.errors import RosterlineError

logger = logging.getLogger(__name__)

LOGIN_SECONDS = 60
SWEEP_SECONDS = 600.0
IDLE_LOOK_SECONDS = 5.0
MAX_DELAY_SECONDS = 4.0
MAX_USER_NAME = 64
MAX_CHANNELS = 10
"""Sessions over one connection, as with OpenSSH's MaxSessions."""
GOODBYE_SECONDS = 10.0
STRANGERS_SECONDS = 1.0
CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes256-ctr", "aes128-ctr")
"""Those that processors help with. Of all that a server offers, the client's favourite is taken,
and OpenSSH's would be ChaCha20, with which an upload took two fifths longer."""
BANNER = "Rosterline: authorised use only; sign-ins and transfers are recorded.\n"


class Door(asyncssh.SSHServer):
    """One connection, from the first byte to the last."""

    def __init__(self, desk: Desk, address: str | None = None) -> None:
        self._desk = desk
        self._address = address or ""
        self._connection: asyncssh.SSHServerConnection | None = None
        self._user_name = ""
        self._user: SftpUser | None = None
        self._account: Account | None = None
        self._failures = 0
        self._guest: Guest | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Somebody is there."""
        if not self._desk.admit(conn):
            conn.abort()
            return
        self._connection = conn
        self._desk.lines.add(conn)
        # Behind a load balancer, the address came before SSH did.
        self._address = self._address or str((conn.get_extra_info("peername") or ("",))[0])
        conn.send_auth_banner(BANNER)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncssh's signature
        """They are gone."""
        if self._connection is not None:
            self._desk.lines.discard(self._connection)
            self._desk.strangers.discard(self._connection)
        if self._guest is not None:
            self._guest.leave()

    async def begin_auth(self, username: str) -> bool:
        """Find out who it claims to be; nobody comes in without proof."""
        # What strangers type goes into the trail: nothing of any length, nothing unprintable.
        self._user_name = "".join(c if c.isprintable() else "?" for c in username)[:MAX_USER_NAME]
        await self._desk.run(self._look_up)
        return True

    def password_auth_supported(self) -> bool:
        """Passwords are accepted."""
        return True

    def public_key_auth_supported(self) -> bool:
        """Public keys are accepted."""
        return True

    async def validate_password(self, username: str, password: str) -> bool:  # noqa: ARG002 - seen in begin_auth
        """Whether the password is right; a wrong one costs time, many cost a ban."""
        found = await self._desk.run(lambda: self._check_password(password))
        if not found:
            self._failures += 1
            await asyncio.sleep(min(0.5 * 2**self._failures, MAX_DELAY_SECONDS))
        return found

    async def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002 - seen in begin_auth
        """Whether this is one of the user's keys; asyncssh checks that they hold its other half."""
        fingerprint = key.get_fingerprint()
        return await self._desk.run(lambda: self._check_key(fingerprint))

    def auth_completed(self) -> None:
        """They are who they say they are."""
        if self._account is None or self._connection is None:
            return
        self._desk.strangers.discard(self._connection)
        guest = Guest(self._desk, self._account, self._user_name, self._address)
        refused = guest.come_in()
        self._desk.note_soon(guest.event("sign_in", refused=refused is not None, detail=refused))
        if refused:
            self._connection.disconnect(asyncssh.DISC_TOO_MANY_CONNECTIONS, refused)
            return
        self._guest = guest
        guest.disconnect = partial(
            self._connection.disconnect, asyncssh.DISC_BY_APPLICATION, "idle, or shut down"
        )

    def session_requested(self) -> Session | bool:
        """A session that serves the two folders."""
        guest = self._guest
        if guest is None or guest.open_sessions >= MAX_CHANNELS:
            return False
        return Session(lambda channel: Folders(channel, self._desk, guest))

    def _look_up(self) -> None:
        # A client may change the name between two tries: nothing of the other user may stay.
        self._user = self._account = None
        with self._desk.registry() as connection:
            user = find_user(connection, self._user_name)
            if user is not None and not user.disabled:
                self._user = user
                self._account = account_by_id(connection, user.account_id)
        if self._account is not None:
            ensure_folders(self._desk.settings, self._account)

    def _check_password(self, password: str) -> bool:
        settings = self._desk.settings
        with self._desk.registry() as connection:
            if is_banned(connection, settings, address=self._address, user_name=self._user_name):
                return False
        right = verify_password(self._user.password_hash if self._user else None, password)
        if not right:
            with self._desk.registry() as connection:
                banned = refuse_sign_in(connection, settings, self._refusal())
            logger.warning(
                "a wrong password from %s%s", self._address, "; banned" if banned else ""
            )
        return right

    def _check_key(self, fingerprint: str) -> bool:
        if self._user is None:
            return False
        settings = self._desk.settings
        with self._desk.registry() as connection:
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


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[int]:
    """Serve while the body runs; gives the port.

    Raises:
        OSError: the port is taken.
        StorageUnavailable: the host keys cannot be made.
    """
    unfinished_uploads.sweep(settings, starting=True)
    desk = Desk(settings)
    options: dict[str, Any] = {
        "server_host_keys": await desk.run(lambda: host_keys(settings)),
        "login_timeout": LOGIN_SECONDS,
        "keepalive_interval": 30,
        "allow_pty": False,
        "agent_forwarding": False,
        "gss_host": None,
        "kbdint_auth": False,
        "host_based_auth": False,
        "compression_algs": None,
        "encryption_algs": CIPHERS,
        "line_editor": False,
        "server_version": "Rosterline",
    }
    server: Acceptor | asyncssh.SSHAcceptor
    if settings.sftp_proxy_protocol:
        server = await serve_behind_proxy(settings, lambda address: Door(desk, address), options)
    else:
        server = await asyncssh.listen(
            settings.sftp_host,
            settings.sftp_port,
            server_factory=lambda: Door(desk),
            reuse_address=True,
            **options,
        )
    chores = asyncio.create_task(_chores(desk))
    try:
        yield server.get_port()
    finally:
        chores.cancel()
        server.close()
        for guest in desk.guests():
            guest.disconnect()
        with suppress(TimeoutError):
            await asyncio.wait_for(desk.all_gone(), GOODBYE_SECONDS)
        # Who never signed in may stay silent for a minute: nobody waits for them.
        for line in list(desk.lines):
            line.abort()
        with suppress(TimeoutError):
            await asyncio.wait_for(server.wait_closed(), STRANGERS_SECONDS)
        desk.close()


async def _chores(desk: Desk) -> None:
    """End idle sessions, and remove parts of uploads that nobody went on with."""
    swept_at = time.monotonic()
    while True:
        await asyncio.sleep(min(IDLE_LOOK_SECONDS, desk.settings.sftp_idle_seconds / 2))
        disabled = await desk.run(lambda: _disabled(desk)) if desk.guests() else set()
        for guest in desk.guests():
            idle = time.monotonic() - guest.seen_at > desk.settings.sftp_idle_seconds
            if idle or guest.user_name in disabled:
                guest.disconnect()
        if time.monotonic() - swept_at > SWEEP_SECONDS:
            swept_at = time.monotonic()
            try:
                await desk.run(lambda: unfinished_uploads.sweep(desk.settings))
            except RosterlineError as error:
                logger.warning("uploads were not tidied up: %s", error)


def _disabled(desk: Desk) -> set[str]:
    try:
        with desk.registry() as connection:
            return {user.name for user in list_users(connection) if user.disabled}
    except RosterlineError as error:
        logger.warning("disabled users were not looked up: %s", error)
        return set()
