"""The SFTP server as a whole: it listens, ends idle connections, and stops in good order."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncssh

from gateway.sftp import unfinished_uploads
from gateway.sftp.keys import host_keys
from gateway.sftp.proxy_protocol import Acceptor, serve_behind_proxy
from gateway.sftp.server import SftpServer
from gateway.sftp.service import SftpService
from registry.accounts.sftp_users import list_users
from registry.settings import Settings
from schemas.errors import RosterlineError

logger = logging.getLogger(__name__)

LOGIN_SECONDS = 60
SWEEP_SECONDS = 600.0
IDLE_CHECK_SECONDS = 5.0
SHUTDOWN_SECONDS = 10.0
UNAUTHENTICATED_SHUTDOWN_SECONDS = 1.0
CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes256-ctr", "aes128-ctr")
"""The ciphers that processors accelerate. A client picks its favourite of those that a server
offers; OpenSSH's is ChaCha20, and with it an upload took two fifths longer."""


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[int]:
    """Serve while the body runs. Gives the port.

    Raises:
        OSError: the port is taken.
        StorageUnavailable: the host keys cannot be made.
    """
    unfinished_uploads.sweep(settings, starting=True)
    service = SftpService(settings)
    server = await _listen(service)
    upkeep = asyncio.create_task(_keep_up(service))
    try:
        yield server.get_port()
    finally:
        upkeep.cancel()
        await _shut_down(service, server)


async def _listen(service: SftpService) -> Acceptor | asyncssh.SSHAcceptor:
    settings = service.settings
    options: dict[str, Any] = {
        "server_host_keys": await service.run(lambda: host_keys(settings)),
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
    if settings.sftp_proxy_protocol:
        return await serve_behind_proxy(
            settings, lambda address: SftpServer(service, address), options
        )
    return await asyncssh.listen(
        settings.sftp_host,
        settings.sftp_port,
        server_factory=lambda: SftpServer(service),
        reuse_address=True,
        **options,
    )


async def _shut_down(service: SftpService, server: Acceptor | asyncssh.SSHAcceptor) -> None:
    server.close()
    for user in list(service.users):
        user.disconnect()
    with suppress(TimeoutError):
        await asyncio.wait_for(service.wait_until_idle(), SHUTDOWN_SECONDS)
    # A client that never signed in may stay silent for a minute: do not wait for it.
    for connection in list(service.connections):
        connection.abort()
    with suppress(TimeoutError):
        await asyncio.wait_for(server.wait_closed(), UNAUTHENTICATED_SHUTDOWN_SECONDS)
    service.close()


async def _keep_up(service: SftpService) -> None:
    """End connections that are idle or whose user is disabled, and sweep unfinished uploads."""
    swept_at = time.monotonic()
    while True:
        await asyncio.sleep(min(IDLE_CHECK_SECONDS, service.settings.sftp_idle_seconds / 2))
        disabled = await service.run(lambda: _disabled_users(service)) if service.users else set()
        for user in list(service.users):
            idle_seconds = time.monotonic() - user.last_request_at
            if idle_seconds > service.settings.sftp_idle_seconds or user.user_name in disabled:
                user.disconnect()
        if time.monotonic() - swept_at > SWEEP_SECONDS:
            swept_at = time.monotonic()
            try:
                await service.run(lambda: unfinished_uploads.sweep(service.settings))
            except RosterlineError as error:
                logger.warning("unfinished uploads were not tidied up: %s", error)


def _disabled_users(service: SftpService) -> set[str]:
    try:
        with service.registry() as connection:
            return {user.name for user in list_users(connection) if user.disabled}
    except RosterlineError as error:
        logger.warning("disabled users were not looked up: %s", error)
        return set()
