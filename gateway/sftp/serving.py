"""The SFTP server as a whole: it listens, ends idle connections, and stops in good order."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

import asyncssh

from gateway.http.draining import Draining
from gateway.sftp.algorithms import connection_options
from gateway.sftp.folders import sweep
from gateway.sftp.health import answering_health
from gateway.sftp.keys import usable_host_keys
from gateway.sftp.proxy_protocol import Acceptor, serve_behind_proxy
from gateway.sftp.server import SftpServer
from gateway.sftp.service import SHUTDOWN_POLL_SECONDS, SftpService, SignedInUser
from registry.accounts.bans import forget_old_tries
from registry.settings import Settings
from schemas.errors import RosterlineError

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 600.0
CHECK_SECONDS = 2.0
STOPS = "the server stops"
ENDED = "this session was ended"
"""What the client is told; the reason is in the activity log."""

SHUTDOWN_SECONDS = 10.0
"""For what sessions leave to be done once they were ended: to take their last files in."""
UNAUTHENTICATED_SHUTDOWN_SECONDS = 1.0
QUIET_SECONDS = 1.0
"""A client that has no file open counts as done when it asked for nothing so long."""


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[int]:
    """Serve while the body runs. Gives the port.

    Raises:
        OSError: the port is taken.
        StorageUnavailable: the host keys cannot be made.
    """
    service = SftpService(settings)
    draining = Draining()
    await service.run(lambda: _sweep(service, starting=True))
    server = await _listen(service)
    upkeep = asyncio.create_task(_keep_up(service))
    async with answering_health(service, draining):
        try:
            yield server.get_port()
        finally:
            draining.is_stopping = True
            await asyncio.sleep(settings.drain_notice_seconds)
            server.close()
            await _drain(service)
            upkeep.cancel()
            await _shut_down(service, server)


async def _listen(service: SftpService) -> Acceptor | asyncssh.SSHAcceptor:
    settings = service.settings
    options: dict[str, Any] = {
        "server_host_keys": await service.run(lambda: usable_host_keys(settings)),
        "login_timeout": settings.sftp_login_seconds,
        "keepalive_interval": 30,
        "allow_pty": False,
        "agent_forwarding": False,
        "gss_host": None,
        "host_based_auth": False,
        "line_editor": False,
        "server_version": "Rosterline",
        **connection_options(settings),
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


async def _drain(service: SftpService) -> None:
    """Let transfers that are under way come to their end; end the connections of who is done."""
    until = time.monotonic() + service.settings.drain_seconds
    done: set[SignedInUser] = set()
    while service.users - done and time.monotonic() < until:
        for user in service.users - done:
            is_quiet = time.monotonic() - user.last_request_at > QUIET_SECONDS
            if is_quiet and not user.open_files:
                user.disconnect(STOPS)
                done.add(user)
        await asyncio.sleep(SHUTDOWN_POLL_SECONDS)


async def _shut_down(service: SftpService, server: Acceptor | asyncssh.SSHAcceptor) -> None:
    for user in list(service.users):
        user.disconnect(STOPS)
    with suppress(TimeoutError):
        await asyncio.wait_for(service.wait_until_idle(), SHUTDOWN_SECONDS)
    # A client that never signed in may stay silent for a minute: do not wait for it.
    for connection in service.admission.connections:
        connection.abort()
    with suppress(TimeoutError):
        await asyncio.wait_for(server.wait_closed(), UNAUTHENTICATED_SHUTDOWN_SECONDS)
    with suppress(TimeoutError):
        await asyncio.wait_for(service.wait_until_idle(), UNAUTHENTICATED_SHUTDOWN_SECONDS)
    service.close()


async def _keep_up(service: SftpService) -> None:
    """End sessions that are idle or may not go on, and sweep what is old."""
    swept_at = time.monotonic()
    idle_after = service.settings.sftp_idle_seconds
    while True:
        await asyncio.sleep(min(CHECK_SECONDS, idle_after / 2))
        users = list(service.users)
        ended = await service.judge(lambda: _check(service, users)) if users else {}  # noqa: B023 - awaited here
        for user in users:
            if reason := ended.get(user.session.row.id):
                service.note_soon(user.event("sign_out", detail=reason))
                user.disconnect(ENDED)
            elif time.monotonic() - user.last_request_at > idle_after:
                user.disconnect("idle")
        if time.monotonic() - swept_at > SWEEP_SECONDS:
            swept_at = time.monotonic()
            await service.run(lambda: _sweep(service))


def _check(service: SftpService, users: list[SignedInUser]) -> Mapping[UUID, str]:
    try:
        return service.sessions.check([user.session for user in users])
    except RosterlineError as error:
        logger.warning("it was not looked up whether sessions may go on: %s", error)
        return {}


def _sweep(service: SftpService, *, starting: bool = False) -> None:
    try:
        sweep(service.settings, service.registry, service.as_account, starting=starting)
        with service.registry() as connection:
            forget_old_tries(connection, service.settings)
    except RosterlineError as error:
        logger.warning("what is old was not tidied up: %s", error)
